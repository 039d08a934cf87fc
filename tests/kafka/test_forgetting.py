"""A whole worker on a real Kafka forgets a customer, and `erase --check` agrees."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer

from streams.bootstrap.daemon import Daemon
from streams.bootstrap.edges import build_edges
from streams.bootstrap.kafka import engine_config
from streams.domain.customer import marker
from streams.engine.api import Out
from streams.engine.config import EngineConfig
from streams.settings import load_settings
from tests.agents.events import CUSTOMER, placed
from tests.brokers import Cluster
from tests.kafka.test_operator_commands import said

__all__ = ["said"]

pytestmark = pytest.mark.kafka


@pytest.fixture
async def daemon(kafka: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Daemon]:
    monkeypatch.setenv("ORDERHERALD_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("ORDERHERALD_TOPIC_PREFIX", f"t{uuid.uuid4().hex[:8]}.")
    monkeypatch.setenv("ORDERHERALD_PARTITIONS", "2")
    monkeypatch.setenv("ORDERHERALD_DELIVERY", "live")
    monkeypatch.setenv("ORDERHERALD_MAIL_FROM", "orders@example.com")
    monkeypatch.setenv("ORDERHERALD_PROVIDERS", '{"nowhere": "null:"}')
    settings = load_settings()
    daemon = Daemon(settings, build_edges(settings))
    await daemon.start()
    yield daemon
    await daemon.stop()


async def outcome(config: EngineConfig, kind: str) -> None:
    """Returns once an outcome of this type lies in its topic."""
    topic = config.topic("notification-outcomes")
    reader = AIOKafkaConsumer(topic, bootstrap_servers=config.brokers, auto_offset_reset="earliest")
    await reader.start()
    try:
        async with asyncio.timeout(60):
            while True:
                record = await reader.getone()
                if f'"type":"{kind}"'.encode() in (record.value or b""):
                    return
    finally:
        await reader.stop()


async def test_a_worker_forgets_a_customer_and_the_check_agrees(daemon, said) -> None:
    config = engine_config(load_settings())
    await daemon.worker.outbox.send(Out("orders", b"k", placed(promised_delivery=None)))
    await outcome(config, "notification.suppressed")
    status, out, _ = await said("erase", "--check", CUSTOMER)
    assert status == 1, out
    assert (await said("erase", CUSTOMER))[0] == 0
    await outcome(config, "customer.erased")
    async with asyncio.timeout(30):
        while (answer := await said("erase", "--check", CUSTOMER))[0]:
            await asyncio.sleep(0.5)
    assert answer[1][0] == f"{marker(CUSTOMER)}: remembered as erased"
    assert any("in older segments, gone by 20" in line for line in answer[1])
