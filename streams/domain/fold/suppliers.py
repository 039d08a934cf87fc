"""What suppliers say; internal, for decisions and tickets alone."""

from streams.domain import states
from streams.domain.fold.repeats import note
from streams.domain.fold.views import OrderView, Seen, SupplierOrder
from streams.domain.values import pieces


def fold_supplier(view: OrderView, seen: Seen) -> None:
    """Any `supplier.*` event."""
    data, kind = seen.data, seen.fact.type
    supplier = view.suppliers.get(data.supplier_order_id)
    if supplier is None:
        supplier = view.suppliers[data.supplier_order_id] = SupplierOrder(data.supplier_order_id)
    if kind == "supplier.ordered":
        supplier.ordered, supplier.supplier_id = seen, data.supplier_id
        supplier.line_ids, supplier.acknowledge_by = data.line_ids, data.acknowledge_by
    else:
        supplier.answered = supplier.answered or seen
    supplier.dispatch_by = getattr(data, "dispatch_by", None) or supplier.dispatch_by
    if kind == "supplier.dispatched":
        _sent(view, supplier, seen)
    elif supplier.state != "dispatched" and not (kind == "supplier.ordered" and supplier.since):
        supplier.since = seen
        _say(view, supplier, seen)


def _say(view: OrderView, supplier: SupplierOrder, seen: Seen) -> None:
    """A word about some lines is none about the others, and ends nothing that was said of those."""
    data, kind = seen.data, seen.fact.type
    lines = getattr(data, "line_ids", None) if kind != "supplier.ordered" else None
    if not lines:
        supplier.state = states.SUPPLIER[kind]
    if lines:
        fresh = [line for line in lines if not _repeats(view, supplier.troubles.get(line), seen, line)]
        supplier.troubles.update(dict.fromkeys(fresh, seen))
        if back := getattr(data, "expected_at", None):
            supplier.expected.update(dict.fromkeys(lines, back))
    elif kind == "supplier.accepted":
        _accept(supplier)
    elif kind in ("supplier.delayed", "supplier.rejected"):
        supplier.trouble = seen
        supplier.troubles = {
            line: said for line, said in supplier.troubles.items() if said.fact.type != "supplier.backordered"
        }


def _repeats(view: OrderView, known: Seen | None, seen: Seen, line: str) -> bool:
    """The same question once more, to which the customer has not answered yet."""
    if known is None or known.fact.type != "supplier.out_of_stock" or seen.fact.type != known.fact.type:
        return False
    answered = view.last_choice(line, known.time)
    if answered is not None or (known.data.alternatives or ()) != (seen.data.alternatives or ()):
        return False
    if known.data.line_ids == seen.data.line_ids:
        note(view, known, seen)
    return True


def _accept(supplier: SupplierOrder) -> None:
    """What was said of the whole order is taken back; what was said of a part was said of that part."""
    supplier.trouble = None
    if supplier.troubles.keys() >= set(supplier.line_ids):
        supplier.troubles = {}


def _sent(view: OrderView, supplier: SupplierOrder, seen: Seen) -> None:
    """Trouble with lines that are still missing isn't over because others have left."""
    _count_sent(view, supplier, seen)
    supplier.state = "short_shipped" if supplier.missing else "dispatched"
    supplier.since = seen
    supplier.trouble = None
    supplier.troubles = {line: said for line, said in supplier.troubles.items() if line in supplier.missing}


def _count_sent(view: OrderView, supplier: SupplierOrder, seen: Seen) -> None:
    """What one supplier order is still short of after all its parcels; a parcel without contents has all."""
    data = seen.data
    ordered = {line: view.lines[line].quantity for line in supplier.line_ids if line in view.lines}
    sent = pieces(data.lines or ())
    if not data.lines:
        sent = {line: ordered.get(line, 0) for line in data.line_ids or ordered}
    for line, count in sent.items():
        supplier.sent[line] = supplier.sent.get(line, 0) + count
    left = {line: count - supplier.sent.get(line, 0) for line, count in ordered.items()}
    supplier.missing = {line: count for line, count in left.items() if count > 0}
