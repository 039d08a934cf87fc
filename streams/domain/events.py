"""Every event type of the contract, one struct each, and the envelope around them.

The field names, and which of them may be missing, are the contract's. Unknown fields are ignored.
"""

import datetime as dt
from typing import Annotated, Literal

import msgspec

from streams.domain.values import (
    Address,
    Alternative,
    Consent,
    Contact,
    Identifier,
    Instant,
    Line,
    LineQuantity,
    Moment,
    Money,
    Pickup,
    QuietHours,
    Value,
    Window,
    check_instants,
    check_moments,
)

Metric = Literal["csat", "nps", "ces"]


class Payload(Value, frozen=True):
    """Base of every event's data."""


class OrderPlaced(Payload, frozen=True):
    """Carries the customer; ingest takes that part off before anything else sees it."""

    order_id: Identifier
    number: str
    shop: Identifier
    customer: Contact
    shipping_address: Address
    lines: tuple[Line, ...]
    total: Money
    delivery_price: Money | None = None
    promised_delivery: Window | None = None
    payment: Literal["separate"] | None = None
    consents: tuple[Consent, ...] | None = None


class OrderPaid(Payload, frozen=True):
    order_id: Identifier
    amount: Money
    method: str


class OrderPaymentFailed(Payload, frozen=True):
    order_id: Identifier
    amount: Money
    pay_url: str | None = None


class OrderChanged(Payload, frozen=True):
    """Each field that is given replaces the whole of what the order had."""

    order_id: Identifier
    lines: tuple[Line, ...] | None = None
    shipping_address: Address | None = None
    promised_delivery: Window | None = None
    total: Money | None = None


class OrderCancelled(Payload, frozen=True):
    """Without `line_ids`, the whole order."""

    order_id: Identifier
    by: Literal["customer", "seller", "supplier"]
    reason: str | None = None
    line_ids: tuple[Identifier, ...] | None = None


class OrderRecalled(Payload, frozen=True):
    order_id: Identifier
    advice: str
    line_ids: tuple[Identifier, ...] | None = None
    url: str | None = None


class OrderRefunded(Payload, frozen=True):
    order_id: Identifier
    amount: Money
    method: str | None = None
    line_ids: tuple[Identifier, ...] | None = None
    return_id: Identifier | None = None


class ReturnEvent(Payload, frozen=True):
    """Any step of a return; the event's type says which. The first says of what kind it is.

    `return_id` is a reference: a warehouse that books a return in may know no order.
    """

    return_id: Identifier
    order_id: Identifier | None = None
    kind: Literal["withdrawal", "defect", "wrong_item"] | None = None
    line_ids: tuple[Identifier, ...] | None = None
    reason: str | None = None
    label_url: str | None = None
    ship_by: Moment | None = None
    tracking_number: Identifier | None = None
    carrier: str | None = None

    def __post_init__(self) -> None:
        check_moments(self.ship_by)


class ReturnDeclared(ReturnEvent, frozen=True):
    def __post_init__(self) -> None:
        super().__post_init__()
        _require_kind(self.kind)


class ComplaintEvent(Payload, frozen=True):
    """Any step of a complaint; the event's type says which. The first says of what kind it is."""

    order_id: Identifier
    complaint_id: Identifier
    kind: (
        Literal["damaged", "not_as_described", "wrong_size", "missing_item", "not_received", "other"] | None
    ) = None
    line_ids: tuple[Identifier, ...] | None = None
    text: str | None = None
    decision: Literal["accepted", "rejected"] | None = None
    remedy: Literal["repair", "replacement", "price_reduction", "refund"] | None = None
    reasoning: str | None = None


class ComplaintFiled(ComplaintEvent, frozen=True):
    def __post_init__(self) -> None:
        _require_kind(self.kind)


def _require_kind(kind: str | None) -> None:
    if kind is None:
        raise ValueError("Object missing required field `kind`")  # as msgspec says it


class SupplierOrdered(Payload, frozen=True):
    order_id: Identifier
    supplier_id: Identifier
    supplier_order_id: Identifier
    line_ids: tuple[Identifier, ...]
    acknowledge_by: Instant | None = None
    dispatch_by: Moment | None = None

    def __post_init__(self) -> None:
        check_instants(self.acknowledge_by)
        check_moments(self.dispatch_by)


class SupplierAccepted(Payload, frozen=True):
    supplier_order_id: Identifier
    dispatch_by: Moment | None = None
    order_id: Identifier | None = None

    def __post_init__(self) -> None:
        check_moments(self.dispatch_by)


class SupplierRejected(Payload, frozen=True):
    supplier_order_id: Identifier
    reason: str | None = None
    line_ids: tuple[Identifier, ...] | None = None
    order_id: Identifier | None = None


class SupplierBackordered(Payload, frozen=True):
    supplier_order_id: Identifier
    line_ids: tuple[Identifier, ...]
    expected_at: Moment | None = None
    order_id: Identifier | None = None

    def __post_init__(self) -> None:
        check_moments(self.expected_at)


class SupplierOutOfStock(Payload, frozen=True):
    supplier_order_id: Identifier
    line_ids: tuple[Identifier, ...]
    alternatives: tuple[Alternative, ...] | None = None
    order_id: Identifier | None = None


class SupplierDelayed(Payload, frozen=True):
    supplier_order_id: Identifier
    dispatch_by: Moment
    reason: str | None = None
    order_id: Identifier | None = None

    def __post_init__(self) -> None:
        check_moments(self.dispatch_by)


class SupplierDispatched(Payload, frozen=True):
    """`lines` with fewer pieces than ordered: short shipped."""

    supplier_order_id: Identifier
    carrier: str
    tracking_number: Identifier
    shipment_id: Identifier | None = None
    tracking_url: str | None = None
    line_ids: tuple[Identifier, ...] | None = None
    lines: tuple[LineQuantity, ...] | None = None
    order_id: Identifier | None = None


class Origin(Value, frozen=True):
    country: str
    region: str | None = None


class ShipmentCreated(Payload, frozen=True):
    """Names its order, its supplier order or, through an earlier event, its own reference."""

    shipment_id: Identifier
    carrier: str
    order_id: Identifier | None = None
    supplier_order_id: Identifier | None = None
    service: str | None = None
    origin: Origin | None = None
    tracking_number: Identifier | None = None
    tracking_url: str | None = None
    lines: tuple[LineQuantity, ...] | None = None
    replaces: Identifier | None = None


class ShipmentStatus(Payload, frozen=True):
    """A carrier's scan. An unknown `status` is kept and counted, and never notifies."""

    status: str
    order_id: Identifier | None = None
    supplier_order_id: Identifier | None = None
    shipment_id: Identifier | None = None
    tracking_number: Identifier | None = None
    carrier: str | None = None
    reason: str | None = None
    party: str | None = None
    location: str | None = None
    estimated_delivery: Window | None = None
    pickup: Pickup | None = None
    delivered_to: Literal["recipient", "neighbour", "mailbox", "safe_place", "pickup_point"] | None = None
    carrier_code: str | None = None
    carrier_text: str | None = None


class CustomerPreferences(Payload, frozen=True):
    """`channels` maps a kind or a class to channels in order of choice; `[]` is none."""

    customer_id: Identifier
    channels: dict[str, tuple[Literal["email", "sms"], ...]] | None = None
    locale: str | None = None
    timezone: str | None = None
    quiet_hours: QuietHours | None = None


class CustomerContact(Payload, frozen=True):
    customer_id: Identifier
    email: str | None = None
    phone: str | None = None


class CustomerConsent(Payload, frozen=True):
    customer_id: Identifier
    purpose: str
    given: bool
    proof: str


class CustomerChoice(Payload, frozen=True):
    """`about`: a notification id, or the ids of lines."""

    order_id: Identifier
    about: str | tuple[Identifier, ...]
    choice: Annotated[
        str,
        msgspec.Meta(pattern=r"^(wait|refund|replacement|not_received|received|alternative:.+)$"),
    ]


class CustomerErasure(Payload, frozen=True):
    customer_id: Identifier


SCORES: dict[str, range] = {"csat": range(1, 6), "nps": range(11), "ces": range(1, 8)}


class FeedbackGiven(Payload, frozen=True):
    order_id: Identifier
    metric: Metric
    score: int
    comment: str | None = None

    def __post_init__(self) -> None:
        if self.score not in SCORES[self.metric]:
            first, last = SCORES[self.metric][0], SCORES[self.metric][-1]
            raise ValueError(f"expected a score from {first} to {last}")


CONTRACT: dict[str, type[Payload]] = {
    "order.placed": OrderPlaced,
    "order.paid": OrderPaid,
    "order.payment_failed": OrderPaymentFailed,
    "order.changed": OrderChanged,
    "order.cancelled": OrderCancelled,
    "order.recalled": OrderRecalled,
    "order.refunded": OrderRefunded,
    "return.declared": ReturnDeclared,
    "return.instructions_sent": ReturnEvent,
    "return.in_transit": ReturnEvent,
    "return.received": ReturnEvent,
    "return.accepted": ReturnEvent,
    "return.rejected": ReturnEvent,
    "complaint.filed": ComplaintFiled,
    "complaint.info_requested": ComplaintEvent,
    "complaint.decided": ComplaintEvent,
    "complaint.closed": ComplaintEvent,
    "supplier.ordered": SupplierOrdered,
    "supplier.accepted": SupplierAccepted,
    "supplier.rejected": SupplierRejected,
    "supplier.backordered": SupplierBackordered,
    "supplier.out_of_stock": SupplierOutOfStock,
    "supplier.delayed": SupplierDelayed,
    "supplier.dispatched": SupplierDispatched,
    "shipment.created": ShipmentCreated,
    "shipment.status": ShipmentStatus,
    "customer.preferences": CustomerPreferences,
    "customer.contact": CustomerContact,
    "customer.consent": CustomerConsent,
    "customer.choice": CustomerChoice,
    "customer.erasure": CustomerErasure,
    "feedback.given": FeedbackGiven,
}


class Event(Value, frozen=True):
    """One CloudEvents 1.0 event, read: when it happened (`time`), when it reached us (`arrived`)."""

    id: str
    source: str
    type: str
    time: dt.datetime
    arrived: dt.datetime
    data: Payload
    subject: str | None = None

    @property
    def identity(self) -> tuple[str, str]:
        """By which a repeat is recognised."""
        return self.source, self.id
