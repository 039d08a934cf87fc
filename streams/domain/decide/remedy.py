"""What makes up for a broken promise, by the brand's own rules.

A rule is decided by the order alone, so the same order always comes to the same. What runs out for
many orders at once, a month's budget, is not for one order's row to know: `granted` is where a
reservation from a row of that budget would be asked for.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from streams.domain.decide.scene import Scene
from streams.domain.ledger import TOLD
from streams.domain.values import Money
from streams.domain.world import Remedy

_CENT = Decimal("0.01")


class Granted(NamedTuple):
    """`amount`: None where the remedy says enough by itself."""

    remedy: str
    amount: Money | None


def days_late(scene: Scene, arrived: dt.date) -> int:
    """Business days by which the earliest day that was told and not kept was missed; none: all were kept."""
    told = [scene.view.first_promise, *(e.expected for e in scene.ledger.entries if e.status in TOLD)]
    days = [scene.calendar.day(when) for w in told if w and (when := w.latest or w.earliest)]
    broken = [day for day in days if scene.calendar.is_later(arrived, day)]
    return scene.calendar.business_between(min(broken), arrived) if broken else 0


def granted(scene: Scene, late: int) -> Granted | None:
    """The first rule that holds, within the cap; None where none does."""
    brand, total = scene.world.brand(scene.shop), scene.view.total
    if total is None:
        return None
    for rule in brand.remedies:
        if late < rule.late_days or Decimal(total.amount) < Decimal(rule.total):
            continue
        return Granted(rule.remedy, _capped(_amount(scene, rule, total), brand.remedy_cap))
    return None


def _amount(scene: Scene, rule: Remedy, total: Money) -> Money | None:
    if rule.remedy == "free_delivery":
        return scene.view.order.delivery_price
    if rule.percent is not None:
        share = Decimal(total.amount) * rule.percent / 100
        return Money(str(share.quantize(_CENT, ROUND_HALF_UP)), total.currency)
    return rule.amount


def _capped(amount: Money | None, cap: Money | None) -> Money | None:
    if amount is None or cap is None or cap.currency != amount.currency:
        return amount
    return min(amount, cap, key=lambda money: Decimal(money.amount))
