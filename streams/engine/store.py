"""One partition's rows, timers and position, and the one transaction that moves all three."""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from streams.engine.api import Out
from streams.engine.changelog import Changelog, Position, StateLost, due_headers
from streams.engine.config import EngineConfig
from streams.engine.keys import partition_of
from streams.engine.markers import are_markers
from streams.engine.timers import Timers
from streams.engine.topic_ids import spelled
from streams.engine.transaction import OffsetMismatch, Transactions, Write, Writes
from streams.engine.unit import Unit


class Store:
    """Bytes until touched: the rows cost their own size and a dictionary entry each."""

    def __init__(
        self,
        config: EngineConfig,
        *,
        topic: str,
        changelog: TopicPartition,
        transactions: Transactions,
        found: Changelog,
        partitions: int,
    ) -> None:
        self.topic, self.partition = topic, changelog.partition
        self.rows: Mapping[bytes, bytes] = found.rows
        self.timers = Timers(found.due, config.timer_again)
        self.read = found.records
        self.bytes = sum(map(len, found.rows.values()))
        self._rows = found.rows
        self._config = config
        self._changelog = changelog
        self._transactions = transactions
        self._known = found.position
        self._position = self._known or Position(-1, partitions)
        self._topic_id = self._position.topic_id
        self._partitions = partitions
        self._position_at = found.position_at
        self._end = found.end  # where the next record lies, but for the last transaction's marker
        self._markers = {0}
        self._fresh = True
        self._first = 0
        self._marker: int | None = None
        self._counts: dict[str, int] = {}

    @property
    def position(self) -> int:
        """The last folded offset of the input, -1 for none."""
        return self._position.offset

    def now(self, clock: float) -> float:
        """Rule 17: a clock set back, or another machine's, never takes a row's time back."""
        return max(clock, self._position.now)

    async def begin(
        self, beginning: int, end: int, *, committed: bool, may_grow: bool, topic_id: bytes | None = None
    ) -> None:
        """Rule 2: refuses unless the input still continues at the position; notes the first start."""
        self._check_partitions(may_grow=may_grow)
        self._topic_id = self._checked_id(topic_id)
        if self._known is not None:
            if not beginning <= self.position + 1 <= end:
                raise StateLost(
                    f"{self.topic}/{self.partition} holds offsets {beginning} to {end}, but the next one is "
                    f"{self.position + 1}: records were lost to retention, or the topic was made anew"
                )
            return
        if committed:
            raise StateLost(
                f"{self.topic}/{self.partition} was folded before, but {self._changelog.topic} has no "
                "position: restore it, or delete the consumer group to start over"
            )
        await self.commit(Unit(), beginning - 1, self._position.now)

    def _checked_id(self, topic_id: bytes | None) -> bytes | None:
        """A topic made anew may hold enough records to look as if it continued; its id tells."""
        before = self._position.topic_id
        if topic_id is None or before is None or topic_id == before:
            return topic_id or before
        raise StateLost(
            f"{self.topic} was deleted and made anew: its id was {spelled(before)} and is "
            f"{spelled(topic_id)}, and what it holds now does not continue what was folded; "
            "restore the old one, or delete the consumer group and its changelogs to start over"
        )

    def _check_partitions(self, *, may_grow: bool) -> None:
        """Rule 3: rows lie where their keys were placed; another count would look for them elsewhere."""
        before = self._position.partitions
        if before == self._partitions or (may_grow and before < self._partitions):
            return
        raise StateLost(
            f"{self.topic} has {self._partitions} partitions, but its rows were placed with {before}: "
            "export the state and import it under the new count"
        )

    async def commit(self, unit: Unit, offset: int, now: float) -> int:
        """Rows, outgoing records and position, in one transaction. Returns the bytes written."""
        position = Position(offset, self._partitions, now, self._topic_id)
        ours = [Write(key, data, due_headers(due)) for key, (data, due) in unit.rows.items()]
        ours.append(position.write())
        writes: Writes = {self._changelog: ours, **await self._placed(unit.out)}
        written = await self._transactions.write(writes, self._changelog, self._check_end)
        self._moved(len(ours))
        self._apply(unit, position)
        return written

    async def _placed(self, outs: Sequence[Out]) -> dict[TopicPartition, list[Out]]:
        """Each outgoing record goes straight to its key's partition."""
        placed: dict[TopicPartition, list[Out]] = {}
        for out in outs:
            topic = self._config.topic(out.topic)
            if topic not in self._counts:
                self._counts[topic] = await self._transactions.partitions_of(topic)
            where = TopicPartition(topic, partition_of(out.key, self._counts[topic]))
            placed.setdefault(where, []).append(out)
        return placed

    async def _check_end(self, first: int) -> None:
        """Rule 12: one writer for ever, so its offsets are known before they are given.

        A broker ends each transaction with a marker of one offset, the mock broker with none:
        which of the two is learnt once, from the second transaction. More of them are looked at.
        """
        marker = first - self._end
        self._first, self._marker = first, marker if marker in self._markers else None
        if self._marker is None and not (marker > 0 and await self._are_markers(first)):
            raise OffsetMismatch(f"{self._changelog.topic} continues at {first}, not at {self._end}")

    async def _are_markers(self, end: int) -> bool:
        return await are_markers(self._config, self._changelog, self._end, end)

    def _moved(self, count: int) -> None:
        self._end = self._first + count
        self._position_at = self._end - 1
        if self._fresh:
            self._markers = {0, 1}
        elif self._marker is not None:
            self._markers = {self._marker}
        self._fresh = False

    def _apply(self, unit: Unit, position: Position) -> None:
        for key, (data, due) in unit.rows.items():
            self.bytes += len(data or b"") - len(self._rows.get(key, b""))
            if data is None:
                self._rows.pop(key, None)
            else:
                self._rows[key] = data
            self.timers.set(key, due)
        self._position = position

    def kept(self) -> Changelog:
        """Rule 10: what an opening may go on from, once this store is closed."""
        return Changelog(
            rows=self._rows,
            due=self.timers.due(),
            last_position=self._position.write().value,
            end=self._end,
            position_at=self._position_at,
        )

    async def close(self) -> None:
        await self._transactions.close()
