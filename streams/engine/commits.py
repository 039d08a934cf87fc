"""The group's offsets: for lag tools and the horizon. The position in the changelog is the truth."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from streams.engine.partition import Partition

log = logging.getLogger("streams.engine")

_PATIENCE = 5.0  # seconds; the next ones say more anyway


class Commits:
    """What one consumer has committed since its last rebalance."""

    def __init__(self) -> None:
        self._done: dict[TopicPartition, int] = {}

    def forget(self) -> None:
        """Whoever owns a partition next says where it stands."""
        self._done = {}

    async def commit(
        self, consumer: AIOKafkaConsumer, partitions: Mapping[TopicPartition, Partition]
    ) -> None:
        """Rule 15: the consumer's position, for *last record + 1* never passes a transaction's marker."""
        for source, partition in partitions.items():
            if partition.sought and partition.idle:
                partition.reached = max(partition.reached, stands_at(consumer, source))
        await self.say(consumer, {source: partition.settled for source, partition in partitions.items()})

    async def say(self, consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int | None]) -> None:
        """Commits those that are known and new; a failure is left to the next time."""
        known = {source: offset for source, offset in offsets.items() if offset is not None}
        new = {source: offset for source, offset in known.items() if self._done.get(source) != offset}
        if not new:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await consumer.commit(new)
        except (KafkaError, IllegalStateError, TimeoutError) as error:
            log.info("offsets_not_committed", extra={"error": type(error).__name__})
        else:
            self._done.update(new)


def stands_at(consumer: Any, source: TopicPartition) -> int:
    """The offset that it would fetch next; 0 where it has not sought yet. aiokafka's own way may wait."""
    state = _state(consumer, source)
    return int(state.position) if state is not None and state.has_valid_position else 0


def stable_end(consumer: Any, source: TopicPartition) -> int:
    """The last stable offset that a fetch has shown; 0 where none has."""
    state = _state(consumer, source)
    return (state.lso or 0) if state is not None else 0


def _state(consumer: Any, source: TopicPartition) -> Any:
    assignment = consumer._subscription.subscription.assignment  # noqa: SLF001
    return assignment.state_value(source) if assignment is not None else None
