"""Statutory clocks, as data by jurisdiction. Not legal advice; each source with the day it was read.

Periods that end on a holiday, a Saturday or a Sunday end with the next working day (Regulation
1182/71, art. 3(4)) where that is to the consumer's good; the seller is given no such grace.
"""

import datetime as dt

from streams.domain.calendar import Calendar
from streams.domain.values import Moment, Value

_READ = dt.date(2026, 11, 22)
_DAY = dt.timedelta(days=1)
REMIND_BEFORE = dt.timedelta(days=4)  # day 10 of 14
REFUND_TICKET_DAY = 10
COMPLAINT_TICKET_DAYS = (7, 10, 13)
LIMIT_TICKET_BEFORE = dt.timedelta(days=5)


class Source(Value, frozen=True):
    """Where a clock comes from, and when the text was read."""

    text: str
    read: dt.date = _READ


class Jurisdiction(Value, frozen=True):
    """The clocks of one country, in days. `silence`: what an unanswered complaint comes to."""

    country: str
    withdrawal: int
    send_back: int
    refund: int
    complaint: int
    delivery: int
    sources: tuple[Source, ...]
    silence: str | None = None


_DIRECTIVE = (
    Source("Directive 2011/83/EU, art. 9: withdrawal within 14 days of possession of the last good"),
    Source("Directive 2011/83/EU, art. 13: refund within 14 days of the declaration"),
    Source("Directive 2011/83/EU, art. 14: goods sent back within 14 days of the declaration"),
    Source("Directive 2011/83/EU, art. 18: delivery within 30 days, unless agreed otherwise"),
    Source("Regulation (EEC, Euratom) 1182/71, art. 3(4): end of periods on a holiday"),
)
_MEMBERS = (
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
)  # fmt: skip
_NATIONAL: dict[str, tuple[str, Source]] = {
    "PL": (
        "In Poland silence means accepted.",
        Source("Poland, consumer rights act, art. 7a: an answer within 14 days, or it is accepted"),
    ),
    "LT": (
        "In Lithuania the consumer may then go to the authority (VVTAT).",
        Source("Lithuania, consumer rights protection law: an answer within 14 days"),
    ),
}


def _member(country: str) -> Jurisdiction:
    silence, source = _NATIONAL.get(country, (None, None))
    sources = _DIRECTIVE + ((source,) if source else ())
    return Jurisdiction(country, 14, 14, 14, 14, 30, sources, silence)


JURISDICTIONS: dict[str, Jurisdiction] = {country: _member(country) for country in _MEMBERS}
# What a shop keeps to where none of these laws holds: the same days, as a courtesy.
_ELSEWHERE = Jurisdiction("", 14, 14, 14, 14, 30, ())


def of(calendar: Calendar) -> Jurisdiction:
    """The law where the goods go, or the courtesy that stands in for it."""
    return JURISDICTIONS.get(calendar.country, _ELSEWHERE)


def withdrawal_ends(calendar: Calendar, received: dt.date) -> dt.date | None:
    """The last day on which the customer may withdraw; None where these rules don't hold."""
    law = JURISDICTIONS.get(calendar.country)
    return calendar.business_on_or_after(received + _DAY * law.withdrawal) if law else None


def send_back_by(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """The last day on which the goods may be handed in."""
    return calendar.business_on_or_after(calendar.day(declared) + _DAY * of(calendar).send_back)


def refund_by(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """The last day on which the money must go back."""
    return calendar.day(declared) + _DAY * of(calendar).refund


def answer_complaint_by(calendar: Calendar, filed: dt.datetime) -> dt.date:
    """The last day on which a complaint must be answered."""
    return calendar.day(filed) + _DAY * of(calendar).complaint


def deliver_by(calendar: Calendar, placed: dt.datetime, agreed: Moment | None) -> dt.date | None:
    """The last day on which the goods may arrive; a later day that was agreed counts instead."""
    law = JURISDICTIONS.get(calendar.country)
    if law is None:
        return None
    limit = calendar.day(placed) + _DAY * law.delivery
    return max(limit, calendar.day(agreed)) if agreed else limit
