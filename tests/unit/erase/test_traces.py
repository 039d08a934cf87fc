"""Where a topic still names somebody, and until when."""

import pytest

from streams.commands.erase import Found, told
from streams.commands.traces import Keeping, Needle, Traces
from streams.domain.customer import marker
from streams.rows import RowCodec

WHO = "acme:c-7"
DAY = 86_400.0
COMPACTED, RETAINED = Keeping(compacted=True, seconds=9 * DAY), Keeping(compacted=False, seconds=14 * DAY)
LONG = "acme:" + "c" * 45  # as MessagePack its length is the letter 2


@pytest.mark.parametrize(
    ("data", "there"),
    [
        (b'{"customer_id":"acme:c-7"}', True),
        (b"acme:c-7", True),
        (b"\xa8acme:c-7\xc0", True),
        (b"overload:acme:c-7:2026-03-05", True),
        (b'"acme:c-77"', False),
        (b'"bigacme:c-7"', False),
        (b'"acme:c-7.old"', False),
        (b"", False),
        (None, False),
    ],
)
def test_an_id_is_told_from_longer_ones(data, there):
    assert Needle(WHO).within(data) is there


def test_a_long_id_is_found_behind_its_length_and_an_odd_one_as_json_writes_it():
    assert Needle(LONG).within(b"\xd9" + bytes([len(LONG)]) + LONG.encode() + b"\xc0")
    assert Needle('say "who"').within(b'{"customer_id":"say \\"who\\""}')


def test_what_holds_now_is_a_head_and_what_was_replaced_is_not():
    traces = Traces("desk", COMPACTED, Needle(WHO))
    traces.see(0, WHO.encode(), b"row", 1 * DAY)
    traces.see(0, b"other", b"row", 1 * DAY)
    assert (traces.head, traces.older) == (1, 0)
    traces.see(0, WHO.encode(), None, 2 * DAY)
    assert (traces.head, traces.older) == (0, 2)
    assert traces.gone == 11 * DAY


def test_a_row_that_names_somebody_in_its_value_is_found_and_its_successor_clears_it():
    traces = Traces("timelines", COMPACTED, Needle(WHO))
    traces.see(1, b"o-1", b'{"customer_id":"acme:c-7"}', DAY)
    assert traces.head == 1
    traces.see(2, b"o-1", b"{}", DAY)  # another partition's key
    assert traces.head == 1
    traces.see(1, b"o-1", b"{}", 3 * DAY)
    assert (traces.head, traces.older, traces.gone) == (0, 1, 12 * DAY)


def test_a_pressed_row_is_searched_for_what_it_says():
    row = RowCodec(list[str], 2, {1: list}, pressed=True).encode(
        ["acme:c-8 and its like"] * 20 + [WHO, "others"]
    )
    assert not Needle(WHO).within(row)
    traces = Traces("changelog", COMPACTED, Needle(WHO))
    traces.see(0, b"o-1", row, DAY)
    assert traces.head == 1


def test_what_is_retained_for_a_while_has_no_head_but_an_end():
    traces = Traces("notifications", RETAINED, Needle(WHO))
    traces.see(0, WHO.encode(), b"{}", DAY)
    traces.see(0, WHO.encode(), b"{}", 2 * DAY)
    assert (traces.head, traces.older, traces.gone) == (0, 2, 16 * DAY)


def test_the_answer_says_what_is_left_where_and_until_when():
    desk, notes = Traces("desk", COMPACTED, Needle(WHO)), Traces("notes", RETAINED, Needle(WHO))
    remembered, never = (Traces("desk", COMPACTED, Needle(marker(WHO))) for _ in range(2))
    notes.see(0, WHO.encode(), b"{}", 0.0)
    remembered.see(0, marker(WHO).encode(), b"row", 0.0)
    assert list(told(WHO, [Found(desk, remembered), Found(notes, never)])) == [
        f"{marker(WHO)}: remembered as erased",
        "notes: 1 in older segments, gone by 1970-01-16",
        "nothing at the head of any of 2 topics",
    ]
    desk.see(0, WHO.encode(), b"row", 0.0)
    assert list(told(WHO, [Found(desk, never)])) == [
        f"{marker(WHO)}: no erasure is remembered",
        "desk: 1 at its head",
    ]
