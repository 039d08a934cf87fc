"""What is taken off an event at the door, so that personal data has one home: the customer's desk."""

import msgspec

from streams.domain.events import Event, OrderPlaced
from streams.domain.notes import CustomerSeen
from streams.domain.values import Address, Contact

_replace = msgspec.structs.replace


def split(event: Event) -> tuple[Event, CustomerSeen | None]:
    """`order.placed` without the person, and the person; any other event as it is."""
    placed = event.data
    if not isinstance(placed, OrderPlaced):
        return event, None
    seen = CustomerSeen(
        customer=placed.customer,
        order_id=placed.order_id,
        shop=placed.shop,
        shipping_address=placed.shipping_address,
        consents=placed.consents,
    )
    bare = _replace(
        placed,
        customer=nobody(placed.customer),
        shipping_address=nowhere(placed.shipping_address),
        consents=(),
    )
    return _replace(event, data=bare), seen


def nobody(contact: Contact) -> Contact:
    """The customer without name and contacts."""
    return _replace(contact, name=None, email=None, phone=None)


def nowhere(address: Address) -> Address:
    """The country of an address and nothing else of it."""
    return Address(name="", lines=(), postal_code="", city="", country=address.country)
