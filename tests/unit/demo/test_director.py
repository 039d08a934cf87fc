import asyncio
import contextlib
import datetime as dt

import pytest

from streams.demo.director import Director
from streams.demo.scene import Scene
from streams.demo.schedule import Schedule
from streams.demo.tale import Beat

BEGUN = dt.datetime(2026, 3, 6, 10, 0, tzinfo=dt.UTC)


class Stage:
    """A director whose clock jumps: what would take minutes takes no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.beats: list[Beat] = []
        self.scene = Scene(seed=1)
        self.director = Director(self.scene, Schedule(1, BEGUN), self._append)
        self._second = 0.0
        monkeypatch.setattr(self.director, "_now", lambda: self._second)
        monkeypatch.setattr(self.director, "_until", self._until)
        self._moved = asyncio.Event()

    async def _append(self, beat: Beat) -> None:
        self.beats.append(beat)

    async def _until(self, second: float) -> None:
        while self._second < second:
            self._moved.clear()
            await self._moved.wait()

    async def run_to(self, second: float) -> None:
        while self._second < second:
            self._second += 0.5
            self._moved.set()
            for _ in range(6):
                await asyncio.sleep(0)

    def words(self, order_number: str) -> list[bytes]:
        order = next(beat.key for beat in self.beats if order_number.encode() in beat.value)
        return [beat.value for beat in self.beats if beat.key == order]


@pytest.fixture
async def stage(monkeypatch):
    stage = Stage(monkeypatch)
    task = asyncio.create_task(stage.director.play())
    await asyncio.sleep(0)
    yield stage
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_stories_are_played_side_by_side_in_the_order_of_their_time(stage):
    await stage.run_to(60)
    assert len({beat.key for beat in stage.beats}) > 15
    assert {beat.topic for beat in stage.beats} >= {"orders", "suppliers", "shipments", "customers"}
    assert stage.scene.stories


@pytest.mark.parametrize(("button", "shop"), [("order-pl", "Modrzewnia"), ("order-lt", "Rasos lentyna")])
async def test_a_button_places_an_order_in_its_language(stage, button, shop):
    await stage.run_to(2)
    before = len(stage.beats)
    said = await stage.director.act(button)
    await stage.run_to(3)
    assert said.startswith(shop)
    assert any(b"order.placed" in beat.value for beat in stage.beats[before:])


@pytest.mark.parametrize(("button", "word"), [("late", b"estimated_delivery"), ("lose", b'"lost"')])
async def test_a_parcel_on_its_way_is_late_or_lost_from_now_on(stage, button, word):
    said = "No parcel"
    second = 14.0
    while said.startswith("No parcel"):
        await stage.run_to(second := second + 1)
        said = await stage.director.act(button)
    number = said.split("order ")[1].split(" ")[0].rstrip(".")
    await stage.run_to(second + 60)
    told = stage.words(number)
    changed = next(place for place, value in enumerate(told) if word in value)
    rest = told[changed + 1 :]
    assert not any(b"in_transit" in value for value in rest)
    assert len(rest) == (2 if button == "late" else 0)


async def test_where_no_parcel_is_on_its_way_a_new_order_is_made_so(stage):
    await stage.run_to(1)
    assert (await stage.director.act("lose")).startswith("No parcel is on its way just now")


async def test_a_button_that_nobody_knows_is_a_key_error(stage):
    with pytest.raises(KeyError):
        await stage.director.act("explode")
