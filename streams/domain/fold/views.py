"""What the facts of one order come to, in memory only. Built by the fold, read by the decisions."""

import datetime as dt
from collections import Counter
from typing import Any, NamedTuple

import msgspec

from streams.domain import states
from streams.domain.events import OrderPlaced
from streams.domain.order import Closed, Fact
from streams.domain.values import Line, Money, Pickup, Window

ARRIVED = frozenset({"received", "not_received"})


class Seen(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A fact and what it says (the payload's attributes). Its own fields: asked for at every turn."""

    fact: Fact
    data: Any
    id: str
    time: dt.datetime
    arrived: dt.datetime


class Parcel(msgspec.Struct):
    """One parcel. `names`: every name that a fact has called it by; a message about any is about it.

    `heard`: when it was first spoken of. `contents`: pieces by line, None where nobody said and nothing
    follows; `certain` where it was said. `steps`: the scans that moved it or said again where it is,
    oldest first. `numbers`: its tracking numbers, `replaced` those that hold no longer. `noise`: scans
    that changed nothing.
    """

    key: str
    names: set[str]
    state: str = "announced"
    since: dt.datetime | None = None
    heard: dt.datetime | None = None
    carrier: str | None = None
    url: str | None = None
    supplier_order: str | None = None
    numbers: list[str] = []
    replaced: dict[str, Seen] = {}
    lines: dict[str, int] | None = None
    contents: dict[str, int] | None = None
    certain: bool = False
    steps: list[Seen] = []
    reached: set[str] = msgspec.field(default_factory=set)
    first_scan: Seen | None = None
    deliveries: list[Seen] = []
    corrections: list[Seen] = []
    pickup: Pickup | None = None
    pickup_since: Seen | None = None
    estimates: list[Seen] = []
    noise: int = 0

    @property
    def number(self) -> str | None:
        """The number that holds now."""
        return next((n for n in reversed(self.numbers) if n not in self.replaced), None)

    @property
    def last(self) -> Seen | None:
        return self.steps[-1] if self.steps else None

    @property
    def reason(self) -> str | None:
        return self.steps[-1].data.reason if self.steps else None

    @property
    def party(self) -> str | None:
        return self.steps[-1].data.party if self.steps else None

    @property
    def delivered(self) -> Seen | None:
        """The scan that delivered it, unless it was taken back."""
        return self.deliveries[-1] if self.state == "delivered" and self.deliveries else None

    @property
    def delivered_to(self) -> str | None:
        """Where that scan left it, or the first one after it that says so: not every source knows."""
        scan = self.delivered
        if scan is None:
            return None
        repeats = (s for s in self.steps if s.data.status == "delivered" and s.fact.place >= scan.fact.place)
        return next((s.data.delivered_to for s in repeats if s.data.delivered_to), None)

    @property
    def problem_since(self) -> dt.datetime | None:
        return self.since


class SupplierOrder(msgspec.Struct):
    """What was ordered where; never shown to the customer. `state`: of all lines that have none of their own.

    `trouble`: delayed or rejected as a whole, not yet resolved. `troubles`: by line, what it can't send
    yet or at all, where it said so of lines; `expected` when those are to be back, by its own word.
    """

    id: str
    state: str = "sent"
    supplier_id: str | None = None
    line_ids: tuple[str, ...] = ()
    ordered: Seen | None = None
    answered: Seen | None = None
    acknowledge_by: dt.datetime | None = None
    dispatch_by: str | None = None
    since: Seen | None = None
    trouble: Seen | None = None
    troubles: dict[str, Seen] = {}
    expected: dict[str, str] = {}
    sent: dict[str, int] = {}
    missing: dict[str, int] = {}  # of what was ordered, once something has been sent

    def troubled(self, line: str) -> Seen | None:
        """The last word that the line can't be sent as agreed."""
        return self.troubles.get(line) or self.trouble


class Change(NamedTuple):
    """One change of what the customer bought; `fields` names what really became different.

    `before`: what these were, except an address, which nobody here knows.
    """

    seen: Seen
    fields: tuple[str, ...]
    before: dict[str, Any]


class Chosen(NamedTuple):
    """A choice of the customer's, and the lines that it is about; none where nobody can tell.

    `done`: whether it could be followed as it stands.
    """

    seen: Seen
    lines: tuple[str, ...]
    done: bool = True


class Case(msgspec.Struct):
    """A return or a complaint: its steps, oldest first, and where it stands.

    `about`: the lines that it named first; none where it never named any: then it is about all. `more`:
    declarations that added lines to them.
    `done`: those of a return that are refunded or turned down. `anew`: the step by which a complaint was
    taken up again or decided otherwise, or a return was given other instructions: told anew. `label_url`
    and `ship_by`: the last that any of its steps has named. `made_good`: what is sent instead has come.
    """

    id: str
    state: str
    kind: str
    steps: dict[str, Seen]  # by event type: the first of each
    last: Seen
    about: tuple[str, ...] = ()
    more: list[Seen] = []
    done: set[str] = msgspec.field(default_factory=set)
    anew: str = ""
    label_url: str | None = None
    ship_by: Seen | None = None
    made_good: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more is owed."""
        return self.made_good or self.state in states.RETURN_OVER | states.COMPLAINT_OVER

    def concerns(self, parcel: Parcel) -> bool:
        """Whether it may be about what is in the parcel."""
        return not self.about or parcel.contents is None or any(n in parcel.contents for n in self.about)


class OrderView(msgspec.Struct):
    """The whole timeline of one order as the facts have it. Same facts, same view."""

    order_id: str
    seen: list[Seen] = []
    placed: Seen | None = None
    paid: Seen | None = None
    confirmed: Seen | None = None
    failures: list[Seen] = []
    changes: list[Change] = []
    cancelled: Seen | None = None
    cancelled_lines: dict[str, Seen] = {}
    lines: dict[str, Line] = {}
    total: Money | None = None
    promise: Window | None = None
    country: str = ""
    parcels: dict[str, Parcel] = {}
    suppliers: dict[str, SupplierOrder] = {}
    returns: dict[str, Case] = {}
    complaints: dict[str, Case] = {}
    refunds: list[Seen] = []
    refunded: dict[str, frozenset[str]] = {}  # by the refund's id: the lines that it is known to be for
    recalls: list[Seen] = []
    repeats: dict[str, list[str]] = {}  # by the id of the first word: of those that say it again
    chosen: list[Chosen] = []
    owed: list[Chosen] = []  # choices of the money back, for what never arrived: for these lines
    exchanged: dict[str, Line] = {}  # lines as they were before the customer chose another item
    feedback: list[Seen] = []
    disputes: list[Seen] = []  # words that a delivery isn't there, which still stand
    closed: Closed | None = None
    state: str | None = None
    opened: dict[str, int] | None = None  # the answer of `open_lines`, once all is folded
    older: int = 0
    unknown: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)

    @property
    def order(self) -> OrderPlaced:
        """What was placed. Only where something was."""
        assert self.placed is not None
        placed: OrderPlaced = self.placed.data
        return placed

    @property
    def open_lines(self) -> dict[str, int]:
        """Pieces by line that the customer still expects, or has got. Not to be changed."""
        if self.opened is not None:
            return self.opened
        if self.cancelled is not None:
            return {}
        return {
            line.line_id: line.quantity
            for line in self.lines.values()
            if line.line_id not in self.cancelled_lines
        }

    def last_choice(self, line: str, since: dt.datetime) -> str | None:
        """What the customer chose last for the line from then on; whether it arrived is no choice."""
        return next(
            (
                c.seen.data.choice
                for c in reversed(self.chosen)
                if c.done and line in c.lines and c.seen.time >= since and c.seen.data.choice not in ARRIVED
            ),
            None,
        )

    @property
    def first_promise(self) -> Window | None:
        """What the customer was promised at checkout."""
        return self.order.promised_delivery

    @property
    def disputed(self) -> bool:
        return bool(self.disputes)
