"""What a person must see to with a supplier: silence, refusal, pieces that are missing."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.calendar import Calendar
from streams.domain.decide.preship import deadline
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.fold.contents import contents_of, has_left, minus
from streams.domain.fold.views import OrderView, Seen, SupplierOrder

_DAY = dt.timedelta(hours=24)
_ANSWERED = frozenset({"dispatched", "short_shipped", "rejected", "out_of_stock", "cancelled"})


def supplier_silent(scene: Scene) -> Iterator[Escalation]:
    """Neither an answer by its deadline, nor a parcel by its own word."""
    if scene.view.cancelled is not None:
        return
    for supplier in scene.view.suppliers.values():
        found = _silent_since(scene, supplier)
        if found is None:
            continue
        what, deadline = found
        if scene.wake(f"supplier:{supplier.id}:{what}", deadline):
            yield Escalation(
                "supplier_silent",
                f"{supplier.id}:{what}:{deadline.isoformat()}",
                deadline,
                deadline + _DAY,
                f"Supplier order {supplier.id} was to be {what} by {words(scene.calendar, deadline)}.",
                "Ask the supplier, and tell the customer if the promise is at risk.",
            )


def supplier_rejected(scene: Scene) -> Iterator[Escalation]:
    """Somebody must order it elsewhere, or tell the customer; over once it is ordered, or given up."""
    for supplier, seen in _unserved(scene, "rejected"):
        lines = seen.data.line_ids or supplier.line_ids
        elsewhere = {
            line
            for s in scene.view.suppliers.values()
            if s.ordered and s.id != supplier.id and s.ordered.time >= seen.time
            for line in s.line_ids
        }
        left = [line for line in lines if line in scene.view.open_lines and line not in elsewhere]
        if left:
            yield _at_the_supplier(supplier, seen, "supplier_rejected", f"was rejected: {', '.join(left)}.")


def short_shipped(scene: Scene) -> Iterator[Escalation]:
    """Fewer pieces have left than were ordered."""
    for supplier, seen in _unserved(scene, "short_shipped"):
        wanted = scene.view.open_lines
        left = [f"{count} of {line}" for line, count in supplier.missing.items() if line in wanted]
        if left:
            yield _at_the_supplier(supplier, seen, "short_shipped", f"came without {', '.join(left)}.")


def _unserved(scene: Scene, state: str) -> Iterator[tuple[SupplierOrder, Seen]]:
    for supplier in scene.view.suppliers.values():
        if supplier.state == state and supplier.since is not None:
            yield supplier, supplier.since


def _at_the_supplier(supplier: SupplierOrder, seen: Seen, kind: str, what: str) -> Escalation:
    return Escalation(
        kind,
        f"{supplier.id}:{seen.id}",
        seen.time,
        seen.time + _DAY,
        f"Supplier order {supplier.id} {what}",
        "Order it elsewhere, or offer the customer another item or the money back.",
    )


def _silent_since(scene: Scene, supplier: SupplierOrder) -> tuple[str, dt.datetime] | None:
    if supplier.state in _ANSWERED or _has_sent_all(scene.view, supplier):
        return None
    if supplier.answered is None and supplier.acknowledge_by is not None:
        return "accepted", scene.calendar.in_business(supplier.acknowledge_by)
    if supplier.dispatch_by is not None and supplier.state != "backordered":
        return "dispatched", deadline(scene.calendar, supplier.dispatch_by)
    return None


def _has_sent_all(view: OrderView, supplier: SupplierOrder) -> bool:
    """By its own parcel, or by parcels that the shop announced, which name no supplier order."""
    left = [parcel for parcel in view.parcels.values() if has_left(parcel)]
    if any(parcel.supplier_order == supplier.id for parcel in left):
        return True
    wanted = {line: view.open_lines[line] for line in supplier.line_ids if line in view.open_lines}
    return bool(wanted) and not minus(wanted, *contents_of(left))


def words(calendar: Calendar, when: dt.datetime) -> str:
    """An instant as the seller reads it."""
    return when.astimezone(calendar.zone).strftime("%Y-%m-%d %H:%M")
