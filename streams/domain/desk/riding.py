"""Several orders' news in one message: what rides in another notification's mail or SMS, and with what end.

A claim fixes the text; at that moment it takes along what else would go the same way (`policy/together.py`).
Each rider's delivery is claimed with it, keeps its own text, revision and account, and follows whatever
becomes of the message: sent and in doubt are every rider's end too; a message that surely did not get
through sets its riders down, and the next claim finds its riders anew. A repeat of what is in doubt carries
those it carried.
"""

from collections.abc import Iterator

import msgspec

from streams.domain.customer import OPEN, Delivery, Pending, text_of
from streams.domain.desk.outbox import decide, go
from streams.domain.desk.outcomes import fall_back, leave_in_doubt, went_out
from streams.domain.desk.turns import behind_of
from streams.domain.desk.work import Work, change, on, said_in
from streams.domain.notes import Channel
from streams.domain.policy import Case, Go, judge
from streams.domain.policy.together import goes_with, has_room, may_share
from streams.domain.riders import riders

_replace = msgspec.structs.replace


def aboard(work: Work, first: Pending, delivery: Delivery) -> list[Pending]:
    """Those whose news the message about to be claimed tells besides its own, the earliest first."""
    if delivery.doubtful:
        return riders(work.row, first.intent.notification_id, delivery.channel)
    leader = Case(work.row, first, work.world, work.now)
    found: list[Pending] = []
    if not may_share(leader):
        return found
    for other in sorted(work.row.pending.values(), key=_place):
        texts = [first.intent, *(each.intent for each in found)]
        case = Case(work.row, other, work.world, work.now, boarding=True)
        if goes_with(case, leader) and has_room(texts, other.intent, delivery.channel):
            found += _boarding(work, case, first, delivery.channel)
    return found


def _place(pending: Pending) -> int:
    return pending.place


def _boarding(work: Work, case: Case, first: Pending, channel: Channel) -> Iterator[Pending]:
    """Itself, if it would go now by the first one's channels and no other, with none of its order before."""
    other = case.pending
    theirs = on(other, channel) or Delivery(channel, "queued", work.now)
    tried = theirs.state == "waiting" and theirs.attempt > 0
    if theirs.state not in OPEN or theirs.doubtful or tried or behind_of(work, other, theirs) is not None:
        return
    verdict = judge(case)
    wanted = {each.channel for each in first.deliveries if each.state in OPEN}
    if isinstance(verdict, Go) and set(verdict.channels) == wanted:
        go(work, other, verdict.channels)
        yield work.row.pending[other.intent.notification_id]


def taken_along(work: Work, rider: Pending, claimed: Delivery, name: str) -> tuple[Pending, Delivery]:
    """The rider with its delivery as that message's is: claimed, until the same time, to the same address."""
    known = on(rider, claimed.channel)
    assert known is not None, "what rides goes by that channel"
    taken = _replace(
        known,
        state="claimed",
        until=claimed.until,
        to=claimed.to,
        said=said_in(text_of(rider, known)),
        rides=name,
        reason=None,
    )
    return work.put(change(rider, claimed.channel, taken)), taken


def follow(work: Work) -> None:
    """Brings every rider to where its message is by now."""
    for rider, delivery, name in _riding(work):
        if rider.withdrawn:
            _end_in_doubt(work, name, delivery.channel)
    for rider, delivery, name in _riding(work):
        _follow(work, work.row.pending[rider.intent.notification_id], delivery, name)


def _riding(work: Work) -> list[tuple[Pending, Delivery, str]]:
    """Who waits for the end of another notification's message, with its name."""
    return [
        (pending, delivery, delivery.rides)
        for pending in work.row.pending.values()
        for delivery in pending.deliveries
        if delivery.rides is not None and delivery.state == "claimed"
    ]


def _end_in_doubt(work: Work, name: str, channel: Channel) -> None:
    """What has been taken back is not said again, whoever says it: in doubt is the end for all aboard."""
    first = work.row.pending.get(name)
    theirs = on(first, channel) if first is not None else None
    if first is not None and theirs is not None and theirs.state in OPEN and theirs.doubtful:
        leave_in_doubt(work, first, theirs)


def _follow(work: Work, rider: Pending, delivery: Delivery, name: str) -> None:
    first = work.row.pending.get(name) or work.ended.get(name)
    theirs = on(first, delivery.channel) if first is not None else None
    if first is None or theirs is None:
        _set_down(work, rider, delivery, None)
    elif theirs.state == "sent":
        went_out(work, rider, _replace(delivery, to=theirs.to, sent_at=theirs.sent_at))
    elif theirs.state == "in_doubt":
        leave_in_doubt(work, rider, _replace(delivery, to=theirs.to, reason=theirs.reason))
    elif theirs.state == "claimed" or (theirs.state in OPEN and theirs.doubtful):
        if delivery.until != theirs.until:  # until the message's own outcome
            work.put(change(rider, delivery.channel, _replace(delivery, until=theirs.until)))
    elif theirs.state == "failed" and theirs.doubtful:
        failed = _replace(delivery, state="failed", until=None, to=theirs.to, reason=theirs.reason)
        fall_back(work, work.put(change(rider, delivery.channel, failed)))
    else:
        _set_down(work, rider, delivery, theirs)


def _set_down(work: Work, rider: Pending, delivery: Delivery, theirs: Delivery | None) -> None:
    """On its own again: nobody has it. It waits as long as the message does, perhaps to ride once more."""
    until = theirs.until if theirs is not None and theirs.state == "waiting" else None
    free = _replace(delivery, state="waiting" if until else "queued", until=until, since=work.now)
    free = _replace(free, to=None, said=None, text=None)
    decide(work, work.put(change(rider, delivery.channel, free)))
