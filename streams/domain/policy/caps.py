"""Step 7: too much? Counted by the customer's own calendar day; statutory messages are exempt.

A message counts once, whatever its channels, from the moment that a sender has it. The local day was
chosen over a rolling 24 hours because it is what a person means by "a day", and what can be explained.
How many are too many says the brand of the message that is judged. A message that tells of several orders
counts for each of them, and once for the customer.
"""

import datetime as dt
from collections.abc import Iterator

from streams.domain.customer import Counted, Pending
from streams.domain.policy.case import Case, Suppress
from streams.domain.riders import begun, only_rides


def within_caps(case: Case) -> Suppress | None:
    """At most so many a day for the order and for the customer; a request for opinion once in a while."""
    if case.kind.category == "S" or _begun(case.pending):
        return None
    if case.kind.gap is not None and _asked_within(case, case.kind.gap):
        return Suppress("cap")
    today = [each for each in _counting(case) if _day(case, each.at) == _day(case, case.now)]
    limits, order_id = case.world.limits_of(case.intent.shop), case.intent.order_id
    full = sum(not each.rides for each in today) >= limits.per_customer_a_day
    full = full or sum(each.order_id == order_id for each in today) >= limits.per_order_a_day
    return Suppress("cap") if full else None


def _begun(pending: Pending) -> bool:
    return any(map(begun, pending.deliveries))


def _counting(case: Case) -> Iterator[Counted]:
    """What else has gone out, and what may be out by now: its time is known only with its outcome."""
    own = case.intent.notification_id
    yield from (each for each in case.customer.counted if each.notification_id != own)
    for pending in case.customer.pending.values():
        intent = pending.intent
        if _begun(pending) and case.world.kind(intent.kind, intent.shop).category != "S":
            sent = min((each.sent_at for each in pending.deliveries if each.sent_at), default=case.now)
            yield Counted(intent.notification_id, intent.order_id, sent, only_rides(pending))


def _asked_within(case: Case, gap: dt.timedelta) -> bool:
    asked = case.customer.asked_at
    if asked is not None and case.now - asked < gap:
        return True
    others = (each for each in case.customer.pending.values() if each is not case.pending and _begun(each))
    return any(case.world.kind(each.intent.kind, each.intent.shop).gap is not None for each in others)


def _day(case: Case, at: dt.datetime) -> dt.date:
    return at.astimezone(case.zone).date()
