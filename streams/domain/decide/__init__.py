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


def decide(scene: Scene) -> list[Wanted]:
    """What should be on its way now. Asks the scene to be woken for what may come with time."""
    decisions = ALL if scene.view.closed is None else AFTERWARDS
    return [wanted for decision in decisions for wanted in decision(scene)]
