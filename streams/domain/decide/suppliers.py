"""What a person must see to with a supplier: silence, refusal, pieces that are missing."""

import datetime as dt
from collections.abc import Iterable, Iterator

from streams.domain.calendar import Calendar
from streams.domain.decide.preship import deadline
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.decide.supply import held, is_ordered_elsewhere, waits
from streams.domain.fold.contents import contents_of, has_left, minus
from streams.domain.fold.views import OrderView, Seen, SupplierOrder
from streams.domain.values import Moment

_SENT = frozenset({"dispatched", "short_shipped"})


def supplier_silent(scene: Scene) -> Iterator[Escalation]:
    """Neither an answer by its deadline, nor a parcel by its own word."""
    if scene.view.state in ("cancelled", "refunded"):
        return
    for supplier in scene.view.suppliers.values():
        found = _silent_since(scene, supplier)
        if found is None:
            continue
        what, deadline = found
        if all(is_ordered_elsewhere(scene.view, supplier, line, deadline) for line in _due(scene, supplier)):
            continue
        if scene.wake(f"supplier:{supplier.id}:{what}", deadline):
            yield Escalation(
                "supplier_silent",
                f"{supplier.id}:{what}:{deadline.isoformat()}",
                deadline,
                deadline + scene.limits.tickets_due_in,
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
                yield _at_the_supplier(scene, supplier, seen, "supplier_rejected", what)


def short_shipped(scene: Scene) -> Iterator[Escalation]:
    """Fewer pieces have left than were ordered, and nobody had said so before."""
    for supplier in scene.view.suppliers.values():
        seen = supplier.since
        if supplier.state != "short_shipped" or seen is None:
            continue
        unsaid = [line for line in supplier.missing if line not in supplier.troubles]
        short = {line: _short(scene, supplier, line) for line in _unserved(scene, supplier, unsaid, seen)}
        left = [f"{count} of {line}" for line, count in short.items() if count > 0]
        if left:
            yield _at_the_supplier(scene, supplier, seen, "short_shipped", f"came without {', '.join(left)}.")


def _short(scene: Scene, supplier: SupplierOrder, line: str) -> int:
    """How many pieces nobody has sent, unless another who was asked for the line has yet to send theirs."""
    view = scene.view
    asked = [s for s in view.suppliers.values() if line in s.line_ids]
    sent = {s.since.fact.place: s for s in asked if s.state in _SENT and s.since is not None}
    if any(s.state not in _SENT and held(view, s, line) is None for s in asked):
        return 0
    if supplier is not sent[max(sent)]:
        return 0  # a piece is missed once: from the last parcel
    return min(supplier.missing[line], view.open_lines[line] - sum(s.sent.get(line, 0) for s in asked))


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
        if line in view.open_lines and not is_ordered_elsewhere(view, supplier, line, seen.time)
    ]


def _at_the_supplier(scene: Scene, supplier: SupplierOrder, seen: Seen, kind: str, what: str) -> Escalation:
    return Escalation(
        kind,
        f"{supplier.id}:{seen.id}",
        seen.time,
        seen.time + scene.limits.tickets_due_in,
        f"Supplier order {supplier.id} {what}",
        "Order it elsewhere, or offer the customer another item or the money back.",
    )


def _silent_since(scene: Scene, supplier: SupplierOrder) -> tuple[str, dt.datetime] | None:
    due = _due(scene, supplier)
    if supplier.state in _SENT or not due or _has_sent_all(scene.view, supplier):
        return None
    if supplier.answered is None and supplier.acknowledge_by is not None:
        return "accepted", scene.calendar.in_business(supplier.acknowledge_by)
    terms = [deadline(scene.calendar, term) for term in due.values() if term is not None]
    return ("dispatched", min(terms)) if terms else None


def _due(scene: Scene, supplier: SupplierOrder) -> dict[str, Moment | None]:
    """What it is to send, and by when as it said last; not what it has said that it can't send."""
    view, due = scene.view, {}
    for line in supplier.line_ids or tuple(view.open_lines):
        said = held(view, supplier, line)
        if line not in view.open_lines:
            continue
        if said is None or said.fact.type == "supplier.delayed":
            due[line] = supplier.dispatch_by
        elif line in supplier.expected and _is_to_be_back(view, said, line):
            due[line] = supplier.expected[line]
    return due


def _is_to_be_back(view: OrderView, said: Seen, line: str) -> bool:
    """Of what it has run out of only where the customer waits for it."""
    if said.fact.type == "supplier.out_of_stock":
        return waits(view, said, (line,))
    return said.fact.type == "supplier.backordered"


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
