"""`answer` against a real Kafka: the newest timeline of the order that is meant."""

import uuid

import msgspec
import pytest

from streams.bootstrap.kafka import engine_config
from streams.domain.report import TimelineView
from streams.engine.api import Out
from streams.engine.outbox import Outbox
from streams.settings import load_settings
from tests.brokers import Cluster
from tests.kafka.test_operator_commands import laid_out, said

__all__ = ["said"]

pytestmark = pytest.mark.kafka


async def test_the_newest_timeline_is_what_is_told(kafka: Cluster, monkeypatch, said) -> None:
    monkeypatch.setenv("ORDERHERALD_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("ORDERHERALD_TOPIC_PREFIX", f"t{uuid.uuid4().hex[:8]}.")
    monkeypatch.setenv("ORDERHERALD_PARTITIONS", "2")
    config = engine_config(load_settings())
    await laid_out(config)
    outbox = Outbox(config)
    await outbox.start()
    try:
        for state in ("confirmed", "delivered"):
            view = TimelineView("acme:o-1", state, number="1001", shop="acme")
            await outbox.send(Out("timelines", b"acme:o-1", msgspec.json.encode(view)))
    finally:
        await outbox.stop()
    status, out, _ = await said("answer", "--order", "1001", "--locale", "en")
    assert (status, out[0]) == (0, "Your order 1001 has been delivered.")
    status, out, err = await said("answer", "--order", "1002", "--shop", "acme")
    assert (status, out, err) == (1, [], ["orderherald: no order 1002 is known"])
