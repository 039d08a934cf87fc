"""The small values that events, rows and messages are made of.

Instants are aware datetimes; a `Moment` may be a date that nobody gave an hour. Money is exact.
"""

import datetime as dt
import decimal
import functools
from collections.abc import Iterable
from typing import Annotated

import msgspec

# The amount stays the sender's own string: what the customer paid is never rounded by us.
Decimal = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
LONGEST = 256
Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
Quantity = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]  # a row holds no larger number
Instant = Annotated[dt.datetime, msgspec.Meta(tz=True)]
# A date, or an instant with its offset, as the sender wrote it: `moment` reads it. A string, because
# JSON can't tell the two apart by type and an offset that was given must not be lost.
Moment = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
        r"([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2}))?$"
    ),
]
_DATE_LENGTH = 10
# Beyond lie slips and words for "never", from which nothing can be counted: a calendar ends.
_YEARS = range(1900, 3000)
FIRST, LAST = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (_YEARS[0], _YEARS[-1]))
OUT_OF_REACH = f"expected a year from {_YEARS[0]} to {_YEARS[-1]}"


@functools.lru_cache(maxsize=65536)
def moment(text: Moment) -> dt.date | dt.datetime:
    """The date (a plain `date`) or the instant (aware, in UTC) that a `Moment` says. Raises ValueError."""
    if len(text) == _DATE_LENGTH:
        return dt.date.fromisoformat(text)
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def in_reach(when: dt.datetime | None) -> bool:
    """Whether it can be reckoned with; nothing can be wrong with no time at all."""
    return when is None or _YEARS.start <= when.year < _YEARS.stop


def check_moments(*texts: Moment | None) -> None:
    """Raises ValueError for a date that the calendar doesn't have, or that is out of reach."""
    for text in texts:
        if text is not None:
            if int(text[:4]) not in _YEARS:
                raise ValueError(OUT_OF_REACH)
            moment(text)


def check_instants(*instants: dt.datetime | None) -> None:
    """Raises ValueError for what is out of reach."""
    if not all(map(in_reach, instants)):
        raise ValueError(OUT_OF_REACH)


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of what is compared by content and never changed."""


class Money(Value, frozen=True):
    """An amount, as a decimal string, in one ISO 4217 currency. `40` and `40.00` are the same."""

    amount: Decimal
    currency: Currency

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    @property
    def _value(self) -> tuple[decimal.Decimal, str]:
        return decimal.Decimal(self.amount), self.currency


class Window(Value, frozen=True):
    """From when until when; either side may be unknown, a date without an hour has none."""

    earliest: Moment | None = None
    latest: Moment | None = None

    def __post_init__(self) -> None:
        check_moments(self.earliest, self.latest)


class Line(Value, frozen=True):
    """One line of an order as the customer bought it."""

    line_id: Identifier
    sku: str
    title: str
    quantity: Quantity
    unit_price: Money
    image_url: str | None = None
    supplier_id: str | None = None


class LineQuantity(Value, frozen=True):
    """How many pieces of which line."""

    line_id: Identifier
    quantity: Quantity


def pieces(lines: Iterable[LineQuantity]) -> dict[str, int]:
    """How many of each line: a list may name one several times, lot by lot."""
    total: dict[str, int] = {}
    for each in lines:
        total[each.line_id] = total.get(each.line_id, 0) + each.quantity
    return total


class Alternative(Value, frozen=True):
    """What the shop offers in place of a line that its supplier has run out of."""

    sku: str
    title: str
    unit_price: Money
    image_url: str | None = None


class Pickup(Value, frozen=True):
    """Where a parcel waits, until when, and the code that opens the locker."""

    point: str
    address: str | None = None
    deadline: Instant | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        check_instants(self.deadline)


class Consent(Value, frozen=True):
    """One purpose the customer agreed to, with the proof the law asks for."""

    purpose: str
    given_at: Instant
    proof: str

    def __post_init__(self) -> None:
        check_instants(self.given_at)


class Address(Value, frozen=True):
    """Where an order goes. Lives at the customer's desk only."""

    name: str
    lines: tuple[str, ...]
    postal_code: str
    city: str
    country: Country
    region: str | None = None


class Contact(Value, frozen=True):
    """Who bought. Lives at the customer's desk only."""

    customer_id: Identifier
    country: Country
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    locale: str | None = None
    timezone: str | None = None


class QuietHours(Value, frozen=True, rename={"start": "from", "end": "to"}):
    """Local times, `HH:MM`, between which only urgent messages go out; may cross midnight."""

    start: Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    end: Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
