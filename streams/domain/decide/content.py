"""What messages may show of an order: items, parcels, dates. Nothing personal, no supplier."""

from collections.abc import Iterable
from typing import Any

from streams.domain import naming
from streams.domain.decide.scene import Scene
from streams.domain.fold.contents import Pieces, plus, still_to_come
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
        parcels=tuple(parcel_view(scene, parcel) for parcel in parcels),
        first_promise=scene.first_promise,
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
    return items(view, plus(parcel.contents or {} for parcel in parcels))


def why(parcels: Iterable[Parcel]) -> dict[str, str | None]:
    """`reason`, and `party`, where all of them have the same: a word about one is none about the others."""
    found = list(parcels)
    reasons, parties = {parcel.reason for parcel in found}, {parcel.party for parcel in found}
    return {
        "reason": reasons.pop() if len(reasons) == 1 else None,
        "party": parties.pop() if len(parties) == 1 else None,
    }


def remaining(view: OrderView, arrived: list[Parcel]) -> tuple[Item, ...]:
    """What is still to come beside these parcels."""
    return items(view, still_to_come(view, arrived))


def parcel_view(scene: Scene, parcel: Parcel) -> ParcelView:
    delivered = parcel.delivered
    return ParcelView(
        key=_shown(parcel.key),
        state=parcel.state,
        carrier=parcel.carrier,
        tracking_number=parcel.number,
        tracking_url=parcel.url,
        items=items(scene.view, parcel.contents),
        expected=_still_expected(scene, parcel),
        pickup=parcel.pickup if parcel.state == "ready_for_pickup" else None,
        delivered_to=parcel.delivered_to,
        delivered_at=delivered.time if delivered else None,
        reason=parcel.reason,
        party=parcel.party,
        replaced_number=next(reversed(parcel.replaced), None),
    )


def _shown(key: str) -> str:
    """A parcel that only its supplier order names isn't called by that before the customer."""
    return naming.token(key) if key.startswith("o:") else key


def estimate(parcel: Parcel) -> Window | None:
    """The carrier's own latest word on when it comes."""
    if not parcel.estimates:
        return None
    window: Window = parcel.estimates[-1].data.estimated_delivery
    return window


def _still_expected(scene: Scene, parcel: Parcel) -> Window | None:
    """The carrier's word, unless its day is over, or the courier has come in vain since it was given."""
    window = estimate(parcel)
    if window is None:
        return None
    day = scene.calendar.day(window.latest or window.earliest or scene.today)
    said, last = parcel.estimates[-1], parcel.last
    in_vain = parcel.state == "attempt_failed" and last is not None and said.time < last.time
    if day < scene.today or (in_vain and last is not None and day <= scene.calendar.day(last.time)):
        return None
    return window


def span(windows: Iterable[Window | None]) -> Window | None:
    """From the first earliest to the last latest; None where one of them is unknown.

    A side that nobody named stays open: "by Thursday" isn't "on Thursday".
    """
    known = list(dict.fromkeys(windows))
    if not known or None in known:
        return None
    given = [window for window in known if window is not None]
    first = [w.earliest for w in given if w.earliest]
    last = [when for w in given if (when := w.latest or w.earliest)]
    if len(last) < len(given):
        return None
    return Window(
        min(first, key=_sortable) if len(first) == len(given) else None,
        max(last, key=_sortable) if any(w.latest for w in given) else None,
    )


def _sortable(text: str) -> str:
    value = moment(text)
    return value.isoformat()
