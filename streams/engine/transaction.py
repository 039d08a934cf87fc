"""One partition's transactional producer: its start is the fence, its `write` is one whole unit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition

from streams.engine.api import Headers, Out
from streams.engine.clients import start_client
from streams.engine.config import EngineConfig
from streams.engine.fatal import Refusal

OVERHEAD = 100  # of a record and of the batch around it, at most, without key, value and headers


class Write(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


Writes = Mapping[TopicPartition, Sequence[Write | Out]]


def size_of(write: Write | Out) -> int:
    size = len(write.key or b"") + len(write.value or b"") + OVERHEAD
    for name, value in write.headers:
        size += len(name) + len(value) + 10
    return size


class OffsetMismatch(Refusal):
    """Rule 12: the changelog does not end where it was read to; its log was cut, or has a second writer."""


class Transactions:
    """Raises whatever the client raises: no error here is answered but by ending the process (rule 14)."""

    def __init__(self, config: EngineConfig, transactional_id: str) -> None:
        self._config = config
        self._producer = AIOKafkaProducer(
            **config.producer(),
            transactional_id=transactional_id,
            transaction_timeout_ms=int(config.transaction_timeout * 1000),
        )
        self._started: asyncio.Task[None] | None = None
        self._open = False

    async def fence(self) -> None:
        """Rule 6: returns when no earlier owner can write, and what it had committed is visible.

        A cancellation waits for the fence all the same: an InitProducerId that arrives late
        would fence the rightful next owner (rule 9).
        """
        self._started = asyncio.create_task(self._start())
        try:
            await asyncio.shield(self._started)
        except asyncio.CancelledError:
            await asyncio.wait([self._started])
            raise

    async def _start(self) -> None:
        async with asyncio.timeout(self._config.opening_timeout):  # rule 5: retried for ever inside
            await start_client(self._producer)

    async def partitions_of(self, topic: str) -> int:
        return len(await self._producer.partitions_for(topic))

    async def write(
        self, writes: Writes, first: TopicPartition, check: Callable[[int], Awaitable[None]]
    ) -> int:
        """All of it or, if the process ends, nothing; returns the bytes, before they are compressed.

        `check` sees where `first` begins, uncommitted.

        Rule 11: every batch is built before the transaction begins, for an open one holds up
        each reader downstream; a unit that takes too long ends the process.
        """
        batches = {partition: self._batches(records) for partition, records in writes.items()}
        size: int = sum(batch.size() for ours in batches.values() for batch in ours)
        async with asyncio.timeout(self._config.transaction_timeout):
            await self._producer.begin_transaction()
            self._open = True
            sent = await self._send(batches)
            await check(sent[first])
            await self._producer.commit_transaction()
            self._open = False
        return size

    def _batches(self, records: Sequence[Write | Out]) -> list[Any]:
        batch = self._producer.create_batch()
        batches = [batch]
        for record in records:
            key, value, headers = record.key, record.value, list(record.headers)
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                batch = self._producer.create_batch()
                batches.append(batch)
                batch.append(timestamp=None, key=key, value=value, headers=headers)
        return batches

    async def _send(self, batches: Mapping[TopicPartition, list[Any]]) -> dict[TopicPartition, int]:
        """The offset of each partition's first record. A partition's batches go one after the other."""
        futures: list[Any] = []
        firsts: dict[TopicPartition, Any] = {}
        for turn in range(max(len(ours) for ours in batches.values())):
            for partition, ours in batches.items():
                if turn < len(ours):
                    future = await self._producer.send_batch(
                        ours[turn], partition.topic, partition=partition.partition
                    )
                    futures.append(future)
                    firsts.setdefault(partition, future)
        await asyncio.wait(futures)
        for future in futures:
            future.result()
        return {partition: future.result().offset for partition, future in firsts.items()}

    async def close(self) -> None:
        """Rule 9: with a transaction open, stopping may wait for ever; the process is ending then anyway."""
        try:
            async with asyncio.timeout(1.0 if self._open else self._config.drain_timeout):
                await self._producer.stop()
        except TimeoutError:
            await self._producer.client.close()
