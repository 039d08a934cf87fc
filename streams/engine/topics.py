"""The topics: their settings, their creation, and what must hold of them before anything starts."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from streams.engine.api import Processor
from streams.engine.clients import start_client
from streams.engine.config import DAY, EngineConfig, TopicSpec

log = logging.getLogger("streams.engine")


class TopicsError(Exception):
    """What the operator must mend, one clear sentence."""


class UnreachableError(TopicsError):
    """Kafka may be back in a moment: whoever started us may try again."""


def wanted_topics(processors: Sequence[Processor], outputs: Iterable[TopicSpec]) -> dict[str, TopicSpec]:
    """By logical name: every input, and what the caller names; his word on an input's settings counts."""
    specs = {name: TopicSpec(name) for processor in processors for name in processor.inputs}
    return specs | {spec.name: spec for spec in outputs}


def settings_of(spec: TopicSpec) -> dict[str, str]:
    if spec.compacted:  # we read it too, and whom it named before an erasure must go from it as well
        return changelog_settings()
    return {"cleanup.policy": "delete", "retention.ms": str(int(spec.retention * 1000))}


def changelog_settings() -> dict[str, str]:
    """Rule 16: never let compaction leave an empty control batch, which aiokafka cannot read.

    So tombstones and markers outlive the broker's memory of the producer (a day by default);
    small segments and a bound on the lag make a tombstone take effect all the same.
    """
    return {
        "cleanup.policy": "compact",
        "delete.retention.ms": str(int(2 * DAY * 1000)),
        "segment.bytes": str(64 * 1024 * 1024),
        "segment.ms": str(int(DAY * 1000)),
        "max.compaction.lag.ms": str(int(7 * DAY * 1000)),
    }


async def prepare_topics(
    config: EngineConfig, processors: Sequence[Processor], outputs: Iterable[TopicSpec] = ()
) -> dict[str, int]:
    """Creates what is missing and checks the rest. Returns partition counts by full name.

    Raises `TopicsError`. A broker without a controller (the mock) makes topics when they are used.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=config.brokers, **config.client)
    try:
        try:
            await start_client(admin)
        except KafkaError as error:
            kind = type(error).__name__
            raise UnreachableError(f"no broker answers at {config.brokers}: {kind}") from error
        return await _Preparation(admin, config).run(processors, wanted_topics(processors, outputs))
    finally:
        await admin.close()


class _Preparation:
    def __init__(self, admin: AIOKafkaAdminClient, config: EngineConfig) -> None:
        self._admin, self._config = admin, config

    async def run(self, processors: Sequence[Processor], specs: Mapping[str, TopicSpec]) -> dict[str, int]:
        if await self._without_controller():
            return {}
        counts = await self._ensure(
            {
                self._config.topic(name): (self._config.partitions, settings_of(spec))
                for name, spec in specs.items()
            }
        )
        pairs = [(processor, name) for processor in processors for name in processor.inputs]
        changelogs = {self._config.changelog(processor.name, name): name for processor, name in pairs}
        counts |= await self._ensure(
            {
                topic: (counts[self._config.topic(name)], changelog_settings())
                for topic, name in changelogs.items()
            }
        )
        for processor, name in pairs:
            await self._check(processor, name, counts)
        return counts | await self._counts()

    async def _without_controller(self) -> bool:
        """The mock broker names a controller that is none of its brokers."""
        cluster = await self._admin.describe_cluster()
        controller: int = cluster["controller_id"]
        return controller >= 0 and controller not in [broker["node_id"] for broker in cluster["brokers"]]

    async def _counts(self) -> dict[str, int]:
        """As one broker knows them, another one each time: of a new topic they hear one after the other."""
        found = await self._admin.describe_topics()
        return {topic["topic"]: len(topic["partitions"]) for topic in found}

    async def _ensure(self, wanted: Mapping[str, tuple[int, dict[str, str]]]) -> dict[str, int]:
        """Returns the partition counts, all that is wanted among them."""
        existing = await self._counts()
        missing = {name: how for name, how in wanted.items() if name not in existing}
        if not missing:
            return existing
        if not self._config.create_topics:
            raise TopicsError(
                f"these topics are missing and may not be created here: {', '.join(sorted(missing))}"
            )
        replication = self._config.replication
        response = await self._admin.create_topics(
            [NewTopic(name, count, replication, {}, how) for name, (count, how) in missing.items()]
            if replication == -1
            else [NewTopic(name, count, replication, None, how) for name, (count, how) in missing.items()]
        )
        self._raise_for(response)
        return await self._appear(wanted)

    def _raise_for(self, response: object) -> None:
        for topic, code, *text in response.topic_errors:  # type: ignore[attr-defined]  # untyped library
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:  # two workers may start at once
                reason = next((part for part in text if part), error.__name__)
                raise TopicsError(f"topic {topic} could not be created: {reason}")

    async def _appear(self, names: Iterable[str]) -> dict[str, int]:
        for _ in range(100):
            counts = await self._counts()
            if set(names) <= set(counts):
                return counts
            await asyncio.sleep(0.1)
        raise TopicsError(f"these topics were created but do not appear: {', '.join(sorted(names))}")

    async def _check(self, processor: Processor, name: str, counts: Mapping[str, int]) -> None:
        """Rule 3: rows fix their input's partitions; one without may grow, its changelog with it."""
        source = self._config.topic(name)
        changelog = self._config.changelog(processor.name, name)
        if counts[source] == counts[changelog]:
            return
        if processor.has_rows or counts[source] < counts[changelog]:
            raise TopicsError(
                f"topic {source} has {counts[source]} partitions, but {changelog} was made for "
                f"{counts[changelog]}: the rows would be looked for in the wrong place"
            )
        await self._admin.create_partitions({changelog: NewPartitions(counts[source])})
