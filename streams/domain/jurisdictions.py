"""Whose statutory clocks run how long. Defaults; an installation's configuration may add and change them.

Not legal advice; each source with the day it was read.
"""

import datetime as dt
from typing import Annotated

import msgspec

from streams.domain.values import Value

_READ = dt.date(2026, 11, 22)
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]


class Source(Value, frozen=True):
    """Where a clock comes from, and when the text was read."""

    text: str
    read: dt.date = _READ


class Jurisdiction(Value, frozen=True):
    """The clocks of one country, in days. `silence`: what an unanswered complaint comes to."""

    country: str
    withdrawal: Days
    send_back: Days
    refund: Days
    complaint: Days
    delivery: Days
    sources: tuple[Source, ...]
    silence: str | None = None


class Clocks(Value, frozen=True):
    """What a shop gives its customers beyond the law, in days."""

    withdrawal: Days | None = None
    send_back: Days | None = None
    refund: Days | None = None
    complaint: Days | None = None
    delivery: Days | None = None


def kept_by(law: Jurisdiction, shop: Clocks) -> Jurisdiction:
    """The law's clocks with the shop's own."""
    own = {name: days for name, days in msgspec.structs.asdict(shop).items() if days is not None}
    return msgspec.structs.replace(law, **own)


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
