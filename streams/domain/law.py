"""Statutory clocks, as data. Not legal advice; each with its source and the date it was read.

Withdrawal: Directive 2011/83/EU, art. 9: 14 days from possession of the last good. Periods that end
on a holiday, a Saturday or a Sunday end with the next working day: Regulation (EEC, Euratom)
1182/71, art. 3(4).

Sending back: art. 14, within 14 days of the declaration. Refund: art. 13, within 14 days of it.
Complaints: Poland, consumer rights act, art. 7a: an answer within 14 days, silence means accepted;
Lithuania: then the consumer may go to the authority. As the domain document has them, 2026-11.
"""

import datetime as dt

from streams.domain.calendar import Calendar

WITHDRAWAL_DAYS = 14
SEND_BACK_DAYS = 14
REFUND_DAYS = 14
COMPLAINT_DAYS = 14
REMIND_BEFORE = dt.timedelta(days=4)  # day 10 of 14
REFUND_TICKET_DAY = 10
COMPLAINT_TICKET_DAYS = (7, 10, 13)
EU = frozenset(
    {
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT",
        "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    }
)  # fmt: skip


def withdrawal_ends(calendar: Calendar, received: dt.date) -> dt.date | None:
    """The last day on which the customer may withdraw; None where these rules don't hold."""
    if calendar.country not in EU:
        return None
    return calendar.business_on_or_after(received + dt.timedelta(days=WITHDRAWAL_DAYS))


def send_back_by(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """The last day on which the goods may be handed in."""
    return _after(calendar, declared, SEND_BACK_DAYS)


def refund_by(calendar: Calendar, declared: dt.datetime) -> dt.date:
    """The last day on which the money must go back; no working day's grace for the seller."""
    return calendar.day(declared) + dt.timedelta(days=REFUND_DAYS)


def answer_complaint_by(calendar: Calendar, filed: dt.datetime) -> dt.date:
    """The last day on which a complaint must be answered; the same."""
    return calendar.day(filed) + dt.timedelta(days=COMPLAINT_DAYS)


def _after(calendar: Calendar, when: dt.datetime, days: int) -> dt.date:
    return calendar.business_on_or_after(calendar.day(when) + dt.timedelta(days=days))
