"""The outbox: a notification from its raising to the one answer that the timeline gets about it."""

import datetime as dt

import msgspec

from streams.domain.customer import MOST_PENDING, OPEN, Delivery, Pending, Settled, State
from streams.domain.desk import tickets
from streams.domain.desk.settling import settle
from streams.domain.desk.work import Work
from streams.domain.notes import Channel, IntentRaised, IntentWithdrawn
from streams.domain.policy import Go, Suppress, Wait

_replace = msgspec.structs.replace


def raised(work: Work, intent: IntentRaised) -> None:
    """A new message, a revision of one that waits, or one that comes too late to change anything."""
    known = work.row.pending.get(intent.notification_id)
    if known is not None:
        _revise(work, known, intent)
        return
    settled = work.row.settled.get(intent.notification_id)
    if settled is not None and not _raised_anew(settled, intent):
        return
    work.row.settled.pop(intent.notification_id, None)
    work.row.place += 1
    pending = Pending(intent, work.row.place, work.now, intent.caused_at)
    work.put(pending)
    if len(work.row.pending) > MOST_PENDING:
        _refuse(work, pending)
        return
    for older in _same_slot(work, pending):
        decide(work, older)
    decide(work, pending)


def _raised_anew(settled: Settled, intent: IntentRaised) -> bool:
    """A refusal is the end of that revision alone: what nobody was told may become worth saying again."""
    return settled.outcome == "suppressed" and intent.revision > settled.revision


def _refuse(work: Work, pending: Pending) -> None:
    """The row's bound. Nobody is owed hundreds of messages at once, so a person must look."""
    summary = f"More than {MOST_PENDING} messages wait for one customer: further ones are not sent."
    tickets.ask(
        work, "overload", f"{pending.intent.customer_id}:{work.now:%Y-%m-%d}", pending.intent, summary
    )
    _drop(work, pending, "overload")


def _same_slot(work: Work, pending: Pending) -> list[Pending]:
    new = pending.intent
    others = (each for each in work.row.pending.values() if each is not pending)
    return [each for each in others if each.intent.slot == new.slot and each.intent.order_id == new.order_id]


def _revise(work: Work, pending: Pending, intent: IntentRaised) -> None:
    """What nobody has yet says the newest; what a sender has, or may have sent, stays as it was."""
    if intent.revision <= pending.intent.revision or pending.told:
        return
    deliveries = tuple(_revised(each, pending.intent) for each in pending.deliveries)
    basis = max(pending.basis, intent.caused_at)
    revised = _replace(pending, intent=intent, withdrawn=None, deliveries=deliveries, basis=basis)
    decide(work, work.put(revised))


def _revised(delivery: Delivery, before: IntentRaised) -> Delivery:
    if delivery.state == "claimed" or (delivery.doubtful and delivery.state in OPEN):
        return _replace(delivery, text=delivery.text or before)
    if delivery.state == "ready":  # under the old text's key
        return _replace(delivery, state="queued", until=None)
    return delivery


def withdrawn(work: Work, note: IntentWithdrawn) -> None:
    """No longer true. What a sender has is beyond recall, but it won't be tried again."""
    pending = work.row.pending.get(note.notification_id)
    if pending is None or pending.told:
        return
    decide(work, work.put(_replace(pending, withdrawn=note.reason)))


def decide(work: Work, pending: Pending) -> None:
    """Judges it by present facts, and does what the verdict says."""
    match work.judge(pending):
        case Suppress(reason):
            if reason == "no_contact":
                _miss(work, pending.intent)
            _drop(work, pending, reason)
        case Wait() as wait:
            _wait(work, pending, wait)
        case Go(channels):
            go(work, pending, channels)


def _miss(work: Work, intent: IntentRaised) -> None:
    """Somebody is owed an answer, and nobody but a person can find out where."""
    if work.row.email is None and work.world.kind(intent.kind, intent.shop).category != "C":
        summary = f"No address is known to send {intent.kind} to. Ask the customer for one."
        tickets.ask(work, "no_email", intent.order_id, intent, summary)


def _drop(work: Work, pending: Pending, reason: str) -> None:
    """What is in doubt can't be dropped: it may be with the customer already."""
    deliveries = tuple(_dropped(each, reason) for each in pending.deliveries)
    pending = work.put(_replace(pending, deliveries=deliveries, wake=None, why=reason))
    settle(work, pending)


def _dropped(delivery: Delivery, reason: str) -> Delivery:
    if delivery.state not in OPEN:
        return delivery
    state: State = "in_doubt" if delivery.doubtful else "dropped"
    return _replace(delivery, state=state, until=None, reason=reason)


def _wait(work: Work, pending: Pending, wait: Wait) -> None:
    """Back to the start of the queue when the wait is over; the wait doesn't make it older."""
    pending = _replace(
        pending,
        deliveries=tuple(_waiting(each, wait.until) for each in pending.deliveries),
        wake=wait.until,
        why=wait.why,
        basis=max(pending.basis, wait.until),
        quieted=pending.quieted or wait.why == "quiet_hours",
    )
    work.put(pending)


def _waiting(delivery: Delivery, until: dt.datetime) -> Delivery:
    """A retry that is to wait longer still does so."""
    if delivery.state not in OPEN or (
        delivery.state == "waiting" and delivery.until and delivery.until > until
    ):
        return delivery
    return _replace(delivery, state="waiting", until=until)


def go(work: Work, pending: Pending, channels: tuple[Channel, ...]) -> None:
    """By these channels, as soon as their turn comes."""
    left = (_without(each, channels) for each in pending.deliveries)
    deliveries = tuple(_going(each, pending.wake, channels, work.now) for each in left if each is not None)
    present = {each.channel for each in deliveries}
    added = tuple(Delivery(channel, "queued", work.now) for channel in channels if channel not in present)
    pending = _replace(pending, deliveries=deliveries + added, wake=None, why=None)
    settle(work, work.put(pending))


def _without(delivery: Delivery, channels: tuple[Channel, ...]) -> Delivery | None:
    """What it is where it no longer goes by that channel: not even tried, unless it may be out already."""
    if delivery.state not in OPEN or delivery.channel in channels:
        return delivery
    return _replace(delivery, state="failed", until=None) if delivery.doubtful else None


def _going(
    delivery: Delivery, waited: dt.datetime | None, channels: tuple[Channel, ...], now: dt.datetime
) -> Delivery:
    """Queued again after a wait of the policy's, or after it was dropped; a retry's wait goes on."""
    until = delivery.until
    over = delivery.state == "waiting" and waited is not None and until is not None and until <= waited
    if over or (delivery.state == "dropped" and delivery.channel in channels):
        return _replace(delivery, state="queued", until=None, since=now, reason=None)
    return delivery
