"""Tickets that should be open against those that are: each cause once, closed when it passes."""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from streams.domain import naming
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.decide.suppliers import words
from streams.domain.fold.views import Seen
from streams.domain.ledger import TOLD
from streams.domain.notes import Ticket
from streams.domain.order import Order, Raised

# An import tells of troubles that were over long ago: no person needs to look at them.
NEWS_FOR = dt.timedelta(days=7)
LATELY = 12  # events that a ticket tells of; the seller's page has them all


def agree(order: Order, scene: Scene, wishes: Sequence[Escalation]) -> tuple[list[Raised], list[Ticket]]:
    """The row's tickets, and those to be opened or closed."""
    now = scene.now
    known = {raised.id: raised.cause for raised in order.tickets}
    wanted = {}
    for wish in wishes:
        names = _names(order, wish)
        wanted[next((name for name in names if name in known), next(iter(names)))] = wish
    tickets: list[Ticket] = []
    kept: list[Raised] = []
    for raised in order.tickets:
        if not raised.closed and raised.passing and raised.id not in wanted:
            tickets.append(_ticket(order, scene, raised))
            kept.append(msgspec.structs.replace(raised, closed=True))
        else:
            kept.append(raised)
    for name, wish in wanted.items():
        if name not in known and now - wish.since <= NEWS_FOR and _is_sure(scene, wish):
            raised = Raised(
                name, wish.kind, _names(order, wish)[name], now, _due(wish, now), passing=wish.passing
            )
            kept.append(raised)
            tickets.append(_ticket(order, scene, raised, wish))
    return kept, tickets


def _is_sure(scene: Scene, wish: Escalation) -> bool:
    """What ends a trouble may be right behind, where an order's past comes in late."""
    until = scene.settles(wish.since)
    return until is None or not wish.passing or scene.wake("caught_up", until)


def _due(wish: Escalation, now: dt.datetime) -> dt.datetime:
    """Time to act that was over before anybody could know begins when they can."""
    if wish.by_law or wish.due_at > now:
        return wish.due_at
    return now + (wish.due_at - wish.since)


def _ticket(order: Order, scene: Scene, raised: Raised, wish: Escalation | None = None) -> Ticket:
    """Without a wish: the ticket is closed."""
    placed = scene.view.order
    return Ticket(
        ticket_id=raised.id,
        order_id=order.order_id,
        shop=placed.shop,
        kind=raised.kind,
        at=raised.at,
        due_at=raised.due_at,
        summary=f"Order {placed.number}: {wish.summary if wish else 'settled.'}",
        customer_id=placed.customer.customer_id,
        told=tuple(_told(order, scene)),
        timeline=tuple(f"{words(scene.calendar, s.time)} {_what(s)}" for s in scene.view.seen[-LATELY:]),
        proposed=wish.proposed if wish else None,
        closed=wish is None,
    )


def _names(order: Order, wish: Escalation) -> dict[str, str]:
    """The ids that its ticket may have, each with its cause; a new one gets the first."""
    causes = (wish.cause,) if isinstance(wish.cause, str) else wish.cause
    return {naming.ticket(order.order_id, wish.kind, cause): cause for cause in causes}


def _told(order: Order, scene: Scene) -> Iterator[str]:
    for entry in order.ledger:
        if entry.status in TOLD:
            by = entry.expected and (entry.expected.latest or entry.expected.earliest)
            yield (
                f"{words(scene.calendar, entry.at)} {entry.kind}"
                + (f", expected by {by}" if by else "")
                + (f", next word by {entry.next_update}" if entry.next_update else "")
            )


def _what(seen: Seen) -> str:
    """In the contract's own words: whoever answers for the order reads them elsewhere, too."""
    data, type_ = seen.data, seen.fact.type
    if type_ != "shipment.status":
        return type_
    parcel = data.tracking_number or data.shipment_id or data.supplier_order_id or ""
    return " ".join(filter(None, (type_, parcel, data.status, data.reason)))
