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
    if supplier.state != "dispatched" and not (kind == "supplier.ordered" and supplier.since):
        supplier.state, supplier.since = states.SUPPLIER[kind], seen
        supplier.trouble = seen if kind in _TROUBLE else None
    if kind == "supplier.dispatched" and _is_short(view, supplier, seen):
        supplier.state = "short_shipped"


def _is_short(view: OrderView, supplier: SupplierOrder, seen: Seen) -> bool:
    if seen.data.lines is None:
        return False
    sent = {line.line_id: line.quantity for line in seen.data.lines}
    return any(
        sent.get(line.line_id, 0) < line.quantity
        for line in view.lines.values()
        if line.line_id in supplier.line_ids
    )
