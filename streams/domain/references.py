"""How an event that names no order is found again: the references that it carries, as row keys."""

from streams.domain.events import (
    Event,
    Payload,
    ReturnEvent,
    ShipmentCreated,
    ShipmentStatus,
    SupplierDispatched,
)

MESSAGE = "message:"
PROVIDER = "provider:"


_TRACKING = "tracking:"


def of(data: Payload) -> tuple[str, ...]:
    """Every reference of the payload, the likeliest known first; not the order id.

    By any of them it may be placed; all of them are the order's once it is known to be about it.
    """
    found: list[str] = []
    supplier_order = getattr(data, "supplier_order_id", None)
    if supplier_order:
        found.append(f"supplier-order:{supplier_order}")
    if isinstance(data, ShipmentCreated | ShipmentStatus | SupplierDispatched) and data.shipment_id:
        found.append(f"shipment:{data.shipment_id}")
    number = getattr(data, "tracking_number", None)
    if number:
        carrier = (getattr(data, "carrier", None) or "").strip().casefold().replace(":", "-")
        found.append(f"{_TRACKING}{carrier}:{''.join(number.split()).upper()}")
    if isinstance(data, ReturnEvent):
        found.append(f"return:{data.return_id}")
    return tuple(found)


def key_of(name: str) -> str:
    """The row that knows whose the reference is: a number has one for all carriers."""
    return f"{_TRACKING}{name.split(':', 2)[2]}" if name.startswith(_TRACKING) else name


def carrier_of(name: str) -> str:
    """The carrier that a reference names; empty where nobody said, or where there is none to name.

    Two carriers may use the same number for two orders. So a scan that names its carrier asks for that
    carrier's parcel, or for one whose carrier nobody knew; one that doesn't asks for the number alone.
    """
    return name.split(":", 2)[1] if name.startswith(_TRACKING) else ""


def order_of(event: Event) -> str | None:
    """The order that the event names itself."""
    return getattr(event.data, "order_id", None) or event.subject
