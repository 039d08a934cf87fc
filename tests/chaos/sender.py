"""The shop's side of a run: sends the load in step with the clock, whatever becomes of the brokers.

By librdkafka, on threads of its own: a producer on this process's event loop fell minutes behind.
"""

import asyncio
import json
import time
from collections import Counter
from typing import Any

from confluent_kafka import Producer

from tests.chaos.load import Sent

POISON = b"poison-"


class NotTakenError(Exception):
    """Kafka would not have a record, or had none for so long that the run is worth nothing."""


class Sender:
    """`acknowledged`: every event that Kafka said it has, as often; `poisoned`: the keys of poison."""

    def __init__(self, brokers: str) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.poisoned: Counter[str] = Counter()
        self.behind = 0.0  # seconds from a record's turn to its acknowledgement, at the most
        self._refused: list[str] = []
        self._producer = Producer(
            {
                "bootstrap.servers": brokers,
                "enable.idempotence": True,
                "message.timeout.ms": 0,  # an outage makes a record late, never lost
                "reconnect.backoff.max.ms": 1000,
                "linger.ms": 5,
                "partitioner": "murmur2_random",  # as the workers look for it
                "log_level": 0,  # brokers that come and go are what this is for
            }
        )

    async def send(self, records: list[Sent]) -> None:
        """Returns when the last one's turn has come; `flush` tells whether they were taken."""
        began = time.monotonic()
        for record in records:
            await asyncio.sleep(max(0.0, began + record.after - time.monotonic()))
            self.put(record.topic, record.key, record.value)

    def poison(self, topic: str, key: str, value: bytes) -> None:
        """A record that nobody can read. The checker asks for its dead letter."""
        self.put(topic, POISON + key.encode(), value)

    def put(self, topic: str, key: bytes, value: bytes) -> None:
        handed = time.monotonic()

        def answered(error: Any, message: Any) -> None:
            self._answered(error, message, time.monotonic() - handed)

        self._producer.produce(topic, value, key, on_delivery=answered)
        self._producer.poll(0)

    def _answered(self, error: Any, message: Any, waited: float) -> None:
        if error is not None:
            self._refused.append(error.name())
            return
        self.behind = max(self.behind, waited)
        if message.key().startswith(POISON):
            self.poisoned[message.key().decode()] += 1
            return
        self.acknowledged[ident(json.loads(message.value()))] += 1

    async def flush(self, seconds: float) -> None:
        """Raises `NotTakenError` where a record was refused, or is still not taken after so long."""
        left = await asyncio.to_thread(self._producer.flush, seconds)
        if left or self._refused:
            raise NotTakenError(f"{left} records not taken, {Counter(self._refused)} refused")


def ident(event: dict[str, Any]) -> str:
    return f"{event['source']} {event['id']}"
