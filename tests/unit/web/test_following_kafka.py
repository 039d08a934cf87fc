import asyncio

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from streams.domain.report import TimelineView
from streams.engine.config import EngineConfig
from streams.engine.fatal import Fatal
from streams.web import timelines as module
from streams.web.timelines import KafkaTimelines
from tests.brokers import free_port, mock_broker

__all__ = ["mock_broker"]


def timeline(number):
    return msgspec.json.encode(TimelineView(f"acme:{number}", "shipped", number=number, shop="acme"))


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.fixture
def ended():
    return []


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch):
    monkeypatch.setattr(module, "AGAIN", 0.2)


async def test_timelines_are_those_of_the_topic_from_its_beginning_on(mock_broker, ended):
    config = EngineConfig(brokers=mock_broker.bootstrap, prefix="t-")
    async with AIOKafkaProducer(bootstrap_servers=mock_broker.bootstrap) as producer:
        await producer.send_and_wait("t-timelines", timeline("1"), key=b"acme:1")
        async with KafkaTimelines(config, Fatal(lambda *error: ended.append(error))) as timelines:
            await until(lambda: timelines.find("acme", "1"))
            await producer.send_and_wait("t-timelines", b"not a timeline", key=b"acme:9")
            await producer.send_and_wait("t-timelines", timeline("2"), key=b"acme:2")
            await producer.send_and_wait("t-timelines", None, key=b"acme:1")
            await until(lambda: timelines.find("acme", "2") and not timelines.find("acme", "1"))
    assert ended == []


async def test_without_kafka_the_process_goes_on(ended):
    config = EngineConfig(brokers=f"127.0.0.1:{free_port()}", request_timeout=40)
    async with KafkaTimelines(config, Fatal(lambda *error: ended.append(error))) as timelines:
        await asyncio.sleep(1)
        assert timelines.search("1") == []
    assert ended == []


async def test_a_fault_of_ours_ends_the_process_instead_of_standing_still(monkeypatch, ended):
    async def broken(_self):
        raise ValueError("a fault")

    monkeypatch.setattr(KafkaTimelines, "_follow", broken)
    async with KafkaTimelines(EngineConfig(brokers="x:1"), Fatal(lambda *error: ended.append(error))):
        await until(lambda: ended)
    assert ended[0][0] == "timelines"
