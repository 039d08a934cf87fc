"""Commands beside what others wrote into our topics: the rest can still be seen."""

import asyncio
import json

import pytest

from streams.__main__ import main
from streams.agents.shell import set_aside
from streams.engine.api import Record
from tests.brokers import MockBroker
from tests.kafka.support import write

FOREIGN = b"no letter, but '2'"


@pytest.fixture
def said(mock_broker: MockBroker, monkeypatch, capsys):
    monkeypatch.setenv("ORDERHERALD_BROKERS", mock_broker.bootstrap)

    async def _said(*argv: str) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, argv)
        return status, *capsys.readouterr()

    return _said


async def test_a_record_that_is_no_dead_letter_hides_no_other(mock_broker: MockBroker, said):
    record = Record("orders", 0, 7, b"k", b"nonsense", 1_772_000_000_000)
    letter = set_aside(record, "not_json", "event: not JSON", 1_772_000_000.0).out[0]
    await write(mock_broker.bootstrap, "dead-letters", [(b"k", FOREIGN), (b"k", letter.value or b"")])
    status, out, err = await said("dead-letters", "list")
    assert status == 0
    assert "not_json" in out
    assert err.endswith(":0: not a dead letter of ours\n")


async def test_a_record_that_is_no_timeline_hides_no_order(mock_broker: MockBroker, said):
    timeline = {"order_id": "acme:2", "shop": "acme", "number": "2", "state": "confirmed", "v": 1}
    foreign = [(b"acme:2", FOREIGN), (b"\xff", b'"2"')]
    await write(mock_broker.bootstrap, "timelines", [*foreign, (b"acme:2", json.dumps(timeline).encode())])
    status, out, err = await said("answer", "--order", "2")
    assert (status, err) == (0, "")
    assert "2" in out
