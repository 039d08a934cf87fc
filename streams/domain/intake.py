"""What is taken off an event at the door, so that personal data has one home: the customer's desk."""

import msgspec

from streams.domain.events import Event, OrderPlaced, ShipmentStatus
from streams.domain.notes import CustomerSeen
from streams.domain.values import Address, Contact

_replace = msgspec.structs.replace


def split(event: Event) -> tuple[Event, CustomerSeen | None]:
    """`order.placed` without the person, and the person; any other event without what nobody reads."""
    placed = event.data
    if isinstance(placed, ShipmentStatus) and placed.carrier_text is not None:
        # "Signed by …": it must not wait for weeks with a parcel whose order nobody knows.
        return _replace(event, data=_replace(placed, carrier_text=None)), None
    if not isinstance(placed, OrderPlaced):
        return event, None
    seen = CustomerSeen(
        customer=placed.customer,
        order_id=placed.order_id,
        shop=placed.shop,
        shipping_address=placed.shipping_address,
        consents=placed.consents or (),
    )
    bare = _replace(
        placed,
        customer=nobody(placed.customer),
        shipping_address=nowhere(placed.shipping_address),
        consents=None,
    )
    return _replace(event, data=bare), seen


def nobody(contact: Contact) -> Contact:
    """The customer without name and contacts."""
    return _replace(contact, name=None, email=None, phone=None)


def nowhere(address: Address) -> Address:
    """The country of an address and nothing else of it."""
    return Address(name="", lines=(), postal_code="", city="", country=address.country)
