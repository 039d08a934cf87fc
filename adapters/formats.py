"""Dates, weekdays and money in a language's own form, by Babel; each is computed once.

Babel's formatting is more than half of what rendering a mail costs, and shops repeat themselves: a day's
messages name a few dates and prices. So every result is memoised, within bounds.
"""

import datetime as dt
import decimal
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, get_currency_precision

from streams.domain.values import Money, Window
from streams.domain.values import moment as read_moment

When = str | dt.date | dt.datetime  # a `Moment` as events write it, or what was computed

_DEFAULT_TERRITORY = {"en": "GB"}  # the day before the month, unless the customer's locale says otherwise
_LETTER_DIGIT = re.compile(r"(?<=[A-Za-z])(?=[0-9-])")
_FULL_DAY = dt.timedelta(hours=12)


def babel_locale(locale: str, fallback: str) -> Locale:
    """The customer's locale for forms of dates and money; its language is what the words are in."""
    try:
        found = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        found = Locale.parse(fallback)
    if found.language != fallback:
        found = Locale.parse(fallback)
    territory = found.territory or _DEFAULT_TERRITORY.get(found.language)
    return Locale(found.language, territory) if territory else found


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache(maxsize=4096)
def _month_day(day: dt.date, locale: str) -> str:
    return str(format_skeleton("MMMMd", day, locale=_locale(locale)))


@lru_cache(maxsize=4096)
def _long(day: dt.date, locale: str) -> str:
    return str(format_date(day, "long", locale=_locale(locale)))


@lru_cache(maxsize=2048)
def _clock(time: dt.time, locale: str) -> str:
    return str(format_time(time, "short", locale=_locale(locale)))


@lru_cache(maxsize=16384)
def _money(amount: str, currency: str, locale: str) -> str:
    number = decimal.Decimal(amount)
    usual = number == round(number, get_currency_precision(currency))  # 4990.50 HUF isn't, and was paid
    text = str(
        format_currency(
            number, currency, locale=_locale(locale), currency_digits=usual, decimal_quantization=False
        )
    )
    return _LETTER_DIGIT.sub("\u00a0", text)  # CLDR's spacing after a currency's letters; Babel leaves it out


@lru_cache(maxsize=64)
def _day_first(locale: str) -> bool:
    return _month_day(dt.date(2026, 3, 5), locale).startswith("5")


def _read(moment: When) -> dt.date | dt.datetime:
    return read_moment(moment) if isinstance(moment, str) else moment


class Formats:
    """One language's forms, in one time zone. `words` are the module of `words.j2`."""

    def __init__(self, locale: Locale, zone: dt.tzinfo, words: Mapping[str, object]) -> None:
        self._name = str(locale)
        self._zone = zone
        self._words = words

    def day(self, moment: When) -> dt.date:
        """The local calendar day; a date is its own."""
        moment = _read(moment)
        return moment.astimezone(self._zone).date() if isinstance(moment, dt.datetime) else moment

    def date(self, moment: When) -> str:
        """`5 March`."""
        return _month_day(self.day(moment), self._name)

    def dated(self, moment: When) -> str:
        """`5 March 2026`, where the year matters."""
        return _long(self.day(moment), self._name)

    def instant(self, moment: dt.datetime) -> str:
        """`5 March 2026, 18:00`."""
        return self._pattern("at_hour", day=self.dated(moment), hour=self.clock(moment))

    def clock(self, moment: dt.datetime) -> str:
        """`18:00`, local."""
        return _clock(moment.astimezone(self._zone).time().replace(second=0, microsecond=0), self._name)

    def on(self, moment: When) -> str:
        """`on Thursday, 5 March`."""
        return self._weekday("on", moment)

    def by(self, moment: When, *, hour: bool = False) -> str:
        """`by Thursday, 5 March`, with the hour where one was given and is wanted."""
        day, moment = self._weekday("by", moment), _read(moment)
        if hour and isinstance(moment, dt.datetime):
            return self._pattern("at_hour", day=day, hour=self.clock(moment))
        return day

    def since(self, moment: When) -> str:
        """`from Thursday, 5 March`."""
        return self._weekday("since", moment)

    def window(self, window: Window | None, *, hours: bool = False) -> str | None:
        """`on …`, `by …`, `from …` or `between … and …`; hours only where both ends have one."""
        if window is None or (window.earliest is None and window.latest is None):
            return None
        if window.latest is None:
            return self.since(cast("str", window.earliest))
        if window.earliest is None:
            return self.by(window.latest)
        return self._between(window.earliest, window.latest, hours=hours)

    def _between(self, earliest: When, latest: When, *, hours: bool) -> str:
        first, last = self.day(earliest), self.day(latest)
        if first >= last:
            day = self.on(last)
            return self._with_hours(day, earliest, latest) if hours else day
        together = (first.year, first.month) == (last.year, last.month) and _day_first(self._name)
        start = _month_day(first, self._name)
        if together:
            start = start.split()[0]  # `5` of `5 March`, `5.` of `5. März`
        return self._pattern("between", first=start, last=_month_day(last, self._name))

    def _with_hours(self, day: str, start: When, end: When) -> str:
        earliest, latest = _read(start), _read(end)
        if not isinstance(earliest, dt.datetime) or not isinstance(latest, dt.datetime):
            return day
        if not dt.timedelta(0) < latest - earliest <= _FULL_DAY:
            return day
        return self._pattern("hours", day=day, first=self.clock(earliest), last=self.clock(latest))

    def money(self, money: Money) -> str:
        """By CLDR, with every digit that the sender gave."""
        return _money(money.amount, money.currency, self._name)

    def all_of(self, names: Sequence[str]) -> str:
        """`1001, 1002 and 1003`."""
        return str(format_list(names, locale=_locale(self._name)))

    def _weekday(self, form: str, moment: When) -> str:
        day = self.day(moment)
        weekdays = cast("Sequence[str]", self._words[form])
        return self._pattern("weekday_date", weekday=weekdays[day.weekday()], date=self.date(day))

    def _pattern(self, name: str, **values: str) -> str:
        return cast("str", self._words[name]).format_map(values)
