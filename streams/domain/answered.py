"""What the customer's answer to a message is about: facts alone do not know which parcels it told of."""

import msgspec

from streams.domain.events import CustomerChoice, Event
from streams.domain.fold import derive
from streams.domain.fold.views import OrderView, Parcel
from streams.domain.order import Entry, Order

_replace = msgspec.structs.replace
_DELIVERED = "delivered:"


def spelled_out(order: Order, event: Event) -> Event:
    """An answer to one message about several deliveries, with the lines that were in them for the message.

    As it was where that message told of one, or where nobody knows what was in one of them.
    """
    data = event.data
    if not isinstance(data, CustomerChoice) or not isinstance(data.about, str):
        return event
    entry = next((entry for entry in order.ledger if entry.id == data.about), None)
    if entry is None or sum(cover.startswith(_DELIVERED) for cover in entry.covers) <= 1:
        return event
    view = derive(order.order_id, order.facts, order.closed)
    lines = _lines(view, entry)
    return _replace(event, data=_replace(data, about=lines)) if lines else event


def _lines(view: OrderView, entry: Entry) -> tuple[str, ...]:
    parcels = [parcel for parcel in view.parcels.values() if _is_named(parcel, entry)]
    if not all(parcel.contents for parcel in parcels):
        return ()
    return tuple(dict.fromkeys(line for parcel in parcels for line in parcel.contents or ()))


def _is_named(parcel: Parcel, entry: Entry) -> bool:
    """Of a delivery that was corrected and told anew the count stands behind the name."""
    names = {f"{_DELIVERED}{name}" for name in parcel.names}
    return any(cover in names or cover.rpartition(":")[0] in names for cover in entry.covers)
