"""The process's plain idempotent producer: for timers, outcomes and webhooks, never for a unit.

Rule 17: a partition's transactional producer belongs to its units alone.
"""

from aiokafka import AIOKafkaProducer

from streams.engine.api import Out
from streams.engine.clients import start_client
from streams.engine.config import EngineConfig
from streams.engine.keys import partition_of


class Outbox:
    """`send` returns when the record is durable; while no broker answers, it waits."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        producer = AIOKafkaProducer(**self._config.producer())
        try:
            await start_client(producer)
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def send(self, out: Out, partition: int | None = None) -> int:
        """The offset at which it lies. Raises `RuntimeError` where the outbox isn't open."""
        if self._producer is None:
            raise RuntimeError("the outbox is not open")
        topic = self._config.topic(out.topic)
        if partition is None:
            partition = partition_of(out.key, len(await self._producer.partitions_for(topic)))
        sent = await self._producer.send_and_wait(
            topic, value=out.value, key=out.key, partition=partition, headers=list(out.headers)
        )
        return int(sent.offset)
