"""The heap of timers: what is due, what is stale, what waits for the horizon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.engine.api import AT_ONCE
from streams.engine.timers import Timers

LATER = 1e12


def fired(
    timers: Timers, now: float, horizon: float = LATER, folded: int = -1, limit: int = 100
) -> list[bytes]:
    return [fire.key for fire in timers.take(now, horizon, folded, limit)]


def test_a_timer_fires_when_it_is_due_and_not_before():
    timers = Timers({b"a": 10.0}, again=30)
    assert fired(timers, 9.9) == []
    assert fired(timers, 10.0) == [b"a"]


def test_a_row_that_moved_its_time_does_not_fire_at_the_old_one():
    timers = Timers({b"a": 10.0}, again=30)
    timers.set(b"a", 20.0)
    assert fired(timers, 15) == []
    assert fired(timers, 20) == [b"a"]


def test_a_row_that_wants_nothing_any_more_does_not_fire():
    timers = Timers({b"a": 10.0}, again=30)
    timers.set(b"a", None)
    assert fired(timers, 15) == []
    assert len(timers) == 0


def test_a_fire_that_got_lost_is_sent_again_after_half_a_minute():
    timers = Timers({b"a": 10.0}, again=30)
    assert fired(timers, 10) == [b"a"]
    assert fired(timers, 39) == []
    assert fired(timers, 41) == [b"a"]


def test_a_fire_that_still_waits_in_the_topic_is_not_sent_again():
    timers = Timers({b"a": 10.0}, again=30)
    assert fired(timers, 10) == [b"a"]
    timers.asked(b"a", 77)
    assert fired(timers, 41, folded=76) == []
    assert fired(timers, 80, folded=77) == [b"a"]


def test_a_timer_waits_until_everything_upstream_of_it_is_folded():
    timers = Timers({b"a": 10.0}, again=30)
    assert fired(timers, 20, horizon=9.0) == []
    assert timers.overdue(20) == pytest.approx(10)
    assert fired(timers, 20, horizon=10.0) == [b"a"]


def test_a_burst_is_spread_over_ticks():
    timers = Timers({f"{n}".encode(): 1.0 for n in range(10)}, again=30)
    assert len(fired(timers, 5, limit=4)) == 4
    assert len(fired(timers, 5, limit=4)) == 4
    assert len(fired(timers, 5, limit=4)) == 2


def test_a_row_that_goes_back_to_its_time_fires_once_and_counts_once():
    """As each does whose conclusion was put off and is drawn: it wants nothing meanwhile."""
    timers = Timers({b"a": 10.0, b"b": 10.0}, again=30)
    for _ in range(3):
        timers.set(b"a", AT_ONCE)
        timers.set(b"a", 10.0)
    assert timers.standing(11, 5) == (2, 2)
    assert fired(timers, 11) == [b"a", b"b"]
    assert fired(timers, 12) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.none() | st.integers(0, 9)), max_size=60))
def test_whatever_is_set_exactly_the_rows_last_word_fires(changes: list[tuple[int, int | None]]):
    timers, last = Timers({}, again=1e9), dict[bytes, int | None]()
    for number, due in changes:
        key = f"{number}".encode()
        timers.set(key, due)
        last[key] = due
    wanted = {key for key, due in last.items() if due is not None and due <= 5}
    assert sorted(fired(timers, 5, limit=1000)) == sorted(wanted)


def test_a_row_that_moves_its_time_with_every_record_does_not_fill_the_heap():
    timers = Timers({}, again=30)
    for number in range(20_000):
        timers.set(b"a", float(number))
    assert len(timers._heap) < 2_000
    assert fired(timers, 20_000) == [b"a"]


def test_what_is_due_and_what_the_horizon_withholds_is_counted_until_it_is_answered():
    timers = Timers({f"{n}".encode(): float(n) for n in range(100)}, again=30)
    timers.set(b"3", 50.0)
    timers.set(b"4", None)
    assert timers.standing(9.5, 5.0) == (8, 4)
    assert timers.standing(-1.0, 5.0) == (0, 0)
