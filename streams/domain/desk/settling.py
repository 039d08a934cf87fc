"""The end of a notification: one answer to the timeline, a refusal on record, what later news may need."""

import datetime as dt

import msgspec

from streams.domain.customer import (
    MOST_KEPT,
    MOST_SETTLED,
    MOST_SETTLED_BURST,
    REMEMBER,
    SETTLED,
    Counted,
    Customer,
    Delivery,
    Kept,
    Pending,
    Said,
    Settled,
    address,
)
from streams.domain.desk.work import Work
from streams.domain.effects import Suppressed
from streams.domain.notes import Outcome, Told
from streams.domain.person import chosen_before
from streams.domain.riders import only_rides, riders

_replace = msgspec.structs.replace
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Pending).decode
COUNTED_FOR = dt.timedelta(hours=50)  # longer than any local day
KEPT_FOR = dt.timedelta(hours=48)


def settle(work: Work, pending: Pending) -> None:
    """Once every channel has its end."""
    if any(each.state not in SETTLED for each in pending.deliveries):
        return
    outcome = outcome_of(pending)
    del work.row.pending[pending.intent.notification_id]
    work.ended[pending.intent.notification_id] = pending
    count(work, pending, outcome)
    _remember(work, pending, outcome)
    _keep(work, pending, outcome)
    if pending.told:
        return
    work.effects.told.append(_told(work, pending, outcome))
    if outcome == "suppressed":
        work.effects.suppressed.append(_suppressed(work, pending))


def outcome_of(pending: Pending) -> Outcome:
    """Sent if it went out by any channel; suppressed only if no sender ever failed at it."""
    states = {each.state for each in pending.deliveries}
    for outcome in ("sent", "in_doubt", "failed"):
        if outcome in states:
            return outcome
    return "suppressed"


def _spoken(pending: Pending, outcome: Outcome) -> Said:
    """The newest text that came to this outcome. What was never claimed promises nothing."""
    texts = (each.said for each in pending.deliveries if each.state == outcome and each.said is not None)
    intent = pending.intent
    return max(texts, key=_revision, default=Said(intent.kind, intent.revision, intent.covers))


def _told(work: Work, pending: Pending, outcome: Outcome) -> Told:
    intent, said = pending.intent, _spoken(pending, outcome)
    ended = [each for each in pending.deliveries if each.state == outcome]
    return Told(
        notification_id=intent.notification_id,
        revision=said.revision,
        order_id=intent.order_id,
        kind=said.kind,
        slot=intent.slot,
        outcome=outcome,
        at=max((each.sent_at for each in ended if each.sent_at is not None), default=work.now),
        covers=said.covers,
        channels=tuple(each.channel for each in ended) if outcome == "sent" else (),
        reason=None if outcome == "sent" else _reason(pending, ended),
        expected=said.expected,
        next_update=said.next_update,
        chosen_locale=chosen_before(work.row, intent.content.placed_at),
        told_in=next((each.rides for each in ended), None) if only_rides(pending) else None,
    )


def _revision(said: Said) -> int:
    return said.revision


def _reason(pending: Pending, ended: list[Delivery]) -> str | None:
    return next((each.reason for each in ended if each.reason), pending.why)


def _suppressed(work: Work, pending: Pending) -> Suppressed:
    intent = pending.intent
    return Suppressed(
        intent.notification_id,
        intent.order_id,
        intent.shop,
        intent.kind,
        work.now,
        pending.why or "moot",
        intent.because,
    )


def count(work: Work, pending: Pending, outcome: Outcome) -> None:
    """Towards the caps, once for a message whatever its channels; a statutory one doesn't count."""
    intent, row = pending.intent, work.row
    if outcome not in {"sent", "in_doubt"} or pending.told:
        return
    kind = work.world.kind(_spoken(pending, outcome).kind, intent.shop)
    if kind.category == "S":
        return
    at = min((each.sent_at for each in pending.deliveries if each.sent_at), default=work.now)
    if kind.name == "apology" and intent.content.remedy is not None:
        row.remedied_at = at
    recent = (each for each in row.counted if work.now - each.at < COUNTED_FOR)
    counted = Counted(intent.notification_id, intent.order_id, at, only_rides(pending))
    row.counted = (*recent, counted)
    if kind.gap is not None:
        row.asked_at = at


def _remember(work: Work, pending: Pending, outcome: Outcome) -> None:
    intent, row = pending.intent, work.row
    row.settled.pop(intent.notification_id, None)
    row.settled[intent.notification_id] = Settled(
        revision=intent.revision,
        outcome=outcome,
        at=work.now,
        order_id=intent.order_id,
        shop=intent.shop,
        kind=_spoken(pending, outcome).kind,
        reason=pending.why,
        to={each.channel: each.to for each in pending.deliveries if each.to is not None},
        riders=tuple(each.intent.notification_id for each in riders(row, intent.notification_id)),
    )
    _forget_oldest(row, work.now)


def _forget_oldest(row: Customer, now: dt.datetime) -> None:
    """The last few, and those of the last hour: revisions on the way must find what they revise."""
    while len(row.settled) > MOST_SETTLED:
        oldest = next(iter(row.settled))
        young = now - row.settled[oldest].at < REMEMBER
        if young and len(row.settled) <= MOST_SETTLED_BURST:
            return
        del row.settled[oldest]


def _keep(work: Work, pending: Pending, outcome: Outcome) -> None:
    """A mail may still bounce: what an SMS could then say is kept a while, where there is a phone."""
    row, intent = work.row, pending.intent
    for name in [each for each, kept in row.kept.items() if work.now - kept.at > KEPT_FOR]:
        del row.kept[name]
    if outcome != "sent" or not _by_mail_alone(pending) or address(row, "sms") is None:
        return
    if work.world.kind(intent.kind, intent.shop).category == "C":
        return
    packed = _pack(_replace(pending, told=True, wake=None))
    carrier = next((each.rides for each in pending.deliveries if each.state == "sent"), None)
    if carrier is not None and carrier in row.kept:
        mail = row.kept[carrier]
        row.kept[carrier] = _replace(mail, riders=(*mail.riders, packed))
        return
    row.kept[intent.notification_id] = Kept(work.now, packed)
    while len(row.kept) > MOST_KEPT:
        del row.kept[next(iter(row.kept))]


def _by_mail_alone(pending: Pending) -> bool:
    sent = {each.channel for each in pending.deliveries if each.state == "sent"}
    return sent == {"email"}


def kept(row: Customer, name: str) -> list[Pending]:
    """What was said by that mail, taken out of its keeping; none if it is gone, or an older program's."""
    packed = row.kept.pop(name, None)
    if packed is None:
        return []
    try:
        return [_unpack(each) for each in (packed.pending, *packed.riders)]
    except msgspec.DecodeError:
        return []
