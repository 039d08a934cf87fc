"""From what is true to what is worth saying: one small module for each family of messages."""

from collections.abc import Callable, Iterator

from streams.domain.decide import (
    aftersales,
    arrived,
    changes,
    confirmation,
    delivery,
    dispatch,
    limit,
    pickup,
    problems,
    promise,
    supply,
)
from streams.domain.decide.scene import Scene, Wanted

Decision = Callable[[Scene], Iterator[Wanted]]

# What may be worth saying while the goods are on their way, and what also when the order is over.
UNDER_WAY: tuple[Decision, ...] = (
    confirmation.confirmation,
    confirmation.payment_problem,
    changes.changes,
    supply.out_of_stock,
    supply.choices,
    dispatch.shipped,
    dispatch.tracking_changed,
    promise.promises,
    limit.delivery_limit,
    delivery.arriving_tomorrow,
    delivery.out_for_delivery,
    pickup.ready_for_pickup,
    pickup.pickup_reminder,
    delivery.attempt_failed,
    problems.action_required,
    problems.parcel_problem,
    delivery.delivered,
    arrived.delivery_check,
    arrived.apology,
    arrived.opinions,
)
AFTERWARDS: tuple[Decision, ...] = (
    aftersales.returns,
    aftersales.refunds,
    aftersales.complaints,
    aftersales.recalls,
    arrived.thanks,
)
ALL = (*UNDER_WAY, *AFTERWARDS)
OVER = (supply.choices, *AFTERWARDS)
# What the next event may put an end to. An import tells an order's past line by line, and each of
# these would be true for as long as it takes to read the next.
IN_PASSING = frozenset({
    "payment_problem", "out_of_stock_choice", "preship_delay", "preship_delay_2", "shipped",
    "tracking_changed", "delay", "delay_followup", "back_on_time", "arriving_tomorrow", "out_for_delivery",
    "ready_for_pickup", "pickup_reminder", "attempt_failed", "action_required", "parcel_problem",
    "delivery_check", "delivery_limit", "return_steps", "return_reminder", "return_received", "apology",
    "care_tips", "survey", "review_request",
})  # fmt: skip


def decide(scene: Scene) -> list[Wanted]:
    """What should be on its way now. Asks the scene to be woken for what may come with time."""
    decisions = ALL if scene.view.closed is None else OVER
    wishes = [wanted for decision in decisions for wanted in decision(scene)]
    return wishes if scene.caught_up is None else [_held(scene, wish) for wish in wishes]


def _held(scene: Scene, wish: Wanted) -> Wanted:
    """Not before the order's past has been told to its end."""
    until = scene.settles(wish.caused_at) if wish.kind in IN_PASSING else None
    if until is None or (scene.kind(wish.kind).urgent and _came_in_time(scene, wish)):
        return wish
    return wish._replace(hold_until=max(until, wish.hold_until or until), not_before=until)


def _came_in_time(scene: Scene, wish: Wanted) -> bool:
    """Whether only the order was late: whose scans come as they happen will say as soon what ends this."""
    causes = [seen for seen in scene.view.seen if seen.id in wish.because]
    late = scene.limits.late_after
    return bool(causes) and all(seen.arrived - seen.time <= late for seen in causes)
