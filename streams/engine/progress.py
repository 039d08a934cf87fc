"""Whether a process that lives also folds: its partitions move while there is something to fold.

A client that stopped fetching looks as if nothing came in, since it learns the ends of its inputs by
fetching. So they are asked for by another request, now and then.
"""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from aiokafka import TopicPartition


class _Standing(NamedTuple):
    reached: int
    since: float


class Progress:
    """`stuck` once a partition has had something to fold for `patience` seconds and has folded nothing.

    What nobody could ask for meanwhile counts for nothing: while Kafka is away, starting again would
    help nobody.
    """

    def __init__(self, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._clock = patience, clock
        self._standing: dict[TopicPartition, _Standing] = {}

    @property
    def stuck(self) -> bool:
        now = self._clock()
        return any(now - standing.since > self._patience for standing in self._standing.values())

    def unknown(self) -> None:
        self._standing.clear()

    def look(self, ends: Mapping[TopicPartition, int], reached: Mapping[TopicPartition, int]) -> None:
        """`ends`: the last stable offsets; `reached`: what is folded, for the partitions that are open."""
        now, before = self._clock(), self._standing
        self._standing = {}
        for place, offset in reached.items():
            if offset >= ends.get(place, 0):
                continue
            known = before.get(place, _Standing(offset, now))
            self._standing[place] = known if known.reached == offset else _Standing(offset, now)
