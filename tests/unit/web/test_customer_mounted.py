"""The customer's pages as the web role mounts them, on a broker."""

import asyncio
import datetime as dt
from contextlib import AsyncExitStack

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from adapters.messages import links
from streams.codec import read_event
from streams.domain.report import TimelineView
from streams.metrics import Metrics
from streams.roles import _pages
from streams.settings import load_settings
from tests.brokers import mock_broker

__all__ = ["mock_broker"]

ORDER = TimelineView("acme:1", "shipped", number="1", shop="acme", locale="en")


@pytest.fixture
def settings(mock_broker):
    def load(**more):
        environment = {"ORDERHERALD_BROKERS": mock_broker.bootstrap, "ORDERHERALD_TOPIC_PREFIX": "t-"}
        return load_settings(None, environment | more)

    return load


async def mounted(settings, metrics, stack):
    extend = await _pages(settings, metrics, stack)
    app = web.Application()
    extend(app)
    return await stack.enter_async_context(TestClient(TestServer(app)))


async def answer(client, path):
    """Once the timelines have been read to their end."""
    while True:
        async with client.get(path) as response:
            if response.status != 503:
                return response.status
        await asyncio.sleep(0.1)


async def test_an_answer_is_in_kafka_before_the_customer_is_thanked(mock_broker, settings):
    metrics, secret = Metrics(), b"s" * 32
    bootstrap = mock_broker.bootstrap
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait("t-timelines", msgspec.json.encode(ORDER), key=b"acme:1")
        await producer.send_and_wait("t-customers", b"before")
    async with AsyncExitStack() as stack:
        client = await mounted(settings(ORDERHERALD_LINK_SECRET=secret.decode()), metrics, stack)
        assert await answer(client, f"/order/{links.sign(secret, 'order', 'acme:1')}") == 200
        assert await answer(client, f"/order/{links.sign(secret, 'order', 'acme:2')}") == 404
        assert (await client.get("/orders")).status == 404
        page = f"/feedback/{links.sign(secret, 'feedback', 'acme:1', 'csat')}"
        for _ in range(2):
            async with client.post(page, data={"score": "5"}) as response:
                assert response.status == 200
    async with AIOKafkaConsumer(
        "t-customers", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        records = [await consumer.getone() for _ in range(3)]
    first, second = (
        read_event(record.value, dt.datetime.now(dt.UTC)) for record in records if record.key is not None
    )
    assert first.identity == second.identity
    assert first.data.score == 5
    counted = metrics.registry.get_sample_value
    assert counted("orderherald_pages_total", {"page": "feedback", "outcome": "taken"}) == 2
    assert counted("orderherald_pages_total", {"page": "order", "outcome": "gone"}) == 1


async def test_each_kind_of_page_has_its_own_key(settings):
    # No broker: aiokafka forgets its first connection, open as it is, when a start is cut short.
    gone = {"ORDERHERALD_BROKERS": "127.0.0.1:1"}
    async with AsyncExitStack() as stack:
        assert await _pages(settings(**gone), Metrics(), stack) is None
        client = await mounted(settings(ORDERHERALD_WEB_TOKEN="t", **gone), Metrics(), stack)
        assert (await client.get("/orders?token=t")).status == 200
        async with client.get("/order/x") as response:
            assert response.status == 404
            assert "leads nowhere" not in await response.text()


async def test_without_kafka_the_pages_ask_to_come_again(settings):
    gone = {"ORDERHERALD_BROKERS": "127.0.0.1:1", "ORDERHERALD_LINK_SECRET": "s" * 32}
    async with AsyncExitStack() as stack:
        client = await mounted(settings(**gone), Metrics(), stack)
        for page, form in (
            (("order", "acme:1"), None),
            (("unsubscribe", "acme:c1", "tips"), {"List-Unsubscribe": "One-Click"}),
        ):
            path = f"/{page[0]}/{links.sign(b's' * 32, *page)}"
            async with client.request("POST" if form else "GET", path, data=form) as response:
                assert response.status == 503
                assert response.headers["Retry-After"]
