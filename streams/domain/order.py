"""An order's row: the facts known of it, what was said about it, and when it wants to be woken.

Everything else is derived from the facts each time (`fold`), so that no order of arrival can leave a
trace. The structs are arrays on the wire: names repeated in every fact would double the row.
"""

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from streams.domain.budget import RemedyDecided
from streams.domain.values import Address, Moment, Window

if TYPE_CHECKING:
    from streams.domain.fold.views import OrderView

FORMAT = 2


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """An event without personal data; `data` is packed, see `facts`."""

    time: dt.datetime
    source: str
    id: str
    type: str
    arrived: dt.datetime
    data: bytes

    @property
    def place(self) -> tuple[dt.datetime, str, str]:
        """Facts are folded in this order, whichever came first."""
        return self.time, self.source, self.id


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One notification in the ledger.

    `status`: `open`, `withdrawn` (by us, the desk may still have been faster), or the outcome that
    the desk told: `sent`, `suppressed`, `failed`, `in_doubt`. `covers` is what it settles; once the
    desk has answered, what the revision that really went out settled. `digest` tells whether a wish
    still says the same.
    """

    id: str
    kind: str
    slot: str
    revision: int
    status: str
    covers: tuple[str, ...]
    because: tuple[str, ...]
    digest: bytes
    at: dt.datetime
    expected: Window | None = None
    next_update: Moment | None = None
    reason: str | None = None


class Raised(msgspec.Struct, frozen=True, array_like=True):
    """A ticket that was opened for the seller."""

    id: str
    kind: str
    cause: str
    at: dt.datetime
    due_at: dt.datetime
    closed: bool = False
    passing: bool = True


class Closed(msgspec.Struct, frozen=True, array_like=True):
    """What is left of an order that is over: when, and what it came to."""

    at: dt.datetime
    state: str
    delivered_at: dt.datetime | None = None


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """What may be promised to make up for a delay: asked once, answered once.

    `returned`: the customer was never told, and the money is the budget's again.
    """

    asked_at: dt.datetime
    answer: RemedyDecided | None = None
    returned: bool = False


class Derived(NamedTuple):
    """What a list of facts came to."""

    facts: list[Fact]
    view: "OrderView"


class Order(msgspec.Struct, array_like=True, dict=True):
    """The row. `references` are those already bound; `refused` counts facts beyond the limit.

    `address`: of an `order.changed`, only until it can be handed on to the customer's desk.
    `comments`: beside low scores, by the answer's id, until the order is placed and a ticket quotes them.
    `chosen_locale`: the language that the desk says the customer had asked for before they ordered.
    `owed`: facts were put in while a backlog was folded, and what follows from them is still to be said.
    `derived` is no part of what is stored: what was found out, for as long as the row stays decoded.
    """

    order_id: str
    facts: list[Fact] = []
    ledger: list[Entry] = []
    timers: dict[str, dt.datetime] = {}
    references: list[str] = []
    tickets: list[Raised] = []
    refused: int = 0
    now: dt.datetime | None = None
    linked: bool = False
    erased: bool = False
    closed: Closed | None = None
    address: Address | None = None
    grant: Grant | None = None
    owed: bool = False
    comments: dict[str, str] = {}
    chosen_locale: str | None = None

    @property
    def derived(self) -> Derived | None:
        return vars(self).get("derived")

    @derived.setter
    def derived(self, found: Derived | None) -> None:
        vars(self)["derived"] = found


def due(order: Order) -> dt.datetime | None:
    """When the row wants to be woken."""
    return min(order.timers.values(), default=None)
