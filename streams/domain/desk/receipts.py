"""Bounces, complaints and unsubscriptions: what providers say long after a message was handed over."""

import msgspec

from streams.domain.customer import Pending, Permission, Settled, notification_of
from streams.domain.desk.outcomes import bounced_ticket, bury, fall_back
from streams.domain.desk.profile import permit
from streams.domain.desk.settling import kept
from streams.domain.desk.work import Work, change, on
from streams.domain.events import Event
from streams.domain.notes import Bounced, Channel, IntentRaised
from streams.domain.riders import riders

_replace = msgspec.structs.replace


def receipt(work: Work, event: Event, note: Bounced) -> None:
    """Other systems hear of each; for good changes where the customer is reached."""
    work.effects.receipts.append(note)
    name = notification_of(note.notification_id) if note.notification_id else ""
    channel: Channel = note.channel or "email"
    if note.outcome in {"complained", "unsubscribed"}:
        _no_more_offers(work, event, note.outcome)
    if note.outcome == "bounced" and note.permanent:
        _bounced(work, name, channel, note.reason or "bounced")
    elif note.outcome == "complained" or (note.outcome == "unsubscribed" and channel == "sms"):
        _bury_for(work, name, channel, note.outcome)


def _no_more_offers(work: Work, event: Event, proof: str) -> None:
    for purpose in list(work.row.consents):
        permit(work.row, purpose, Permission(given=False, at=event.time, proof=f"{proof}:{event.id}"))


def _bounced(work: Work, name: str, channel: Channel, reason: str) -> None:
    """The address is dead; a message that is owed goes by the other channel, if it is still news."""
    _bury_for(work, name, channel, "bounced")
    for pending in _told_by(work, name, channel):
        delivery = on(pending, channel)
        if delivery is not None and delivery.state != "failed":
            failed = _replace(delivery, state="failed", until=None, reason=reason)
            fall_back(work, work.put(change(pending, channel, failed)))


def _told_by(work: Work, name: str, channel: Channel) -> list[Pending]:
    """What the message said, of every order; nothing where that is forgotten."""
    pending = work.row.pending.get(name)
    return [pending, *riders(work.row, name, channel)] if pending is not None else kept(work.row, name)


def _bury_for(work: Work, name: str, channel: Channel, reason: str) -> None:
    """The address that this message went to; what is known now may be another one."""
    address, about = _went_to(work, name, channel)
    if address is None or about is None or address in work.row.dead:
        return
    bury(work, address, reason)
    if channel == "email":
        bounced_ticket(work, about, reason)


def _went_to(work: Work, name: str, channel: Channel) -> tuple[str | None, IntentRaised | Settled | None]:
    settled = work.row.settled.get(name)
    if settled is not None:
        return settled.to.get(channel), settled
    pending = work.row.pending.get(name)
    delivery = on(pending, channel) if pending is not None else None
    return (delivery.to, pending.intent) if pending is not None and delivery is not None else (None, None)
