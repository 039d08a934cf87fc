"""The engine in memory keeps what the real one promises, as far as a decision can see."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from streams.engine.api import Folded, Local, Out, Record, Rows
from streams.engine.memory import MemoryEngine, UnreadableRow


class Tally(msgspec.Struct):
    """What was added so far, and when the row wants to be woken."""

    values: list[str] = []
    due: float | None = None
    woken: list[float] = []


class Adder:
    """Appends each value to its key's row. `!` raises after changing the row in place."""

    name = "adder"
    inputs: tuple[str, ...] = ("numbers",)
    has_rows = True

    def __init__(self) -> None:
        self.submit: Any = None
        self.done: list[Any] = []
        self.closed: list[int] = []
        self.order: list[tuple[bytes, float]] = []

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        key = record.key or b""
        row = rows.get(key) or Tally()
        if isinstance(record, Local):
            row.values.append(f"local {record.item}")
            rows.set(key, row)
            return Folded()
        text = (record.value or b"").decode()
        row.values.append(text)
        if text == "!":
            raise ValueError(text)
        if text == "gone":
            rows.delete(key)
            return Folded((Out("told", key, None),))
        if text.startswith("wake "):
            row.due = float(text[5:])
        if text == "fired":
            row.woken.append(now)
            row.due = None
            self.order.append((key, now))
        rows.set(key, row)
        return Folded((Out("told", key, text.encode()),), after=(text,))

    def refuse(self, record: Record, error: Exception) -> Iterable[Out]:
        return [Out("dead-letters", record.key, str(error).encode())]

    def encode(self, row: Any) -> bytes:
        return b"\x01" + msgspec.msgpack.encode(row)

    def decode(self, data: bytes) -> Any:
        return msgspec.msgpack.decode(data[1:], type=Tally)

    def due(self, row: Any) -> float | None:
        due: float | None = row.due
        return due

    def wake(self, key: bytes, due: float) -> Out:
        return Out("numbers", key, b"fired")

    def opened(self, partition: int, submit: Any) -> None:
        self.submit = submit

    def closing(self, partition: int) -> None:
        self.closed.append(partition)

    async def drained(self, partition: int) -> None:
        return

    def after(self, partition: int, done: Sequence[Any]) -> None:
        self.done.extend(done)


class Stubborn(Adder):
    """Never answers a fire with another date."""

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        key = record.key or b""
        row = rows.get(key) or Tally(due=100.0)
        row.woken.append(now)
        rows.set(key, row)
        return Folded()


@pytest.fixture
def outlet() -> list[Record]:
    return []


@pytest.fixture(params=[10_000, 1, 0], ids=["roomy", "one row decoded", "none decoded"])
def engine(request: pytest.FixtureRequest, outlet: list[Record]) -> MemoryEngine:
    return MemoryEngine([Adder()], 0.0, outlet=outlet.append, room=request.param)


def put(engine: MemoryEngine, key: str, *values: str) -> None:
    for value in values:
        engine.append("numbers", key.encode(), value.encode())
    engine.run()


def test_records_of_one_key_fold_into_its_row_in_order(engine: MemoryEngine) -> None:
    put(engine, "a", "1", "2")
    put(engine, "b", "3")
    assert [(key, row.values) for key, row in engine.rows("adder")] == [(b"a", ["1", "2"]), (b"b", ["3"])]


def test_what_nobody_reads_goes_to_the_outlet_with_offsets_of_its_topic(
    engine: MemoryEngine, outlet: list[Record]
) -> None:
    engine.advance(2.5)
    put(engine, "a", "1", "2")
    assert [(each.topic, each.offset, each.value, each.timestamp) for each in outlet] == [
        ("told", 0, b"1", 2500),
        ("told", 1, b"2", 2500),
    ]


def test_a_fold_that_raises_costs_its_record_alone_and_leaves_the_row_as_it_was(
    engine: MemoryEngine, outlet: list[Record]
) -> None:
    put(engine, "a", "1", "!", "2")
    row = engine.row("adder", b"a")
    assert row is not None
    assert row.values == ["1", "2"]
    assert [each.topic for each in outlet] == ["told", "dead-letters", "told"]


def test_a_row_that_cannot_be_encoded_is_a_refused_record_too(outlet: list[Record]) -> None:
    class Mute(Adder):
        def encode(self, row: Any) -> bytes:
            if "unspeakable" in row.values:
                raise TypeError("unspeakable")
            return super().encode(row)

    engine = MemoryEngine([Mute()], 0.0, outlet=outlet.append)
    put(engine, "a", "1", "unspeakable", "2")
    row = engine.row("adder", b"a")
    assert row is not None
    assert row.values == ["1", "2"]


def test_a_local_is_folded_like_a_record_and_its_failure_is_not_swallowed() -> None:
    class Fragile(Adder):
        def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
            if isinstance(record, Local) and record.item == "bad":
                raise RuntimeError("bad")
            return super().fold(record, rows, now)

    adder = Fragile()
    engine = MemoryEngine([adder], 0.0)
    adder.submit(Local(b"a", "one"))
    engine.run()
    row = engine.row("adder", b"a")
    assert row is not None
    assert row.values == ["local one"]
    adder.submit(Local(b"a", "bad"))
    with pytest.raises(RuntimeError):
        engine.run()


def test_after_is_told_once_the_unit_is_done() -> None:
    adder = Adder()
    engine = MemoryEngine([adder], 0.0)
    put(engine, "a", "1", "!", "2")
    assert adder.done == ["1", "2"]


def test_a_deleted_row_is_gone_and_so_is_its_timer(engine: MemoryEngine) -> None:
    put(engine, "a", "wake 10", "gone")
    assert engine.row("adder", b"a") is None
    assert engine.next_due() is None


def test_timers_fire_in_order_of_due_then_key_each_at_its_own_time() -> None:
    adder = Adder()
    engine = MemoryEngine([adder], 0.0)
    put(engine, "b", "wake 10")
    put(engine, "c", "wake 5")
    put(engine, "a", "wake 10")
    engine.advance(20)
    assert adder.order == [(b"c", 5.0), (b"a", 10.0), (b"b", 10.0)]
    assert engine.now == 20


def test_a_timer_that_was_moved_fires_at_its_new_time_alone(engine: MemoryEngine) -> None:
    put(engine, "a", "wake 10", "wake 30")
    engine.advance(20)
    row = engine.row("adder", b"a")
    assert row is not None
    assert row.woken == []
    engine.advance(40)
    row = engine.row("adder", b"a")
    assert row is not None
    assert row.woken == [30.0]


def test_approaching_leaves_what_is_due_at_that_very_time_for_later(engine: MemoryEngine) -> None:
    put(engine, "a", "wake 10")
    engine.approach(10)
    assert (engine.now, engine.next_due()) == (10, 10)
    engine.approach(11)
    assert engine.next_due() is None


def test_a_timer_in_the_past_fires_now_and_never_turns_the_clock_back() -> None:
    adder = Adder()
    engine = MemoryEngine([adder], 100.0)
    put(engine, "a", "wake 10")
    engine.advance(100)
    assert adder.order == [(b"a", 100.0)]


def test_a_fire_that_changes_nothing_is_tried_again_after_a_while_not_for_ever() -> None:
    engine = MemoryEngine([Stubborn()], 0.0)
    put(engine, "a", "x")
    engine.advance(165)
    row = engine.row("adder", b"a")
    assert row is not None
    assert row.woken == [0, 100, 130, 160]


def test_void_entries_do_not_pile_up_in_the_heap() -> None:
    engine = MemoryEngine([Adder()], 0.0)
    for due in range(5000):
        put(engine, "a", f"wake {due + 10}")
    assert len(engine._timers._heap) < 1100


def test_closing_gives_the_partitions_up() -> None:
    adder = Adder()
    MemoryEngine([adder], 0.0).close()
    assert adder.closed == [0]


def test_a_row_that_cannot_be_decoded_ends_everything_instead_of_costing_a_record() -> None:
    class Forgetful(Adder):
        def decode(self, data: bytes) -> Any:
            raise ValueError("a row of format 9")

    engine = MemoryEngine([Forgetful()], 0.0, room=0)
    put(engine, "a", "1")
    with pytest.raises(UnreadableRow, match="format 9"):
        put(engine, "a", "2")


def test_what_follows_from_a_row_is_asked_after_the_record_that_changed_it(outlet: list[Record]) -> None:
    class Concluder(Adder):
        def conclude(self, key: bytes, row: Any, now: float) -> tuple[Any | None, Folded]:
            if row.values[-1] == "last":
                return None, Folded((Out("concluded", key, None),))
            return row, Folded((Out("concluded", key, str(len(row.values)).encode()),), after=("concluded",))

    adder = Concluder()
    engine = MemoryEngine([adder], 0.0, outlet=outlet.append)
    put(engine, "a", "1", "2", "last")
    engine.run()
    assert [record.value for record in outlet if record.topic == "concluded"] == [b"1", b"2", None]
    assert engine.row("adder", b"a") is None
    assert adder.done == ["1", "concluded", "2", "concluded", "last"]
