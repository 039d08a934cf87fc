"""Rule 18: the time up to which everything upstream is folded. A timer due later must wait.

"The supplier hasn't answered" may not be said because we are slow to read the answer. Stage by
stage: note where the stage's inputs end, wait until its group has committed past that, then note
the ends of the next stage's inputs, and so on; what has come through the last one by then is
everything that had arrived at the first note.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig, Stage

log = logging.getLogger("streams.engine")

Ends = dict[TopicPartition, int]
Chain = tuple[Stage, ...]


class _Probe:
    """One stage. `reached`: everything that had arrived by then has passed it."""

    def __init__(self, group: str, topics: Sequence[str]) -> None:
        self.group, self.topics = group, topics
        self.reached = 0.0
        self.aim: tuple[float, Ends] | None = None

    def past(self, committed: Mapping[TopicPartition, int]) -> bool:
        return self.aim is not None and all(
            committed.get(source, 0) >= end for source, end in self.aim[1].items()
        )


class Horizon:
    """One for a process; chains that begin alike share their probes."""

    def __init__(
        self, config: EngineConfig, stages: Mapping[str, Sequence[Stage]], clock: Callable[[], float]
    ) -> None:
        self._config, self._clock = config, clock
        self._chains: dict[str, Chain] = {name: tuple(chain) for name, chain in stages.items()}
        self._probes: dict[Chain, _Probe] = {}
        for chain in self._chains.values():
            for depth in range(1, len(chain) + 1):
                self._probes.setdefault(chain[:depth], self._probe(chain[depth - 1]))

    def _probe(self, stage: Stage) -> _Probe:
        topics = [self._config.topic(name) for name in stage.inputs]
        return _Probe(self._config.group(stage.processor), topics)

    def of(self, processor: str) -> float:
        """Seconds since 1970; without stages, now."""
        chain = self._chains.get(processor, ())
        return self._probes[chain].reached if chain else self._clock()

    def late(self, processor: str) -> float:
        """By how many seconds what comes to it is behind the clock, beyond what our looking takes.

        A stage says what it has folded when it commits, and is asked at the next look: with three of them
        and nothing waiting, news of it is 1.8 to 4.6 s old (*measured*), and nobody is late.
        """
        chain = self._chains.get(processor, ())
        names = [stage.processor for stage in chain]
        chain = chain[: names.index(processor)] if processor in names else chain
        if not chain:
            return 0.0
        looking = len(chain) * (self._config.commit_every + self._config.horizon_every)
        return max(0.0, self._clock() - self._probes[chain].reached - looking)

    async def run(self) -> None:
        """Until cancelled. While the broker doesn't answer, the horizon stands still and timers wait."""
        if not self._probes:
            return
        # Read uncommitted: an open transaction of another would hide what came after it.
        self._ends = AIOKafkaConsumer(**self._config.consumer(), isolation_level="read_uncommitted")
        self._admin = AIOKafkaAdminClient(
            bootstrap_servers=self._config.brokers,
            request_timeout_ms=int(self._config.request_timeout * 1000),
            **self._config.client,
        )
        try:
            await start_client(self._ends)
            await start_client(self._admin)
            while True:
                await self._tick()
                await asyncio.sleep(self._config.horizon_every)
        finally:
            await stop_client(self._ends)
            await self._admin.close()

    async def _tick(self) -> None:
        try:
            for chain in sorted(self._probes, key=len):
                before = self._probes[chain[:-1]].reached if len(chain) > 1 else self._clock()
                await self._advance(self._probes[chain], before)
        except (KafkaError, TimeoutError, AttributeError) as error:
            # AttributeError: aiokafka 0.14's own, where the broker answers with an error code
            log.info("horizon_stands_still", extra={"error": type(error).__name__})

    async def _advance(self, probe: _Probe, before: float) -> None:
        if probe.aim is None and before > probe.reached:
            probe.aim = (before, await self._ends_of(probe.topics))
        if probe.aim is not None and probe.past(await self._committed(probe)):
            probe.reached, probe.aim = probe.aim[0], None

    async def _ends_of(self, topics: Sequence[str]) -> Ends:
        sources = []
        for topic in topics:
            count = len(await self._ends._client._wait_on_metadata(topic))  # noqa: SLF001
            sources += [TopicPartition(topic, number) for number in range(count)]
        ends = await self._ends.end_offsets(sources)
        return {source: end for source, end in ends.items() if end > 0}

    async def _committed(self, probe: _Probe) -> dict[TopicPartition, int]:
        wanted = list(probe.aim[1]) if probe.aim else []
        if not wanted:
            return {}
        found = await self._admin.list_consumer_group_offsets(probe.group, partitions=wanted)
        return {source: place.offset for source, place in found.items()}
