"""Local time: which zone holds, and when quiet hours end. Instants in and out; no clock is read."""

import datetime as dt
import functools
import zoneinfo

from streams.domain.calendar import zone
from streams.domain.values import QuietHours

UTC = zoneinfo.ZoneInfo("UTC")


def first_zone(*names: str | None) -> zoneinfo.ZoneInfo:
    """The first name that is a zone; UTC where none is."""
    for name in names:
        found = zone(name) if name else None
        if found is not None:
            return found
    return UTC


@functools.lru_cache(maxsize=1024)
def _time(text: str) -> dt.time:
    return dt.time.fromisoformat(text)


def quiet_until(now: dt.datetime, where: zoneinfo.ZoneInfo, hours: QuietHours) -> dt.datetime | None:
    """When the quiet hours that hold at `now` end, in UTC; None outside them.

    They may cross midnight; start and end alike mean none. An end inside the hour that spring skips
    comes right after it; in the hour that autumn repeats, at its first passing that lies ahead.
    """
    start, end = _time(hours.start), _time(hours.end)
    local = now.astimezone(where)
    clock = local.time()
    if start <= end:
        if not start <= clock < end:
            return None
        day = local.date()
    else:
        if end <= clock < start:
            return None
        day = local.date() + dt.timedelta(days=clock >= start)
    return _ahead(dt.datetime.combine(day, end, where), now)


def _ahead(end: dt.datetime, now: dt.datetime) -> dt.datetime:
    first = end.astimezone(dt.UTC)
    return first if first > now else end.replace(fold=1).astimezone(dt.UTC)
