"""Whether a process that lives also folds: its partitions move while there is something to fold.

A client that stopped fetching looks as if nothing came in, since it learns the ends of its inputs by
fetching. So they are asked for by another request, now and then.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

log = logging.getLogger("streams.engine")


class _Standing(NamedTuple):
    reached: int
    since: float


class Progress:
    """`stuck` once a partition has had something to fold for `patience` seconds and has folded nothing.

    What nobody could ask for meanwhile counts for nothing: while Kafka is away, starting again would
    help nobody.
    """

    def __init__(self, every: float, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._every, self._patience, self._clock = every, patience, clock
        self._standing: dict[TopicPartition, _Standing] = {}

    @property
    def stuck(self) -> bool:
        now = self._clock()
        return any(now - standing.since > self._patience for standing in self._standing.values())

    async def watch(self, consumer: Any, reached: Callable[[], Mapping[TopicPartition, int]]) -> None:
        """Until cancelled. `reached`: what is folded, for the partitions that are open."""
        while True:
            await asyncio.sleep(self._every)
            places = list(reached())
            try:
                async with asyncio.timeout(self._every):
                    ends = await consumer.end_offsets(places) if places else {}
            except (KafkaError, TimeoutError) as error:
                log.info("ends_not_known", extra={"error": type(error).__name__})
                self.unknown()
            else:
                self.look(ends, reached())

    def unknown(self) -> None:
        self._standing.clear()

    def look(self, ends: Mapping[TopicPartition, int], reached: Mapping[TopicPartition, int]) -> None:
        """`ends`: the last stable offsets."""
        now, before = self._clock(), self._standing
        self._standing = {}
        for place, offset in reached.items():
            if offset >= ends.get(place, 0):
                continue
            known = before.get(place, _Standing(offset, now))
            self._standing[place] = known if known.reached == offset else _Standing(offset, now)
