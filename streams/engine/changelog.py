"""What a partition remembers, as it lies in its changelog: rows, and the position they stand for."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchResult

from streams.engine.api import Headers
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.fatal import Refusal, RowsTooNew
from streams.engine.transaction import Write

POSITION_KEY = b"\x00position"
_DUE = struct.Struct(">d")
_FORMAT = b"\x01"
IMPORTING = b"\x00"  # stands where the position will, until an import is finished


class StateLost(Refusal):
    """What the broker holds does not continue what was folded: starting over in silence would be loss."""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """`offset`: the last one folded, -1 for none. `now`: the clock never goes back behind it.

    `partitions`: of the input topic, for a row is looked for where its key was placed.
    """

    offset: int
    partitions: int
    now: float = 0.0
    topic_id: bytes | None = None  # of the input topic, where the broker gives it one

    def write(self) -> Write:
        return Write(POSITION_KEY, _FORMAT + msgspec.msgpack.encode(self))

    @classmethod
    def read(cls, data: bytes) -> "Position":
        if data == IMPORTING:
            raise StateLost("an import was not finished: delete the topics that it filled, and import again")
        if data[:1] != _FORMAT:
            raise StateLost(f"a position of format {data[0]} was written by a newer version of this program")
        return msgspec.msgpack.decode(data[1:], type=cls)


def due_headers(due: float | None) -> Headers:
    """So that a heap of timers is built without decoding a row."""
    return () if due is None else (("due", _DUE.pack(due)),)


@dataclass
class Changelog:
    """All of one partition's changelog; `end` is where its next record will lie.

    `position_at`: the offset of the last position; every unit ends with one, so what lies behind it
    was written by another owner. -1: unknown.
    """

    rows: dict[bytes, bytes] = field(default_factory=dict)
    due: dict[bytes, float] = field(default_factory=dict)
    last_position: bytes | None = None
    end: int = 0
    records: int = 0
    position_at: int = -1

    @property
    def position(self) -> Position | None:
        """Raises `StateLost` where it is none that this program may go on from."""
        return None if self.last_position is None else Position.read(self.last_position)

    def refuse_newer(self, known: int, processor: str) -> None:
        """Before anything is folded: an old program among new ones must stop, not stumble later."""
        newest = max((row[0] for row in self.rows.values() if row), default=0)
        if newest > known:
            raise RowsTooNew(
                f"{processor} has rows of format {newest}, and this program reads them up to {known}: "
                "a newer version wrote them; update this one"
            )

    def take(self, records: list[ConsumerRecord]) -> None:
        """A million rows pass here at a start: nothing is decoded."""
        rows, due = self.rows, self.due
        for record in records:
            key, value = record.key, record.value
            if key == POSITION_KEY:
                self.last_position, self.position_at = value, record.offset
            elif value is None:
                rows.pop(key, None)
                due.pop(key, None)
            else:
                rows[key] = value
                if record.headers:
                    due[key] = _DUE.unpack(record.headers[0][1])[0]
                else:
                    due.pop(key, None)
        self.records += len(records)


async def read_changelog(
    config: EngineConfig, changelog: TopicPartition, kept: Changelog | None = None
) -> Changelog:
    """Rule 6: to its end as of now, at `read_committed`; called once the fence stands, so nobody adds to it.

    Rule 10: what was `kept` is only caught up, if the log still has its last position where it was.
    Raises `TimeoutError` when the broker brings nothing for `opening_timeout` (rule 5).
    """
    reader = AIOKafkaConsumer(
        **config.consumer() | {"fetch_max_wait_ms": 50},
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1_048_576,
    )
    try:
        async with asyncio.timeout(config.opening_timeout) as deadline:
            await start_client(reader)
            _hand_out_bare(reader)
            progress = partial(_extend, deadline, config.opening_timeout)
            return await _read(reader, changelog, progress, kept)
    finally:
        await stop_client(reader)


def _hand_out_bare(reader: AIOKafkaConsumer) -> None:
    """Where the client keeps its records elsewhere one day, they come as they always do: only slower."""
    fetcher = getattr(reader, "_fetcher", None)
    if fetcher is not None:
        fetcher._records = _Bare()  # noqa: SLF001 - of a pinned version


class _Bare(dict[TopicPartition, Any]):
    """What has been fetched, handed out as it was parsed: a `ConsumerRecord` each is a third of a start."""

    def __setitem__(self, where: TopicPartition, result: Any) -> None:
        if isinstance(result, FetchResult):
            result._partition_records._consumer_record = _as_parsed  # noqa: SLF001
        super().__setitem__(where, result)


def _as_parsed(_where: TopicPartition, record: ConsumerRecord) -> ConsumerRecord:
    """It has the key, the value, the headers and the offset, by the same names."""
    return record


def _extend(deadline: asyncio.Timeout, seconds: float) -> None:
    deadline.reschedule(asyncio.get_running_loop().time() + seconds)


async def _read(
    reader: AIOKafkaConsumer, changelog: TopicPartition, progress: Callable[[], None], kept: Changelog | None
) -> Changelog:
    begin = (await reader.beginning_offsets([changelog]))[changelog]
    end = (await reader.end_offsets([changelog]))[changelog]
    reader.assign([changelog])
    reader.seek(changelog, begin)  # at once, or the client would ask for a committed offset and find none
    found = Changelog()
    if kept is not None and begin <= kept.position_at < end and await _holds(reader, changelog, kept):
        found, begin = kept, kept.position_at
    found.end, found.records = end, 0
    reader.seek(changelog, begin)
    position = begin
    while position < end:
        found.take((await reader.getmany(changelog, timeout_ms=100, max_records=10_000)).get(changelog, []))
        reached = await reader.position(changelog)  # past markers, and what compaction has removed
        if reached > position:
            position = reached
            progress()
    return found


async def _holds(reader: AIOKafkaConsumer, changelog: TopicPartition, kept: Changelog) -> bool:
    """Whether the kept position still lies where it did: else the log was cut, made anew or compacted."""
    reader.seek(changelog, kept.position_at)
    while await reader.position(changelog) <= kept.position_at:
        found = await reader.getmany(changelog, timeout_ms=100, max_records=1)
        for record in found.get(changelog, []):
            there = record.offset == kept.position_at and record.key == POSITION_KEY
            return there and bool(record.value == kept.last_position)
    return False
