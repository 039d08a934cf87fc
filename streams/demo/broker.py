"""A broker with nothing to install: librdkafka's mock cluster, which comes inside confluent-kafka's wheel."""

from typing import Any

from streams.domain.ports import ConfigurationError

PARTITIONS = 4  # what the mock gives every topic


class MockBroker:
    """Speaks Kafka's protocol on a loopback port of its own, and forgets everything when it ends."""

    def __init__(self) -> None:
        self._cluster: Any = None
        self.address = ""

    def start(self) -> None:
        """Raises `ConfigurationError` where the wheel is missing."""
        try:
            from confluent_kafka import Producer  # noqa: PLC0415 - only the demo's extra brings it
        except ImportError:
            raise ConfigurationError(
                "the demo's broker is missing: install it with pip install 'orderherald[demo]'"
            ) from None
        quiet = {"log_level": 2}  # what it says about brokers that come and go is of no use here
        self._cluster = Producer(
            {"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "broker.address.family": "v4", **quiet}
        )
        brokers = self._cluster.list_topics(timeout=10).brokers.values()
        self.address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def stop(self) -> None:
        """The broker lives as long as this handle."""
        self._cluster = None
