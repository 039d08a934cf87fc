"""All of a topic, for commands that look something up once."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import UnknownTopicOrPartitionError

from streams.domain.ports import ConfigurationError
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig


async def records(config: EngineConfig, topic: str) -> AsyncIterator[ConsumerRecord]:
    """Each record of `topic` (its full name), as far as it goes now.

    Raises `ConfigurationError` where there is no such topic.
    """
    consumer = AIOKafkaConsumer(topic, **config.consumer(), isolation_level="read_committed")
    try:
        await start_client(consumer)
        places = sorted(consumer.assignment())
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        while left := [place for place in places if await consumer.position(place) < ends[place]]:
            for found in (await consumer.getmany(*left, timeout_ms=500)).values():
                for record in found:
                    yield record
    except UnknownTopicOrPartitionError:
        raise ConfigurationError(f"topic {topic} is missing: no worker has run here yet") from None
    finally:
        await stop_client(consumer)
