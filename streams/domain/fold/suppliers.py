"""What suppliers say; internal, for decisions and tickets alone."""

from streams.domain import states
from streams.domain.fold.views import OrderView, Seen, SupplierOrder

_TROUBLE = frozenset(
    {"supplier.backordered", "supplier.out_of_stock", "supplier.rejected", "supplier.delayed"}
)


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
    supplier.expected_at = getattr(data, "expected_at", None) or supplier.expected_at
    if kind == "supplier.dispatched":
        _sent(view, supplier, seen)
    elif supplier.state != "dispatched" and not (kind == "supplier.ordered" and supplier.since):
        supplier.state, supplier.since = states.SUPPLIER[kind], seen
        supplier.trouble = seen if kind in _TROUBLE else None


def _sent(view: OrderView, supplier: SupplierOrder, seen: Seen) -> None:
    """Trouble with lines that are still missing isn't over because others have left."""
    _count_sent(view, supplier, seen)
    supplier.state = "short_shipped" if supplier.missing else "dispatched"
    supplier.since = seen
    about = getattr(supplier.trouble.data, "line_ids", None) if supplier.trouble is not None else None
    if supplier.missing.keys().isdisjoint(about or ()):
        supplier.trouble = None


def _count_sent(view: OrderView, supplier: SupplierOrder, seen: Seen) -> None:
    """What one supplier order is still short of after all its parcels; a parcel without contents has all."""
    data = seen.data
    ordered = {line: view.lines[line].quantity for line in supplier.line_ids if line in view.lines}
    sent = {each.line_id: each.quantity for each in data.lines or ()}
    if data.lines is None:
        sent = {line: ordered.get(line, 0) for line in data.line_ids or ordered}
    for line, count in sent.items():
        supplier.sent[line] = supplier.sent.get(line, 0) + count
    left = {line: count - supplier.sent.get(line, 0) for line, count in ordered.items()}
    supplier.missing = {line: count for line, count in left.items() if count > 0}
