"""Step 6: together. One message for an order and a slot, under the newest kind.

Messages about two orders of a customer stay two, though they may leave in the same minute. A message is
its order's: by it customers search and mail programs thread, for it the links are signed, to it a bounce,
a revision and the account of what was told lead back, and other systems read of one order a message. What
would be too many for one day is for the caps to say.
"""

from streams.domain.customer import Pending
from streams.domain.policy.case import Case, Suppress


def not_replaced(case: Case) -> Suppress | None:
    """A newer message of the same order and slot says it, or says what has become of it."""
    if not case.intent.slot or len(case.customer.pending) == 1:
        return None
    replaced = any(replaces(each, case.pending) for each in case.customer.pending.values())
    return Suppress("coalesced") if replaced else None


def replaces(newer: Pending, older: Pending) -> bool:
    """Another kind of the same slot does; the same kind only if it covers all that the older one does."""
    new, old = newer.intent, older.intent
    if new.slot != old.slot or new.order_id != old.order_id or newer.place <= older.place:
        return False
    return new.kind != old.kind or set(old.covers) <= set(new.covers)
