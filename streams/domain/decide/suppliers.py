"""What a person must see to with a supplier: silence, refusal, pieces that are missing."""

import datetime as dt
from collections.abc import Iterable, Iterator

from streams.domain.calendar import Calendar
from streams.domain.decide.preship import deadline
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.decide.supply import held
from streams.domain.fold.contents import contents_of, has_left, minus
from streams.domain.fold.views import OrderView, Seen, SupplierOrder

_DAY = dt.timedelta(hours=24)
_SENT = frozenset({"dispatched", "short_shipped"})


def supplier_silent(scene: Scene) -> Iterator[Escalation]:
    """Neither an answer by its deadline, nor a parcel by its own word."""
    if scene.view.cancelled is not None:
        return
    for supplier in scene.view.suppliers.values():
        found = _silent_since(scene, supplier)
        if found is None:
            continue
        what, deadline = found
        if all(_is_ordered_elsewhere(scene.view, supplier, line, deadline) for line in _due(scene, supplier)):
            continue
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
    for supplier in scene.view.suppliers.values():
        for seen, lines in _rejections(supplier):
            left = _unserved(scene, supplier, lines, seen)
            if left:
                what = f"was rejected: {', '.join(left)}."
                yield _at_the_supplier(supplier, seen, "supplier_rejected", what)


def short_shipped(scene: Scene) -> Iterator[Escalation]:
    """Fewer pieces have left than were ordered, and nobody had said so before."""
    for supplier in scene.view.suppliers.values():
        seen = supplier.since
        if supplier.state != "short_shipped" or seen is None:
            continue
        unsaid = [line for line in supplier.missing if line not in supplier.troubles]
        left = [f"{supplier.missing[line]} of {line}" for line in _unserved(scene, supplier, unsaid, seen)]
        if left:
            yield _at_the_supplier(supplier, seen, "short_shipped", f"came without {', '.join(left)}.")


def _rejections(supplier: SupplierOrder) -> Iterator[tuple[Seen, Iterable[str]]]:
    """Each refusal, and the lines that it is still about."""
    whole = supplier.trouble
    if whole is not None and whole.fact.type == "supplier.rejected":
        yield whole, supplier.line_ids
    for seen in dict.fromkeys(supplier.troubles.values()):
        if seen.fact.type == "supplier.rejected":
            yield seen, [line for line, said in supplier.troubles.items() if said is seen]


def _unserved(scene: Scene, supplier: SupplierOrder, lines: Iterable[str], seen: Seen) -> list[str]:
    """Those that are still wanted, and that nobody else was asked for since."""
    view = scene.view
    return [
        line
        for line in lines
        if line in view.open_lines and not _is_ordered_elsewhere(view, supplier, line, seen.time)
    ]


def _is_ordered_elsewhere(view: OrderView, supplier: SupplierOrder, line: str, since: dt.datetime) -> bool:
    """Whether another was asked for it since then, or since it was first said that it can't be had here.

    Of a single piece any later order will do: of several, two may each send their part.
    """
    said, first = supplier.troubles.get(line), supplier.ordered
    after = min(since, said.time) if said is not None else since
    if first is not None and view.open_lines.get(line) == 1:
        after = min(after, first.time)
    others = (s for s in view.suppliers.values() if s.id != supplier.id and line in s.line_ids)
    return any(
        other.ordered is not None
        and other.ordered.time >= after
        and (first is None or other.ordered.fact.place > first.fact.place)
        for other in others
    )


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
    if supplier.state in _SENT or not _due(scene, supplier) or _has_sent_all(scene.view, supplier):
        return None
    if supplier.answered is None and supplier.acknowledge_by is not None:
        return "accepted", scene.calendar.in_business(supplier.acknowledge_by)
    if supplier.dispatch_by is not None:
        return "dispatched", deadline(scene.calendar, supplier.dispatch_by)
    return None


def _due(scene: Scene, supplier: SupplierOrder) -> list[str]:
    """What it is to send by its term: of the rest it has said that it can't."""
    view = scene.view
    lines = supplier.line_ids or tuple(view.open_lines)
    said = [(line, held(view, supplier, line)) for line in lines if line in view.open_lines]
    return [line for line, seen in said if seen is None or seen.fact.type == "supplier.delayed"]


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
