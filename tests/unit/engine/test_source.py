"""The fetching loop against a log in memory that rebalances at the worst moment: rules 4, 5, 7, 8, 9, 15."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition

from streams.engine import source as module
from streams.engine.api import Local
from streams.engine.changelog import Changelog
from streams.engine.config import EngineConfig
from streams.engine.fatal import Fatal
from streams.engine.hooks import NoHooks
from streams.engine.source import Source, sticky_assignor
from streams.engine.status import status_of
from streams.engine.store import Store
from tests.kafka.support import Fatals, Ledger, eventually
from tests.unit.engine.test_store import Noting

ZERO, ONE = TopicPartition("events", 0), TopicPartition("events", 1)


class FakeConsumer:
    """Harder than aiokafka: `getmany` may take early and return late, or take late, across a rebalance."""

    log: dict[TopicPartition, list[bytes]]
    stamp = 0

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.positions: dict[TopicPartition, int] = {}
        self.paused: set[TopicPartition] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[TopicPartition, ...]] = []
        self.offsets: dict[TopicPartition, int] = {}
        self.in_flight = False
        self.takes_late = False
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=self))
        task = SimpleNamespace(done=bool)
        self._coordinator = SimpleNamespace(_coordination_task=task, coordinator_id=1, generation=1)

    def state_value(self, place: TopicPartition) -> Any:
        known = place in self.positions
        position, end = self.positions.get(place), len(self.log.get(place, ()))
        return SimpleNamespace(has_valid_position=known, position=position, lso=end)

    def subscribe(self, topics: list[str], listener: Any) -> None:
        self.listener = listener

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def committed(self, place: TopicPartition) -> int | None:
        return None

    def pause(self, *places: TopicPartition) -> None:
        self.paused |= set(places)

    def resume(self, *places: TopicPartition) -> None:
        self.paused -= set(places)

    def seek(self, place: TopicPartition, offset: int) -> None:
        self.positions[place] = offset

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.offsets.update(offsets)

    async def getmany(self, *places: TopicPartition, timeout_ms: int, max_records: int) -> Any:
        self.asked.append(places)
        await asyncio.sleep(0.001)
        early = None if self.takes_late else self._take(places)
        self.in_flight = not self.gate.is_set()
        await self.gate.wait()
        self.in_flight = False
        return self._take(places) if early is None else early

    def _take(self, places: tuple[TopicPartition, ...]) -> dict[TopicPartition, list[ConsumerRecord]]:
        found = {}
        for place in places:
            start = self.positions[place]
            values = self.log[place][start : start + 3]
            if values and place not in self.paused:
                found[place] = [
                    ConsumerRecord(
                        "events", place.partition, start + n, self.stamp, 0, b"k", v, None, 1, 1, ()
                    )
                    for n, v in enumerate(values)
                ]
                self.positions[place] += len(values)
        return found


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch):
    """A source on two partitions whose stores survive, as a changelog does, from one owner to the next."""
    state = SimpleNamespace(fatals=Fatals(), ledger=Ledger(), kept={}, opening=asyncio.Event())
    state.opening.set()
    config = EngineConfig(brokers="nowhere", commit_every=0.01, batch_records=3)

    async def open_store(config: EngineConfig, wanted: Any, kept: Any) -> Store:
        await state.opening.wait()
        found = state.kept.setdefault(wanted.partition, Changelog())
        store = Store(
            config,
            topic="events",
            changelog=TopicPartition("changelog", wanted.partition),
            transactions=Noting(),  # type: ignore[arg-type]
            found=found,
            partitions=2,
        )

        async def close() -> None:
            found.last_position = store._position.write().value

        store.close = close  # type: ignore[method-assign]
        return store

    monkeypatch.setattr(module, "AIOKafkaConsumer", FakeConsumer)
    monkeypatch.setattr(module, "open_store", open_store)
    FakeConsumer.log = {ZERO: [b"v"] * 60, ONE: [b"v"] * 60}

    async def hand_on(batch: Any) -> None:
        await asyncio.sleep(0)
        state.source.fold(batch)

    state.source = Source(config, state.ledger, hand_on, fatal=Fatal(state.fatals), hooks=NoHooks())
    return state


@pytest.mark.parametrize("late", [True, False])
async def test_what_was_fetched_across_a_rebalance_is_void_and_fetched_again(
    setup: Any, monkeypatch: pytest.MonkeyPatch, late
):
    original = Noting.write

    async def unhurried(self: Noting, writes: Any, first: TopicPartition, check: Any) -> None:
        await asyncio.sleep(0.004)  # so that batches wait behind the unit when the partitions are taken
        await original(self, writes, first, check)

    monkeypatch.setattr(Noting, "write", unhurried)
    async with setup.source as source:
        consumer = source.consumer
        consumer.takes_late = late
        await source.on_partitions_assigned([ZERO, ONE])
        await eventually(lambda: len(setup.ledger.done) > 6)
        for returns in ("between", "before opening", "after opening") * 2:
            consumer.gate.clear()
            await eventually(lambda: consumer.in_flight)
            await source.on_partitions_revoked([ZERO, ONE])
            if returns == "between":
                consumer.gate.set()
                await asyncio.sleep(0.005)
            await source.on_partitions_assigned([ZERO, ONE])
            if returns == "after opening":
                await eventually(lambda: len(source.partitions) == 2)
            consumer.gate.set()
            await asyncio.sleep(0.01)
        await eventually(lambda: len(setup.ledger.done) >= 120)
    assert setup.fatals == []
    assert sorted(setup.ledger.done) == sorted(f"{p}:{n}" for p in (0, 1) for n in range(60))


async def test_while_a_store_opens_its_partition_is_paused_and_the_callback_returns_at_once(setup: Any):
    async with setup.source as source:
        setup.opening.clear()
        async with asyncio.timeout(0.1):
            await source.on_partitions_assigned([ZERO])
        await asyncio.sleep(0.02)
        assert source.consumer.paused == {ZERO}
        assert source.consumer.asked == []
        setup.opening.set()
        await eventually(lambda: len(setup.ledger.done) == 60)


async def test_a_revoke_cuts_an_opening_short(setup: Any):
    async with setup.source as source:
        setup.opening.clear()
        await source.on_partitions_assigned([ZERO])
        async with asyncio.timeout(1):
            await source.on_partitions_revoked([ZERO])
        assert source.partitions == {}
        assert setup.fatals == []


async def test_an_opening_that_fails_ends_the_process(setup: Any, monkeypatch: pytest.MonkeyPatch):
    async def failing(*arguments: Any) -> Store:
        raise TimeoutError

    monkeypatch.setattr(module, "open_store", failing)
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: setup.fatals)
    assert setup.fatals.errors == ["TimeoutError"]


async def test_an_opening_whose_group_answers_nothing_ends_the_process(
    setup: Any, monkeypatch: pytest.MonkeyPatch
):
    async def silent(*arguments: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(FakeConsumer, "committed", silent)
    object.__setattr__(setup.source._config, "opening_timeout", 0.05)
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: setup.fatals)
    assert setup.fatals.errors == ["TimeoutError"]


async def test_a_cancellation_that_nobody_asked_for_ends_the_process(
    setup: Any, monkeypatch: pytest.MonkeyPatch
):
    """The client lets its own tasks' escape: the partition would stay shut, and nobody would know."""

    async def stray(*arguments: Any) -> Store:
        raise asyncio.CancelledError

    monkeypatch.setattr(module, "open_store", stray)
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: setup.fatals)
    assert setup.fatals.errors == ["CancelledError"]


async def test_a_drain_that_takes_too_long_ends_the_process(setup: Any):
    async def stuck(partition: int) -> None:
        await asyncio.sleep(10)

    setup.ledger.drained = stuck
    object.__setattr__(setup.source._config, "drain_timeout", 0.1)
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: source.partitions)
        await source.on_partitions_revoked([ZERO])
        assert setup.fatals.errors == ["TimeoutError"]


async def test_a_rebalance_during_the_end_waits_until_all_is_drained(setup: Any):
    """Or the group hands on what a unit or a sender of ours is still about, and the next owner fences it."""
    drained = asyncio.Event()

    async def slow(partition: int) -> None:
        await drained.wait()

    setup.ledger.drained = slow
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO, ONE])
        await eventually(lambda: len(source.partitions) == 2)
        stopping = asyncio.create_task(source.stop())
        await eventually(lambda: not source.partitions)
        revoking = asyncio.create_task(source.on_partitions_revoked([ZERO, ONE]))
        await asyncio.wait([revoking], timeout=0.05)
        assert not revoking.done()
        drained.set()
        await asyncio.gather(stopping, revoking)
    assert setup.fatals == []


async def test_a_batch_that_was_dropped_on_the_way_is_noticed_as_a_hole(setup: Any):
    original, dropped = setup.source._hand_on, []

    async def losing(batch: Any) -> None:
        if not dropped:
            dropped.append(batch)
        else:
            await original(batch)

    setup.source._hand_on = losing
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: setup.fatals)
    assert setup.fatals.errors == ["Hole"]
    assert setup.ledger.done == []


async def test_only_partitions_with_room_are_asked_and_a_slow_one_holds_up_no_other(
    setup: Any, monkeypatch: pytest.MonkeyPatch
):
    original, blocked = Noting.write, asyncio.Event()

    async def slow(self: Noting, writes: Any, first: TopicPartition, check: Any) -> None:
        if first.partition == 0:
            await blocked.wait()
        await original(self, writes, first, check)

    async with setup.source as source:
        await source.on_partitions_assigned([ZERO, ONE])
        await eventually(lambda: len(source.partitions) == 2)
        monkeypatch.setattr(Noting, "write", slow)
        await eventually(lambda: sum(place.startswith("1:") for place in setup.ledger.done) == 60)
        assert source.partitions[ZERO].batches.ahead == 2
        assert ZERO not in source.consumer.asked[-1]
        assert source.consumer.paused == set()
        blocked.set()
        await eventually(lambda: len(setup.ledger.done) == 120)


async def test_the_group_is_told_only_of_what_is_folded(setup: Any, monkeypatch: pytest.MonkeyPatch):
    original, blocked = Noting.write, asyncio.Event()

    async def slow(self: Noting, writes: Any, first: TopicPartition, check: Any) -> None:
        await blocked.wait()
        await original(self, writes, first, check)

    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: source.partitions)
        monkeypatch.setattr(Noting, "write", slow)
        await asyncio.sleep(0.1)
        assert source.consumer.offsets.get(ZERO, 0) <= 3, "one unit may have passed before the brake"
        blocked.set()
        await eventually(lambda: source.consumer.offsets.get(ZERO) == 60)


async def test_before_anything_is_folded_the_lag_is_the_age_of_what_waits(
    setup: Any, monkeypatch: pytest.MonkeyPatch
):
    """While a first unit was under way, 1970 was taken for it: a lag of fifty years, in every graph."""
    original, blocked = Noting.write, asyncio.Event()

    async def slow(self: Noting, writes: Any, first: TopicPartition, check: Any) -> None:
        await blocked.wait()
        await original(self, writes, first, check)

    monkeypatch.setattr(Noting, "write", slow)
    monkeypatch.setattr(FakeConsumer, "stamp", 700_000)
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: source.partitions and source.partitions[ZERO].batches)
        status = status_of(source, 0.0, 1000.0)
        assert (status.behind, status.behind_seconds) == (60, 300.0)
        blocked.set()


async def test_a_unit_that_writes_nothing_had_no_transaction(setup: Any):
    told: list[float] = []
    setup.source._hooks = NoHooks()
    setup.source._hooks.unit_done = lambda unit: told.append(unit.transaction)  # type: ignore[method-assign]
    FakeConsumer.log = {ZERO: []}
    async with setup.source as source:
        await source.on_partitions_assigned([ZERO])
        await eventually(lambda: source.partitions)
        source.partitions[ZERO].submit(Local(b"k", "nothing"))
        await eventually(lambda: told)
    assert told == [0.0]


def test_each_agent_has_an_assignor_of_its_own():
    one, two = sticky_assignor("one"), sticky_assignor("two")
    one.member_assignment = [ZERO]
    assert two.member_assignment is None
    assert one.name == two.name == "sticky"
