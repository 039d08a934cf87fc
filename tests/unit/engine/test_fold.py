"""One unit's fold, without any broker: what a failure costs, and what it must not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.api import NOTHING, Folded, Local, Out, Record, TooLarge
from streams.engine.unit import RowUnreadable, Unit, fold_unit
from tests.kafka.support import Ledger

LIMIT = 900_000


def record(offset: int, value: bytes = b"v", key: bytes = b"k") -> Record:
    return Record("events", 0, offset, key, value, 0)


def fold(values: list[bytes], stored: dict[bytes, bytes] | None = None, ledger: Ledger | None = None) -> Unit:
    items = [record(offset, value) for offset, value in enumerate(values)]
    return fold_unit(ledger or Ledger(), stored or {}, items, 100.0, LIMIT)


def row_of(unit: Unit, key: bytes = b"k") -> Any:
    data = unit.rows[key][0]
    return data and json.loads(data[1:])


class Counting(Ledger):
    encoded = 0

    def encode(self, row: Any) -> bytes:
        self.encoded += 1
        return super().encode(row)


def test_several_records_of_one_row_encode_it_once():
    ledger = Counting()
    unit = fold([b"v"] * 50, ledger=ledger)
    assert ledger.encoded == 1
    assert len(row_of(unit)["folded"]) == 50


def answered(values: list[bytes], answer: str = "to {}") -> tuple[Counting, Unit]:
    """Each fold is answered by a local item, and nothing is left for afterwards."""
    said: list[Local] = []

    def answers(after: list[Any]) -> tuple[list[Any], list[Local]]:
        said.extend(Local(b"k", answer.format(place)) for place in after)
        said[:] = dict.fromkeys(said)  # asked twice, it answers once
        return [], said

    ledger = Counting()
    items = [record(offset, value) for offset, value in enumerate(values)]
    return ledger, fold_unit(ledger, {}, items, 100.0, LIMIT, answer=answers)


def test_what_is_answered_at_once_is_of_the_same_unit_and_encodes_its_row_once():
    ledger, unit = answered([b"v", b"v"])
    assert row_of(unit)["folded"] == ["0:0", "0:1", "local:to 0:0", "local:to 0:1"]
    assert unit.after == ["to 0:0", "to 0:1"]
    assert ledger.encoded == 1


def test_a_record_that_fails_takes_no_answer_with_it():
    _, unit = answered([b"v", b"poison", b"v"])
    assert row_of(unit)["folded"] == ["0:0", "0:2", "local:to 0:0", "local:to 0:2"]
    assert unit.refused == 1


def test_an_answer_that_fails_costs_itself_alone():
    _, unit = answered([b"v"], answer="poison")
    assert row_of(unit)["folded"] == ["0:0"]
    assert (unit.refused, unit.after) == (1, [])


@given(st.lists(st.sampled_from([b"v", b"poison", b"big"]), max_size=12))
def test_a_failed_fold_leaves_no_trace_but_its_dead_letter(values: list[bytes]):
    unit = fold(values)
    good = [f"0:{offset}" for offset, value in enumerate(values) if value == b"v"]
    assert unit.after == good
    assert unit.refused == len(values) - len(good)
    assert [out.value for out in unit.out if out.topic == "folded"] == [place.encode() for place in good]
    if good:
        assert row_of(unit)["folded"] == good
    else:
        assert unit.rows == {}


def test_the_time_to_wake_goes_with_the_row():
    assert fold([b"wake:5"]).rows[b"k"][1] == 105.0


def test_a_row_of_a_newer_version_is_no_fault_of_the_record():
    with pytest.raises(RowUnreadable, match="a row of ledger of format 2"):
        fold([b"v"], {b"k": b"\x02{}"})


def test_a_dead_letter_that_is_too_large_is_asked_for_again_with_the_reason():
    class Verbose(Ledger):
        def refuse(self, record: Record, error: Exception) -> list[Out]:
            return [Out("dead-letters", None, b"short" if isinstance(error, TooLarge) else b"x" * 2_000_000)]

    unit = fold([b"poison"], ledger=Verbose())
    assert [out.value for out in unit.out] == [b"short"]


def test_a_deleted_row_is_a_tombstone():
    class Deleting(Ledger):
        def fold(self, record: Any, rows: Any, now: float) -> Any:
            rows.delete(record.key)
            return NOTHING

    unit = fold([b"gone"], {b"k": b'\x01{"folded": []}'}, ledger=Deleting())
    assert unit.rows == {b"k": (None, None)}


class Concluder(Ledger):
    """Leaves the last word on a row to the unit's end."""

    def conclude(self, key: bytes, row: Any, now: float) -> tuple[Any | None, Folded]:
        count = str(len(row["folded"])).encode()
        return row, Folded((Out("concluded", key, count),))


def test_what_follows_from_a_row_is_asked_once_a_unit_however_many_records_it_took():
    unit = fold([b"v"] * 50, ledger=Concluder())
    assert [out.value for out in unit.out if out.topic == "concluded"] == [b"50"]


def test_records_that_are_folded_one_by_one_after_a_failure_conclude_one_by_one():
    unit = fold([b"v", b"poison", b"v"], ledger=Concluder())
    assert [out.value for out in unit.out if out.topic == "concluded"] == [b"1", b"2"]
    assert unit.refused == 1


def test_a_conclusion_that_fails_costs_its_record_alone():
    class Failing(Concluder):
        def conclude(self, key: bytes, row: Any, now: float) -> tuple[Any | None, Folded]:
            if len(row["folded"]) > 1:
                raise ValueError("no second one")
            return super().conclude(key, row, now)

    unit = fold([b"v", b"v", b"v"], ledger=Failing())
    assert unit.refused == 2
    assert row_of(unit)["folded"] == ["0:0"]


def test_a_row_that_comes_to_the_same_bytes_is_not_written_again():
    class Indifferent(Ledger):
        def encode(self, row: Any) -> bytes:
            return b"\x01the same"

        def decode(self, data: bytes) -> Any:
            return {"folded": [], "due": None}

    assert fold([b"v"], {b"k": b"\x01the same"}, Indifferent()).rows == {}
