"""What senders learn, and what follows: settled, tried again later, another channel, or a person's turn."""

import datetime as dt
import zlib

import msgspec

from streams.domain.customer import MOST_DEAD, OPEN, Dead, Delivery, Pending, Settled, message_key
from streams.domain.desk import tickets
from streams.domain.desk.outbox import decide
from streams.domain.desk.settling import settle
from streams.domain.desk.work import Work, change, on
from streams.domain.events import Event
from streams.domain.notes import Attempted, IntentRaised, ReferenceBound, Ticket
from streams.domain.references import MESSAGE, PROVIDER

_replace = msgspec.structs.replace
LONGEST_ASKED_WAIT = dt.timedelta(days=1)


def attempted(work: Work, event: Event, answer: Attempted) -> None:
    """An attempt's outcome, in time, late or repeated."""
    pending = work.row.pending.get(answer.notification_id)
    delivery = on(pending, answer.channel) if pending is not None else None
    if pending is None or delivery is None:
        _too_late(work, answer)
    elif answer.result == "sent" and delivery.attempt and delivery.state != "sent":
        _sent(work, pending, delivery, event.time, answer)
    elif answer.result == "failed" and _awaited(delivery, answer):
        _failed(work, pending, delivery, answer)


def _awaited(delivery: Delivery, answer: Attempted) -> bool:
    open_question = delivery.state == "claimed" or (delivery.state == "waiting" and delivery.doubtful)
    return open_question and delivery.rides is None and answer.attempt == delivery.attempt


def _sent(work: Work, pending: Pending, delivery: Delivery, at: dt.datetime, answer: Attempted) -> None:
    """Whatever the attempt's number: it is out, and what was planned besides is void."""
    work.effects.attempts.append(answer)
    if answer.provider_id:
        message = MESSAGE + message_key(pending, delivery)  # and not the customer: there may be many such
        work.effects.notes.append(ReferenceBound(PROVIDER + answer.provider_id, message, work.now))
    went_out(work, pending, _replace(delivery, sent_at=at))


def went_out(work: Work, pending: Pending, delivery: Delivery) -> None:
    """The customer has it by this channel."""
    sent = _replace(delivery, state="sent", until=None, reason=None, doubts=0)
    pending = work.put(change(pending, delivery.channel, sent))
    if any(each.state in OPEN for each in pending.deliveries):
        decide(work, pending)  # what stood in for this channel is owed no more
    else:
        settle(work, pending)


def _failed(work: Work, pending: Pending, delivery: Delivery, answer: Attempted) -> None:
    work.effects.attempts.append(answer)
    last = delivery.attempt >= work.world.limits.attempts
    unsent = _cleared(delivery, answer)
    if answer.in_doubt:
        in_doubt(work, pending, delivery, answer.reason or "no_answer")
    elif last and unsent.doubtful and not answer.permanent:
        leave_in_doubt(work, pending, unsent)
    elif last or answer.permanent:
        _give_up(work, pending, unsent, answer)
    else:
        _again(work, pending, unsent, answer.retry_after)


def _cleared(delivery: Delivery, answer: Attempted) -> Delivery:
    """This attempt did not get through; earlier ones still may have, and then the text must stay theirs."""
    doubts = delivery.doubts - (delivery.state == "waiting")  # it comes late: its doubt was counted
    return _replace(delivery, doubts=doubts, text=delivery.text if doubts else None, reason=answer.reason)


def _again(work: Work, pending: Pending, delivery: Delivery, asked: float | None = None) -> None:
    until = work.now + pause(work, message_key(pending, delivery), delivery.attempt, asked)
    waiting = _replace(delivery, state="waiting", until=until)
    pending = work.put(change(pending, delivery.channel, waiting))
    if pending.withdrawn:
        decide(work, pending)


def pause(work: Work, key: str, attempt: int, asked: float | None) -> dt.timedelta:
    """Doubles from attempt to attempt, and is never shorter than the provider asks for.

    Spread by a quarter, so that what failed together doesn't return together; the same in every run.
    """
    limits = work.world.limits
    doubled: dt.timedelta = min(limits.retry_first * 2 ** min(attempt - 1, 20), limits.retry_most)
    spread: float = 0.75 + 0.5 * zlib.crc32(f"{key}:{attempt}".encode()) / 2**32
    wanted = dt.timedelta(seconds=asked or 0)
    return max(doubled * spread, min(wanted, LONGEST_ASKED_WAIT))


def in_doubt(work: Work, pending: Pending, delivery: Delivery, reason: str) -> None:
    """It may have got through. Sent again only where a repeat is recognised as one."""
    doubtful = _replace(delivery, doubts=delivery.doubts + 1, reason=reason)
    if _may_repeat(work, pending, delivery):
        _again(work, pending, doubtful)
    else:
        leave_in_doubt(work, pending, doubtful)


def leave_in_doubt(work: Work, pending: Pending, delivery: Delivery) -> None:
    """Whether it went out is for a person to find out."""
    tickets.ask(
        work,
        "in_doubt",
        message_key(pending, delivery),
        pending.intent,
        f"Whether the {delivery.channel} {pending.intent.kind} went out is not known; it is not sent again.",
    )
    ended = _replace(delivery, state="in_doubt", until=None)
    settle(work, work.put(change(pending, delivery.channel, ended)))


def _may_repeat(work: Work, pending: Pending, delivery: Delivery) -> bool:
    shop = pending.intent.shop
    if pending.withdrawn or delivery.attempt >= work.world.limits.attempts:
        return False
    if work.world.repeats_safely(shop, delivery.channel):
        return True
    return delivery.channel == "email" and work.world.brand(shop).mail_in_doubt == "resend"


def leases_over(work: Work, due: dt.datetime) -> None:
    """Claims whose lease and attempt are over without a word are in doubt."""
    for pending in list(work.row.pending.values()):
        for delivery in pending.deliveries:
            own = delivery.state == "claimed" and delivery.rides is None
            if own and delivery.until is not None and delivery.until <= due:
                in_doubt(work, work.row.pending[pending.intent.notification_id], delivery, "no_answer")


def _give_up(work: Work, pending: Pending, delivery: Delivery, answer: Attempted) -> None:
    """The other channel for S and T; a dead address is remembered, and a person hears of it."""
    reason = answer.reason or "failed"
    bad_address = answer.permanent and answer.bad_address
    if bad_address and delivery.to is not None:
        bury(work, delivery.to, reason)
    failed = _replace(delivery, state="failed", until=None, reason=reason)
    pending = work.put(change(pending, delivery.channel, failed))
    _ticket(work, pending, delivery, reason, bad_address=bad_address)
    fall_back(work, pending)


def fall_back(work: Work, pending: Pending) -> None:
    """By another channel, if the message is owed and no channel has carried it."""
    owed = work.world.kind(pending.intent.kind, pending.intent.shop).category != "C"
    if owed and all(each.state not in {"sent", "in_doubt"} for each in pending.deliveries):
        decide(work, pending)
    else:
        settle(work, pending)


def bury(work: Work, address: str, reason: str) -> None:
    """Nothing is sent to this address any more."""
    work.row.dead[address] = Dead(reason, work.now)
    while len(work.row.dead) > MOST_DEAD:
        del work.row.dead[next(iter(work.row.dead))]


def _ticket(work: Work, pending: Pending, delivery: Delivery, reason: str, *, bad_address: bool) -> None:
    intent = pending.intent
    if work.world.kind(intent.kind, intent.shop).category == "C":
        return
    if bad_address and delivery.channel == "email":
        bounced_ticket(work, intent, reason)
    else:
        tickets.ask(
            work,
            "delivery_failed",
            message_key(pending, delivery),
            intent,
            f"The {delivery.channel} {intent.kind} could not be sent: {reason}.",
        )


def bounced_ticket(work: Work, about: IntentRaised | Settled, reason: str) -> None:
    """One for each order whose mail comes back for good."""
    summary = f"Mail to the customer comes back for good ({reason}): {about.kind}. Ask for another address."
    tickets.ask(work, "mail_bounced", about.order_id, about, summary)


def _too_late(work: Work, answer: Attempted) -> None:
    """After the end: a message held as in doubt did go out, and its tickets close."""
    settled = work.row.settled.get(answer.notification_id)
    if settled is None or settled.outcome != "in_doubt" or answer.result != "sent":
        return
    work.effects.attempts.append(answer)
    for name in (answer.notification_id, *settled.riders):
        each = work.row.settled.get(name)
        if each is not None and each.outcome == "in_doubt":
            work.row.settled[name] = _replace(each, outcome="sent")
            work.effects.tickets.append(_closing(work, name, each, answer))


def _closing(work: Work, name: str, settled: Settled, answer: Attempted) -> Ticket:
    return Ticket(
        ticket_id=f"in_doubt:{name}.{settled.revision}.{answer.channel}",
        order_id=settled.order_id,
        shop=settled.shop,
        kind="in_doubt",
        at=work.now,
        due_at=work.now,
        summary=f"The {answer.channel} {settled.kind} did go out.",
        customer_id=answer.customer_id,
        closed=True,
    )
