"""Step 6: together. One message for an order and a slot, under the newest kind.

Messages about two orders of a customer stay two, though they may leave in the same minute, unless the brand
wants them together. A message is its order's: by it customers search and mail programs thread, for it the
links are signed, to it a bounce, a revision and the account of what was told lead back, and other systems
read of one order a message. What would be too many for one day is for the caps to say.

Where the brand says `orders_together`, news of a kind that may be told of several orders waits for its kind's
hold, if the customer has another order that could follow; and whichever leaves first takes along what else
would go the same way, in the same language, as of then. Each order keeps its own links, revisions and
account: only the mail or SMS is one, and in what becomes of it they all share.
"""

import datetime as dt
from collections.abc import Sequence

from streams.domain.customer import Pending
from streams.domain.kinds import ABOUT_SEVERAL_ORDERS
from streams.domain.notes import Channel, IntentRaised
from streams.domain.person import locale_of
from streams.domain.policy.case import Case, Suppress

# What one mail has room for, so that clients don't cut it: orders, and lines of items in all of them.
MOST_ORDERS, MOST_LINES = 4, 24
# What one SMS has room for besides its words: letters of all the orders' numbers.
MOST_LETTERS = 24


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


def may_share(case: Case) -> bool:
    """Whether it may be told in one message with other orders' news at all."""
    return case.brand.orders_together and case.intent.kind in ABOUT_SEVERAL_ORDERS


def held_for_other_orders(case: Case) -> dt.datetime | None:
    """Until when it waits for the like of another order; None where none could come, or none is wanted."""
    if not may_share(case) or len(case.customer.orders) <= 1:
        return None
    return case.pending.arrived + case.kind.hold


def goes_with(case: Case, first: Case) -> bool:
    """Whether it is the same news as the first one's, of another order, for the same reader."""
    new, old = case.intent, first.intent
    if (new.kind, new.shop) != (old.kind, old.shop) or new.order_id == old.order_id:
        return False
    return case.pending.told == first.pending.told and _locale(case) == _locale(first)


def has_room(aboard: Sequence[IntentRaised], new: IntentRaised, channel: Channel) -> bool:
    """Whether one message can tell of this order besides those aboard; each order but once."""
    if any(each.order_id == new.order_id for each in aboard):
        return False
    everybody = (*aboard, new)
    if channel == "sms":
        return _says_the_same(everybody)
    return len(everybody) <= MOST_ORDERS and sum(map(_lines, everybody)) <= MOST_LINES


def _says_the_same(texts: Sequence[IntentRaised]) -> bool:
    """One date for all of them, and numbers that leave room for it: then it is as short as for one order."""
    said = {(each.content.expected, each.content.whole_order) for each in texts}
    return len(said) == 1 and sum(len(each.content.number) for each in texts) <= MOST_LETTERS


def _lines(text: IntentRaised) -> int:
    """A parcel takes as much room as two lines."""
    content = text.content
    inside = sum(len(parcel.items) for parcel in content.parcels)
    return max(len(content.items), inside) + len(content.remaining) + 2 * len(content.parcels)


def _locale(case: Case) -> str:
    return locale_of(case.customer, case.intent, case.brand, case.world)
