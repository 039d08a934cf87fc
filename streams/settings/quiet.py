"""Quiet hours that leave no time to speak in."""

from streams.domain.kinds import Kind
from streams.domain.values import QuietHours
from streams.domain.world import Brand
from streams.settings.tables import Problems

_DAY = 24 * 60


def check_kind_hours(kind: Kind, brand: Brand, path: str, problems: Problems) -> None:
    """The kind's own hours with the brand's, which do not hold the urgent and the answers."""
    if kind.quiet is None:
        return
    quiet = _minutes(kind.quiet)
    if not (kind.urgent or kind.answers):
        quiet |= _minutes(brand.quiet_hours)
    if len(quiet) == _DAY:
        problems.add(path, "with the brand's quiet hours, no minute of the day is left to send it in")


def _minutes(hours: QuietHours) -> set[int]:
    """Of the day. Start and end alike mean none."""
    start, end = _minute(hours.start), _minute(hours.end)
    return {minute % _DAY for minute in range(start, end if end >= start else end + _DAY)}


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
