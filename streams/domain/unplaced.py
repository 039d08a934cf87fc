"""An order that others speak of and nobody has placed: how long its facts wait, and what becomes of them."""

import datetime as dt

from streams.domain import facts
from streams.domain.effects import Buried, TimelineEffects
from streams.domain.notes import ReferenceUnbound
from streams.domain.order import Fact, Order
from streams.domain.world import World


def await_order(order: Order, now: dt.datetime, world: World, effects: TimelineEffects) -> Order | None:
    """Facts about an order that nobody has placed yet; what waits too long is buried.

    A shop's own words wait as long as an event that names no order. A parcel's may be far older than
    its order (shops import late, carriers recycle numbers) and are no dead letters then: they wait as
    long as an order's row is kept.
    """
    waits = {fact: fact.arrived + _patience(fact, world) for fact in order.facts}
    kept = [fact for fact in order.facts if now < waits[fact]]
    effects.buried.extend(
        Buried("never_placed", fact.type, facts.original(fact, order.order_id))
        for fact in order.facts
        if fact not in kept
    )
    if not kept:
        effects.notes.extend(ReferenceUnbound(name, order.order_id) for name in order.references)
        return None
    order.facts = kept
    order.comments = {fact.id: text for fact in kept if (text := order.comments.get(fact.id))}
    order.timers = {"unplaced": min(waits[fact] for fact in kept)}
    order.now = now
    return order


def _patience(fact: Fact, world: World) -> dt.timedelta:
    return world.limits.keep_stub_for if fact.type.startswith("shipment.") else world.limits.park_for
