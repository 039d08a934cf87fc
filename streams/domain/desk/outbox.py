"""The outbox: a notification from its raising to the one answer that the timeline gets about it."""

import datetime as dt

import msgspec

from streams.domain.customer import MOST_PENDING, OPEN, Delivery, Pending, Settled, State
from streams.domain.desk.settling import settle
from streams.domain.desk.work import Work
from streams.domain.notes import Channel, IntentRaised, IntentWithdrawn
from streams.domain.policy import Go, Suppress, Wait

_replace = msgspec.structs.replace
_DAY = dt.timedelta(days=1)


def raised(work: Work, intent: IntentRaised) -> None:
    """A new message, a revision of one that waits, or one that comes too late to change anything."""
    known = work.row.pending.get(intent.notification_id)
    if known is not None:
        _revise(work, known, intent)
        return
    settled = work.row.settled.get(intent.notification_id)
    if settled is not None and not _raised_anew(settled, intent):
        return
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
    work.ticket(
        "overload", f"{pending.intent.customer_id}:{work.now:%Y-%m-%d}", pending.intent, _DAY, summary
    )
    _drop(work, pending, "overload")


def _same_slot(work: Work, pending: Pending) -> list[Pending]:
    new = pending.intent
    others = (each for each in work.row.pending.values() if each is not pending)
    return [each for each in others if each.intent.slot == new.slot and each.intent.order_id == new.order_id]


def _revise(work: Work, pending: Pending, intent: IntentRaised) -> None:
    """While a claim is under way its text stands; the revision waits for what becomes of it."""
    latest = pending.newer or pending.intent
    if intent.revision <= latest.revision or pending.told:
        return
    if in_flight(pending):
        work.put(_replace(pending, newer=intent, withdrawn=None))
    else:
        decide(work, work.put(_renewed(pending, intent)))


def _renewed(pending: Pending, intent: IntentRaised) -> Pending:
    """The newest text, to be queued anew; what is sent stays sent, a retry's wait stays a wait."""
    deliveries = tuple(
        _replace(each, state="queued", until=None) if each.state == "ready" else each
        for each in pending.deliveries
    )
    basis = max(pending.basis, intent.caused_at)
    return _replace(pending, intent=intent, newer=None, withdrawn=None, deliveries=deliveries, basis=basis)


def withdrawn(work: Work, note: IntentWithdrawn) -> None:
    """No longer true. What a sender has is beyond recall, but it won't be tried again."""
    pending = work.row.pending.get(note.notification_id)
    if pending is None or pending.told:
        return
    decide(work, work.put(_replace(pending, withdrawn=note.reason, newer=None)))


def in_flight(pending: Pending) -> bool:
    """Whether a sender has it, or may have got it through without our knowing."""
    return any(
        each.state == "claimed" or (each.doubtful and each.state in OPEN) for each in pending.deliveries
    )


def decide(work: Work, pending: Pending) -> None:
    """Judges it by present facts, and does what the verdict says."""
    if pending.newer is not None and not in_flight(pending):
        pending = work.put(_renewed(pending, pending.newer))
    match work.judge(pending):
        case Suppress(reason):
            _drop(work, pending, reason)
        case Wait() as wait:
            _wait(work, pending, wait)
        case Go(channels):
            _go(work, pending, channels)


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
    deliveries = tuple(
        _replace(each, state="waiting", until=wait.until) if each.state in OPEN else each
        for each in pending.deliveries
    )
    work.put(
        _replace(
            pending,
            deliveries=deliveries,
            wake=wait.until,
            why=wait.why,
            basis=max(pending.basis, wait.until),
            quieted=pending.quieted or wait.why == "quiet_hours",
        )
    )


def _go(work: Work, pending: Pending, channels: tuple[Channel, ...]) -> None:
    kept = [each for each in pending.deliveries if each.state not in OPEN or each.channel in channels]
    waited = pending.wake is not None
    deliveries = tuple(_requeued(each) if waited else each for each in kept)
    present = {each.channel for each in deliveries if each.state != "dropped"}
    added = tuple(Delivery(channel, "queued", work.now) for channel in channels if channel not in present)
    pending = _replace(pending, deliveries=deliveries + added, wake=None, why=None)
    settle(work, work.put(pending))


def _requeued(delivery: Delivery) -> Delivery:
    return _replace(delivery, state="queued", until=None) if delivery.state == "waiting" else delivery
