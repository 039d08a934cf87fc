"""The day by which the law wants the goods delivered: a ticket before it, the customer's rights after it."""

import datetime as dt
from collections.abc import Iterator

from streams.domain import law, states
from streams.domain.decide.content import content, items
from streams.domain.decide.scene import Escalation, Scene, Wanted
from streams.domain.fold.contents import still_to_come
from streams.domain.fold.returns import awaited

_COVER = "delivery_limit"
_OFFERED = frozenset({"ready_for_pickup", "pickup_expired", "refused"})
_NOT_WHOLE = frozenset({"damaged", "lost"})


def delivery_limit(scene: Scene) -> Iterator[Wanted]:
    """Nothing has been delivered, and the last day for it is over."""
    limit = None if _COVER in scene.ledger.settled else _limit(scene)
    if limit is None:
        return
    over = scene.calendar.end_of(limit)
    if scene.wake("delivery_limit", over):
        view = scene.view
        yield Wanted(
            "delivery_limit",
            "delivery_limit",
            (_COVER,),
            ("timer:delivery_limit",),
            over,
            content(scene, items=items(view, view.open_lines), total=view.total, deadline=limit.isoformat()),
        )


def limit_near(scene: Scene) -> Iterator[Escalation]:
    """Some days are left in which the seller can still deliver, or come to terms."""
    limit = _limit(scene)
    if limit is None:
        return
    since = scene.calendar.start_of(limit - scene.limits.limit_ticket_before)
    if scene.wake("delivery_limit_near", since):
        yield Escalation(
            "delivery_limit",
            limit.isoformat(),
            since,
            scene.calendar.end_of(limit),
            f"Nothing has been delivered, and the last day for it is {limit.isoformat()}.",
            "Deliver, or agree a later day with the customer; after it the customer may withdraw.",
            by_law=True,
        )


def _was_offered(scene: Scene) -> bool:
    """All of it, and whole: what the customer did not take, or did not fetch, the seller has delivered."""
    parcels = scene.parcels
    return still_to_come(scene.view, parcels) == {} and all(
        not p.reached.isdisjoint(_OFFERED) and p.reached.isdisjoint(_NOT_WHOLE) for p in parcels
    )


def _limit(scene: Scene) -> dt.date | None:
    """None where no law that we know holds, or where something has been delivered or nothing is awaited."""
    view = scene.view
    if (
        view.confirmed is None
        or view.placed is None
        or view.cancelled is not None
        or view.state == "refunded"
        or not awaited(view)
    ):
        return None
    if any(p.state == states.DELIVERED for p in view.parcels.values()) or _was_offered(scene):
        return None
    agreed = (view.promise.latest or view.promise.earliest) if view.promise else None
    return law.deliver_by(scene.calendar, view.placed.time, agreed)
