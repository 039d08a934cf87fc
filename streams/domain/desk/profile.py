"""Folding what is known about the person: the newest stands, whatever order facts arrive in."""

import datetime as dt
from collections.abc import Container

import msgspec

from streams.domain.customer import (
    MOST_ADDRESSES,
    MOST_LOCALES,
    MOST_ORDERS,
    MOST_PURPOSES,
    Choice,
    ChosenHours,
    Customer,
    Known,
    Permission,
    Placed,
)
from streams.domain.desk import contact, older
from streams.domain.events import CustomerConsent, CustomerContact, CustomerPreferences
from streams.domain.notes import CustomerSeen
from streams.domain.world import World

_replace = msgspec.structs.replace
_UNWANTED = frozenset({"complained", "unsubscribed"})
_CLASSES = frozenset({"S", "T", "C"})


def seen(row: Customer, data: CustomerSeen, at: dt.datetime, world: World) -> int:
    """An order's person. What an erasure has covered stays forgotten. Returns what `place` does."""
    who = data.customer
    if _forgotten(row, at) or (
        row.erased_at is not None and _moved(data) and data.order_id not in row.orders
    ):
        return 0
    row.customer_id = who.customer_id  # whoever comes back after an erasure has a name again
    row.seen_at = at if row.seen_at is None else max(row.seen_at, at)
    row.country = newer(row.country, who.country, at)
    row.name = newer(row.name, who.name, at)
    row.timezone = newer(row.timezone, who.timezone, at)
    _reach(row, who.email, who.phone, at, world)
    for given in data.consents:
        permit(row, given.purpose, Permission(given=True, at=given.given_at, proof=given.proof))
    return place(row, data.order_id, Placed(at, data.shipping_address, at))


def _moved(data: CustomerSeen) -> bool:
    """A new address of an order, not a person; an order that isn't known any more was erased."""
    return data.customer.name is None and data.customer.email is None and data.customer.phone is None


def reached(row: Customer, data: CustomerContact, at: dt.datetime, world: World) -> None:
    """New contacts, given by the customer. An address given anew after it bounced is tried again."""
    if _forgotten(row, at):
        return
    row.seen_at = at if row.seen_at is None else max(row.seen_at, at)
    _reach(row, data.email, data.phone, at, world)
    for known in (row.email, row.phone):
        if known is not None and known.at == at:
            _revive(row, known)


def prefer(row: Customer, data: CustomerPreferences, at: dt.datetime, kinds: Container[str]) -> None:
    """Each key of `channels` stands until it is chosen anew; keys that name nothing are left out."""
    if _forgotten(row, at):
        return
    for key, channels in (data.channels or {}).items():
        known = row.channels.get(key)
        if (key in _CLASSES or key in kinds) and (known is None or at >= known.at):
            row.channels[key] = Choice(tuple(dict.fromkeys(channels)), at)
    row.chosen_timezone = newer(row.chosen_timezone, data.timezone, at)
    if data.quiet_hours is not None and (row.quiet_hours is None or at >= row.quiet_hours.at):
        row.quiet_hours = ChosenHours(data.quiet_hours, at)
    if data.locale:
        locales = sorted({*row.chosen_locales, Known(data.locale, at)}, key=lambda known: known.at)
        row.chosen_locales = tuple(locales[-MOST_LOCALES:])


def consent(row: Customer, data: CustomerConsent, at: dt.datetime) -> None:
    """A consent given or withdrawn."""
    if not _forgotten(row, at):
        permit(row, data.purpose, Permission(given=data.given, at=at, proof=data.proof))


def permit(row: Customer, purpose: str, permission: Permission) -> None:
    """The newest word about a purpose stands; at the same instant a withdrawal does."""
    known = row.consents.get(purpose)
    if known is None and len(row.consents) >= MOST_PURPOSES:
        return
    if known is None or (permission.at, not permission.given) >= (known.at, not known.given):
        row.consents[purpose] = permission


def place(row: Customer, order_id: str, placed: Placed) -> int:
    """Links an order, or learns its address. Returns how many were let go of for it, beyond all bounds."""
    known = row.orders.get(order_id) or _from_older(row, order_id)
    row.bought += known is None
    row.orders[order_id] = placed if known is None else _joined(known, placed)
    gone = 0
    if len(row.orders) > MOST_ORDERS:
        oldest = min(row.orders, key=lambda each: row.orders[each].at)
        row.older, gone = older.add(row.older, (oldest, row.orders.pop(oldest).at))
    _spare_addresses(row)
    return gone


def _from_older(row: Customer, order_id: str) -> Placed | None:
    row.older, at = older.take(row.older, order_id)
    return Placed(at) if at is not None else None


def newer(known: Known | None, value: str | None, at: dt.datetime) -> Known | None:
    """The fact that stands; a value that wasn't given changes nothing."""
    if not value or (known is not None and known.at > at):
        return known
    return Known(value, at)


def _joined(known: Placed, news: Placed) -> Placed:
    first = min(known.at, news.at)
    if news.address_at is None or (known.address_at is not None and known.address_at > news.address_at):
        return _replace(known, at=first)
    return _replace(news, at=first)


def _spare_addresses(row: Customer) -> None:
    if len(row.orders) <= MOST_ADDRESSES:
        return
    held = [order_id for order_id, placed in row.orders.items() if placed.address is not None]
    if len(held) > MOST_ADDRESSES:
        oldest = min(held, key=lambda each: row.orders[each].at)
        row.orders[oldest] = _replace(row.orders[oldest], address=None, address_at=None)


def _forgotten(row: Customer, at: dt.datetime) -> bool:
    return row.erased_at is not None and at <= row.erased_at


def _reach(row: Customer, email: str | None, phone: str | None, at: dt.datetime, world: World) -> None:
    row.email = newer(row.email, contact.email(email) if email else None, at)
    country = row.country.value if row.country is not None else ""
    row.phone = newer(row.phone, contact.phone(phone, country, world) if phone else None, at)


def _revive(row: Customer, known: Known) -> None:
    """Not who has asked for an end: shops tell the whole contact anew when any of it changes."""
    dead = row.dead.get(known.value)
    if dead is not None and dead.reason not in _UNWANTED and known.at > dead.at:
        del row.dead[known.value]
