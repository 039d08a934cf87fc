"""Quiet hours by the customer's clock: across midnight, and across both changes of the clocks."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.domain.clock import first_zone, quiet_until
from streams.domain.values import QuietHours

WARSAW = zoneinfo.ZoneInfo("Europe/Warsaw")
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NIGHT = QuietHours("21:00", "08:00")


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


CASES = [
    ("just before nine in the evening", utc(2026, 3, 4, 19, 59, 59), NIGHT, None),
    ("at nine sharp", utc(2026, 3, 4, 20, 0), NIGHT, utc(2026, 3, 5, 7, 0)),
    ("after midnight", utc(2026, 3, 5, 1, 0), NIGHT, utc(2026, 3, 5, 7, 0)),
    ("at eight sharp", utc(2026, 3, 5, 7, 0), NIGHT, None),
    ("the night that spring shortens", utc(2026, 3, 28, 21, 0), NIGHT, utc(2026, 3, 29, 6, 0)),
    ("the night that autumn lengthens", utc(2026, 10, 24, 20, 0), NIGHT, utc(2026, 10, 25, 7, 0)),
    ("the last night of the year", utc(2026, 12, 31, 22, 0), NIGHT, utc(2027, 1, 1, 7, 0)),
    ("hours within one day", utc(2026, 3, 4, 12, 30), QuietHours("13:00", "15:00"), utc(2026, 3, 4, 14, 0)),
    ("after hours within one day", utc(2026, 3, 4, 14, 0), QuietHours("13:00", "15:00"), None),
    ("at their start", utc(2026, 3, 4, 12, 0), QuietHours("13:00", "15:00"), utc(2026, 3, 4, 14, 0)),
    ("start and end alike", utc(2026, 3, 4, 12, 0), QuietHours("13:00", "13:00"), None),
    (
        "an end that spring skips",
        utc(2026, 3, 29, 0, 0),
        QuietHours("23:00", "02:30"),
        utc(2026, 3, 29, 1, 30),
    ),
    (
        "an end that autumn repeats",
        utc(2026, 10, 25, 0, 10),
        QuietHours("23:00", "02:30"),
        utc(2026, 10, 25, 0, 30),
    ),
    ("its second passing", utc(2026, 10, 25, 1, 10), QuietHours("23:00", "02:30"), utc(2026, 10, 25, 1, 30)),
]


@pytest.mark.parametrize(
    ("now", "hours", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_quiet_hours_end(now, hours, expected):
    assert quiet_until(now, WARSAW, hours) == expected


@given(
    now=st.integers(0, 2 * 366 * 24 * 3600).map(lambda seconds: FIRST + dt.timedelta(seconds=seconds)),
    start=st.times(),
    end=st.times(),
    name=st.sampled_from(
        ["Europe/Warsaw", "Europe/Vilnius", "America/St_Johns", "Australia/Lord_Howe", "Asia/Tokyo"]
    ),
)
def test_quiet_hours_end_ahead_within_a_day_and_are_then_over(now, start, end, name):
    where = zoneinfo.ZoneInfo(name)
    hours = QuietHours(f"{start:%H:%M}", f"{end:%H:%M}")
    until = quiet_until(now, where, hours)
    if until is not None:
        assert now < until <= now + dt.timedelta(hours=25)
        later = quiet_until(until, where, hours)
        assert later is None or later - until <= dt.timedelta(hours=1)  # the hour that autumn repeats


@pytest.mark.parametrize("names", [(), (None, ""), ("Nowhere/Land", "../etc"), ("Europe",)])
def test_without_any_zone_it_is_utc(names):
    assert first_zone(*names).key == "UTC"
