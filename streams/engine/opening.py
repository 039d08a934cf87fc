"""Rule 6: fence, read the changelog to its end, compare with the input; then it may be sought."""

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.engine.changelog import Changelog, read_changelog
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.store import Store
from streams.engine.topic_ids import id_of
from streams.engine.transaction import Transactions


class Wanted(NamedTuple):
    """The store to open. `may_grow`: rule 3, only where no row depends on the count."""

    processor: str
    topic: str
    partition: int
    may_grow: bool
    committed: bool  # the group has an offset for it, so it was folded before
    row_format: int | None = None  # the newest that the processor reads, where it says so


async def open_store(config: EngineConfig, wanted: Wanted, kept: Changelog | None = None) -> Store:
    """Raises `StateLost`, `TimeoutError` or what the client raises; leaves no producer behind.

    Rule 10: `kept` is what an earlier store of ours held; others may have folded on since, until the fence.
    """
    name, topic, partition = wanted.processor, wanted.topic, wanted.partition
    transactions = Transactions(config, config.transactional_id(name, topic, partition))
    try:
        await transactions.fence()
        changelog = TopicPartition(config.changelog(name, topic), partition)
        found = await read_changelog(config, changelog, kept)
        if wanted.row_format is not None:
            found.refuse_newer(wanted.row_format, name)
        partitions = await transactions.partitions_of(config.topic(topic))
        store = Store(
            config,
            topic=topic,
            changelog=changelog,
            transactions=transactions,
            found=found,
            partitions=partitions,
        )
        async with asyncio.timeout(config.opening_timeout):
            source = await _source(config, TopicPartition(config.topic(topic), partition))
            await store.begin(
                source.beginning,
                source.end,
                committed=wanted.committed,
                may_grow=wanted.may_grow,
                topic_id=source.topic_id,
            )
    except BaseException:
        await transactions.close()
        raise
    return store


class _Source(NamedTuple):
    beginning: int
    end: int
    topic_id: bytes | None


async def _source(config: EngineConfig, source: TopicPartition) -> _Source:
    reader = AIOKafkaConsumer(**config.consumer(), isolation_level="read_committed")
    try:
        await start_client(reader)
        begin = await reader.beginning_offsets([source])
        end = await reader.end_offsets([source])
        topic_id = await id_of(reader._client, source.topic)  # noqa: SLF001 - it offers no public way
        return _Source(begin[source], end[source], topic_id)
    finally:
        await stop_client(reader)
