"""What makes up for a broken promise, by the brand's own rules: asked for once, and kept.

By the order alone a rule may hold; the customer's history and the month's budget are not for one
order's row to know (`streams.domain.budget`). The apology waits for their answer.
"""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import msgspec

from streams.domain import budget, states
from streams.domain.budget import Offer, RemedyAsked, RemedyReturned
from streams.domain.decide.late import all_told_of
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.events import Payload
from streams.domain.fold.making_good import brings_again
from streams.domain.fold.returns import called_off
from streams.domain.fold.views import OrderView, Parcel, Seen
from streams.domain.ledger import Ledger
from streams.domain.order import Grant
from streams.domain.values import Money
from streams.domain.world import Brand, Remedy

_CENT = Decimal("0.01")
_NOT_THERE = frozenset({"not_at_home", "refused"})  # the customer, when the carrier came


class Broken(NamedTuple):
    """A promise that was not kept: the scan that brought the last of it, and business days late."""

    last: Seen
    late: int


def broken(scene: Scene) -> Broken | None:
    """All has arrived, and some of it later than the customer was told of it; nothing is in dispute.

    What came after a complaint was not what was promised then. What waited for the customer, or could not
    be handed to them, had come. Nobody is held to what was called off.
    """
    view = scene.view
    if view.state != states.DELIVERED or view.disputed:
        return None
    promised = [
        p for p in scene.parcels if p.delivered and not brings_again(view, p) and not called_off(view, p)
    ]
    last = max((p.deliveries[-1] for p in promised), key=lambda s: s.fact.place, default=None)
    if last is None:
        return None
    late = max(_days_late(scene, p) for p in promised)
    return Broken(last, late) if late else None


def _came(parcel: Parcel) -> Seen:
    """When it was with the customer as far as that was for us to bring about."""
    offered = (step for step in parcel.steps if _is_offered(step))
    return next(offered, parcel.deliveries[-1])


def _is_offered(step: Seen) -> bool:
    data = step.data
    if data.status == "attempt_failed":
        return bool(data.reason in _NOT_THERE or data.party == "recipient")
    return bool(data.status == "ready_for_pickup")


def _days_late(scene: Scene, parcel: Parcel) -> int:
    """Business days by which the earliest last day that was told of it was missed; none: all were kept."""
    days = [scene.calendar.day(told.latest) for told in all_told_of(scene, parcel) if told.latest]
    return scene.calendar.business_between(min(days), scene.calendar.day(_came(parcel).time)) if days else 0


def agree(scene: Scene, *, erased: bool) -> tuple[Grant | None, list[Payload]]:
    """What the row remembers of its remedy now, and what is to be asked for or given back."""
    grant = scene.grant
    if grant is None:
        asked = None if erased else question(scene)
        return (Grant(scene.now), [asked]) if asked is not None else (None, [])
    if not erased and "apology" not in scene.ledger.settled:
        return grant, []
    returned = unspent(grant, scene.ledger)
    return (msgspec.structs.replace(grant, returned=True), [returned]) if returned else (grant, [])


def unspent(grant: Grant | None, ledger: Ledger) -> RemedyReturned | None:
    """What was reserved for a customer who will not be told of it any more."""
    answer = grant.answer if grant is not None and not grant.returned else None
    if answer is None or answer.budget is None or "apology" in ledger.told:
        return None
    return RemedyReturned(answer.order_id, answer.budget, answer.remedy, answer.amount)


def question(scene: Scene) -> RemedyAsked | None:
    """To be asked before the apology, where a rule holds and it is still news."""
    brand, kind = scene.world.brand(scene.shop), scene.kind("apology")
    if not brand.remedies or not kind.enabled or "apology" in scene.ledger.settled:
        return None
    found = broken(scene)
    if found is None or scene.now - found.last.time > kind.max_age:
        return None
    offers = tuple(_offers(scene, brand, found.late))
    if not offers:
        return None
    month = found.last.time.astimezone(zoneinfo.ZoneInfo(brand.timezone))
    order = scene.view.order
    return RemedyAsked(
        scene.view.order_id,
        order.customer.customer_id,
        scene.shop,
        budget.name(scene.shop, month, offers[0].amount.currency),
        offers,
    )


def _offers(scene: Scene, brand: Brand, late: int) -> Iterator[Offer]:
    """By every rule that the order fulfils. In another currency than cap or budget nothing can be counted."""
    total = scene.view.total
    if total is None or any(
        bound is not None and bound.currency != total.currency
        for bound in (brand.remedy_cap, brand.remedy_budget)
    ):
        return
    for rule in brand.remedies:
        if late < rule.late_days or Decimal(total.amount) < Decimal(rule.total):
            continue
        amount = _amount(scene, rule, total)
        if amount is not None and amount.currency == total.currency and Decimal(amount.amount) > 0:
            yield Offer(rule.remedy, _capped(amount, brand.remedy_cap), rule.orders, rule.gap)


def _amount(scene: Scene, rule: Remedy, total: Money) -> Money | None:
    if rule.remedy == "free_delivery":
        return scene.view.order.delivery_price
    if rule.percent is not None:
        share = Decimal(total.amount) * rule.percent / 100
        return Money(str(share.quantize(_CENT, ROUND_HALF_UP)), total.currency)
    return rule.amount


def _capped(amount: Money, cap: Money | None) -> Money:
    return min(amount, cap, key=lambda money: Decimal(money.amount)) if cap is not None else amount


_GIVE = {
    "free_delivery": "Refund the delivery.",
    "partial_refund": "Refund that much.",
    "voucher": "Send the voucher.",
}


def remedy_due(scene: Scene) -> Iterator[Escalation]:
    """What the apology has promised is the seller's to give. A refund shows by itself, a voucher doesn't."""
    answer = scene.grant.answer if scene.grant is not None else None
    told = next(iter(scene.ledger.sent("apology")), None)
    if answer is None or answer.refused is not None or told is None:
        return
    voucher = answer.remedy == "voucher"
    if not voucher and _has_been_given(scene.view, answer.amount, told.at):
        return
    money = f"{answer.amount.amount} {answer.amount.currency}"
    yield Escalation(
        "remedy_due",
        told.id,
        told.at,
        told.at + scene.limits.tickets_due_in,
        f"The customer was promised {answer.remedy.replace('_', ' ')} of {money} for a late delivery.",
        _GIVE[answer.remedy],
        passing=not voucher,
    )


def _has_been_given(view: OrderView, amount: Money, since: dt.datetime) -> bool:
    """By a refund of as much, or one of which nobody says for what: goods and returns have their own."""
    return view.state == "refunded" or any(
        back.data.amount == amount or not (back.data.line_ids or back.data.return_id)
        for back in view.refunds
        if back.time >= since
    )
