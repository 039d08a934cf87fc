"""Parcels that leave though what is in them was cancelled: for the seller to stop, not to be announced."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.decide.named import called, causes
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.fold.views import OrderView, Parcel, Seen

_SENT = frozenset({"dispatched", "short_shipped"})
_COMES_BACK = frozenset({"refused", "returning", "returned"})


def cancelled_since(view: OrderView, parcel: Parcel) -> dt.datetime | None:
    """Since when nothing that is in the parcel is to be sent, by the shop's word or the customer's choice."""
    supplier = view.suppliers.get(parcel.supplier_order or "")
    lines = parcel.lines or (supplier.line_ids if supplier is not None else ())
    said = [view.cancelled_lines.get(line) for line in lines]
    known = [seen.time for seen in said if seen is not None]
    if known and len(known) == len(said):
        return max(known)
    return view.cancelled.time if view.cancelled is not None else None


def sent_though_cancelled(scene: Scene) -> Iterator[Escalation]:
    """Until it turns back or its label is cancelled, or the customer sends it back."""
    view = scene.view
    for parcel in scene.parcels:
        since = cancelled_since(view, parcel)
        left = _left_after(view, parcel, since) if since is not None else None
        if left is None or parcel.state in _COMES_BACK:
            continue
        if any(case.concerns(parcel) for case in view.returns.values()):
            continue
        yield Escalation(
            "cancelled_but_sent",
            causes(parcel),
            left.time,
            left.time + scene.limits.tickets_due_in,
            f"{called(parcel)} has left though what is in it was cancelled.",
            "Have the carrier turn it back, or tell the customer what to do with it.",
        )


def _left_after(view: OrderView, parcel: Parcel, since: dt.datetime) -> Seen | None:
    """The first word that it has left; None where it had left by then, or hasn't yet."""
    scan, supplier = parcel.first_scan, view.suppliers.get(parcel.supplier_order or "")
    if scan is not None and scan.time <= since:
        return None
    said = supplier.since if supplier is not None and supplier.state in _SENT else None
    words = [word for word in (scan, said) if word is not None and word.time > since]
    return min(words, key=lambda word: word.fact.place, default=None)
