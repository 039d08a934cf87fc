"""Days as the customer lives them: weekends, holidays, and the nights on which clocks are changed."""

import datetime as dt

import pytest

from streams.domain import law
from streams.domain.calendar import calendar_for
from tests.unit.timeline.rig import WORLD

POLAND = calendar_for(None, "PL", "PL", "shop", WORLD)
BRAZIL = calendar_for(None, "BR", "BR", "shop", WORLD)


def instant(text):
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("when", "days", "then"),
    [
        ("2026-03-04T12:00:00+01:00", 3, "2026-03-09T12:00:00+01:00"),
        ("2026-03-27T12:00:00+01:00", 1, "2026-03-30T12:00:00+02:00"),  # summer time begins between
        ("2026-10-23T12:00:00+02:00", 1, "2026-10-26T12:00:00+01:00"),  # and ends
        ("2026-04-30T09:00:00+02:00", 1, "2026-05-04T09:00:00+02:00"),  # over a holiday and a weekend
        ("2026-03-04T23:30:00+00:00", 1, "2026-03-06T00:30:00+01:00"),  # it is Thursday in Warsaw
    ],
)
def test_business_days_later_it_is_the_same_hour_where_the_customer_lives(when, days, then):
    assert POLAND.later(instant(when), days) == instant(then)


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ("2026-03-06T18:00:00+01:00", "2026-03-06T18:00:00+01:00"),
        ("2026-03-07T18:00:00+01:00", "2026-03-09T18:00:00+01:00"),
        ("2026-05-01T08:00:00+02:00", "2026-05-04T08:00:00+02:00"),
    ],
)
def test_a_term_on_a_day_without_business_ends_on_the_next_that_has_some(when, then):
    assert POLAND.in_business(instant(when)) == instant(then)


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("2026-03-05", "2026-03-06", 1), ("2026-03-06", "2026-03-08", 0), ("2026-04-30", "2026-05-04", 1)],
)
def test_business_days_between_leave_weekends_and_holidays_out(first, last, count):
    assert POLAND.business_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) == count


def test_the_right_to_withdraw_ends_with_a_working_day():
    # Fourteen days after 27 April is Monday, 11 May; after 18 April it would be Saturday, 2 May.
    assert law.withdrawal_ends(POLAND, dt.date(2026, 4, 27)) == dt.date(2026, 5, 11)
    assert law.withdrawal_ends(POLAND, dt.date(2026, 4, 18)) == dt.date(2026, 5, 4)
    assert law.withdrawal_ends(BRAZIL, dt.date(2026, 4, 18)) is None


def test_a_day_begins_where_the_customer_lives():
    late = instant("2026-03-06T22:30:00+00:00")
    assert law.refund_by(POLAND, late) == dt.date(2026, 3, 20)
    assert law.refund_by(POLAND, late + dt.timedelta(hours=1)) == dt.date(2026, 3, 21)


def test_the_sellers_last_days_have_no_grace():
    assert law.answer_complaint_by(POLAND, instant("2026-04-17T12:00:00+02:00")) == dt.date(2026, 5, 1)
    assert law.deliver_by(POLAND, instant("2026-04-01T12:00:00+02:00"), None) == dt.date(2026, 5, 1)


@pytest.mark.parametrize(("agreed", "limit"), [(None, 1), ("2026-03-20", 1), ("2026-04-09", 9)])
def test_only_a_later_day_that_was_agreed_moves_the_limit(agreed, limit):
    assert law.deliver_by(POLAND, instant("2026-03-02T12:00:00+01:00"), agreed) == dt.date(2026, 4, limit)
