"""What a partition remembers, as it lies in its changelog: rows, and the position they stand for."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.engine.api import Headers
from streams.engine.config import EngineConfig
from streams.engine.transaction import Write

POSITION_KEY = b"\x00position"
_DUE = struct.Struct(">d")
_FORMAT = b"\x01"
IMPORTING = b"\x00"  # stands where the position will, until an import is finished


class StateLost(Exception):  # noqa: N818 - one sentence for the operator
    """What the broker holds does not continue what was folded: starting over in silence would be loss."""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """`offset`: the last one folded, -1 for none. `now`: the clock never goes back behind it.

    `partitions`: of the input topic, for a row is looked for where its key was placed.
    """

    offset: int
    partitions: int
    now: float = 0.0
    topic_id: bytes | None = None  # aiokafka 0.14 is told none by any broker

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
    """All of one partition's changelog; `end` is where its next record will lie."""

    rows: dict[bytes, bytes] = field(default_factory=dict)
    due: dict[bytes, float] = field(default_factory=dict)
    last_position: bytes | None = None
    end: int = 0
    records: int = 0

    @property
    def position(self) -> Position | None:
        """Raises `StateLost` where it is none that this program may go on from."""
        return None if self.last_position is None else Position.read(self.last_position)

    def take(self, records: list[ConsumerRecord]) -> None:
        """A million rows pass here at a start: nothing is decoded."""
        rows, due = self.rows, self.due
        for record in records:
            key, value = record.key, record.value
            if key == POSITION_KEY:
                self.last_position = value
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


async def read_changelog(config: EngineConfig, changelog: TopicPartition) -> Changelog:
    """Rule 6: to its end as of now, at `read_committed`; called once the fence stands, so nobody adds to it.

    Raises `TimeoutError` when the broker brings nothing for `opening_timeout` (rule 5).
    """
    reader = AIOKafkaConsumer(
        **config.consumer() | {"fetch_max_wait_ms": 50},
        isolation_level="read_committed",
        max_partition_fetch_bytes=4 * 1_048_576,
    )
    try:
        async with asyncio.timeout(config.opening_timeout) as deadline:
            await reader.start()
            return await _read(reader, changelog, lambda: _extend(deadline, config.opening_timeout))
    finally:
        await reader.stop()


def _extend(deadline: asyncio.Timeout, seconds: float) -> None:
    deadline.reschedule(asyncio.get_running_loop().time() + seconds)


async def _read(
    reader: AIOKafkaConsumer, changelog: TopicPartition, progress: Callable[[], None]
) -> Changelog:
    begin = (await reader.beginning_offsets([changelog]))[changelog]
    end = (await reader.end_offsets([changelog]))[changelog]
    reader.assign([changelog])
    reader.seek(changelog, begin)  # at once, or the client would ask for a committed offset and find none
    found = Changelog(end=end)
    position = begin
    while position < end:
        records = (await reader.getmany(changelog, timeout_ms=100, max_records=10_000)).get(changelog, [])
        found.take(records)
        reached = await reader.position(changelog)  # past markers, and what compaction has removed
        if reached > position:
            position = reached
            progress()
    return found
