"""What messages may show of an order: items, parcels, dates. Nothing personal, no supplier."""

from collections.abc import Iterable
from typing import Any

from streams.domain.decide.scene import Scene
from streams.domain.fold.contents import Pieces, still_to_come
from streams.domain.fold.views import OrderView, Parcel
from streams.domain.notes import Content, Item, ParcelView
from streams.domain.values import Window, moment


def content(scene: Scene, parcels: Iterable[Parcel] = (), **more: Any) -> Content:
    """The part that every message has, and `more`."""
    view = scene.view
    return Content(
        number=view.order.number,
        order_state=view.state or "placed",
        placed_at=view.placed.time if view.placed else None,
        parcels=tuple(parcel_view(view, parcel) for parcel in parcels),
        first_promise=view.first_promise,
        **more,
    )


def items(view: OrderView, pieces: Pieces | None) -> tuple[Item, ...]:
    """Pieces by line as the customer knows them, in the order's own order."""
    if not pieces:
        return ()
    return tuple(
        Item(line.line_id, line.sku, line.title, pieces[line.line_id], line.unit_price, line.image_url)
        for line in view.lines.values()
        if pieces.get(line.line_id)
    )


def items_of(view: OrderView, parcels: Iterable[Parcel]) -> tuple[Item, ...]:
    """What is in these parcels together, as far as anybody knows."""
    pieces: Pieces = {}
    for parcel in parcels:
        for line, count in (parcel.contents or {}).items():
            pieces[line] = pieces.get(line, 0) + count
    return items(view, pieces)


def remaining(view: OrderView, arrived: list[Parcel]) -> tuple[Item, ...]:
    """What is still to come beside these parcels."""
    return items(view, still_to_come(view, arrived))


def parcel_view(view: OrderView, parcel: Parcel) -> ParcelView:
    delivered = parcel.delivered
    return ParcelView(
        key=parcel.key,
        state=parcel.state,
        carrier=parcel.carrier,
        tracking_number=parcel.number,
        tracking_url=parcel.url,
        items=items(view, parcel.contents),
        expected=estimate(parcel),
        pickup=parcel.pickup if parcel.state == "ready_for_pickup" else None,
        delivered_to=delivered.data.delivered_to if delivered else None,
        delivered_at=delivered.time if delivered else None,
        reason=parcel.reason,
        party=parcel.party,
        replaced_number=next(reversed(parcel.replaced), None),
    )


def estimate(parcel: Parcel) -> Window | None:
    """The carrier's own latest word on when it comes."""
    if not parcel.estimates:
        return None
    window: Window = parcel.estimates[-1].data.estimated_delivery
    return window


def span(windows: Iterable[Window | None]) -> Window | None:
    """From the first earliest to the last latest; None where one of them is unknown."""
    known = list(windows)
    if not known or None in known:
        return None
    earliest = [w.earliest or w.latest for w in known if w is not None]
    latest = [w.latest or w.earliest for w in known if w is not None]
    if None in earliest or None in latest:
        return None
    return Window(min(earliest, key=_sortable), max(latest, key=_sortable))  # type: ignore[arg-type]  # Nones are out


def _sortable(text: str) -> str:
    value = moment(text)
    return value.isoformat()
