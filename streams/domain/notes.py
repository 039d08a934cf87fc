"""What timeline, desk and senders tell one another: the internal events, and the pure functions' effects.

A notification lives through: raised (timeline, perhaps several revisions while it waits) -> claimed
(desk) -> attempted (sender) -> told back to the timeline, with what became of it.
"""

import datetime as dt
from typing import Literal

from streams.domain.budget import RemedyAsked, RemedyDecided, RemedyReserved, RemedyReturned
from streams.domain.events import CONTRACT, Payload
from streams.domain.values import (
    Address,
    Alternative,
    Consent,
    Contact,
    Identifier,
    Instant,
    Moment,
    Money,
    Pickup,
    Value,
    Window,
)

Channel = Literal["email", "sms"]
Outcome = Literal["sent", "suppressed", "failed", "in_doubt"]


class Item(Value, frozen=True):
    """A line, or part of one, as a message shows it."""

    line_id: str
    sku: str
    title: str
    quantity: int
    unit_price: Money | None = None
    image_url: str | None = None


class ParcelView(Value, frozen=True):
    """A parcel as a message shows it; never its supplier."""

    key: str
    state: str
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    items: tuple[Item, ...] = ()
    expected: Window | None = None
    pickup: Pickup | None = None
    delivered_to: str | None = None
    delivered_at: dt.datetime | None = None
    reason: str | None = None
    party: str | None = None
    replaced_number: str | None = None


class Content(Value, frozen=True):
    """What a message can speak of. Holds nothing personal: the desk adds the person.

    `items` is what the message is about, `remaining` what is still to come. `expected` is what is
    true now, `told` what the customer was told before, `next_update` by when we promise to write.
    """

    number: str
    order_state: str
    placed_at: dt.datetime | None = None
    items: tuple[Item, ...] = ()
    remaining: tuple[Item, ...] = ()
    parcels: tuple[ParcelView, ...] = ()
    total: Money | None = None
    delivery_price: Money | None = None
    expected: Window | None = None
    told: Window | None = None
    first_promise: Window | None = None
    next_update: Moment | None = None
    deadline: Moment | None = None
    reason: str | None = None
    party: str | None = None
    by: str | None = None
    changes: tuple[str, ...] = ()  # of an order: "lines", "shipping_address", "promised_delivery", "total"
    whole_order: bool = True
    amount: Money | None = None
    method: str | None = None
    pay_url: str | None = None
    label_url: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    withdraw_until: dt.date | None = None
    occurred_at: dt.datetime | None = None  # of the act that the message answers
    reference: str | None = None  # a return's or a complaint's
    subject_kind: str | None = None  # withdrawal, damaged, ...
    decision: str | None = None
    remedy: str | None = None
    reasoning: str | None = None
    advice: str | None = None
    url: str | None = None
    metric: str | None = None
    count: int | None = None  # first or second reminder, hours left, ...


class IntentRaised(Payload, frozen=True):
    """A message worth sending. The same `notification_id` with a higher `revision` replaces it.

    `slot`: messages of one order and one slot that wait at the same time are one message.
    `covers`: what it settles once told ("parcel:P1", "delay:2026-03-05"); comes back in `Told`.
    `caused_at`: the event's time or the timer's due time, from which its age counts.
    `country`: the customer's. `goes_to`: the one where the goods go, if it is another.
    `hold_until`: so long it waits for what may be told together with it. `not_before`: nor may it go along
    with another's message until then, since what follows may end it.
    """

    notification_id: str
    revision: int
    order_id: Identifier
    customer_id: Identifier
    shop: str
    kind: str
    slot: str
    because: tuple[str, ...]
    caused_at: Instant
    decided_at: Instant
    locale: str | None
    timezone: str | None
    country: str
    content: Content
    covers: tuple[str, ...] = ()
    hold_until: Instant | None = None
    useful_until: Instant | None = None
    goes_to: str | None = None
    also_by: tuple[Channel, ...] = ()  # besides the kind's own, unless the customer has chosen
    not_before: Instant | None = None


class IntentWithdrawn(Payload, frozen=True):
    """What is no longer true must not be said."""

    notification_id: str
    order_id: Identifier
    customer_id: Identifier
    reason: str = "moot"


class CustomerSeen(Payload, frozen=True):
    """The personal part of `order.placed` or `order.changed`, taken off by ingest."""

    customer: Contact
    order_id: Identifier
    shop: str
    shipping_address: Address | None = None
    consents: tuple[Consent, ...] = ()


class OrderLinked(Payload, frozen=True):
    """This order is this customer's; so an erasure finds orders that never raised an intent.

    `ended`: the order is over and its row a stub without personal data: the desk lets go of it.
    """

    customer_id: Identifier
    order_id: Identifier
    placed_at: Instant
    ended: bool = False


class Attempted(Payload, frozen=True):
    """What a sender learnt from one attempt."""

    notification_id: str
    customer_id: Identifier
    channel: Channel
    attempt: int
    result: Literal["sent", "failed"]
    provider: str
    reason: str | None = None
    permanent: bool = False
    in_doubt: bool = False
    retry_after: float | None = None
    provider_id: str | None = None
    segments: int | None = None
    bad_address: bool = False  # the failure is the address's own: nothing will ever reach it


class Bounced(Payload, frozen=True):
    """A provider's receipt, bounce or complaint about something that was sent."""

    outcome: Literal["delivered", "bounced", "complained", "unsubscribed", "deferred"]
    notification_id: str | None = None
    provider_id: str | None = None
    customer_id: Identifier | None = None
    channel: Channel | None = None
    permanent: bool = False
    reason: str | None = None


class Told(Payload, frozen=True):
    """What became of a notification; the timeline's ledger remembers it.

    `covers` and `window` are those of the revision that really went out. `chosen_locale`: the language
    that the customer had asked for when they placed the order, which no event of the order says.
    `told_in`: the notification, of another order, in whose message it was said.
    """

    notification_id: str
    revision: int
    order_id: Identifier
    kind: str
    slot: str
    outcome: Outcome
    at: Instant
    covers: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    reason: str | None = None
    expected: Window | None = None
    next_update: Moment | None = None
    chosen_locale: str | None = None
    told_in: str | None = None


class Erased(Payload, frozen=True):
    """The desk asks the timeline to forget the person behind an order."""

    order_id: Identifier
    customer_id: Identifier
    at: Instant


class TimerFired(Payload, frozen=True):
    """The row asked to be woken; a late or doubled fire changes nothing."""

    due: Instant


class ReferenceBound(Payload, frozen=True):
    """This reference (`tracking:inpost:123`, `shipment:S1`, `message:n-1`) is that order's or customer's."""

    reference: str
    owner: str
    since: Instant


class ReferenceUnbound(Payload, frozen=True):
    """The order behind a reference was buried; later events about it are parked anew."""

    reference: str
    owner: str


INTERNAL: dict[str, type[Payload]] = {
    "intent.raised": IntentRaised,
    "intent.withdrawn": IntentWithdrawn,
    "customer.seen": CustomerSeen,
    "order.linked": OrderLinked,
    "notification.attempted": Attempted,
    "notification.receipt": Bounced,
    "notification.told": Told,
    "order.erased": Erased,
    "timer.fired": TimerFired,
    "reference.bound": ReferenceBound,
    "reference.unbound": ReferenceUnbound,
    "remedy.asked": RemedyAsked,
    "remedy.reserved": RemedyReserved,
    "remedy.decided": RemedyDecided,
    "remedy.returned": RemedyReturned,
}
TYPES: dict[str, type[Payload]] = CONTRACT | INTERNAL


class Ticket(Value, frozen=True):
    """Something that a person at the shop must do by `due_at`."""

    ticket_id: str
    order_id: str | None
    shop: str
    kind: str
    at: Instant
    due_at: Instant
    summary: str
    customer_id: str | None = None
    told: tuple[str, ...] = ()  # what the customer has been told and when, newest last
    timeline: tuple[str, ...] = ()  # what has happened lately, newest last
    proposed: str | None = None
    closed: bool = False


class Forgotten(Value, frozen=True):
    """The proof of an erasure. `customer` is a hash; `held`: what had been known of the person."""

    customer: str
    asked_at: Instant
    done_at: Instant
    held: tuple[str, ...] = ()
    orders: int = 0
    messages: int = 0  # that waited, and are not sent
