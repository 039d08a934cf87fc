"""The timelines of all orders in memory, as the compacted topic has them: found by id or number."""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, Self

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.fatal import Fatal
from streams.web.orders import add_timeline_routes

__all__ = ["Found", "KafkaTimelines", "TimelineSource", "Timelines", "add_timeline_routes"]

TOPIC = "timelines"
SEARCH_LIMIT = 50
AGAIN = 5.0  # seconds

# Pages may be a second behind; ten idle fetches a second would be for nothing.
READING = {"auto_offset_reset": "earliest", "isolation_level": "read_committed", "fetch_max_wait_ms": 1000}

log = structlog.get_logger("web")


class Found(NamedTuple):
    """One order as a list shows it."""

    order_id: str
    shop: str
    number: str
    state: str


class TimelineSource(Protocol):
    """Where the pages get timelines from. A timeline is the JSON of `streams.domain.timeline.view`."""

    def find(self, shop: str, order: str) -> bytes | None:
        """By the shop's number, or by the order's id."""
        ...

    def search(self, number: str) -> list[Found]:
        """Orders of any shop with this number or id."""
        ...


class _Head(msgspec.Struct):
    order_id: str = ""
    shop: str | None = None
    number: str | None = None
    state: str | None = None

    def found(self) -> Found:
        return Found(self.order_id, self.shop or "", self.number or self.order_id, self.state or "unplaced")


_heads = msgspec.json.Decoder(_Head)


class Timelines:
    """In memory: the newest JSON of each order, and which orders a number means."""

    def __init__(self) -> None:
        self._timelines: dict[str, bytes] = {}
        self._numbers: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._timelines)

    def put(self, order_id: str, timeline: bytes | None) -> None:
        """The newest timeline of an order; None: it is known no more. Raises `msgspec.MsgspecError`."""
        number = _heads.decode(timeline).number if timeline is not None else None
        self._forget(order_id)
        if timeline is not None:
            self._timelines[order_id] = timeline
            if number is not None:
                self._numbers.setdefault(number, set()).add(order_id)

    def _forget(self, order_id: str) -> None:
        before = self._timelines.pop(order_id, None)
        number = _heads.decode(before).number if before is not None else None
        if number is None:
            return
        orders = self._numbers[number]
        orders.discard(order_id)
        if not orders:
            del self._numbers[number]

    @property
    def current(self) -> bool:
        """What isn't here now isn't known at all."""
        return True

    def get(self, order_id: str) -> bytes | None:
        return self._timelines.get(order_id)

    def find(self, shop: str, order: str) -> bytes | None:
        for order_id in (order, f"{shop}:{order}", *sorted(self._numbers.get(order, ()))):
            timeline = self._timelines.get(order_id)
            if timeline is not None and _heads.decode(timeline).shop in (shop, None):
                return timeline
        return None

    def search(self, number: str) -> list[Found]:
        ids = sorted({number, *self._numbers.get(number, ())} & self._timelines.keys())
        return [_heads.decode(self._timelines[order_id]).found() for order_id in ids[:SEARCH_LIMIT]]


class KafkaTimelines(Timelines):
    """Follows the compacted topic, from its beginning, for as long as the context is open."""

    def __init__(self, config: EngineConfig, fatal: Fatal | None = None) -> None:
        super().__init__()
        self._config = config
        self._fatal = fatal if fatal is not None else Fatal()
        self._task: asyncio.Task[None] | None = None
        self._current = False

    @property
    def current(self) -> bool:
        """The topic has been read to its end since the start."""
        return self._current

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._guarded(), name=TOPIC)
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _guarded(self) -> None:
        """Without Kafka the pages show what was known, and figures and health stay to be seen."""
        try:
            while True:
                try:
                    await self._follow()
                except KafkaError as error:
                    log.warning("timelines_unreachable", error=type(error).__name__)
                    await asyncio.sleep(AGAIN)
        except Exception as error:  # noqa: BLE001 - pages that stand still must not look alive
            self._fatal(TOPIC, error)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(self._config.topic(TOPIC), **self._config.consumer() | READING)
        try:
            await start_client(consumer)  # raises where another role hasn't created the topic yet
            while True:
                batches = await consumer.getmany(timeout_ms=1000, max_records=2000)
                self._current = self._current or (not batches and _asked_for_all(consumer))
                for records in batches.values():
                    self._take(records)
                    await asyncio.sleep(0)  # a million timelines at the start must not stall the loop
        finally:
            await stop_client(consumer)

    def _take(self, records: Iterable[Any]) -> None:
        for record in records:
            if record.key is None:
                continue
            try:
                self.put(record.key.decode(), record.value)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                log.warning("timeline_unreadable", partition=record.partition, offset=record.offset)


def _asked_for_all(consumer: AIOKafkaConsumer) -> bool:
    """Every partition has answered a fetch: where nothing came, there was nothing."""
    places = consumer.assignment()
    return bool(places) and all(consumer.highwater(place) is not None for place in places)
