"""Forgetting a person: what was placed before the erasure, and nothing of a customer who comes back."""

import datetime as dt
import hashlib

import msgspec

from streams.domain.customer import Customer, Delivery, Known, Pending, Placed
from streams.domain.desk.outbox import decide
from streams.domain.desk.profile import place
from streams.domain.desk.work import Work
from streams.domain.notes import Erased, OrderLinked
from streams.domain.policy import Case
from streams.domain.policy.news import not_erased

_replace = msgspec.structs.replace


def erase(work: Work, customer_id: str, at: dt.datetime) -> None:
    """Scrubs whatever is older, ends what waits, and has every linked order forget the person too.

    What stays is the marker, under a hash of the id, by which orders linked later are recognised.
    """
    row = work.row
    if row.erased_at is not None and at <= row.erased_at:
        return
    row.erased_at = at
    row.customer_id = "erased:" + hashlib.sha256(customer_id.encode()).hexdigest()[:32]
    _forget_person(row, at)
    _forget_messages(work)
    for order_id in [each for each, placed in row.orders.items() if placed.at <= at]:
        del row.orders[order_id]
        _tell(work, order_id, customer_id)


def linked(work: Work, link: OrderLinked) -> None:
    """An order of this customer's; one from before the erasure is answered with it."""
    erased = work.row.erased_at
    if erased is not None and link.placed_at <= erased:
        _tell(work, link.order_id, link.customer_id)
    elif link.ended:
        work.row.orders.pop(link.order_id, None)
    else:
        place(work.row, link.order_id, Placed(link.placed_at))


def _tell(work: Work, order_id: str, customer_id: str) -> None:
    work.effects.notes.append(Erased(order_id, customer_id, work.now))


def _forget_person(row: Customer, at: dt.datetime) -> None:
    row.email, row.phone = _since(row.email, at), _since(row.phone, at)
    row.name, row.country = _since(row.name, at), _since(row.country, at)
    row.timezone = _since(row.timezone, at)
    row.chosen_timezone = _since(row.chosen_timezone, at)
    row.chosen_locales = tuple(known for known in row.chosen_locales if known.at > at)
    if row.quiet_hours is not None and row.quiet_hours.at <= at:
        row.quiet_hours = None
    row.channels = {key: choice for key, choice in row.channels.items() if choice.at > at}
    row.consents = {key: each for key, each in row.consents.items() if each.at > at}
    alive = {known.value for known in (row.email, row.phone) if known is not None}
    row.dead = {address: dead for address, dead in row.dead.items() if address in alive}
    row.kept = {}
    row.settled = {name: _replace(settled, to={}) for name, settled in row.settled.items()}


def _since(known: Known | None, at: dt.datetime) -> Known | None:
    return known if known is not None and known.at > at else None


def _forget_messages(work: Work) -> None:
    """A message that a sender has is beyond recall, but won't be tried again."""
    for pending in list(work.row.pending.values()):
        if not_erased(Case(work.row, pending, work.world, work.now)) is not None:
            withdrawn = _replace(_scrubbed(pending), withdrawn="erased")
            decide(work, work.put(withdrawn))


def _scrubbed(pending: Pending) -> Pending:
    return _replace(pending, deliveries=tuple(_nameless(each) for each in pending.deliveries))


def _nameless(delivery: Delivery) -> Delivery:
    return _replace(delivery, to=None)
