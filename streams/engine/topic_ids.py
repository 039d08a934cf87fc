"""A topic's own id: made anew under the same name, it has another. aiokafka 0.14 asks no broker for it."""

import asyncio
import base64
import logging
from io import BytesIO
from typing import Any

from aiokafka.errors import IncompatibleBrokerVersion, KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

log = logging.getLogger("streams.engine")

_SIZE = 16
_NONE = bytes(_SIZE)


class _Id(AbstractType[bytes]):  # type: ignore[misc]  # untyped library
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(_SIZE)


class _Metadata(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AskMetadata(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _Metadata
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Id), ("name", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _Ask(Request[_AskMetadata]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request: type[_AskMetadata]) -> _AskMetadata:
        topics: list[Any] = [(_NONE, self._topic, {})]
        make_missing = with_rights = False
        return request(topics, make_missing, with_rights, {})


async def id_of(client: Any, topic: str) -> bytes | None:
    """None where the broker gives its topics no ids: before Kafka 3.1, and librdkafka's mock.

    `client`: the `AIOKafkaClient` of a consumer that was started. Any of its brokers is asked, until one
    answers that knows the topic: the caller bounds it.
    """
    while True:
        try:
            answer = await client.send(client.get_random_node(), _Ask(topic))
        except (IncompatibleBrokerVersion, NotImplementedError):  # how aiokafka says that a broker is too old
            return None
        except KafkaError as error:
            log.info("topic_id_not_known", extra={"error": type(error).__name__})
        else:
            for failed, name, found, *_ in answer.topics:
                if name == topic and not failed:
                    return None if found == _NONE else bytes(found)
        await asyncio.sleep(0.2)


def spelled(topic_id: bytes) -> str:
    """As Kafka's own tools show it."""
    return base64.urlsafe_b64encode(topic_id).decode().rstrip("=")
