"""The engine end to end on the mock broker: fast, one worker, no faults."""

import asyncio
import json
import time
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from streams.engine.api import Local
from streams.engine.changelog import Changelog, read_changelog
from streams.engine.config import Stage
from tests.brokers import MockBroker
from tests.kafka.support import (
    Deferring,
    Fatals,
    Ledger,
    Relay,
    eventually,
    fast,
    read,
    ready,
    rows_of,
    running,
    write,
)


def test_a_drain_must_end_before_the_group_gives_up():
    with pytest.raises(ValueError, match="drain_timeout < rebalance_timeout"):
        fast("nowhere", "", drain_timeout=12.0)


async def test_every_record_is_folded_once_and_a_second_start_goes_on_where_the_first_ended(
    mock_broker: MockBroker,
):
    config, ledger = fast(mock_broker.bootstrap, "once."), Ledger()
    keys = [f"k{number % 20}".encode() for number in range(400)]
    async with running([ledger], config) as worker:
        await write(mock_broker.bootstrap, "once.events", [(key, b"v") for key in keys])
        await eventually(lambda: len(ledger.done) == 400)
        await eventually(lambda: worker.status().agents[0].behind == 0)
    again = Ledger()
    async with running([again], config) as worker:
        await eventually(lambda: ready(worker))
        assert worker.status().agents[0].rows == 20
        await write(mock_broker.bootstrap, "once.events", [(b"k1", b"v")])
        await eventually(lambda: len(again.done) == 1)
    rows = await rows_of(mock_broker.bootstrap, config)
    folded = [place for row in rows.values() for place in row["folded"]]
    assert len(folded) == len(set(folded)) == 401
    assert len(await read(mock_broker.bootstrap, "once.folded")) == 401


async def test_a_start_makes_no_object_of_the_clients_for_each_row(
    mock_broker: MockBroker, monkeypatch: pytest.MonkeyPatch
):
    taken: list[Any] = []
    take = Changelog.take
    monkeypatch.setattr(Changelog, "take", lambda self, found: (taken.extend(found), take(self, found)))
    config, ledger = fast(mock_broker.bootstrap, "bare."), Ledger()
    async with running([ledger], config) as worker:
        await eventually(lambda: ready(worker))
        await write(mock_broker.bootstrap, "bare.events", [(b"k%d" % number, b"v") for number in range(50)])
        await eventually(lambda: len(ledger.done) == 50)
    taken.clear()
    places = [TopicPartition(config.changelog("ledger", "events"), number) for number in range(4)]
    rows = [(await read_changelog(config, place)).rows for place in places]
    assert sum(map(len, rows)) == 50
    assert taken
    assert not any(isinstance(record, ConsumerRecord) for record in taken)


async def test_a_record_that_cannot_be_folded_costs_itself_alone(mock_broker: MockBroker):
    config, ledger = fast(mock_broker.bootstrap, "poison."), Ledger()
    values = [b"v", b"poison", b"v", b"big", b"v"]
    async with running([ledger], config):
        await write(mock_broker.bootstrap, "poison.events", [(b"k", value) for value in values])
        await eventually(lambda: len(ledger.done) == 3)
    rows = await rows_of(mock_broker.bootstrap, config)
    assert [place.split(":")[1] for place in rows[b"k"]["folded"]] == ["0", "2", "4"]
    letters = [
        json.loads(letter.value) for letter in await read(mock_broker.bootstrap, "poison.dead-letters")
    ]
    assert [letter["reason"] for letter in letters] == ["ValueError", "TooLarge"]


async def test_a_row_that_would_outgrow_the_topic_stays_as_it_was(mock_broker: MockBroker):
    config, ledger = fast(mock_broker.bootstrap, "grow."), Ledger()
    async with running([ledger], config):
        await write(mock_broker.bootstrap, "grow.events", [(b"k", b"grow")] * 5 + [(b"k", b"v")])
        await eventually(lambda: len(ledger.done) == 3)
    rows = await rows_of(mock_broker.bootstrap, config)
    assert len(rows[b"k"]["ballast"]) == 600_000
    assert len(await read(mock_broker.bootstrap, "grow.dead-letters")) == 3


async def test_when_every_record_fails_the_process_ends_instead(mock_broker: MockBroker):
    config, fatals = fast(mock_broker.bootstrap, "bad."), Fatals()
    async with running([Ledger()], config, on_fatal=fatals):
        await write(mock_broker.bootstrap, "bad.events", [(b"k", b"poison")] * 30)
        await eventually(lambda: fatals)
    assert fatals.errors == ["TooMuchPoison"]
    assert await read(mock_broker.bootstrap, "bad.dead-letters") == []


async def test_a_row_at_its_limit_refuses_what_it_is_sent_and_the_process_goes_on(mock_broker: MockBroker):
    config, ledger, fatals = fast(mock_broker.bootstrap, "full."), Ledger(), Fatals()
    async with running([ledger], config, on_fatal=fatals):
        await write(mock_broker.bootstrap, "full.events", [(b"k", b"grow")] * 30 + [(b"other", b"v")])
        await eventually(lambda: len(ledger.done) == 3)
    assert fatals == []
    assert len(await read(mock_broker.bootstrap, "full.dead-letters")) == 28


async def test_something_of_our_own_is_folded_in_the_same_chain_and_becomes_durable_first(
    mock_broker: MockBroker,
):
    config, ledger = fast(mock_broker.bootstrap, "own."), Ledger()
    async with running([ledger], config) as worker:
        await eventually(lambda: ready(worker))
        submit = ledger.submit[0]
        assert all(submit(Local(b"k", item)) for item in ("a", "poison", "nothing", "b"))
        await eventually(lambda: ledger.done == ["a", "b"])
        rows = await rows_of(mock_broker.bootstrap, config)
        assert rows[b"k"]["folded"] == ["local:a", "local:b"]
    assert submit(Local(b"k", "late")) is False


async def test_a_row_that_asked_to_be_woken_is_woken_once(mock_broker: MockBroker):
    config, ledger = fast(mock_broker.bootstrap, "wake."), Ledger()
    started = time.monotonic()
    async with running([ledger], config) as worker:
        await write(mock_broker.bootstrap, "wake.events", [(b"k", b"wake:0.5")])
        await eventually(lambda: len(ledger.done) == 2)
        assert time.monotonic() - started > 0.5
        await asyncio.sleep(0.5)
        assert worker.status().agents[0].timers == 0
    assert len(ledger.done) == 2


async def test_after_a_takeover_a_wake_up_lies_behind_all_that_was_there_before(mock_broker: MockBroker):
    """Rule 24: so whatever the old owner had answered is folded before a claim is judged."""
    config, ledger, again = fast(mock_broker.bootstrap, "behind."), Ledger(), Ledger()
    async with running([ledger], config):
        await write(mock_broker.bootstrap, "behind.events", [(b"k", b"wake:3600")])
        await eventually(lambda: len(ledger.done) == 1)
    left = [(f"o{n}".encode(), b"v") for n in range(300)]
    await write(mock_broker.bootstrap, "behind.events", left)
    async with running([again], config, clock=lambda: time.time() + 7200):
        await eventually(lambda: len(again.done) == 301)
    lies = await read(mock_broker.bootstrap, "behind.events")
    woken = next(event for event in lies if event.value == b"woken")
    before = [event.offset for event in lies if event.partition == woken.partition and event.value == b"v"]
    assert max(before) < woken.offset
    assert again.done.index(f"{woken.partition}:{woken.offset}") >= len(before)


async def test_two_agents_in_a_row_and_a_timer_that_waits_for_both(mock_broker: MockBroker):
    config, ledger = fast(mock_broker.bootstrap, "two."), Ledger()
    stages = {"ledger": [Stage("relay", ("left", "right"))]}
    async with running([Relay(), ledger], config, stages=stages) as worker:
        await eventually(lambda: ready(worker))
        await write(mock_broker.bootstrap, "two.left", [(b"a", b"wake:0.2")])
        await write(mock_broker.bootstrap, "two.right", [(b"b", b"v")])
        await eventually(lambda: len(ledger.done) == 3)
    assert len(await read(mock_broker.bootstrap, "two.events")) == 3


async def test_a_backlog_is_folded_first_and_each_of_its_rows_concluded_once(mock_broker: MockBroker):
    config, ledger = fast(mock_broker.bootstrap, "backlog.", batch_records=100, backlog=100), Deferring()
    async with running([Deferring()], config) as worker:
        await eventually(lambda: ready(worker))
    values = [(b"%d" % (number % 60), b"v") for number in range(6_000)]
    await write(mock_broker.bootstrap, "backlog.events", values)
    async with running([ledger], config) as worker:
        await eventually(lambda: len(ledger.done) == 6_000)
        await eventually(lambda: not worker.status().agents[0].behind)
        assert worker.status().agents[0].put_off == 0
    rows = await rows_of(mock_broker.bootstrap, config)
    assert {row["concluded"] for row in rows.values()} == {100}
    said = await read(mock_broker.bootstrap, "backlog.concluded")
    assert 60 <= len(said) < 300  # once a unit and row it would be 900
