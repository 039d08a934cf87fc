"""Brokers for everything below."""

from tests.brokers import kafka, kafka_of_three, mock_broker

__all__ = ["kafka", "kafka_of_three", "mock_broker"]
