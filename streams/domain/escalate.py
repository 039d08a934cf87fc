"""Tickets that should be open against those that are: each cause once, closed when it passes."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from streams.domain import naming
from streams.domain.decide.scene import Escalation
from streams.domain.events import OrderPlaced
from streams.domain.ledger import TOLD
from streams.domain.notes import Ticket
from streams.domain.order import Order, Raised

# An import tells of troubles that were over long ago: no person needs to look at them.
NEWS_FOR = dt.timedelta(days=7)


def agree(
    order: Order, placed: OrderPlaced, wishes: Sequence[Escalation], now: dt.datetime
) -> tuple[list[Raised], list[Ticket]]:
    """The row's tickets, and those to be opened or closed."""
    wanted = {_name(order, wish): wish for wish in wishes}
    known = {raised.id for raised in order.tickets}
    tickets: list[Ticket] = []
    kept: list[Raised] = []
    for raised in order.tickets:
        if not raised.closed and raised.passing and raised.id not in wanted:
            tickets.append(_ticket(order, placed, raised))
            kept.append(msgspec.structs.replace(raised, closed=True))
        else:
            kept.append(raised)
    for name, wish in wanted.items():
        if name not in known and now - wish.since <= NEWS_FOR:
            raised = Raised(name, wish.kind, wish.cause, now, wish.due_at, passing=wish.passing)
            kept.append(raised)
            tickets.append(_ticket(order, placed, raised, wish))
    return kept, tickets


def _ticket(order: Order, placed: OrderPlaced, raised: Raised, wish: Escalation | None = None) -> Ticket:
    """Without a wish: the ticket is closed."""
    return Ticket(
        ticket_id=raised.id,
        order_id=order.order_id,
        shop=placed.shop,
        kind=raised.kind,
        at=raised.at,
        due_at=raised.due_at,
        summary=f"Order {placed.number}: {wish.summary if wish else 'settled.'}",
        customer_id=placed.customer.customer_id,
        told=tuple(entry.kind for entry in order.ledger if entry.status in TOLD),
        proposed=wish.proposed if wish else None,
        closed=wish is None,
    )


def _name(order: Order, wish: Escalation) -> str:
    return naming.ticket(order.order_id, wish.kind, wish.cause)
