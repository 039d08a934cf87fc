"""Tickets about reaching a customer: one for each cause, closed once there is an address that works."""

import msgspec

from streams.domain.customer import MOST_TICKETS, Asked, Settled, address
from streams.domain.desk.work import Work
from streams.domain.notes import IntentRaised, Ticket

_replace = msgspec.structs.replace
_FOR_WANT_OF_AN_ADDRESS = frozenset({"mail_bounced", "no_email"})
_PROPOSED = {
    "mail_bounced": "Ask the customer for another e-mail address.",
    "no_email": "Ask the customer for an e-mail address.",
    "delivery_failed": "Tell the customer in another way.",
    "in_doubt": "Ask the provider, or the customer.",
    "overload": "Look at what is sent for this customer's orders.",
}


def ask(work: Work, kind: str, name: str, about: IntentRaised | Settled, summary: str) -> None:
    """Opens a ticket, unless the one of this `kind` and `name` is open already."""
    key, row = f"{kind}:{name}", work.row
    known = row.tickets.get(key)
    if known is not None and not known.closed:
        return
    count = known.count + 1 if known is not None else 1
    due = work.now + work.world.limits_of(about.shop).tickets_due_in
    row.tickets[key] = Asked(about.order_id, about.shop, kind, work.now, due, count)
    while len(row.tickets) > MOST_TICKETS:
        del row.tickets[next(iter(row.tickets))]
    opened = _replace(_ticket(work, key), summary=summary, proposed=_PROPOSED[kind])
    if isinstance(about, IntentRaised):
        state = about.content.order_state.replace("_", " ")
        opened = _replace(opened, timeline=(f"The order is {state}.",))
    work.effects.tickets.append(opened)


def reached(work: Work) -> None:
    """There is an address again, or for the first time: nobody needs to ask for one."""
    if address(work.row, "email") is not None:
        close(work)


def close(work: Work) -> None:
    """Ends what asks for an address."""
    for key, asked in work.row.tickets.items():
        if asked.kind in _FOR_WANT_OF_AN_ADDRESS and not asked.closed:
            work.row.tickets[key] = _replace(asked, closed=True)
            work.effects.tickets.append(_replace(_ticket(work, key), closed=True))


def _ticket(work: Work, key: str) -> Ticket:
    asked = work.row.tickets[key]
    return Ticket(
        ticket_id=key if asked.count == 1 else f"{key}:{asked.count}",
        order_id=asked.order_id,
        shop=asked.shop,
        kind=asked.kind,
        at=asked.at,
        due_at=asked.due_at,
        summary="Settled.",
        customer_id=work.row.customer_id,
        told=_told(work, asked.order_id),
    )


def _told(work: Work, order_id: str) -> tuple[str, ...]:
    """What is remembered of that order, the newest last."""
    sent = (s for s in work.row.settled.values() if s.order_id == order_id and s.outcome == "sent")
    return tuple(f"{each.at:%Y-%m-%d %H:%M}Z {each.kind}" for each in sent)
