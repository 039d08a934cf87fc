"""How an order ends: a stub without detail when it is over, nothing when its retention is."""

import datetime as dt

import msgspec

from streams.domain import facts, states
from streams.domain.decide.remedy import unspent
from streams.domain.effects import TimelineEffects
from streams.domain.events import Event
from streams.domain.fold.identity import normal
from streams.domain.fold.views import OrderView
from streams.domain.ledger import OPEN, Ledger
from streams.domain.notes import OrderLinked, ReferenceUnbound
from streams.domain.order import Closed, Order, Raised
from streams.domain.world import Limits

_OVER = frozenset({"delivered", "cancelled", "refunded", "completed"})
_OWED = frozenset({"refund_due", "remedy_due"})
# What may still be said of an order that is over.
AFTERWARDS = frozenset(
    {
        "order.recalled", "order.refunded", "return.declared", "return.instructions_sent",
        "return.in_transit", "return.received", "return.accepted", "return.rejected", "complaint.filed",
        "complaint.info_requested", "complaint.decided", "complaint.closed", "customer.choice",
        "feedback.given",
    }
)  # fmt: skip


def concerns(order: Order, event: Event) -> bool:
    """Whether an order that is over has a use for it: for what comes afterwards, or goes back."""
    number = getattr(event.data, "tracking_number", None)
    if event.type in AFTERWARDS or number is None:
        return event.type in AFTERWARDS
    returns = (facts.read(fact) for fact in order.facts if fact.type in states.RETURN)
    return any(normal(getattr(each, "tracking_number", None) or "") == normal(number) for each in returns)


def end(
    order: Order, view: OrderView, now: dt.datetime, limits: Limits, effects: TimelineEffects
) -> Order | None:
    """The row, its stub, or None once it may be forgotten; asks to be woken for the next of these."""
    forget = _last_word(order, view) + limits.keep_stub_for
    if now >= forget:
        effects.notes.extend(ReferenceUnbound(name, order.order_id) for name in order.references)
        return None
    closes = _closes_at(order, view, limits)
    if closes is not None and now >= closes:
        return _stub(order, view, closes, closes + limits.keep_stub_for, effects)
    order.timers = {**order.timers, "ending": forget if closes is None else closes}
    return order


def _closes_at(order: Order, view: OrderView, limits: Limits) -> dt.datetime | None:
    if view.state not in _OVER or _has_open(view) or any(map(_asks_for_money, order.tickets)):
        return None
    if order.closed is not None and all(s.fact.type == "order.placed" for s in view.seen):
        return None
    if any(entry.status == OPEN for entry in order.ledger):
        return None
    delivered = [p.deliveries[-1].time for p in view.parcels.values() if p.deliveries]
    after = [s.time for s in view.seen if s.fact.type in AFTERWARDS]
    last = max((*delivered, *after), default=None)
    return (last or _last_word(order, view)) + limits.complete_after


def _has_open(view: OrderView) -> bool:
    cases = (*view.returns.values(), *view.complaints.values())
    return view.disputed or not all(case.is_over for case in cases)


def _asks_for_money(raised: Raised) -> bool:
    """Whether a refund that would close it is still owed to the customer."""
    return raised.kind in _OWED and raised.passing and not raised.closed


def _last_word(order: Order, view: OrderView) -> dt.datetime:
    times = [s.arrived for s in view.seen]
    if order.closed is not None:
        times.append(order.closed.at)
    return max(times)


def _stub(
    order: Order, view: OrderView, closed_at: dt.datetime, forget: dt.datetime, effects: TimelineEffects
) -> Order:
    placed = view.placed
    assert placed is not None
    bought = [line for line in view.lines.values() if line.line_id in (view.open_lines or view.lines)]
    delivered = [p.deliveries[-1].time for p in view.parcels.values() if p.deliveries]
    before = order.closed.delivered_at if order.closed else None
    state = "completed" if view.state == "delivered" else view.state or "completed"
    if not order.erased:
        customer = view.order.customer.customer_id
        effects.notes.append(OrderLinked(customer, order.order_id, placed.time, ended=True))
    if returned := unspent(order.grant, Ledger(order.ledger)):
        effects.notes.append(returned)
    return msgspec.structs.replace(
        order,
        facts=[facts.with_lines(placed.fact, tuple(bought), view.total)],
        ledger=[],
        tickets=[],
        timers={"ending": forget},
        closed=Closed(closed_at, state, max(delivered, default=before)),
        grant=None,
    )
