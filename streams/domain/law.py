"""Statutory clocks, as data by jurisdiction: when they end.

Periods that end on a holiday, a Saturday or a Sunday end with the next working day (Regulation
1182/71, art. 3(4)) where that is to the consumer's good; the seller is given no such grace.
"""

import datetime as dt

from streams.domain.calendar import Calendar
from streams.domain.jurisdictions import Jurisdiction
from streams.domain.values import Moment

_DAY = dt.timedelta(days=1)

# What a shop keeps to where none of these laws holds: the same days, as a courtesy.
_ELSEWHERE = Jurisdiction("", 14, 14, 14, 14, 30, ())


def _law(calendar: Calendar) -> Jurisdiction | None:
    return calendar.world.jurisdiction(calendar.country, calendar.shop)


def of(calendar: Calendar) -> Jurisdiction:
    """The law where the goods go, or the courtesy that stands in for it."""
    return _law(calendar) or _ELSEWHERE


def withdrawal_ends(calendar: Calendar, received: dt.date) -> dt.date | None:
    """The last day on which the customer may withdraw; None where these rules don't hold."""
    law = _law(calendar)
    return calendar.business_on_or_after(received + _DAY * law.withdrawal) if law else None


def send_back_by(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """The last day on which the goods may be handed in."""
    return calendar.business_on_or_after(calendar.day(declared) + _DAY * of(calendar).send_back)


def remind_to_send(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """When the customer is reminded of that: on the same day also where the last one is a holiday."""
    before = calendar.world.limits_of(calendar.shop).send_back_remind_before
    return calendar.day(declared) + _DAY * of(calendar).send_back - before


def refund_by(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """The last day on which the money must go back."""
    return calendar.day(declared) + _DAY * of(calendar).refund


def answer_complaint_by(calendar: Calendar, filed: dt.datetime) -> dt.date:
    """The last day on which a complaint must be answered."""
    return calendar.day(filed) + _DAY * of(calendar).complaint


def deliver_by(calendar: Calendar, placed: dt.datetime, agreed: Moment | None) -> dt.date | None:
    """The last day on which the goods may arrive; a later day that was agreed counts instead."""
    law = _law(calendar)
    if law is None:
        return None
    limit = calendar.day(placed) + _DAY * law.delivery
    return max(limit, calendar.day(agreed)) if agreed else limit
