"""From the queue to a claim: one message of an order at a time on each channel, in their order."""

import datetime as dt

import msgspec

from streams.domain.customer import (
    OPEN,
    Delivery,
    Pending,
    address,
    message_key,
    notification_of,
    text_of,
)
from streams.domain.desk import riding, tickets
from streams.domain.desk.outbox import decide
from streams.domain.desk.turns import behind_of
from streams.domain.desk.work import Work, change, on, said_in
from streams.domain.effects import Claim, Granted, Ready
from streams.domain.notes import ReferenceBound
from streams.domain.person import locale_of, zone_of
from streams.domain.policy.mode import reroute
from streams.domain.references import MESSAGE
from streams.domain.world import Brand

_replace = msgspec.structs.replace
ANNOUNCE_AGAIN_AT_MOST = dt.timedelta(minutes=15)


def release(work: Work) -> None:
    """Announces whatever stands in the queue with nothing before it."""
    for pending in list(work.row.pending.values()):
        for delivery in pending.deliveries:
            if delivery.state == "queued":
                _release(work, work.row.pending[pending.intent.notification_id], delivery)


def _release(work: Work, pending: Pending, delivery: Delivery) -> None:
    behind = behind_of(work, pending, delivery)
    if behind is not None:
        work.put(change(pending, delivery.channel, _replace(delivery, until=behind)))
        return
    announce(work, pending, _replace(delivery, since=work.now))


def announce(work: Work, pending: Pending, delivery: Delivery) -> None:
    """Tells the senders, and again after a while: a crash forgets what was only announced.

    So a crash delays by a quarter of what the message had waited by then; thousands that wait for a
    provider's return are announced 17 times in their first hour.
    """
    pause = max((work.now - delivery.since) / 4, work.world.limits.lease)
    until = work.now + min(pause, ANNOUNCE_AGAIN_AT_MOST)
    work.put(change(pending, delivery.channel, _replace(delivery, state="ready", until=until)))
    intent = pending.intent
    kind = work.world.kind(intent.kind, intent.shop)
    key = message_key(pending, delivery)
    work.effects.ready.append(Ready(key, intent.shop, delivery.channel, delivery.since, kind.urgent))


def granted(work: Work, grant: Granted) -> None:
    """A sender is free: judged once more, and claimed if it is still to go out as announced."""
    name = notification_of(grant.message_key)
    pending = work.row.pending.get(name)
    if pending is None or _announced(pending, grant.message_key) is None:
        return
    decide(work, pending)
    pending = work.row.pending.get(name)
    delivery = _announced(pending, grant.message_key) if pending is not None else None
    if pending is None or delivery is None:
        return
    behind = behind_of(work, pending, delivery)
    if behind is not None:
        work.put(change(pending, delivery.channel, _replace(delivery, state="queued", until=behind)))
        return
    _claim(work, pending, delivery)


def _announced(pending: Pending, key: str) -> Delivery | None:
    ready = (each for each in pending.deliveries if each.state == "ready")
    return next((each for each in ready if message_key(pending, each) == key), None)


def _claim(work: Work, pending: Pending, delivery: Delivery) -> None:
    intent, limits = text_of(pending, delivery), work.world.limits
    brand = work.world.brand(intent.shop)
    known = address(work.row, delivery.channel)
    others = riding.aboard(work, pending, delivery)
    claimed = _replace(
        delivery,
        state="claimed",
        attempt=delivery.attempt + 1,
        until=work.now + limits.lease + limits.attempt_timeout,
        to=reroute(brand, delivery.channel) or known,  # if it bounces, that is the address that is dead
        said=said_in(intent),
        rides=None,
    )
    work.put(change(pending, delivery.channel, claimed))
    claim = _claim_of(work, pending, claimed, brand, known or "")
    riders = tuple(
        _claim_of(work, *riding.taken_along(work, each, claimed, intent.notification_id), brand, known or "")
        for each in others
    )
    work.effects.claims.append(_replace(claim, riders=riders) if riders else claim)
    if claimed.attempt == 1:
        _on_first_attempt(work, pending, claimed)


def _on_first_attempt(work: Work, pending: Pending, delivery: Delivery) -> None:
    """A bounce names the message alone: its reference must lead back to this row."""
    intent = pending.intent
    key = message_key(pending, delivery)
    work.effects.notes.append(ReferenceBound(MESSAGE + key, intent.customer_id, work.now))
    statutory = work.world.kind(intent.kind, intent.shop).category == "S"
    if statutory and delivery.channel == "sms" and work.row.email is None:
        tickets.ask(
            work,
            "no_email",
            intent.order_id,
            intent,
            f"No e-mail address is known: {intent.kind} goes by SMS alone. Ask the customer for one.",
        )


def _claim_of(work: Work, pending: Pending, delivery: Delivery, brand: Brand, intended_for: str) -> Claim:
    """All that a sender needs for one attempt."""
    intent, row, world = text_of(pending, delivery), work.row, work.world
    placed = row.orders.get(intent.order_id)
    return Claim(
        notification_id=intent.notification_id,
        message_key=message_key(pending, delivery),
        attempt=delivery.attempt,
        channel=delivery.channel,
        provider=brand.mail_provider if delivery.channel == "email" else brand.sms_provider,
        to=delivery.to or "",
        intended_for=intended_for,
        customer_id=intent.customer_id,
        order_id=intent.order_id,
        shop=intent.shop,
        kind=intent.kind,
        locale=locale_of(row, intent, brand, world),
        timezone=zone_of(row, intent, brand, world).key,
        country=intent.country,
        customer_name=row.name.value if row.name is not None else None,
        address=placed.address if placed is not None else None,
        content=intent.content,
        because=intent.because,
        caused_at=intent.caused_at,
        decided_at=intent.decided_at,
        claimed_at=work.now,
        lease_until=work.now + world.limits.lease,
        repeat=delivery.doubtful,
        arrived_at=pending.arrived,
        mailed=delivery.channel == "sms" and _is_mailed(pending),
    )


def _is_mailed(pending: Pending) -> bool:
    mail = on(pending, "email")
    return mail is not None and mail.state not in {"failed", "dropped"}


def woken(work: Work, due: dt.datetime) -> None:
    """Looks again at what was due by then: ends of waits, retries, announcements."""
    for pending in list(work.row.pending.values()):
        if pending.wake is not None and pending.wake <= due:
            decide(work, pending)
            continue
        for delivery in pending.deliveries:
            if delivery.until is not None and delivery.until <= due and delivery.state in OPEN:
                _awake(work, work.row.pending.get(pending.intent.notification_id), delivery)


def _awake(work: Work, pending: Pending | None, delivery: Delivery) -> None:
    if pending is None or on(pending, delivery.channel) != delivery:
        return
    if delivery.state == "ready":
        announce(work, pending, delivery)
    elif delivery.state == "waiting":
        queued = _replace(delivery, state="queued", until=None, since=work.now)
        decide(work, work.put(change(pending, delivery.channel, queued)))
