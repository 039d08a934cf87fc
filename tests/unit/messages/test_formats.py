"""Dates and money as each language writes them in a sentence."""

import datetime as dt
import zoneinfo

import pytest

from adapters.formats import Formats, babel_locale
from adapters.messages.environment import Environments
from streams.domain.values import Money, Window

WARSAW = zoneinfo.ZoneInfo("Europe/Warsaw")
THURSDAY = dt.date(2026, 3, 5)


@pytest.fixture(scope="module")
def formats():
    environments = Environments()
    return {
        locale: Formats(babel_locale(locale, locale[:2]), WARSAW, environments.words(locale[:2]))
        for locale in ("en", "en-US", "pl", "lt", "de")
    }


def test_weekdays_stand_in_the_case_that_the_sentence_asks_for(formats):
    assert formats["en"].on(THURSDAY) == "on Thursday, 5 March"
    assert formats["en-US"].on(THURSDAY) == "on Thursday, March 5"
    assert formats["pl"].on(THURSDAY) == "w czwartek, 5 marca"
    assert formats["pl"].on(dt.date(2026, 3, 3)) == "we wtorek, 3 marca"
    assert formats["pl"].by(THURSDAY) == "do czwartku, 5 marca"
    assert formats["pl"].since(dt.date(2026, 3, 4)) == "od środy, 4 marca"
    assert formats["lt"].on(THURSDAY) == "ketvirtadienį, kovo 5 d."
    assert formats["lt"].by(THURSDAY) == "iki ketvirtadienio, kovo 5 d."
    assert formats["lt"].since(dt.date(2026, 3, 8)) == "nuo sekmadienio, kovo 8 d."


WINDOWS = [
    ("2026-03-05", "2026-03-05", "on Thursday, 5 March", "w czwartek, 5 marca", "ketvirtadienį, kovo 5 d."),
    (None, "2026-03-05", "by Thursday, 5 March", "do czwartku, 5 marca", "iki ketvirtadienio, kovo 5 d."),
    ("2026-03-05", None, "from Thursday, 5 March", "od czwartku, 5 marca", "nuo ketvirtadienio, kovo 5 d."),
    ("2026-03-03", "2026-03-05", "between 3 and 5 March", "między 3 a 5 marca",
     "nuo kovo 3 d. iki kovo 5 d."),
    ("2026-03-30", "2026-04-02", "between 30 March and 2 April", "między 30 marca a 2 kwietnia",
     "nuo kovo 30 d. iki balandžio 2 d."),
]  # fmt: skip


@pytest.mark.parametrize("case", WINDOWS)
def test_windows_are_said_in_words(formats, case):
    earliest, latest, *said = case
    assert [formats[locale].window(Window(earliest, latest)) for locale in ("en", "pl", "lt")] == said


def test_german_days_keep_their_full_stop(formats):
    assert formats["de"].by(THURSDAY) == "bis Donnerstag, den 5. März"
    assert formats["de"].window(Window("2026-03-03", "2026-03-05")) == "zwischen dem 3. und dem 5. März"


def test_nothing_known_is_nothing_said(formats):
    assert formats["pl"].window(None) is None
    assert formats["pl"].window(Window()) is None


def test_days_are_those_of_the_zone_across_midnight_and_clock_changes(formats):
    assert formats["en"].on("2026-03-04T23:30:00Z") == "on Thursday, 5 March"
    assert formats["en"].by("2026-03-29T00:30:00Z", hour=True) == "by Sunday, 29 March, 01:30"
    assert formats["en"].by("2026-03-29T01:30:00Z", hour=True) == "by Sunday, 29 March, 03:30"
    assert formats["pl"].by("2026-03-05T17:00:00Z", hour=True) == "do czwartku, 5 marca, godz. 18:00"
    assert formats["lt"].by("2026-03-05T17:00:00Z", hour=True) == "iki ketvirtadienio, kovo 5 d. 18:00 val."
    assert formats["lt"].by("2026-03-05", hour=True) == "iki ketvirtadienio, kovo 5 d."


def test_hours_are_said_only_when_both_ends_have_one_on_the_same_day(formats):
    hours = Window("2026-03-05T13:00:00Z", "2026-03-05T15:00:00Z")
    assert formats["en"].window(hours, hours=True) == "on Thursday, 5 March between 14:00 and 16:00"
    assert formats["pl"].window(hours, hours=True) == "w czwartek, 5 marca, w godz. 14:00–16:00"  # noqa: RUF001  # an en dash
    assert formats["pl"].window(hours) == "w czwartek, 5 marca"
    whole_day = Window("2026-03-04T23:00:00Z", "2026-03-05T22:59:59Z")
    assert formats["en"].window(whole_day, hours=True) == "on Thursday, 5 March"
    assert formats["en"].window(Window("2026-03-05", "2026-03-05"), hours=True) == "on Thursday, 5 March"


def test_money_is_written_by_the_language_and_keeps_its_digits(formats):
    assert formats["pl"].money(Money("1129.90", "PLN")) == "1\u00a0129,90\u00a0zł"
    assert formats["lt"].money(Money("12.50", "EUR")) == "12,50\u00a0€"
    assert formats["en"].money(Money("12.50", "GBP")) == "£12.50"
    assert formats["en"].money(Money("12.50", "PLN")) == "PLN\u00a012.50"
    assert formats["en"].money(Money("1200", "JPY")) == "JP¥1,200"
    assert formats["pl"].money(Money("4990.50", "HUF")) == "4\u00a0990,50\u00a0HUF"
    assert formats["pl"].money(Money("4990.00", "HUF")) == "4\u00a0990\u00a0HUF"
    assert formats["en"].money(Money("0.0125", "EUR")) == "€0.0125"
    assert formats["en"].money(Money("12.5000", "EUR")) == "€12.50"


def test_a_locale_that_nobody_knows_is_the_languages_own():
    assert str(babel_locale("zz_nonsense", "pl")) == "pl"
    assert str(babel_locale("", "en")) == "en_GB"
    assert str(babel_locale("pl-PL", "pl")) == "pl_PL"
    assert str(babel_locale("de-AT", "pl")) == "pl"
