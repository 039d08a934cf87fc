"""What runs out: a month's money for remedies. A row of its own, from which orders reserve by event.

The order says what its brand's rules would allow, the customer's desk which of that their history
allows, and the budget's row whether the money is there. One answer goes back to the order, which
keeps it: decided once, however often the order is looked at.

    order --RemedyAsked--> customer --RemedyReserved--> budget --RemedyDecided--> order
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

from streams.domain.events import Payload
from streams.domain.values import Identifier, Money, Value

BUDGET = "budget:"
KEEP_FOR = dt.timedelta(days=120)  # no order of that month asks, or gives back, any more

Refusal = Literal["history", "budget"]


class Offer(Value, frozen=True):
    """A remedy that the order by itself allows. `orders`, `gap`: as the rule asks of the customer."""

    remedy: str
    amount: Money
    orders: int = 1
    gap: dt.timedelta | None = None


class RemedyAsked(Payload, frozen=True):
    """From the order to its customer: which of these may be promised? The first that may is taken."""

    order_id: Identifier
    customer_id: Identifier
    shop: Identifier
    budget: str
    offers: tuple[Offer, ...]


class RemedyReserved(Payload, frozen=True):
    """From the customer to the budget, which holds no more than `limit`."""

    order_id: Identifier
    budget: str
    remedy: str
    amount: Money
    limit: Money


class RemedyDecided(Payload, frozen=True):
    """The answer. `refused`: why nothing is promised. `budget`: where the money was reserved, if anywhere."""

    order_id: Identifier
    remedy: str
    amount: Money
    refused: Refusal | None = None
    budget: str | None = None


class RemedyReturned(Payload, frozen=True):
    """The customer was not told after all: the money is there for others."""

    order_id: Identifier
    budget: str
    remedy: str
    amount: Money


def name(shop: str, month: dt.datetime, currency: str) -> str:
    """The row's key. `month`: any time in it, by the shop's own clock."""
    return f"{BUDGET}{shop}:{month:%Y-%m}:{currency}"


def reserve(spent: str, asked: RemedyReserved) -> tuple[str, RemedyDecided]:
    """What is spent now, and the answer. All of it or nothing: half a promise is none."""
    after = Decimal(spent) + Decimal(asked.amount.amount)
    if after > Decimal(asked.limit.amount):
        return spent, RemedyDecided(asked.order_id, asked.remedy, asked.amount, "budget")
    return str(after), RemedyDecided(asked.order_id, asked.remedy, asked.amount, budget=asked.budget)


def give_back(spent: str, returned: RemedyReturned) -> str:
    """What is spent now; never less than nothing, since the row may have been forgotten meanwhile."""
    return str(max(Decimal(0), Decimal(spent) - Decimal(returned.amount.amount)))
