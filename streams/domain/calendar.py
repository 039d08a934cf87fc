"""Local days and business days: the customer's zone, the delivery country's calendar."""

import datetime as dt
import functools
import zoneinfo
from typing import NamedTuple

from streams.domain.values import Moment, moment
from streams.domain.world import World

_SATURDAY = 5
_FAR = 14  # days; between two dates further apart there is always a business day
_DAY = dt.timedelta(days=1)


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that name, None where there is none: a customer's setting may be anything."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


@functools.lru_cache(maxsize=8192)
def _start_of(where: dt.tzinfo, day: dt.date) -> dt.datetime:
    """The same few days are asked for by every decision about every order."""
    return dt.datetime.combine(day, dt.time(), where).astimezone(dt.UTC)


class Calendar(NamedTuple):
    """One customer's days. `country` is where the goods go, `shop` from whom."""

    zone: dt.tzinfo
    country: str
    world: World
    shop: str = ""

    def day(self, when: Moment | dt.datetime | dt.date) -> dt.date:
        """The local day of an instant; a date is already one."""
        value = moment(when) if isinstance(when, str) else when
        if isinstance(value, dt.datetime):
            return value.astimezone(self.zone).date()
        return value

    def start_of(self, day: dt.date) -> dt.datetime:
        """When the local day begins, in UTC."""
        return _start_of(self.zone, day)

    def end_of(self, day: dt.date) -> dt.datetime:
        """When the local day is over, in UTC."""
        return self.start_of(day + _DAY)

    def instant(self, when: Moment) -> dt.datetime:
        """The instant, or the end of the local day of a date: by then it should have happened."""
        value = moment(when)
        return value if isinstance(value, dt.datetime) else self.end_of(value)

    def is_business(self, day: dt.date) -> bool:
        """Neither weekend nor public holiday where the goods go."""
        return day.weekday() < _SATURDAY and day not in self.world.rests(self.shop, self.country, day.year)

    def business_on_or_after(self, day: dt.date) -> dt.date:
        """The day itself, or the next one on which business is done."""
        while not self.is_business(day):
            day += _DAY
        return day

    def add_business(self, day: dt.date, count: int) -> dt.date:
        """The `count`-th business day after the day."""
        for _ in range(count):
            day = self.business_on_or_after(day + _DAY)
        return day

    def later(self, when: dt.datetime, count: int) -> dt.datetime:
        """At the same local time on the `count`-th business day after the instant, in UTC."""
        local = when.astimezone(self.zone)
        day = self.add_business(local.date(), count)
        return dt.datetime.combine(day, local.time(), self.zone).astimezone(dt.UTC)

    def in_business(self, when: dt.datetime) -> dt.datetime:
        """The instant, or the same local time on the next day on which business is done."""
        local = when.astimezone(self.zone)
        day = self.business_on_or_after(local.date())
        return dt.datetime.combine(day, local.time(), self.zone).astimezone(dt.UTC)

    def answered_by(self, due: dt.datetime) -> dt.date:
        """The day to name to a customer whom a person answers by then: a business day."""
        return self.business_on_or_after(self.day(due))

    def business_between(self, first: dt.date, last: dt.date) -> int:
        """How many business days come after the first day, up to the last."""
        return sum(self.is_business(first + _DAY * n) for n in range(1, (last - first).days + 1))

    def is_later(self, day: dt.date, told: dt.date) -> bool:
        """Whether `day` is a business day or more after `told`."""
        days = (day - told).days
        return days > _FAR or any(self.is_business(told + _DAY * n) for n in range(1, days + 1))


def calendar_for(timezone: str | None, customer: str, delivery: str, shop: str, world: World) -> Calendar:
    """The customer's own zone, else the delivery country's principal one, else the brand's, else UTC."""
    names = (timezone, world.zones.get(delivery), world.zones.get(customer), world.brand(shop).timezone)
    for name in names:
        found = zone(name) if name else None
        if found is not None:
            return Calendar(found, delivery, world, shop)
    return Calendar(dt.UTC, delivery, world, shop)
