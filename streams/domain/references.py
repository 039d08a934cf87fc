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


# Two carriers may use the same number for two orders. So a scan that names its carrier asks only for
# that carrier's, or for a number whose carrier nobody knew; one that doesn't asks for the number alone.
_ANY, _UNKNOWN = "", "?"


def _tracking(number: str, carrier: str) -> str:
    return f"tracking:{carrier.strip().casefold()}:{''.join(number.split()).upper()}"


def of(data: Payload) -> tuple[str, ...]:
    """Every reference by which the payload may be placed, the likeliest known first; not the order id."""
    return _named(data, _UNKNOWN, ())


def bound_by(data: Payload) -> tuple[str, ...]:
    """Every reference that belongs to the order once this payload is known to be about it."""
    return _named(data, _ANY, (_UNKNOWN,))


def _named(data: Payload, beside: str, without: tuple[str, ...]) -> tuple[str, ...]:
    found: list[str] = []
    supplier_order = getattr(data, "supplier_order_id", None)
    if supplier_order:
        found.append(f"supplier-order:{supplier_order}")
    if isinstance(data, ShipmentCreated | ShipmentStatus | SupplierDispatched) and data.shipment_id:
        found.append(f"shipment:{data.shipment_id}")
    number = getattr(data, "tracking_number", None)
    if number:
        carrier = getattr(data, "carrier", None)
        names = (carrier, beside) if carrier else (_ANY, *without)
        found.extend(_tracking(number, name) for name in names)
    if isinstance(data, ReturnEvent):
        found.append(f"return:{data.return_id}")
    return tuple(found)


def order_of(event: Event) -> str | None:
    """The order that the event names itself."""
    return getattr(event.data, "order_id", None) or event.subject
