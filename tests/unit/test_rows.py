"""Rows as bytes: their version first, upgraded when they are read, pressed where that is worth it."""

import datetime as dt

import msgspec
import pytest

from streams.domain.values import Money
from streams.rows import RowCodec, bare

NOW = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)


def test_a_row_begins_with_its_version_and_a_newer_one_is_refused() -> None:
    older, newer = RowCodec(Money, 1), RowCodec(Money, 2)
    row = Money("1.00", "EUR")
    assert older.encode(row)[0] == 1
    assert older.decode(older.encode(row)) == row
    with pytest.raises(ValueError, match="a row of format 2, this program reads 1"):
        older.decode(newer.encode(row))


class Before(msgspec.Struct, array_like=True):
    """What a row was, one version ago: an amount without its currency."""

    amount: str
    at: dt.datetime


class After(msgspec.Struct, array_like=True):
    amount: Money
    at: dt.datetime
    note: str


def test_an_older_row_is_upgraded_step_by_step_when_it_is_read() -> None:
    upgrades = {
        1: lambda row: [{"amount": row[0], "currency": "PLN"}, row[1]],
        2: lambda row: [*row, "none yet"],
    }
    now = RowCodec(After, 3, upgrades)
    row = now.decode(RowCodec(Before, 1).encode(Before("12.50", NOW)))
    assert row == After(Money("12.50", "PLN"), NOW, "none yet")
    assert now.encode(row)[0] == 3
    assert now.decode(now.encode(row)) == row
    with pytest.raises(ValueError, match="a row of format 4, this program reads 1 to 3"):
        now.decode(RowCodec(Money, 4).encode(Money("1.00", "EUR")))
    with pytest.raises(ValueError, match="a row of format None"):
        now.decode(b"")


def test_upgrades_that_leave_a_version_out_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"to format 4 leave one out: \[1, 3\]"):
        RowCodec(Money, 4, {1: list, 3: list})


LONG = ["a scan of acme:c-7's parcel"] * 40
PRESSED = RowCodec(list[str], 2, {1: lambda row: row}, pressed=True)


def test_a_pressed_row_is_smaller_and_comes_back_and_a_plain_one_of_before_is_read_as_well():
    plain = RowCodec(list[str], 1)
    assert len(PRESSED.encode(LONG)) < len(plain.encode(LONG)) / 2
    assert PRESSED.decode(PRESSED.encode(LONG)) == LONG
    assert PRESSED.decode(plain.encode(LONG)) == LONG


@pytest.mark.parametrize("row", [["short"], ["beyond what a limit may be deceived by"] * 3_000])
def test_short_rows_and_very_long_ones_are_not_pressed(row):
    assert PRESSED.encode(row) == b"\x02" + msgspec.msgpack.encode(row)
    assert PRESSED.decode(PRESSED.encode(row)) == row


def test_a_damaged_row_is_a_value_error():
    with pytest.raises(ValueError, match="damaged"):
        PRESSED.decode(PRESSED.encode(LONG)[:3])


def test_what_a_pressed_row_says_can_be_searched_and_anything_else_is_left_as_it_is():
    packed = PRESSED.encode(["acme:c-7, " * 40, "and whatever tells it from others: %&/()=!" * 9])
    assert b"whatever tells it" in bytes(bare(packed))
    assert bare(b'{"a":1}') == b'{"a":1}'
    assert bare(b"") == b""
