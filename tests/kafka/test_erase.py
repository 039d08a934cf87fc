"""`erase` and `erase --check` against a real Kafka, with what a worker would have written."""

import uuid

import pytest

from streams.bootstrap.kafka import engine_config
from streams.domain.customer import marker
from streams.engine.api import Out
from streams.engine.config import EngineConfig
from streams.engine.outbox import Outbox
from streams.settings import load_settings
from tests.brokers import Cluster
from tests.kafka.test_operator_commands import laid_out, said

__all__ = ["said"]

pytestmark = pytest.mark.kafka
WHO = "acme:c-7"


@pytest.fixture
def config(kafka: Cluster, monkeypatch: pytest.MonkeyPatch) -> EngineConfig:
    monkeypatch.setenv("ORDERHERALD_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("ORDERHERALD_TOPIC_PREFIX", f"t{uuid.uuid4().hex[:8]}.")
    monkeypatch.setenv("ORDERHERALD_PARTITIONS", "2")
    return engine_config(load_settings())


async def write(config: EngineConfig, *records: tuple[str, str, bytes | None]) -> None:
    outbox = Outbox(config)
    await outbox.start()
    try:
        for topic, key, value in records:
            await outbox.send(Out(topic, key.encode(), value))
    finally:
        await outbox.stop()


async def test_a_customer_is_found_until_nothing_that_holds_names_them(config, said) -> None:
    await laid_out(config)
    changelog = config.changelog("desk", "notifications").removeprefix(config.prefix)
    await write(
        config,
        (changelog, WHO, b"row"),
        ("timelines", "o-1", b'{"customer_id":"acme:c-7"}'),
        ("notifications", WHO, b"{}"),
    )
    status, out, _ = await said("erase", "--check", WHO)
    assert status == 1
    assert out[0] == f"{marker(WHO)}: no erasure is remembered"
    assert f"{config.prefix}timelines: 1 at its head" in out
    assert (await said("erase", WHO))[0] == 0
    await write(config, (changelog, WHO, None), (changelog, marker(WHO), b"row"), ("timelines", "o-1", b"{}"))
    status, out, _ = await said("erase", "--check", WHO)
    assert (status, out[0]) == (0, f"{marker(WHO)}: remembered as erased")
    assert out[-1].startswith("nothing at the head of any of ")
    older = [line for line in out if "in older segments, gone by 20" in line]
    assert len(older) == 4, out  # both compacted topics, the request itself, and the notification


async def test_before_any_worker_ran_it_is_one_sentence(config, said) -> None:
    status, _, err = await said("erase", "--check", WHO)
    assert (status, len(err)) == (2, 1)
    assert "no worker has run here yet" in err[0]
