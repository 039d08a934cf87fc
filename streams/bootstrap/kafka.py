"""How the agents reach Kafka: the topics that they share, and what they wait for in one another."""

from collections.abc import Mapping
from typing import Any

from aiokafka.helpers import create_ssl_context

from streams.agents.shell import (
    DEAD_LETTERS,
    INPUTS,
    NOTIFICATIONS,
    ORDER_EVENTS,
    OUTCOMES,
    REFERENCES,
    TICKETS,
    TIMELINES,
)
from streams.engine.config import EngineConfig, Stage, TopicSpec
from streams.settings import Settings

TOPICS = (
    TopicSpec(TIMELINES, compacted=True),
    TopicSpec(TICKETS),
    TopicSpec(OUTCOMES),
    TopicSpec(DEAD_LETTERS, retention=30 * 86_400.0),
    # A worker may run one role alone: each names the topics that the other one reads.
    *(TopicSpec(name) for name in (*INPUTS, REFERENCES, ORDER_EVENTS, NOTIFICATIONS)),
)

# Rule 18: what must be folded up to a timer's due time before it fires, upstream first. An event may be
# asked for under a second reference, and one that waits is released by what the timeline binds: what was
# read in time must not be told of too late, so these steps count too.
_INGEST = Stage("ingest", INPUTS)
_PLACE = Stage("place", (REFERENCES,))
_TIMELINE = Stage("timeline", (ORDER_EVENTS,))
STAGES: Mapping[str, list[Stage]] = {
    "place": [_INGEST],
    "timeline": [_INGEST, _PLACE, _PLACE, _TIMELINE, _PLACE],
    "desk": [_INGEST, _PLACE, _PLACE, _TIMELINE, _PLACE, _TIMELINE],
}


def engine_config(settings: Settings, **changes: Any) -> EngineConfig:
    """How the engine reaches Kafka."""
    assert settings.brokers is not None, "the command line has asked for brokers"
    return EngineConfig(
        brokers=settings.brokers,
        prefix=settings.topic_prefix,
        client=kafka_client(settings),
        partitions=settings.partitions,
        replication=settings.replication or -1,
        create_topics=settings.create_topics,
        **changes,
    )


def kafka_client(settings: Settings) -> dict[str, Any]:
    """TLS and SASL as aiokafka's clients take them."""
    kafka = settings.kafka
    client: dict[str, Any] = {"security_protocol": kafka.security_protocol}
    if "SSL" in kafka.security_protocol.split("_"):
        client["ssl_context"] = create_ssl_context(
            cafile=kafka.ssl_cafile,
            certfile=kafka.ssl_certfile,
            keyfile=kafka.ssl_keyfile,
            password=kafka.ssl_password or "",  # None would ask for it at the terminal
        )
    if kafka.security_protocol.startswith("SASL"):
        client |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": kafka.sasl_password,
        }
    return client
