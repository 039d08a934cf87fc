"""Rules 8 and 15: what has been fetched of one partition and is not folded yet, in order, without a hole."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from streams.engine.fatal import Refusal


class Hole(Refusal):
    """Rule 8: the batch does not follow the one before it, so records between them were lost on the way."""


class Batch(NamedTuple):
    """What was fetched of one partition at once. `previous`: the last offset of the batch before it.

    `position`: where the consumer then stood, past markers; only for the group's own offsets.
    `left`: what was known to lie behind that.
    """

    source: TopicPartition
    epoch: int
    previous: int
    records: Sequence[ConsumerRecord]
    position: int
    left: int = 0


class Batches:
    """Numbered and counted by the fetching loop, handed on by the agent, taken unit by unit."""

    def __init__(self, position: int) -> None:
        """`position`: the last offset that is folded."""
        self.ahead = 0  # given out by the fetching loop and not folded yet
        self.waiting = 0  # records in those of them that no unit has taken yet
        self._given = position
        self._accepted: deque[Batch] = deque()

    def __bool__(self) -> bool:
        return bool(self._accepted)

    def give(
        self, source: TopicPartition, epoch: int, records: Sequence[ConsumerRecord], position: int, left: int
    ) -> Batch:
        """Counts at once, so that nothing takes the consumer's position for folded."""
        batch = Batch(source, epoch, self._given, records, position, left)
        self._given = records[-1].offset
        self.ahead += 1
        self.waiting += len(records)
        return batch

    def accept(self, batch: Batch) -> None:
        """It has come through the agent's stream, in its turn or (rule 8) not."""
        self._accepted.append(batch)

    def take(self, position: int, most: int) -> Batch | None:
        """All that waits, up to a unit's worth (`most` records): under load a transaction carries more.

        Its cost is the broker's for each partition written, and hardly depends on how much it holds.
        Raises `Hole` where what comes next does not follow `position`, the last offset that is folded.
        """
        if not self._accepted:
            return None
        batch = self._accepted.popleft()
        _follows(batch, position)
        records = list(batch.records)
        while self._accepted and len(records) + len(self._accepted[0].records) <= most:
            more = self._accepted.popleft()
            _follows(more, records[-1].offset)
            records += more.records
            batch = batch._replace(position=more.position, left=more.left)
            self.ahead -= 1
        self.waiting -= len(records)
        return batch._replace(records=records)

    def done(self) -> None:
        """What was taken last is durable."""
        self.ahead -= 1


def _follows(batch: Batch, position: int) -> None:
    if batch.previous != position or batch.records[0].offset <= position:
        raise Hole(f"a batch after {batch.previous} came when {position} was folded")
