"""A store with a producer that only notes what it is given: rules 1, 2, 3, 12 and 17."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.engine import store as module
from streams.engine.api import Out
from streams.engine.changelog import POSITION_KEY, Changelog, Position, StateLost
from streams.engine.config import EngineConfig
from streams.engine.keys import partition_of
from streams.engine.store import Store
from streams.engine.transaction import OffsetMismatch
from streams.engine.unit import Unit

CONFIG = EngineConfig(brokers="nowhere", prefix="p.")
LOG = TopicPartition(CONFIG.changelog("ledger", "events"), 3)


class Noting:
    """Appends to the changelog as a broker would, `marker` offsets a transaction for its end."""

    def __init__(self, end: int = 0, marker: int = 1) -> None:
        self.end, self.marker = end, marker
        self.written: list[Any] = []

    async def partitions_of(self, topic: str) -> int:
        return 4

    async def write(self, writes: Any, first: TopicPartition, check: Any) -> None:
        await check(self.end)
        self.end += len(writes[first]) + self.marker
        self.written.append(writes)


def store(noting: Noting, found: Changelog | None = None, partitions: int = 4) -> Store:
    return Store(
        CONFIG,
        topic="events",
        changelog=LOG,
        transactions=noting,  # type: ignore[arg-type]
        found=found or Changelog(end=noting.end),
        partitions=partitions,
    )


async def another_hand(*_place: Any) -> bool:
    return False


def at(offset: int, partitions: int = 4, now: float = 0.0) -> Changelog:
    return Changelog(last_position=Position(offset, partitions, now).write().value)


def test_groups_topics_and_partitions_never_share_an_identity():
    places = [
        (group, topic, partition)
        for group in ("ingest", "place")
        for topic in ("orders", "shipments")
        for partition in (1, 2)
    ]
    assert len({CONFIG.transactional_id(*place) for place in places}) == 8
    assert len({CONFIG.changelog(group, topic) for group, topic, _ in places}) == 4


@pytest.mark.parametrize("marker", [0, 1])
async def test_the_changelogs_offsets_are_predicted_with_and_without_markers(
    monkeypatch: pytest.MonkeyPatch, marker: int
):
    monkeypatch.setattr(module, "are_markers", another_hand)
    noting = Noting(end=7, marker=marker)
    ours = store(noting)
    for number in range(5):
        await ours.commit(Unit(rows={b"k": (b"\x01", None)}), number, 0.0)
    noting.end += 1
    with pytest.raises(OffsetMismatch):
        await ours.commit(Unit(), 6, 0.0)
    assert ours.position == 4


@pytest.mark.parametrize("only_markers", [True, False])
async def test_more_than_one_marker_is_looked_at_and_the_next_unit_expects_one_again(
    monkeypatch: pytest.MonkeyPatch, only_markers
):
    asked = []

    async def look(config: EngineConfig, changelog: TopicPartition, begin: int, end: int) -> bool:
        asked.append((changelog, begin, end))
        return only_markers

    monkeypatch.setattr(module, "are_markers", look)
    noting = Noting(end=7)
    ours = store(noting)
    for number in range(3):
        await ours.commit(Unit(), number, 0.0)
    noting.end += 2  # a broker that lost its answer twice
    if only_markers:
        for number in range(3, 6):
            await ours.commit(Unit(), number, 0.0)
    else:
        with pytest.raises(OffsetMismatch):
            await ours.commit(Unit(), 3, 0.0)
    assert asked == [(LOG, 12, 15)]  # the last marker lies at 12


async def test_a_changelog_shorter_than_what_was_read_ends_the_unit_uncommitted():
    ours = store(Noting(end=5), Changelog(end=9))
    with pytest.raises(OffsetMismatch):
        await ours.commit(Unit(rows={b"k": (b"\x01", None)}), 0, 0.0)
    assert ours.rows == {}


async def test_rows_outputs_and_position_are_one_write_and_each_output_lies_with_its_key():
    noting = Noting()
    ours = store(noting)
    outs = [Out("out", f"{n}".encode(), b"v") for n in range(20)]
    await ours.commit(Unit(rows={b"k": (b"\x01row", 5.0), b"gone": (None, None)}, out=outs), 8, 3.0)
    (writes,) = noting.written
    assert [write.key for write in writes[LOG]] == [b"k", b"gone", POSITION_KEY]
    assert all(
        partition_of(write.key, 4) == place.partition
        for place, records in writes.items()
        if place.topic == "p.out"
        for write in records
    )
    assert (ours.position, dict(ours.rows), len(ours.timers)) == (8, {b"k": b"\x01row"}, 1)


@pytest.mark.parametrize(
    ("beginning", "end", "goes_on"), [(0, 11, True), (11, 11, True), (12, 20, False), (0, 5, False)]
)
async def test_an_input_that_does_not_continue_at_the_position_is_refused(beginning, end, goes_on):
    ours = store(Noting(), at(10))
    if goes_on:
        await ours.begin(beginning, end, committed=True, may_grow=False)
    else:
        with pytest.raises(StateLost, match="the next one is 11"):
            await ours.begin(beginning, end, committed=True, may_grow=False)


async def test_a_topic_made_anew_is_told_by_its_id_however_many_records_it_holds():
    ours = store(Noting(), Changelog(last_position=Position(10, 4, 0.0, b"a" * 16).write().value))
    with pytest.raises(StateLost, match=r"events was deleted and made anew: its id was YWFh.*and is YmJi"):
        await ours.begin(0, 50, committed=True, may_grow=False, topic_id=b"b" * 16)


@pytest.mark.parametrize(("before", "now"), [(None, b"b"), (b"a", None), (b"a", b"a"), (None, None)])
async def test_an_id_is_noted_once_it_is_known_and_never_forgotten(before, now):
    noting = Noting()
    ours = store(noting, Changelog(last_position=Position(10, 4, 0.0, before).write().value))
    await ours.begin(0, 50, committed=True, may_grow=False, topic_id=now)
    await ours.commit(Unit(), 11, 0.0)
    assert Position.read(noting.written[-1][LOG][-1].value).topic_id == (now or before)


async def test_a_first_start_begins_at_the_inputs_beginning_and_notes_it():
    noting = Noting()
    ours = store(noting)
    await ours.begin(40, 50, committed=False, may_grow=False)
    assert ours.position == 39
    assert len(noting.written) == 1


async def test_a_group_that_committed_before_but_has_no_position_lost_its_state():
    with pytest.raises(StateLost, match="has no position"):
        await store(Noting()).begin(0, 50, committed=True, may_grow=False)


@pytest.mark.parametrize(
    ("before", "may_grow", "goes_on"),
    [(4, False, True), (3, False, False), (3, True, True), (5, True, False)],
)
async def test_rows_fix_the_partition_count_of_their_input(before, may_grow, goes_on):
    ours = store(Noting(), at(0, partitions=before))
    if goes_on:
        await ours.begin(0, 5, committed=True, may_grow=may_grow)
    else:
        with pytest.raises(StateLost, match="rows were placed with"):
            await ours.begin(0, 5, committed=True, may_grow=may_grow)


def test_a_clock_set_back_does_not_take_a_row_back():
    ours = store(Noting(), at(0, now=1000.0))
    assert ours.now(900.0) == 1000.0
    assert ours.now(1100.0) == 1100.0


def test_a_position_of_a_newer_version_is_refused():
    with pytest.raises(StateLost, match="newer version"):
        Position.read(b"\x02")


async def test_the_size_of_the_rows_is_kept_as_they_change():
    ours = store(Noting(), Changelog(rows={b"old": b"\x01four"}))
    await ours.commit(Unit(rows={b"old": (b"\x01", None), b"new": (b"\x01two", None)}), 0, 0.0)
    await ours.commit(Unit(rows={b"new": (None, None), b"none": (None, None)}), 1, 0.0)
    assert ours.bytes == sum(map(len, ours.rows.values())) == 1
