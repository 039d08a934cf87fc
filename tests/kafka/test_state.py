"""What a worker remembers, carried to other topics with more partitions: nothing is lost, or said again."""

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from adapters.memory import Memory
from streams.bootstrap.daemon import Daemon
from streams.bootstrap.edges import build_edges
from streams.bootstrap.kafka import engine_config
from streams.engine.api import Out
from streams.engine.changelog import IMPORTING, POSITION_KEY
from streams.engine.outbox import Outbox
from streams.engine.topics import TopicsError
from streams.settings import load_settings
from tests.agents.events import event, placed
from tests.brokers import Cluster
from tests.kafka.support import read
from tests.kafka.test_operator_commands import said

__all__ = ["said"]

pytestmark = pytest.mark.kafka
ORDERS = 12


@pytest.fixture
def home(kafka: Cluster, monkeypatch: pytest.MonkeyPatch):
    """Where the next worker or command works: a prefix of its own, and a partition count."""
    monkeypatch.setenv("ORDERHERALD_BROKERS", kafka.bootstrap)
    monkeypatch.setenv("ORDERHERALD_DELIVERY", "live")
    monkeypatch.setenv("ORDERHERALD_MAIL_FROM", "orders@example.com")
    monkeypatch.setenv("ORDERHERALD_PROVIDERS", '{"kept": "memory:"}')

    def move(partitions: int) -> None:
        monkeypatch.setenv("ORDERHERALD_TOPIC_PREFIX", f"t{uuid.uuid4().hex[:8]}.")
        monkeypatch.setenv("ORDERHERALD_PARTITIONS", str(partitions))

    return move


@asynccontextmanager
async def worker() -> AsyncIterator[tuple[Daemon, Memory]]:
    settings = load_settings()
    daemon = Daemon(settings, build_edges(settings), on_fatal=lambda w, e: print("FATAL", w, repr(e)))
    await daemon.start()
    try:
        kept = daemon.edges.providers.mail["kept"]
        assert isinstance(kept, Memory)
        yield daemon, kept
    finally:
        await daemon.stop()


def orders() -> list[bytes]:
    now = dt.datetime.now(dt.UTC).isoformat()
    people = [
        {"customer_id": f"acme:c-{n}", "name": "Jagna Testowa", "email": f"c{n}@example.com", "country": "PL"}
        for n in range(ORDERS)
    ]
    return [
        placed(order_id=f"acme:{n}", number=str(n), customer=person, promised_delivery=None)
        .replace(b"order.placed-1", b"placed-%d" % n)
        .replace(b"2026-03-05T10:00:00+00:00", now.encode())
        for n, person in enumerate(people)
    ]


def failed(number: int) -> bytes:
    """A message that no hour holds up: the customer's own payment."""
    amount = {"amount": "120.00", "currency": "PLN"}
    data = {"order_id": f"acme:{number}", "amount": amount, "pay_url": "https://pay.example/1"}
    return event(
        "order.payment_failed", data, id=f"failed-{number}", time=dt.datetime.now(dt.UTC).isoformat()
    )


async def send(values: list[bytes]) -> None:
    outbox = Outbox(engine_config(load_settings()))
    await outbox.start()
    try:
        for value in values:
            await outbox.send(Out("orders", uuid.uuid4().bytes, value))
    finally:
        await outbox.stop()


async def until(kept: Memory, count: int) -> None:
    async with asyncio.timeout(60):
        while len(kept.taken) < count:
            await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # for one too many


async def test_an_export_goes_on_elsewhere_and_nothing_is_said_again(home, said, tmp_path) -> None:
    home(2)
    before = orders()
    async with worker() as (_, kept):
        await send(before)
        await until(kept, ORDERS)
    late = failed(0)
    await send([late])  # lies in the input, and no worker has folded it
    status, out, err = await said("state", "export", str(tmp_path / "x"))
    assert (status, err) == (0, []), err
    assert " and 1 records not folded yet exported" in out[0]

    home(5)
    status, _, err = await said("state", "import", str(tmp_path / "x"))
    assert (status, err) == (0, []), err
    await send(before)  # as a mirror of the inputs would bring them
    async with worker() as (_, kept):
        await send([failed(1)])
        await until(kept, 2)
        told = {mail.recipient for mail in kept.taken.values()}
    assert told == {"c0@example.com", "c1@example.com"}
    views = await read(
        engine_config(load_settings()).brokers, engine_config(load_settings()).topic("timelines")
    )
    newest = {record.key: json.loads(record.value) for record in views}
    assert len(newest) == ORDERS
    assert {len(view["messages"]) for view in newest.values()} == {1, 2}


async def test_an_import_goes_nowhere_where_something_is(home, said, tmp_path) -> None:
    home(2)
    async with worker() as (_, kept):
        await send(orders()[:1])
        await until(kept, 1)
        status, _, err = await said("state", "export", str(tmp_path / "x"))
        assert status == 2
        assert "has members: stop every worker first" in err[0]
    assert (await said("state", "export", str(tmp_path / "x")))[0] == 0
    status, _, err = await said("state", "export", str(tmp_path / "x"))
    assert (status, len(err)) == (2, 1)
    assert "holds an export already" in err[0]
    status, _, err = await said("state", "import", str(tmp_path / "x"))
    assert (status, len(err)) == (2, 1)
    assert "holds records: delete it first, or import elsewhere" in err[0]


async def test_an_input_that_has_grown_under_its_rows_is_mended_by_export_and_import(
    home, said, tmp_path
) -> None:
    home(2)
    before = orders()
    async with worker() as (_, kept):
        await send(before)
        await until(kept, ORDERS)
    config = engine_config(load_settings())
    admin = AIOKafkaAdminClient(bootstrap_servers=config.brokers)
    await admin.start()
    await admin.create_partitions({config.topic("order-events"): NewPartitions(4)})
    await admin.close()
    with pytest.raises(TopicsError, match="rows would be looked for in the wrong place"):
        async with worker():
            pass
    assert (await said("state", "export", str(tmp_path / "x")))[0] == 0
    home(4)
    status, _, err = await said("state", "import", str(tmp_path / "x"))
    assert (status, err) == (0, [])
    async with worker() as (daemon, kept):
        await send([*before, failed(3)])
        await until(kept, 1)
        assert [mail.recipient for mail in kept.taken.values()] == ["c3@example.com"]
        rows = {agent.name: agent.rows for agent in daemon.worker.status().agents}
        assert rows["timeline"] == ORDERS  # each lies in one partition alone


async def test_half_an_import_is_opened_by_nobody(home, said, tmp_path) -> None:
    home(2)
    async with worker():
        pass
    config = engine_config(load_settings())
    outbox = Outbox(config)
    await outbox.start()
    changelog = config.changelog("desk", "notifications").removeprefix(config.prefix)
    await outbox.send(Out(changelog, POSITION_KEY, IMPORTING), 0)
    await outbox.stop()
    status, _, err = await said("state", "export", str(tmp_path / "x"))
    assert status == 2
    assert "an import was not finished" in err[0]


async def test_a_folder_without_an_export_is_one_sentence(home, said, tmp_path) -> None:
    home(2)
    status, _, err = await said("state", "import", str(tmp_path))
    assert (status, len(err)) == (2, 1)
    assert "holds no finished export" in err[0]
    (tmp_path / "manifest.json").write_text('{"format": 9}')
    status, _, err = await said("state", "import", str(tmp_path))
    assert (status, len(err)) == (2, 1)
    assert "format 9" in err[0]
