"""`check` and `dead-letters` against a real Kafka: what an operator sees, and what it leaves alone."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.__main__ import main
from streams.agents.desk import DeskAgent
from streams.agents.shell import set_aside
from streams.bootstrap.daemon import upstream_agents
from streams.bootstrap.edges import simulated_world
from streams.bootstrap.kafka import TOPICS, engine_config
from streams.engine.api import Record
from streams.engine.config import EngineConfig
from streams.engine.outbox import Outbox
from streams.engine.topics import prepare_topics
from streams.settings import load_settings
from streams.simulate.run import InstantSenders
from tests.brokers import Cluster

pytestmark = pytest.mark.kafka

Said = tuple[int, list[str], list[str]]


@pytest.fixture
def config(kafka: Cluster, monkeypatch: pytest.MonkeyPatch) -> EngineConfig:
    monkeypatch.setattr("streams.commands.check.problems", lambda _templates: [])  # slow, and not asked here
    monkeypatch.setenv("ORDERHERALD_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("ORDERHERALD_TOPIC_PREFIX", f"t{uuid.uuid4().hex[:8]}.")
    monkeypatch.setenv("ORDERHERALD_PARTITIONS", "2")
    return engine_config(load_settings())


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., Awaitable[Said]]:
    async def _said(*argv: str) -> Said:
        status = await asyncio.to_thread(main, argv)
        out, err = capsys.readouterr()
        return status, out.splitlines(), err.splitlines()

    return _said


async def laid_out(config: EngineConfig) -> None:
    world = simulated_world(load_settings())
    desk = DeskAgent(world, InstantSenders(lambda _claim: None))
    await prepare_topics(config, [*upstream_agents(world, None), desk], TOPICS)


async def put_aside(config: EngineConfig, *values: bytes) -> None:
    outbox = Outbox(config)
    await outbox.start()
    try:
        for offset, value in enumerate(values):
            record = Record("orders", 0, offset, b"k", value, 1_772_000_000_000)
            await outbox.send(set_aside(record, "not_json", "event: not JSON", 1_772_000_000.0).out[0])
    finally:
        await outbox.stop()


async def test_check_says_what_the_worker_will_create_and_creates_nothing(config, said) -> None:
    status, out, _ = await said("check")
    assert status == 0, out
    assert any("the worker will create" in line for line in out)
    assert any(line.startswith("ok") and "off: NOTHING IS SENT" in line for line in out)
    again = await said("check")
    assert again[1] == out


async def test_check_finds_all_well_once_the_topics_are_there(config, said) -> None:
    await laid_out(config)
    status, out, _ = await said("check")
    assert (status, out[-1]) == (0, "All is well.")
    assert f"ok    topics: all {len(TOPICS) + 7} are there and laid out right" in out


async def test_check_says_what_is_wrong_and_what_to_do(config, said, monkeypatch) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=config.brokers)
    await admin.start()
    try:
        name = config.topic("timelines")
        await admin.create_topics([NewTopic(name, 2, 1, None, {"cleanup.policy": "delete"})])
    finally:
        await admin.close()
    monkeypatch.setenv("ORDERHERALD_CREATE_TOPICS", "0")
    monkeypatch.setenv("ORDERHERALD_SMTP_URL", "smtp://127.0.0.1:1")
    status, out, _ = await said("check")
    assert status == 1
    wrong = [line for line in out if line.startswith("wrong")]
    assert any("provider smtp: connect_refused" in line for line in wrong)
    assert f"wrong topic {name}: cleanup.policy is delete; set it to compact" in wrong
    assert any(line.startswith("wrong topics: missing: ") for line in wrong)


async def test_what_was_set_aside_is_listed_shown_and_put_back(config, said) -> None:
    await laid_out(config)
    await put_aside(config, b'{"a": 1}', "nie całkiem".encode(), b"x" * 1_000_000)
    status, out, _ = await said("dead-letters", "list")
    assert (status, len(out)) == (0, 3)
    names = [line.split()[0] for line in out]
    _, shown, _ = await said("dead-letters", "show", names[1])
    assert json.loads("\n".join(shown[1:]))["event"] == "nie całkiem"
    status, done, refused = await said("dead-letters", "replay", *names, "1:999")
    assert status == 1
    assert done == [f"{name}: put back into orders" for name in names[:2]]
    assert [line.partition(":")[2].partition(":")[2] for line in refused] == [
        " no such dead letter",
        " only its beginning was kept, so it must come from its sender again",
    ]
    assert await _values(config, "orders") == [b'{"a":1}', "nie całkiem".encode()]


async def test_dead_letters_before_any_worker_ran_is_one_sentence(config, said) -> None:
    status, _, err = await said("dead-letters", "list")
    assert (status, len(err)) == (2, 1)
    assert "is missing: no worker has run here yet" in err[0]


async def _values(config: EngineConfig, topic: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        config.topic(topic), bootstrap_servers=config.brokers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        await consumer.seek_to_beginning()
        found = await consumer.getmany(timeout_ms=5000)
    finally:
        await consumer.stop()
    return [record.value for records in found.values() for record in records]
