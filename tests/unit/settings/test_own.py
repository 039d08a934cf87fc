"""What a brand has of its own: caps and waits, clocks, days of rest, and the kinds that all brands share."""

import datetime as dt
from pathlib import Path

import pytest

from adapters.world import build_world
from streams.bootstrap.edges import simulated_world
from streams.domain import law
from streams.domain.calendar import calendar_for
from streams.domain.ports import ConfigurationError
from streams.settings import load_settings

EXAMPLE = Path(__file__).parents[3] / "deploy" / "orderherald.example.toml"


def written(tmp_path, text):
    file = tmp_path / "orderherald.toml"
    file.write_text(text)
    return file


def mistakes(tmp_path, text):
    with pytest.raises(ConfigurationError) as raised:
        load_settings(written(tmp_path, text), {})
    return str(raised.value).splitlines()


def world(tmp_path, text):
    return simulated_world(load_settings(written(tmp_path, text), {}))


def test_a_brand_has_limits_of_its_own_over_those_of_all(tmp_path):
    got = world(
        tmp_path,
        """
        limits = { per_order_a_day = 6, transit_days = 5 }
        [defaults.limits]
        delay_gap = "48h"
        [brands.acme.limits]
        per_order_a_day = 2
        complaint_tickets_before = "5d, 1d"
        """,
    )
    acme, other = got.limits_of("acme"), got.limits_of("other")
    assert (acme.per_order_a_day, acme.transit_days, acme.delay_gap.days) == (2, 5, 2)
    assert acme.complaint_tickets_before == (dt.timedelta(days=5), dt.timedelta(days=1))
    assert (other.per_order_a_day, other.transit_days, other.delay_gap.days) == (6, 5, 2)


def test_what_a_brand_can_not_have_of_its_own_says_where_it_stands(tmp_path):
    assert mistakes(tmp_path, "[brands.acme.limits]\nattempts = 3\nper_order_a_dya = 3\n") == [
        "brands.acme.limits.attempts: is for all brands alike: it stands in [limits]",
        "brands.acme.limits.per_order_a_dya: no such setting, did you mean per_order_a_day?",
    ]
    assert mistakes(tmp_path, "[brands.acme]\nlimits = 3\n") == ["brands.acme.limits: expected a table"]


def test_a_brands_limits_are_held_against_one_another_and_those_of_all(tmp_path):
    places = "mailbox, neighbour, pickup_point, recipient, safe_place, unknown"
    assert mistakes(
        tmp_path,
        """
        limits = { ask_within = "4d", review_after = "3d" }
        [brands.acme.limits]
        per_order_a_day = 0
        survey_after = "6d"
        stock_ticket_after = "12h"
        pickup_reminders = ["90m"]
        check_left_with = ["dog"]
        [brands.bolt.limits]
        ask_within = "40d"
        """,
    ) == [
        "brands.acme.limits.per_order_a_day: expected at least 1, got 0",
        f"brands.acme.limits.check_left_with: expected any of {places}, got 'dog'",
        "brands.acme.limits.pickup_reminders: expected whole hours, each once",
        "brands.acme.limits.survey_after: must be shorter than ask_within, or nobody is ever asked",
        "brands.acme.limits.stock_ticket_after: must be shorter than stock_answer_within, or it is too late",
        "brands.bolt.limits.ask_within: must be shorter than complete_after, or all is over before it",
    ]


def test_a_mistake_in_what_all_brands_share_is_told_once(tmp_path):
    shared = '[defaults.limits]\nsurvey_after = "8d"\n[defaults.kinds.shipped]\nhold = "9d"\n'
    assert mistakes(tmp_path, shared + "[brands.a]\n[brands.b]\n") == [
        "defaults.kinds.shipped.hold: must be shorter than max_age, or it is stale before it is sent",
        "defaults.limits.survey_after: must be shorter than ask_within, or nobody is ever asked",
    ]


def test_spans_in_a_list_are_written_as_spans(tmp_path):
    assert mistakes(tmp_path, '[limits]\npickup_reminders = ["soon"]\n') == [
        "limits.pickup_reminders: expected a list, each a duration like 45m, 4h or 30d, got a list"
    ]


def test_kinds_of_the_defaults_hold_for_a_shop_that_none_is_named_for(tmp_path):
    got = world(tmp_path, "[defaults.kinds.delay]\nenabled = false\n[brands.acme]\n")
    assert not got.kind("delay", "acme").enabled
    assert not got.kind("delay", "unknown").enabled


def test_a_brands_kind_keeps_what_the_defaults_say_of_the_same_kind(tmp_path):
    shared = '[defaults.kinds.shipped]\nchannels = ["sms"]\nhold = "5m"\n'
    got = world(tmp_path, shared + '[brands.acme.kinds.shipped]\nhold = "1h"\n').kind("shipped", "acme")
    assert (got.channels, got.hold) == (("sms",), dt.timedelta(hours=1))


def test_a_shop_gives_its_customers_more_than_the_law_and_never_less(tmp_path):
    got = world(tmp_path, "[brands.acme.jurisdictions.PL]\nwithdrawal = 30\nrefund = 7\n")
    bought, day = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC), dt.date(2026, 3, 2)
    acme, other = (calendar_for(None, "PL", "PL", shop, got) for shop in ("acme", "other"))
    assert [law.withdrawal_ends(each, day) for each in (acme, other)] == [
        dt.date(2026, 4, 1),
        dt.date(2026, 3, 16),
    ]
    assert [law.refund_by(each, bought).day for each in (acme, other)] == [9, 16]
    assert mistakes(
        tmp_path,
        """
        [brands.acme.jurisdictions.PL]
        withdrawal = 13
        refund = 15
        silence = "none"
        [brands.acme.jurisdictions.NO]
        refund = 7
        """,
    )[0].startswith("brands.acme.jurisdictions.PL.silence: no such setting")
    assert mistakes(
        tmp_path,
        "[brands.acme.jurisdictions]\nPL = { withdrawal = 13, refund = 15 }\nNO = { refund = 7 }\n",
    ) == [
        "brands.acme.jurisdictions.PL.withdrawal: fewer days than the 14 of the law",
        "brands.acme.jurisdictions.PL.refund: more days than the 14 of the law",
        "brands.acme.jurisdictions.NO: no clocks are known for NO: they stand in [jurisdictions.NO]",
    ]


def test_a_shop_rests_on_days_of_its_own(tmp_path):
    got = world(
        tmp_path,
        "[calendars.PL]\nclosed = [2026-12-24]\n"
        "[brands.acme.calendars.PL]\nclosed = [2026-12-28]\nopen = [2026-12-24]\n",
    )
    days = (dt.date(2026, 12, 24), dt.date(2026, 12, 28))
    rests = {
        shop: [not calendar_for(None, "PL", "PL", shop, got).is_business(day) for day in days]
        for shop in ("acme", "other")
    }
    assert rests == {"acme": [False, True], "other": [True, False]}
    assert mistakes(tmp_path, "[brands.acme.calendars.Poland]\nclosed = [2026-12-28]\n") == [
        "brands.acme.calendars.Poland: expected a country code of two capitals"
    ]


def test_what_only_a_brand_has_changes_the_version_of_what_is_decided(tmp_path):
    plain = load_settings(written(tmp_path, "[brands.acme]\n"), {}).version
    own = load_settings(written(tmp_path, "[brands.acme.limits]\ntransit_days = 3\n"), {}).version
    assert own != plain


def test_the_example_shows_what_a_brand_may_have_of_its_own():
    acme = load_settings(EXAMPLE, {}).brands["acme"]
    assert all((acme.limits, acme.calendars, acme.jurisdictions))
    assert build_world(brands={"acme": acme}, defaults=acme).limits_of("acme").per_customer_a_day == 3
