"""Statutory clocks, as data. Not legal advice; each with its source and the date it was read.

Withdrawal: Directive 2011/83/EU, art. 9: 14 days from possession of the last good. Periods that end
on a holiday, a Saturday or a Sunday end with the next working day: Regulation (EEC, Euratom)
1182/71, art. 3(4). Read 2026-11.
"""

import datetime as dt

from streams.domain.calendar import Calendar

WITHDRAWAL_DAYS = 14
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
