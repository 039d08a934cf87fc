"""Whose turn it is: messages of one order leave one at a time on each channel, in their order."""

import datetime as dt

from streams.domain.customer import Delivery, Pending
from streams.domain.desk.work import Work, on


def behind_of(work: Work, pending: Pending, delivery: Delivery) -> dt.datetime | None:
    """Until when it waits for another message of its order on its channel; urgent ones don't wait.

    For one that is with a sender until its lease is over, and for an earlier one that is on its way
    there, or to be tried again, as long as patience lasts.
    """
    if len(work.row.pending) == 1 or work.world.kind(pending.intent.kind, pending.intent.shop).urgent:
        return None
    patience_ends = delivery.since + work.world.limits.in_order_for
    for other in work.row.pending.values():
        if other is pending or other.intent.order_id != pending.intent.order_id:
            continue
        theirs = on(other, delivery.channel)
        if theirs is None:
            continue
        if theirs.state == "claimed":
            return theirs.until
        if patience_ends > work.now and _precedes(other, pending, theirs):
            return patience_ends
    return None


def _precedes(other: Pending, pending: Pending, theirs: Delivery) -> bool:
    tried = theirs.attempt > 0 or theirs.rides is not None
    under_way = theirs.state in {"queued", "ready"} or (theirs.state == "waiting" and tried)
    return under_way and other.place < pending.place
