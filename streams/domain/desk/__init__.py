"""The desk: whether, when and by which channel a customer is told what the timeline finds worth saying.

`apply` is pure: the same row, event, time and world give the same answer.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from streams.domain.budget import RemedyAsked
from streams.domain.customer import Customer, copy, due
from streams.domain.desk import (
    claims,
    erasure,
    outbox,
    outcomes,
    profile,
    receipts,
    remedies,
    riding,
    tickets,
)
from streams.domain.desk.work import Work
from streams.domain.effects import DeskEffects, Granted
from streams.domain.events import (
    CustomerConsent,
    CustomerContact,
    CustomerErasure,
    CustomerPreferences,
    Event,
)
from streams.domain.notes import (
    Attempted,
    Bounced,
    CustomerSeen,
    IntentRaised,
    IntentWithdrawn,
    OrderLinked,
    TimerFired,
)
from streams.domain.world import World

__all__ = ["Customer", "apply"]

# A timer's time may come back cut to the milliseconds of a log.
TICK = dt.timedelta(milliseconds=1)

_ABOUT_THE_SENT = (Attempted, Bounced, IntentWithdrawn)


def apply(
    customer: Customer | None, event: Event | Granted, now: dt.datetime, world: World
) -> tuple[Customer | None, DeskEffects]:
    """Folds one event, or a sender's being free, into the customer's row.

    Only what says something of a customer, or to them, makes a row. What isn't the desk's changes nothing.
    """
    fold = _FOLDS.get(type(event if isinstance(event, Granted) else event.data))
    row = copy(customer) if customer is not None else _new(event)
    if fold is None or row is None or not _concerns(row, event, now):
        return customer, _passed_on(event)
    work = Work(row, world, now)
    fold(work, event)
    riding.follow(work)
    claims.release(work)
    return row, work.effects


def _new(event: Event | Granted) -> Customer | None:
    if isinstance(event, Granted) or isinstance(event.data, _ABOUT_THE_SENT):
        return None
    data = event.data
    named = data.customer if isinstance(data, CustomerSeen) else data
    name = getattr(named, "customer_id", None)
    return Customer(name) if isinstance(name, str) else None


def _passed_on(event: Event | Granted) -> DeskEffects:
    """A receipt about a customer that is not known is other systems' news all the same."""
    data = None if isinstance(event, Granted) else event.data
    return DeskEffects(receipts=[data] if isinstance(data, Bounced) else [])


def _seen(work: Work, event: Event) -> None:
    data = event.data
    assert isinstance(data, CustomerSeen)
    work.effects.let_go += profile.seen(work.row, data, event.time, work.world)
    _who_was_waited_for(work)
    tickets.reached(work)


def _contact(work: Work, event: Event) -> None:
    data = event.data
    assert isinstance(data, CustomerContact)
    profile.reached(work.row, data, event.time, work.world)
    _who_was_waited_for(work)
    tickets.reached(work)


def _preferences(work: Work, event: Event) -> None:
    data = event.data
    assert isinstance(data, CustomerPreferences)
    profile.prefer(work.row, data, event.time, work.world.kinds)


def _who_was_waited_for(work: Work) -> None:
    for pending in [each for each in work.row.pending.values() if each.why == "contact"]:
        outbox.decide(work, pending)


def _concerns(row: Customer, event: Event | Granted, now: dt.datetime) -> bool:
    """A timer that is early, doubled or not ours costs no write of the row."""
    if isinstance(event, Granted) or not isinstance(event.data, TimerFired):
        return True
    wanted = due(row)
    return wanted is not None and wanted <= min(event.data.due, now) + TICK


def _fired(work: Work, event: Event) -> None:
    """Up to the time it was set for, and no further: what came after may not be folded yet."""
    data = event.data
    assert isinstance(data, TimerFired)
    upto = min(data.due, work.now) + TICK
    work.now = max(work.now, due(work.row) or work.now)
    outcomes.leases_over(work, upto)
    claims.woken(work, upto)


# One entry for each type that the desk knows; the payload's type is what `apply` has looked up.
_FOLDS: dict[type, Callable[[Work, Any], None]] = {
    Granted: claims.granted,
    IntentRaised: lambda work, event: outbox.raised(work, event.data),
    IntentWithdrawn: lambda work, event: outbox.withdrawn(work, event.data),
    CustomerSeen: _seen,
    CustomerContact: _contact,
    CustomerPreferences: lambda work, event: profile.prefer(
        work.row, event.data, event.time, work.world.kinds
    ),
    CustomerConsent: lambda work, event: profile.consent(work.row, event.data, event.time),
    CustomerErasure: lambda work, event: erasure.erase(work, event.data.customer_id, event.time),
    OrderLinked: lambda work, event: erasure.linked(work, event.data),
    RemedyAsked: lambda work, event: remedies.asked(work, event.data),
    Attempted: lambda work, event: outcomes.attempted(work, event, event.data),
    Bounced: lambda work, event: receipts.receipt(work, event, event.data),
    TimerFired: _fired,
}
