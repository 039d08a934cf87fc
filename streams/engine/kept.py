"""Rule 10: a rebalance takes every partition from everyone, and gives most of them back at once.

What a closed store held is the fold of its changelog up to its last position. When the partition
comes back, its next opening fences first, as any does, and then reads on from that position: what
others wrote meanwhile is behind it, and nobody can add to it any more. So what is kept needs no
promise that nobody else owned the partition; it only needs the log to be the same, which
`read_changelog` looks for.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aiokafka import TopicPartition

from streams.engine.changelog import Changelog


class _Entry(NamedTuple):
    until: float
    found: Changelog


class Kept:
    """For `seconds` at most: the rows of a partition that others have now cost us memory meanwhile.

    That must stay far below a changelog's `delete.retention.ms` (rule 16): a tombstone that compaction
    removes before it was read on would leave its row here.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._entries: dict[TopicPartition, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def keep(self, source: TopicPartition, found: Changelog) -> None:
        if self._seconds > 0:
            self._entries[source] = _Entry(self._clock() + self._seconds, found)

    @contextmanager
    def lent(self, source: TopicPartition) -> Iterator[Changelog | None]:
        """To an opening; one that is cut short before it has read on leaves it for the next."""
        self.forget()
        entry = self._entries.pop(source, None)
        try:
            yield None if entry is None else entry.found
        except BaseException:
            if entry is not None and not entry.found.records:
                self._entries[source] = entry
            raise

    def forget(self) -> None:
        """What is too old, so that it costs no memory."""
        now = self._clock()
        self._entries = {source: entry for source, entry in self._entries.items() if entry.until > now}
