"""Calendars, zones, languages and phone numbers: that the libraries say what we rely on."""

import datetime as dt
import zoneinfo

import pytest

from adapters.world import (
    build_world,
    country_languages,
    normalise_phone,
    principal_zones,
    public_holidays,
)
from streams.domain.world import Brand, Limits


def test_every_principal_zone_exists():
    for zone in principal_zones().values():
        zoneinfo.ZoneInfo(zone)


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("PL", "Europe/Warsaw"),
        ("LT", "Europe/Vilnius"),
        ("DE", "Europe/Berlin"),
        ("PT", "Europe/Lisbon"),
        ("US", "America/New_York"),
        ("BR", "America/Sao_Paulo"),
    ],
)
def test_a_country_has_one_principal_zone(country, zone):
    assert principal_zones()[country] == zone


@pytest.mark.parametrize(
    ("country", "language"), [("PL", "pl"), ("LT", "lt"), ("DE", "de"), ("BR", "pt"), ("US", "en")]
)
def test_a_country_has_one_language(country, language):
    assert country_languages()[country] == language


def test_public_holidays_are_the_delivery_countrys():
    assert dt.date(2026, 11, 11) in public_holidays("PL", 2026)
    assert dt.date(2026, 2, 16) in public_holidays("LT", 2026)
    assert dt.date(2026, 2, 16) not in public_holidays("PL", 2026)


def test_a_country_without_a_calendar_has_no_holidays():
    assert public_holidays("ZZ", 2026) == frozenset()


@pytest.mark.parametrize(
    ("number", "country", "normalised"),
    [
        ("600 000 000", "PL", "+48600000000"),
        ("+48 600 000 000", "LT", "+48600000000"),
        ("0048 600 000 000", "PL", "+48600000000"),
        ("8 612 34567", "LT", "+37061234567"),
        ("0 612 34567", "LT", "+37061234567"),
        ("+370 612 34567", "PL", "+37061234567"),
        ("(201) 555-0123", "US", "+12015550123"),
    ],
)
def test_a_mobile_number_is_normalised(number, country, normalised):
    assert normalise_phone(number, country) == normalised


@pytest.mark.parametrize(
    ("number", "country"),
    [("22 621 00 00", "PL"), ("700 100 000", "PL"), ("12", "PL"), ("no number", "PL"), ("", "PL")],
)
def test_a_number_that_takes_no_sms_is_none(number, country):
    assert normalise_phone(number, country) is None


def test_a_number_of_an_unknown_country_needs_its_prefix():
    assert normalise_phone("600 000 000", "XX") is None
    assert normalise_phone("+48 600 000 000", "XX") == "+48600000000"


def test_the_world_holds_what_it_was_given_and_the_libraries():
    world = build_world(
        brands={"acme": Brand(id="acme", locale="pl")},
        defaults=Brand(id="", delivery="live"),
        limits=Limits(attempts=2),
        channels=lambda shop: ("sms",),
        version="v1",
    )
    assert world.brand("acme").locale == "pl"
    assert world.brand("other").delivery == "live"
    assert (world.version, world.limits.attempts, world.channels("acme")) == ("v1", 2, ("sms",))
    assert world.zones["PL"] == "Europe/Warsaw"
    assert world.languages["LT"] == "lt"
    assert world.phone("8 612 34567", "LT") == "+37061234567"
    assert dt.date(2026, 5, 3) in world.holidays("PL", 2026)


def test_without_providers_every_shop_has_both_channels():
    world = build_world(brands={}, defaults=Brand(id=""))
    assert world.channels("acme") == ("email", "sms")
    assert not world.repeats_safely("acme", "sms")
