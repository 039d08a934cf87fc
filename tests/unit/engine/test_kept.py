"""Rule 10: a store that comes back is read on from where it was, or anew where its log is another."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.engine import changelog as module
from streams.engine.changelog import POSITION_KEY, Changelog, Position, read_changelog
from streams.engine.config import EngineConfig
from streams.engine.kept import Kept
from tests.unit.engine.kafka_in_memory import HERE, Entry, InMemoryConsumer, InMemoryKafka, Log, Machine
from tests.unit.engine.world import INPUTS, World

PLACE = TopicPartition("changelog", 0)
CONFIG = EngineConfig(brokers="nowhere")


def unit(key: bytes, value: bytes | None, offset: int) -> list[Entry]:
    position = Position(offset, 1, float(offset)).write()
    return [Entry(key, value), Entry(position.key, position.value)]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    machine = Machine(InMemoryKafka(1, seed=0))
    machine.cluster.log(PLACE).extend(unit(b"a", b"1", 0) + unit(b"b", b"2", 1))
    monkeypatch.setattr(module, "AIOKafkaConsumer", InMemoryConsumer)
    token = HERE.set(machine)
    yield machine.cluster.log(PLACE)
    HERE.reset(token)


async def read(kept: Changelog | None = None) -> Changelog:
    return await read_changelog(CONFIG, PLACE, kept)


async def test_only_what_others_wrote_meanwhile_is_read(log: Log):
    kept = await read()
    log += unit(b"a", None, 2) + unit(b"c", b"3", 3)
    found = await read(kept)
    assert (found.rows, found.records) == ({b"b": b"2", b"c": b"3"}, 5)
    assert (found.position, found.position_at, found.end) == (Position(3, 1, 3.0), 7, 8)


async def test_where_nobody_wrote_only_the_position_is_looked_at(log: Log):
    found = await read(await read())
    assert (found.rows, found.records) == ({b"a": b"1", b"b": b"2"}, 1)


@pytest.mark.parametrize("cut", [1, 3, 4])
async def test_a_log_that_was_cut_and_written_on_is_read_anew(log: Log, cut: int):
    kept = await read()
    del log[cut:]
    log += unit(b"x", b"9", 7) + unit(b"y", b"9", 8)
    found = await read(kept)
    assert found.rows == {entry.key: entry.value for entry in log if entry.key != POSITION_KEY}
    assert found.records == (5 if cut == 4 else len(log))


async def test_a_log_that_is_shorter_is_read_anew(log: Log):
    kept = await read()
    del log[2:]
    found = await read(kept)
    assert (found.rows, found.records) == ({b"a": b"1"}, 2)


async def test_without_its_position_in_the_log_nothing_can_be_compared(log: Log):
    kept = await read()
    log[3] = Entry(None, None, marker=True)  # as compaction leaves it: the offset is there no more
    log += unit(b"c", b"3", 2)
    assert (await read(kept)).records == 5


def test_what_is_kept_is_let_go_of_in_time():
    now = [0.0]
    kept = Kept(10.0, lambda: now[0])
    kept.keep(PLACE, Changelog(rows={b"a": b"1"}))
    now[0] = 9.0
    kept.forget()
    assert len(kept) == 1
    now[0] = 11.0
    with kept.lent(PLACE) as found:
        assert found is None
    assert len(kept) == 0


@pytest.mark.parametrize(("records", "left"), [(0, 1), (3, 0)])
def test_an_opening_cut_short_leaves_what_it_has_not_touched(records: int, left: int):
    kept = Kept(10.0)
    kept.keep(PLACE, Changelog())

    def cut_short() -> None:
        with kept.lent(PLACE) as found:
            assert found is not None
            found.records = records
            raise TimeoutError

    with pytest.raises(TimeoutError):
        cut_short()
    assert len(kept) == left


def test_nothing_is_kept_where_it_should_not_be():
    kept = Kept(0.0)
    kept.keep(PLACE, Changelog())
    assert len(kept) == 0


def test_a_rebalance_costs_a_worker_no_second_reading_of_what_it_holds():
    world = World(seed=3)
    try:
        world.start()
        world.pass_time(5.0)
        for _ in range(30):
            for place in INPUTS:
                world.produce(place.partition, [(b"a", b"v")] * 4, "plain")
            world.pass_time(2.0)
        world.kafka.group.wanted.set()
        world.pass_time(5.0)
        world.look()
        stores: list[Any] = [partition.store for partition in world.alive[0].source.partitions.values()]
        assert [store.read for store in stores] == [1, 1]
        assert all(len(store.rows[b"a"]) > 500 for store in stores)
        world.settle()
    finally:
        world.close()
