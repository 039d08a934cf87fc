"""What export and import share: that no worker runs, and reading a partition from one offset to its end."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
    UnknownTopicOrPartitionError,
)

from streams.engine.api import Processor
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.portable import PortableError

_PATIENCE = 60.0
_MEMBERS = (CommitFailedError, UnknownMemberIdError, IllegalGenerationError, RebalanceInProgressError)


async def none_runs(config: EngineConfig, processors: Sequence[Processor]) -> None:
    """Raises `PortableError` while any of our groups has members: their rows change under the reader.

    Asked by committing what is committed already, which a broker takes from a stranger only where a
    group has no members. (aiokafka 0.14 can't read how a broker describes a group.)
    """
    for processor in processors:
        async with _of_group(config, processor.name) as consumer:
            topics = [config.topic(name) for name in processor.inputs]
            places = [place for topic in topics for place in await _there(consumer, topic)]
            known = {
                place: offset for place in places if (offset := await consumer.committed(place)) is not None
            }
            await _commit(consumer, config.group(processor.name), known)


async def commit(config: EngineConfig, name: str, offsets: Mapping[TopicPartition, int]) -> None:
    """For the group of the agent of this name. Raises `PortableError` where it has members."""
    async with _of_group(config, name) as consumer:
        await _commit(consumer, config.group(name), offsets)


async def _commit(consumer: AIOKafkaConsumer, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    if not offsets:
        return
    consumer.assign(list(offsets))
    try:
        await consumer.commit(dict(offsets))
    except _MEMBERS:
        raise PortableError(f"group {group} has members: stop every worker first") from None


@asynccontextmanager
async def _of_group(config: EngineConfig, name: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(**config.consumer(), group_id=config.group(name))
    try:
        async with asyncio.timeout(_PATIENCE):
            await start_client(consumer)
            yield consumer
    except TimeoutError:
        raise PortableError(f"the broker does not answer for group {config.group(name)}") from None
    finally:
        await stop_client(consumer)


async def _there(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """None where no worker has run yet."""
    return await partitions_of(consumer, topic) if topic in await consumer.topics() else []


async def partitions_of(reader: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Raises `PortableError` where there is no such topic."""
    try:
        count = len(await reader._client._wait_on_metadata(topic))  # noqa: SLF001 - it offers no public way
    except UnknownTopicOrPartitionError:
        raise PortableError(f"topic {topic} is missing: no worker has run here yet") from None
    return [TopicPartition(topic, number) for number in range(count)]


async def records_from(
    config: EngineConfig, place: TopicPartition, begin: int
) -> AsyncIterator[ConsumerRecord]:
    """Committed ones, to the end as of now; from the oldest that is left where `begin` is gone.

    By a reader of its own: aiokafka 0.14 may wait for ever when one that was assigned anew is stopped.
    """
    reader = AIOKafkaConsumer(**config.consumer(), isolation_level="read_committed")
    try:
        await start_client(reader)
        oldest = (await reader.beginning_offsets([place]))[place]
        end = (await reader.end_offsets([place]))[place]
        reader.assign([place])
        reader.seek(place, max(begin, oldest))
        while await reader.position(place) < end:
            for record in (await reader.getmany(place, timeout_ms=200, max_records=2_000)).get(place, []):
                yield record
    finally:
        await stop_client(reader)
