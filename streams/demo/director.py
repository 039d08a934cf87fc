"""Plays the stories into the input topics, and does what the page's buttons ask for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from streams.demo.parcels import Parcel
from streams.demo.scene import Scene
from streams.demo.schedule import Schedule, Told
from streams.demo.shops import FERNWHISTLE, MODRZEWNIA, RASOS_LENTYNA, Shop
from streams.demo.stories import STORIES, happy, late_and_back, lost
from streams.demo.tale import Beat, Tale

Append = Callable[[Beat], Awaitable[object]]

_SHOPS = {"order-en": FERNWHISTLE, "order-pl": MODRZEWNIA, "order-lt": RASOS_LENTYNA}
_STORY_OF = {story.tell: story for story in STORIES}
_MOVING = (b'"status":"accepted"', b'"status":"in_transit"')


@dataclass
class _Playing:
    told: Told
    task: asyncio.Task[None]
    played: int = 0

    def is_moving(self) -> bool:
        """Its only parcel has left the supplier and isn't on the van yet."""
        scans = [beat for beat in self.told.beats[: self.played] if b"shipment.status" in beat.value]
        return (
            self.told.story.interruptible
            and bool(scans)
            and all(any(word in beat.value for word in _MOVING) for beat in scans)
        )


class Director:
    """`append` makes one record durable in its topic."""

    def __init__(self, scene: Scene, schedule: Schedule, append: Append) -> None:
        self._scene = scene
        self._schedule = schedule
        self._append = append
        self._playing: dict[str, _Playing] = {}
        self._began = 0.0
        self._stories = asyncio.TaskGroup()

    async def play(self) -> None:
        """Every story at its time, until it is cancelled; the stories under way end with it."""
        self._began = self._now()
        async with self._stories:
            for told in self._schedule:
                await self._until(told.start)
                self._start(told)

    async def act(self, what: str) -> str:
        """Presses a button; says what happens now. Raises `KeyError` for one that isn't there."""
        if what in _SHOPS:
            return self._order(_SHOPS[what])
        return {"late": self._make_late, "lose": self._lose}[what]()

    def _order(self, shop: Shop) -> str:
        told = self._begin(happy, shop)
        return f"{shop.brand.name} has a new order, {told.number}, in {shop.language}."

    def _make_late(self) -> str:
        playing = self._interrupted()
        if playing is None:
            told = self._begin(late_and_back, MODRZEWNIA)
            return f"No parcel is on its way just now: order {told.number} begins, and will be late."
        tale, after = playing.told.tale, self._now() - self._began - playing.told.start
        parcel = Parcel.last_of(tale)
        known = len(tale.beats)
        parcel.scan(after, "in_transit", reason="weather", estimated_delivery=tale.days(6, 7))
        parcel.arrives(after + 40)
        self._resume(playing.told, tale.beats[known:])
        return f"Snow on the road: the parcel of order {playing.told.number} will be days late."

    def _lose(self) -> str:
        playing = self._interrupted()
        if playing is None:
            told = self._begin(lost, FERNWHISTLE)
            return f"No parcel is on its way just now: order {told.number} begins, and will be lost."
        tale, after = playing.told.tale, self._now() - self._began - playing.told.start
        known = len(tale.beats)
        Parcel.last_of(tale).scan(after, "lost", reason="lost_in_transit", party="carrier")
        self._resume(playing.told, tale.beats[known:])
        return f"The carrier has lost the parcel of order {playing.told.number}."

    def _begin(self, telling: Callable[[Tale], None], shop: Shop) -> Told:
        told = self._schedule.tell(_STORY_OF[telling], shop, self._now() - self._began)
        self._start(told)
        return told

    def _interrupted(self) -> _Playing | None:
        """The latest story with a parcel on its way; how it goes on is now the caller's to say."""
        for playing in reversed(self._playing.values()):
            if playing.is_moving():
                playing.task.cancel()
                return playing
        return None

    def _start(self, told: Told) -> None:
        self._scene.stories[told.order_id] = told.story.title
        self._resume(told, told.beats)

    def _resume(self, told: Told, beats: Sequence[Beat]) -> None:
        task = self._stories.create_task(self._tell(told, beats))
        self._playing[told.order_id] = _Playing(told, task)

    async def _tell(self, told: Told, beats: Sequence[Beat]) -> None:
        for beat in beats:
            await self._until(told.start + beat.after)
            await self._append(beat)
            self._playing[told.order_id].played += 1
        del self._playing[told.order_id]

    async def _until(self, second: float) -> None:
        await asyncio.sleep(max(0.0, self._began + second - self._now()))

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
