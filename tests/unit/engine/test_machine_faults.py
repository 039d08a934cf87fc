"""The machine notices what was put into the engine on purpose: each fault is a rule taken out."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from streams.engine import batches, opening
from streams.engine.catching_up import CatchingUp
from streams.engine.changelog import Changelog, read_changelog
from streams.engine.config import EngineConfig
from streams.engine.partition import Partition
from streams.engine.source import Source
from streams.engine.store import Store
from streams.engine.timers import Timers
from streams.engine.transaction import Transactions
from streams.engine.unit import Unit
from tests.unit.engine.kafka_in_memory import HERE
from tests.unit.engine.test_machine import Engine
from tests.unit.engine.world import PARTITIONS, World

Patch = pytest.MonkeyPatch


def the_opening_seeks(patch: Patch) -> None:
    """Rule 7: beside the loop, while a fetch may be in flight."""
    original = Source._open

    async def sought(self: Source, place: TopicPartition, epoch: int) -> None:
        await original(self, place, epoch)
        if place in self.partitions:
            self._seek_what_opened()

    patch.setattr(Source, "_open", sought)


def no_epoch(patch: Patch) -> None:
    """Rule 7: what was fetched across a rebalance counts."""
    patch.setattr(Source, "_epoch", property(lambda self: 0, lambda self, value: None), raising=False)


def no_chain(patch: Patch) -> None:
    """Rule 8: a batch is folded whatever came before it."""
    patch.setattr(batches, "_follows", lambda _batch, _position: None)


def no_fence(patch: Patch) -> None:
    """Rule 1: each process under a name of its own."""
    patch.setattr(
        EngineConfig,
        "transactional_id",
        lambda self, name, topic, partition: f"{name}-{topic}-{partition}-{id(HERE.get())}",
    )


def read_before_the_fence(patch: Patch) -> None:
    """Rule 6: what the old owner commits meanwhile is not seen."""
    original = Transactions.fence

    async def late(self: Transactions) -> None: ...

    async def reading(config: EngineConfig, place: TopicPartition, *rest: Any) -> Any:
        return await read_changelog(config, place, *rest)

    def store(*arguments: Any, transactions: Transactions, **rest: Any) -> Store:
        made = Store(*arguments, transactions=transactions, **rest)
        begin = made.begin

        async def begun(*arguments: Any, **rest: Any) -> None:
            await asyncio.sleep(1.0)
            await original(transactions)
            await begin(*arguments, **rest)

        made.begin = begun  # type: ignore[method-assign]
        return made

    patch.setattr(Transactions, "fence", late)
    patch.setattr(opening, "read_changelog", reading)
    patch.setattr(opening, "Store", store)
    patch.setattr(Store, "_check_end", _any_end)


async def _any_end(self: Store, first: int) -> None:
    self._first, self._marker = first, 1


def a_commit_is_tried_again(patch: Patch) -> None:
    """Rule 14: though it may have come to pass."""
    original = Transactions.write

    async def again(self: Transactions, *arguments: Any) -> int:
        try:
            return await original(self, *arguments)
        except KafkaTimeoutError:
            return await original(self, *arguments)

    patch.setattr(Transactions, "write", again)
    patch.setattr(Store, "_check_end", _any_end)


def position_apart(patch: Patch) -> None:
    """The unit: rows and records first, then where they came from."""
    original = Store.commit

    async def twice(self: Store, unit: Unit, offset: int, now: float) -> int:
        await original(self, unit, self.position, now)
        return await original(self, Unit(), offset, now)

    patch.setattr(Store, "commit", twice)


def fires_are_forgotten(patch: Patch) -> None:
    """Rule 17: the heap does not outlive its process, and the changelog's headers are not read."""
    original = Timers.__init__
    patch.setattr(Timers, "__init__", lambda self, due, again: original(self, {}, again))


def conclusions_are_forgotten(patch: Patch) -> None:
    """What an earlier owner has put off is nobody's."""
    patch.setattr(Timers, "put_off", lambda self: [])


def the_group_runs_ahead(patch: Patch) -> None:
    """Rule 18: what is folded counts, whatever is still to be said about it."""
    patch.setattr(CatchingUp, "settled", lambda self, reached: reached)


def answered_in_a_unit_of_its_own(patch: Patch) -> None:
    """What is announced is answered at once or, where the process ends, again."""

    def later(self: Partition, after: list[Any]) -> tuple[list[Any], list[Any]]:
        assert self._announce is not None
        return self._announce(self.store.partition, after), []

    patch.setattr(Partition, "_answer", later)


def a_kept_store_as_it_was(patch: Patch) -> None:
    """Rule 10: whatever others wrote meanwhile."""

    async def unread(config: EngineConfig, place: TopicPartition, kept: Changelog | None) -> Changelog:
        return await read_changelog(config, place) if kept is None else kept

    patch.setattr(opening, "read_changelog", unread)
    patch.setattr(Store, "_check_end", _any_end)


def a_marker_more_is_another_hand(patch: Patch) -> None:
    """Rule 12: as if a coordinator wrote each but once."""

    async def nobody_looks(self: Store, end: int) -> bool:
        return False

    patch.setattr(Store, "_are_markers", nobody_looks)


# Each beside what brings it to light: with all that may happen eight of them were found too, but later.
FAULTS = [
    (the_opening_seeks, "a_fetch_crosses_a_rebalance"),
    (no_epoch, "a_fetch_crosses_a_rebalance"),
    (no_chain, "a_batch_will_be_dropped"),
    (no_fence, "a_worker_freezes_within_a_unit"),
    (read_before_the_fence, "a_worker_freezes_within_a_unit"),
    (a_kept_store_as_it_was, "a_fetch_crosses_a_rebalance"),
    (a_commit_is_tried_again, "a_commit_will_fail"),
    (position_apart, "a_commit_will_fail"),
    (fires_are_forgotten, "a_worker_is_killed"),
    (conclusions_are_forgotten, "a_worker_is_killed"),
    (the_group_runs_ahead, "a_worker_is_killed"),
    (answered_in_a_unit_of_its_own, "a_worker_is_killed"),
    (a_marker_more_is_another_hand, "a_commit_will_be_marked_again"),
]
TROUBLE = {
    name for name in vars(Engine) if name.startswith(("a_worker_", "a_fetch_", "a_batch_", "a_commit_"))
}


def beset_by(trouble: str) -> type[Engine]:
    """A machine to which nothing else happens."""
    return type("Beset", (Engine,), dict.fromkeys(TROUBLE - {trouble, "a_worker_starts"}))


@pytest.mark.parametrize("fault", [fault for fault, _ in FAULTS], ids=lambda fault: fault.__name__)
def test_on_a_quiet_day_nobody_would_notice(fault: Callable[[Patch], None], monkeypatch: Patch):
    fault(monkeypatch)
    world = World(seed=1)
    try:
        world.start()
        world.pass_time(20.0)
        for number in range(10):
            world.produce(number % PARTITIONS, [(b"a", b"v"), (b"b", b"wake:1")] * 3, "plain")
            world.pass_time(2.0)
            world.look()
        world.settle()
    finally:
        world.close()


@pytest.mark.parametrize(("fault", "trouble"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_the_machine_notices(fault: Callable[[Patch], None], trouble: str, monkeypatch: Patch):
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            beset_by(trouble),
            settings=settings(
                max_examples=5_000,  # it ends at the first that shows the fault
                stateful_step_count=20,
                phases=[Phase.generate],
                derandomize=True,
                report_multiple_bugs=False,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
