"""schema.org markup, by which mail clients show an order or a parcel above the message."""

from adapters.messages import links
from adapters.messages.carriers import display_name
from adapters.messages.clean import NAME, clean
from streams.domain.effects import Claim
from streams.domain.notes import Item, ParcelView
from streams.domain.values import Address
from streams.domain.world import Brand

_STATUS = {
    "order_confirmation": "OrderProcessing",
    "order_changed": "OrderProcessing",
    "order_cancelled": "OrderCancelled",
    "payment_problem": "OrderPaymentDue",
}
_PARCEL_KINDS = frozenset({"shipped", "tracking_changed", "delay", "back_on_time", "out_for_delivery"})
MOST_PARCELS = 5  # of all the orders that a message is about
Markup = dict[str, object]


def markup(claim: Claim, brand: Brand) -> Markup | list[Markup] | None:
    """The order for what concerns it as a whole, each parcel while it travels, else nothing."""
    if not claim.riders:
        return _markup(claim, brand)
    found = (_markup(each, brand) for each in (claim, *claim.riders))
    parts = [part for each in found for part in (each if isinstance(each, list) else [each]) if part]
    return parts[:MOST_PARCELS] or None


def _markup(claim: Claim, brand: Brand) -> Markup | list[Markup] | None:
    if claim.kind in _STATUS:
        return {"@context": "http://schema.org"} | _order(claim, brand)
    if claim.kind not in _PARCEL_KINDS or claim.address is None:
        return None
    parcels = [
        _parcel(claim, brand, parcel, claim.address) for parcel in claim.content.parcels[:MOST_PARCELS]
    ]
    return [parcel for parcel in parcels if parcel] or None


def _order(claim: Claim, brand: Brand) -> Markup:
    content = claim.content
    markup: Markup = {
        "@type": "Order",
        "merchant": {"@type": "Organization", "name": clean(brand.display_name, NAME)},
        "orderNumber": clean(content.number, 40),
        "orderStatus": f"http://schema.org/{_STATUS.get(claim.kind, 'OrderProcessing')}",
    }
    if content.total:
        markup |= {"price": content.total.amount, "priceCurrency": content.total.currency}
    if content.placed_at:
        markup["orderDate"] = content.placed_at.isoformat()
    if content.items:
        markup["acceptedOffer"] = [_offer(item) for item in content.items[:20]]
    return markup


def _offer(item: Item) -> Markup:
    offer: Markup = {
        "@type": "Offer",
        "itemOffered": {"@type": "Product", "name": clean(item.title)},
        "eligibleQuantity": {"@type": "QuantitativeValue", "value": item.quantity},
    }
    if item.unit_price:
        offer |= {"price": item.unit_price.amount, "priceCurrency": item.unit_price.currency}
    return offer


def _parcel(claim: Claim, brand: Brand, parcel: ParcelView, address: Address) -> Markup | None:
    """Without a carrier, a date and a thing, mail clients show nothing: then nothing is said."""
    window = parcel.expected or claim.content.expected
    things = parcel.items or claim.content.items
    if not parcel.carrier or window is None or window.latest is None or not things:
        return None
    markup: Markup = {
        "@context": "http://schema.org",
        "@type": "ParcelDelivery",
        "deliveryAddress": _address(address),
        "carrier": {"@type": "Organization", "name": clean(display_name(parcel.carrier) or "", 40)},
        "expectedArrivalUntil": window.latest,
        "itemShipped": {"@type": "Product", "name": clean(things[0].title)},
        "partOfOrder": _order(claim, brand),
    }
    if window.earliest:
        markup["expectedArrivalFrom"] = window.earliest
    if parcel.tracking_number:
        markup["trackingNumber"] = clean(parcel.tracking_number, 40)
    link = links.tracking(parcel.tracking_url, links.own_hosts(brand))
    return markup | {"trackingUrl": link} if link else markup


def _address(address: Address) -> Markup:
    return {
        "@type": "PostalAddress",
        "name": clean(address.name, NAME),
        "streetAddress": clean(", ".join(address.lines[:4]), 200),
        "addressLocality": clean(address.city, NAME),
        "addressRegion": clean(address.region or "", NAME),
        "postalCode": clean(address.postal_code, 20),
        "addressCountry": address.country,
    }
