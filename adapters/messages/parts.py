"""What a view is made of: the things that a template may show, ready to be shown."""

from streams.domain.values import Value


class Room(Value, frozen=True):
    """How much one mail shows, so that it stays below the 100 kB at which clients cut it."""

    rows: int = 60
    parcels: int = 10


ROOMS = (Room(), Room(rows=8, parcels=2))  # the second where the first came out too long
LEAST = Room(rows=2, parcels=1)  # of each order, where one mail tells of several


class Row(Value, frozen=True):
    """A line of the items table."""

    title: str
    quantity: int
    price: str | None
    image: str | None


class Rows(Value, frozen=True):
    """Lines to show, how many pieces they are, and how many further lines there are."""

    rows: tuple[Row, ...]
    pieces: int
    more: int = 0


class Place(Value, frozen=True):
    """Where a parcel waits."""

    point: str
    address: str | None
    code: str | None
    by: str | None
    by_short: str | None


class Parcel(Value, frozen=True):
    """One parcel; `expected` is a phrase such as `on Thursday, 5 March`."""

    carrier: str | None
    number: str | None
    link: str | None
    goods: Rows
    expected: str | None
    place: Place | None
    delivered_to: str | None
    delivered_on: str | None
    state: str
    reason: str | None
    party: str | None
    replaced: str | None


class Advice(Value, frozen=True):
    """How to treat what was bought, and where to read more."""

    text: str
    link: str | None


class Choice(Value, frozen=True):
    """Something the customer may take instead."""

    title: str
    price: str
    image: str | None
    link: str | None
