"""What is true of one order, and what is worth saying about it. Pure: no clock, no I/O.

Level-triggered: each event becomes a fact, the facts are folded anew, the decisions say what should
be on its way now, and that is compared with what is. So late, doubled and shuffled events, and
timers that fire twice, need no rules of their own.
"""

import bisect
import datetime as dt
from typing import NamedTuple, cast

import msgspec

from streams.domain import ending, escalate, facts, naming, references, states, unplaced
from streams.domain.answered import spelled_out
from streams.domain.budget import RemedyDecided
from streams.domain.decide import decide, remedy, scores
from streams.domain.decide.arrived import OF_NO_CONSEQUENCE
from streams.domain.decide.scene import Scene
from streams.domain.decide.tickets import escalate as escalations
from streams.domain.effects import TimelineEffects
from streams.domain.events import Event, FeedbackGiven, OrderChanged, OrderPlaced, ShipmentStatus
from streams.domain.fold import KEPT, derive
from streams.domain.fold.views import OrderView
from streams.domain.ledger import Ledger
from streams.domain.notes import (
    CustomerSeen,
    Erased,
    OrderLinked,
    ReferenceBound,
    TimerFired,
    Told,
)
from streams.domain.order import Derived, Fact, Order
from streams.domain.reconcile import Book, told
from streams.domain.report import TimelineView, report
from streams.domain.values import Contact
from streams.domain.world import World

__all__ = ["Order", "TimelineView", "apply", "view"]

# What may be dropped first when an order has more facts than anybody reads: scans on the way.
_CHEAP = frozenset({"announced", "accepted", "in_transit", "unknown"})


class Draft(msgspec.Struct):
    """A row into which events are being folded; `conclude` says what follows from all of them at once.

    `before` is the row as it was, never changed; `fresh` are the events that changed something.
    """

    before: Order | None
    order: Order | None
    fresh: list[Event] = []
    effects: TimelineEffects = msgspec.field(default_factory=TimelineEffects)


class Conclusion(NamedTuple):
    """The row (None: forgotten), what is asked for, and what the facts came to."""

    order: Order | None
    effects: TimelineEffects
    found: OrderView


def apply(
    order: Order | None, event: Event, now: dt.datetime, world: World
) -> tuple[Order | None, TimelineEffects]:
    """The row after the event, and what follows. The very same row: nothing changed.

    `now` is the time of arrival, or of waking; never less than it was for this order. None means
    that the order is not known any more.
    """
    draft = Draft(order, order)
    if not fold(draft, event, world):
        return order, draft.effects
    after = conclude(draft, now, world)
    return after.order, after.effects


def fold(draft: Draft, event: Event, world: World) -> bool:
    """Puts one event into the draft; False where that changes nothing. Decides nothing yet."""
    after = _folded(draft.order, event, world, draft.effects)
    if after is None:
        return False
    draft.order = after
    draft.fresh.append(event)
    if isinstance(event.data, ShipmentStatus):
        _count(event, event.data, after.facts, draft.effects)
    return True


def put_off(draft: Draft) -> Order | None:
    """The row with what `fold` has put into the draft, to be concluded when it is woken.

    None: that can't wait, or costs nothing. `draft.effects` can't wait either way.
    """
    if any(isinstance(event.data, FeedbackGiven) for event in draft.fresh):
        return None  # a ticket quotes the comment, which no row keeps
    if not _settles(draft):
        return None
    assert draft.order is not None
    draft.order.owed = True
    return draft.order


def _settles(draft: Draft) -> bool:
    """Whether there is anything to decide anew."""
    owed = draft.before is not None and draft.before.owed
    return owed or not all(_is_of_no_consequence(event) for event in draft.fresh)


def conclude(draft: Draft, now: dt.datetime, world: World) -> Conclusion:
    """What follows from all that `fold` has put into the draft, at least one event. `now`: as for `apply`."""
    order, effects = draft.order, draft.effects
    assert order is not None
    order.owed = False
    now = now if order.now is None else max(now, order.now)
    found = _found(order, draft.before)
    if found.placed is None:
        return Conclusion(unplaced.await_order(order, now, world, effects), effects, found)
    if draft.before is not None and not _settles(draft):
        order.timers = draft.before.timers
    else:
        scene = Scene(found, Ledger(order.ledger), now, world, comments=order.comments, grant=order.grant)
        _settle(order, found, scene, effects)
        order.comments = {}
    ended = ending.end(order, found, now, world.limits_of(found.order.shop), effects)
    if ended is None or _only_woke(draft, ended):
        return Conclusion(ended and draft.before, effects, found)
    ended.now = now
    return Conclusion(ended, effects, found)


def _found(order: Order, before: Order | None) -> OrderView:
    """What the facts come to; the same list of facts is derived once, as long as the row stays decoded.

    Most of what wakes a row brings no new fact (an answer of the desk, a timer), and deriving is
    about a quarter of a conclusion.
    """
    known = before.derived if before is not None else None
    if known is None or known.facts is not order.facts or known.view.closed is not order.closed:
        known = Derived(order.facts, derive(order.order_id, order.facts, order.closed))
    order.derived = known
    return known.view


def _is_of_no_consequence(event: Event) -> bool:
    """What became of it settles that message and nothing else, so there is nothing to decide anew."""
    return isinstance(event.data, Told) and event.data.kind in OF_NO_CONSEQUENCE


def _only_woke(draft: Draft, ended: Order) -> bool:
    """A timer that changes nothing costs no write of the row."""
    return ended == draft.before and all(isinstance(event.data, TimerFired) for event in draft.fresh)


def view(order: Order, world: World, found: OrderView | None = None) -> TimelineView:
    """The timeline as other systems and people read it. `found`: what a conclusion came to, if at hand."""
    if found is None or found.closed is not order.closed or len(found.seen) != len(order.facts):
        found = derive(order.order_id, order.facts, order.closed)
    return report(order, found, world)


def _folded(order: Order | None, event: Event, world: World, effects: TimelineEffects) -> Order | None:
    """A copy of the row with the event in it; None where it changes nothing."""
    data = event.data
    if event.type in KEPT:
        return _with_fact(order, event, world, effects)
    if order is None:
        return None
    match data:
        case Told():
            spoken = data.chosen_locale or order.chosen_locale
            return msgspec.structs.replace(
                order, ledger=told(order.ledger, data), timers={}, chosen_locale=spoken
            )
        case Erased():
            return _erased(order)
        case RemedyDecided():
            return _granted(order, data, effects)
    return msgspec.structs.replace(order, timers={}) if isinstance(data, TimerFired) else None


def _erased(order: Order) -> Order:
    """The row without the person; what the law wants kept of the order has no name on it."""
    kept = [facts.anonymous(fact) for fact in order.facts]
    return msgspec.structs.replace(
        order, facts=kept, erased=True, address=None, chosen_locale=None, comments={}, timers={}
    )


def _granted(order: Order, answer: RemedyDecided, effects: TimelineEffects) -> Order | None:
    """The answer to what was asked, which is kept; a second one changes nothing."""
    if order.grant is None or order.grant.answer is not None:
        return None
    effects.counts.append(("remedy", (answer.remedy, answer.refused or "granted")))
    grant = msgspec.structs.replace(order.grant, answer=answer)
    return msgspec.structs.replace(order, grant=grant, timers={})


def _with_fact(order: Order | None, event: Event, world: World, effects: TimelineEffects) -> Order | None:
    known = order.facts if order is not None else []
    alike = [f for f in known if f.id.startswith(event.id) and naming.plain(f.id) == event.id]
    if any(event.source == other.source for other in alike):
        return None
    if alike:  # ids are unique within a source; what is remembered by one alone must tell the two apart
        event = msgspec.structs.replace(event, id=naming.of_source(event.id, event.source))
    fact = facts.keep(spelled_out(order, event) if order is not None else event)
    if order is not None and order.erased:
        fact = facts.anonymous(fact)
    if order is None:
        order = Order(references.order_of(event) or "")
    if order.closed is not None and not ending.concerns(order, event):
        return None  # what it was about is over, and was told
    if _is_too_much(known, event, world.limits.facts_an_order):
        effects.counts.append(("fact_refused", ()))
        return msgspec.structs.replace(order, refused=order.refused + 1, timers={})
    kept = [*known]
    bisect.insort(kept, fact, key=_place)
    after = msgspec.structs.replace(order, facts=kept, timers={})
    if isinstance(event.data, OrderChanged):
        _learn_address(after, fact, event.data)
    if isinstance(event.data, FeedbackGiven) and not after.erased:
        after.comments = {**after.comments, **scores.quotable(event.id, event.data)}
    _bind(after, event, effects)
    return after


def _learn_address(order: Order, fact: Fact, data: OrderChanged) -> None:
    """Where it goes now, unless a later change has said so already."""
    if data.shipping_address is None or order.erased:
        return
    said = (f for f in order.facts if f.type == fact.type and f.place > fact.place)
    if not any(cast("OrderChanged", facts.read(f)).shipping_address for f in said):
        order.address = data.shipping_address


def _hand_on_address(order: Order, placed: OrderPlaced, effects: TimelineEffects) -> None:
    """Only the desk keeps addresses, and only the order knows whose it is."""
    if order.address is not None and not order.erased:
        who = Contact(placed.customer.customer_id, placed.customer.country)
        effects.notes.append(CustomerSeen(who, order.order_id, placed.shop, order.address))
    order.address = None


def _count(event: Event, scan: ShipmentStatus, known: list[Fact], effects: TimelineEffects) -> None:
    if scan.status not in states.PARCEL:
        effects.counts.append(("unknown_status", (event.source, scan.carrier_code or scan.status)))
    elif any(fact.type == "order.placed" and event.time < fact.time for fact in known):
        effects.counts.append(("older_scan", ()))


def _place(fact: Fact) -> tuple[dt.datetime, str, str]:
    return fact.place


def _is_too_much(known: list[Fact], event: Event, limit: int) -> bool:
    """Beyond the limit only what may matter is kept, and beyond twice the limit nothing."""
    if len(known) < limit:
        return False
    return len(known) >= 2 * limit or getattr(event.data, "status", None) in _CHEAP


def _bind(order: Order, event: Event, effects: TimelineEffects) -> None:
    new = [name for name in references.of(event.data) if name not in order.references]
    if new:
        order.references = [*order.references, *new]
        effects.notes.extend(ReferenceBound(name, order.order_id, event.time) for name in new)


def _settle(order: Order, view_: OrderView, scene: Scene, effects: TimelineEffects) -> None:
    """What follows from the timeline: messages, tickets, timers."""
    assert view_.placed is not None
    placed = view_.order
    if not order.linked:
        order.linked = True
        effects.notes.append(OrderLinked(placed.customer.customer_id, order.order_id, view_.placed.time))
    _hand_on_address(order, placed, effects)
    wishes = [] if order.erased else decide(scene)
    book = Book(order.ledger, order.order_id, placed, view_.country)
    book.agree(wishes, scene.now)
    order.grant, asked = remedy.agree(scene, erased=order.erased)
    effects.notes.extend(asked)
    order.tickets, tickets = escalate.agree(order, scene, escalations(scene))
    order.ledger = book.entries
    order.timers = scene.timers
    if not order.erased:  # the desk has forgotten what waited for the customer by itself
        effects.notes.extend(book.notes)
    effects.tickets.extend(tickets)
