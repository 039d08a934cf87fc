"""What a decision sees, and how it says what it wishes."""

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from streams.domain.calendar import Calendar, calendar_for
from streams.domain.fold.views import OrderView, Parcel, Seen
from streams.domain.kinds import Kind
from streams.domain.ledger import Ledger
from streams.domain.notes import Channel, Content
from streams.domain.order import Grant
from streams.domain.values import Window
from streams.domain.world import Limits, World


class Wanted(NamedTuple):
    """A message that should be on its way now, unless it is settled already."""

    kind: str
    slot: str
    covers: tuple[str, ...]
    because: tuple[str, ...]
    caused_at: dt.datetime
    content: Content
    hold_until: dt.datetime | None = None
    useful_until: dt.datetime | None = None
    also_by: tuple[Channel, ...] = ()
    not_before: dt.datetime | None = None


class Escalation(NamedTuple):
    """A ticket that should be open now. One for each cause, ever.

    `cause`: one name, or several where the first is that of now: opened under any of them, it is open.
    `by_law`: the due time is the law's, and stands however late its cause was heard of.
    """

    kind: str
    cause: str | tuple[str, ...]
    since: dt.datetime
    due_at: dt.datetime
    summary: str
    proposed: str | None = None
    passing: bool = True  # closes by itself when nobody wishes it any more
    by_law: bool = False


class Scene(msgspec.Struct, dict=True):
    """One order at one moment. `wake` asks to look again; `timers` collects that.

    `comments`: what was written beside a low score, by the answer's id. `grant`: the remedy that was
    asked for.
    """

    view: OrderView
    ledger: Ledger
    now: dt.datetime
    world: World
    timers: dict[str, dt.datetime] = {}
    comments: Mapping[str, str] = {}
    grant: Grant | None = None

    @property
    def shop(self) -> str:
        return self.view.order.shop

    @functools.cached_property
    def calendar(self) -> Calendar:
        """The customer's days; made only where a decision asks."""
        order = self.view.order
        return calendar_for(
            order.customer.timezone, order.customer.country, self.view.country, order.shop, self.world
        )

    @functools.cached_property
    def today(self) -> dt.date:
        return self.calendar.day(self.now)

    @functools.cached_property
    def caught_up(self) -> dt.datetime | None:
        """Of an order that reached us late: when what has become of it since should be here, too."""
        placed, limits = self.view.placed, self.limits
        if placed is None or placed.arrived - placed.time <= limits.late_after:
            return None
        return placed.arrived + limits.late_settles

    def settles(self, since: dt.datetime) -> dt.datetime | None:
        """When it is sure that what is so since then has not ended yet; None: it is news of this hour."""
        return self.caught_up if self.now - since > self.limits.late_after else None

    @functools.cached_property
    def parcels(self) -> list[Parcel]:
        """All but cancelled labels."""
        return [p for p in self.view.parcels.values() if p.state != "cancelled"]

    @functools.cached_property
    def first_promise(self) -> Window | None:
        """What was promised at checkout; nothing to who paid only when that day was over."""
        first, confirmed = self.view.first_promise, self.view.confirmed
        last = first and (first.latest or first.earliest)
        over = last and confirmed and self.calendar.day(last) < self.calendar.day(confirmed.time)
        return None if over else first

    @functools.cached_property
    def limits(self) -> Limits:
        """Caps and waits, as this shop has them."""
        return self.world.limits_of(self.shop)

    def kind(self, name: str) -> Kind:
        """The kind, as this shop has it."""
        return self.world.kind(name, self.shop)

    def wake(self, name: str, due: dt.datetime) -> bool:
        """Whether the moment has come; if not, the order will be looked at again then."""
        if due <= self.now:
            return True
        known = self.timers.get(name)
        self.timers[name] = due if known is None else min(known, due)
        return False

    def news(self, topic: str, parcel: Parcel, *detail: str) -> str | None:
        """The cover for this topic and parcel, None if a message about it is done with."""
        tail = "".join(":" + part for part in detail)
        if any(f"{topic}:{name}{tail}" in self.ledger.settled for name in parcel.names):
            return None
        return f"{topic}:{parcel.key}{tail}"


def because(seen: Sequence[Seen]) -> tuple[str, ...]:
    """The ids of the events, each once."""
    return tuple(dict.fromkeys(s.id for s in seen))


def newest(seen: Sequence[Seen]) -> dt.datetime:
    """When the newest of them happened: a message is as old as its news."""
    return max(s.time for s in seen)


def first_arrival(seen: Sequence[Seen]) -> dt.datetime:
    """When the first of them reached us: from then on the others are waited for."""
    return min(s.arrived for s in seen)
