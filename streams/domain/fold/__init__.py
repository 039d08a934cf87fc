"""Facts in, the order's timeline out. Pure, and blind to the order in which the facts came."""

from collections.abc import Callable, Sequence

from streams.domain import facts
from streams.domain.fold import contents, disputes, making_good, orders
from streams.domain.fold.choices import chose
from streams.domain.fold.identity import Names, normal
from streams.domain.fold.parcels import fold_mention
from streams.domain.fold.refunds import refunded
from streams.domain.fold.returns import complained, returned, returned_numbers, sent_back
from streams.domain.fold.suppliers import fold_supplier
from streams.domain.fold.views import OrderView, Seen
from streams.domain.order import Closed, Fact

_Fold = Callable[[OrderView, Seen], None]

_FOLDS: dict[str, _Fold] = {
    "order.placed": orders.placed,
    "order.paid": orders.paid,
    "order.payment_failed": orders.payment_failed,
    "order.changed": orders.changed,
    "order.cancelled": orders.cancelled,
    "order.recalled": orders.recalled,
    "order.refunded": refunded,
    "return.declared": returned,
    "return.instructions_sent": returned,
    "return.in_transit": returned,
    "return.received": returned,
    "return.accepted": returned,
    "return.rejected": returned,
    "complaint.filed": complained,
    "complaint.info_requested": complained,
    "complaint.decided": complained,
    "complaint.closed": complained,
    "supplier.ordered": fold_supplier,
    "supplier.accepted": fold_supplier,
    "supplier.rejected": fold_supplier,
    "supplier.backordered": fold_supplier,
    "supplier.out_of_stock": fold_supplier,
    "supplier.delayed": fold_supplier,
    "supplier.dispatched": fold_supplier,
    "customer.choice": chose,
    "feedback.given": orders.answered,
}
_MENTIONS = frozenset({"shipment.created", "shipment.status", "supplier.dispatched"})
KEPT = _FOLDS.keys() | _MENTIONS


def derive(order_id: str, kept: Sequence[Fact], closed: Closed | None = None) -> OrderView:
    """The timeline that these facts make; they must be sorted by their place."""
    view = OrderView(order_id, closed=closed)
    view.seen = [Seen(fact, facts.read(fact), fact.id, fact.time, fact.arrived) for fact in kept]
    # What was bought is known before anything is said of it, however wrong the clocks are.
    for seen in view.seen:
        if seen.fact.type == "order.placed":
            orders.placed(view, seen)
    mentions = [seen for seen in view.seen if seen.fact.type in _MENTIONS]
    going_back = returned_numbers(view.seen, mentions) if mentions else {}
    names = Names(mentions)
    for seen in view.seen:
        kind = seen.fact.type
        fold = _FOLDS.get(kind)
        if fold is not None:
            fold(view, seen)
        if kind in _MENTIONS:
            going = going_back.get(normal(seen.data.tracking_number or "")) if going_back else None
            if not sent_back(view, seen, going):
                fold_mention(view, seen, names)
    if view.confirmed is None and view.placed is not None:
        view.confirmed = view.paid
    view.opened = view.open_lines  # asked for a dozen times from here on, and settled
    contents.resolve(view)
    making_good.settle(view)
    view.disputes = disputes.standing(view)
    return view
