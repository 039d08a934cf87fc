"""Forgetting a person: what was placed before the erasure, and nothing of a customer who comes back."""

import datetime as dt
from collections.abc import Iterator

import msgspec

from streams.domain.customer import Customer, Delivery, Known, Pending, Placed, marker, message_key
from streams.domain.desk import older, tickets
from streams.domain.desk.outbox import decide
from streams.domain.desk.profile import place
from streams.domain.desk.work import Work
from streams.domain.notes import Erased, Forgotten, OrderLinked, ReferenceUnbound
from streams.domain.policy import Case
from streams.domain.policy.news import not_erased
from streams.domain.references import MESSAGE

_replace = msgspec.structs.replace


def erase(work: Work, customer_id: str, at: dt.datetime) -> None:
    """Scrubs whatever is older, ends what waits, and has every linked order forget the person too.

    What stays is the marker, under a hash of the id, by which orders linked later are recognised.
    """
    row = work.row
    if row.erased_at is not None and at <= row.erased_at:
        return
    covered = [each for each, placed in row.orders.items() if placed.at <= at]
    held, waiting = _held(row), len(row.pending)
    work.effects.notes += [ReferenceUnbound(name, customer_id) for name in _references(row)]
    tickets.close(work)
    row.erased_at = at
    row.customer_id = marker(customer_id)
    _forget_person(row, at)
    _forget_messages(work)
    for order_id in covered:
        del row.orders[order_id]
    row.older, more = older.take_until(row.older, at)
    row.bought += older.count(row.older)
    covered += more
    for order_id in covered:
        _tell(work, order_id, customer_id)
    ended = waiting - len(row.pending)
    proof = Forgotten(row.customer_id, at, work.now, held, len(covered), ended)
    work.effects.forgotten.append(proof)


def linked(work: Work, link: OrderLinked) -> None:
    """An order of this customer's; one from before the erasure is answered with it."""
    erased = work.row.erased_at
    if erased is not None and link.placed_at <= erased:
        _tell(work, link.order_id, link.customer_id)
        name = marker(link.customer_id)
        work.effects.forgotten.append(Forgotten(name, erased, work.now, ("order",), orders=1))
    elif link.ended:
        if work.row.orders.pop(link.order_id, None) is None:
            work.row.older, _ = older.take(work.row.older, link.order_id)
    else:
        work.effects.let_go += place(work.row, link.order_id, Placed(link.placed_at))


def _tell(work: Work, order_id: str, customer_id: str) -> None:
    work.effects.notes.append(Erased(order_id, customer_id, work.now))


def _held(row: Customer) -> tuple[str, ...]:
    """What the proof names, by its kind alone."""
    facts = ("email", "phone", "name", "timezone", "chosen_locales", "quiet_hours", "channels", "consents")
    addresses = any(placed.address is not None for placed in row.orders.values())
    return (*(name for name in facts if getattr(row, name)), *(("addresses",) if addresses else ()))


def _references(row: Customer) -> Iterator[str]:
    """By which bounces would find this customer; a text may have gone out under any revision."""
    for name, settled in row.settled.items():
        for revision in range(1, settled.revision + 1):
            yield from (f"{MESSAGE}{name}.{revision}.{channel}" for channel in settled.to)
    for pending in row.pending.values():
        yield from (MESSAGE + message_key(pending, each) for each in pending.deliveries if each.attempt)


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
    row.kept, row.tickets = {}, {}
    row.bought, row.remedied_at = sum(placed.at > at for placed in row.orders.values()), None
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
