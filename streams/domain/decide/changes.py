"""What the customer bought has changed, or was cancelled: within five minutes one message."""

from collections.abc import Iterator
from typing import Any

from streams.domain.decide.content import content, items, remaining
from streams.domain.decide.delivery import withdraw_until
from streams.domain.decide.late import latest_day, parts, told_of
from streams.domain.decide.scene import Scene, Wanted, because, first_arrival, newest
from streams.domain.fold.returns import called_off
from streams.domain.fold.views import Change, OrderView
from streams.domain.ledger import EVERY_DATE

_SUPPLIER = "supplier"
_THERE = frozenset({"out_for_delivery", "ready_for_pickup", "delivered"})


def changes(scene: Scene) -> Iterator[Wanted]:
    """All that the customer hasn't been told of, under the newest kind."""
    view = scene.view
    # A confirmation that has yet to go out tells the order as it has become.
    if view.cancelled is None and "confirmed" not in scene.ledger.settled:
        return
    fresh = [c for c in view.changes if f"change:{c.seen.id}" not in scene.ledger.settled]
    if not fresh or (view.cancelled is not None and not _covers(scene, fresh)):
        return
    fields = tuple(f for f in _fields(view, fresh) if f != "promised_delivery" or not _is_told(scene))
    if not fields and all(change.fields != ("cancelled",) for change in fresh):
        return  # changed, and changed back, or told by other words: the order is what the customer knows
    seen = [change.seen for change in fresh]
    last = fresh[-1]
    cancels = view.cancelled is not None or last.fields == ("cancelled",)
    kind = "order_cancelled" if cancels else "order_changed"
    expected = view.promise if "promised_delivery" in fields else None
    yield Wanted(
        kind,
        "change",
        (*_covers(scene, fresh), *((EVERY_DATE,) if expected else ())),
        because(seen),
        newest(seen),
        content(
            scene,
            items=items(view, _cancelled(view) if cancels else view.open_lines),
            remaining=remaining(view, [p for p in scene.parcels if p.delivered]) if cancels else (),
            total=view.total,
            delivery_price=view.order.delivery_price,
            changes=fields,
            whole_order=view.cancelled is not None,
            by=_by(fresh) if cancels else None,
            reason=_said(fresh, "reason") if cancels and _said(fresh, "by") != _SUPPLIER else None,
            expected=expected,
            told=scene.ledger.told_window((), scene.first_promise) if expected else None,
            withdraw_until=withdraw_until(scene) if cancels else None,  # nothing more may be to come
        ),
        hold_until=first_arrival(seen) + scene.kind(kind).hold,
    )


def _is_told(scene: Scene) -> bool:
    """Whether the last day that the customer was told, of all that they wait for, is the promised one.

    Of what is at their door, or with them, no day says anything.
    """
    waiting = [part.window for part in parts(scene)]
    others = [p for p in scene.parcels if p.state not in _THERE and not called_off(scene.view, p)]
    told = waiting or [told_of(scene, parcel) for parcel in others]
    return {latest_day(scene, window) for window in told} <= {latest_day(scene, scene.view.promise)}


def _covers(scene: Scene, fresh: list[Change]) -> list[str]:
    """Once all is cancelled that is the news, and what was changed or cancelled before is none."""
    whole = scene.view.cancelled
    return [f"change:{c.seen.id}" for c in fresh if whole is None or c.seen is whole]


def _fields(view: OrderView, fresh: list[Change]) -> tuple[str, ...]:
    """What is now other than it was before the first of these changes; an address always is."""
    known: dict[str, Any] = {}
    for change in reversed(fresh):
        known.update(change.before)
    now = {"lines": view.lines, "promised_delivery": view.promise, "total": view.total}
    named = (field for change in fresh for field in change.before)
    return tuple(f for f in dict.fromkeys(named) if f not in now or now[f] != known[f])


def _cancelled(view: OrderView) -> dict[str, int]:
    return {
        line.line_id: line.quantity
        for line in view.lines.values()
        if view.cancelled is not None or line.line_id in view.cancelled_lines
    }


def _by(fresh: list[Change]) -> str | None:
    """The seller answers for the supplier, who is never named."""
    by = _said(fresh, "by")
    return "seller" if by == _SUPPLIER else by


def _said(fresh: list[Change], name: str) -> str | None:
    said = [getattr(c.seen.data, name) for c in fresh if c.fields == ("cancelled",)]
    return next((word for word in reversed(said) if word), None)
