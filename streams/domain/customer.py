"""The desk's row: one customer, with whatever is personal about them, and the outbox of what they are owed.

Every part is bounded, so that a customer with thousands of orders costs no more than a lively one.
Facts carry since when they hold: whatever order they arrive in, the newest stands.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Literal

import msgspec

from streams.domain.notes import Channel, IntentRaised, Outcome
from streams.domain.values import Address, Moment, QuietHours, Value, Window

FORMAT = 1  # of the row as it is stored
ERASED = "erased:"

State = Literal["waiting", "queued", "ready", "claimed", "sent", "failed", "dropped", "in_doubt"]
OPEN: frozenset[State] = frozenset({"waiting", "queued", "ready"})
SETTLED: frozenset[State] = frozenset({"sent", "failed", "dropped", "in_doubt"})

MOST_ORDERS = 500
MOST_ADDRESSES = 50
MOST_SETTLED = 24
MOST_SETTLED_BURST = 1000
MOST_KEPT = 4
MOST_PENDING = 400
MOST_DEAD = 20
MOST_TICKETS = 24
MOST_PURPOSES = 20
MOST_LOCALES = 8
REMEMBER = dt.timedelta(hours=1)


class Known(Value, frozen=True):
    """One fact about the person, and since when it holds."""

    value: str
    at: dt.datetime


class Choice(Value, frozen=True):
    """Channels in order of choice for a kind or a class; none at all is a choice too."""

    channels: tuple[Channel, ...]
    at: dt.datetime


class ChosenHours(Value, frozen=True):
    """The customer's own quiet hours."""

    hours: QuietHours
    at: dt.datetime


class Permission(Value, frozen=True):
    """A consent given or withdrawn, with the proof that the law asks for."""

    given: bool
    at: dt.datetime
    proof: str


class Dead(Value, frozen=True):
    """An address that nothing reaches any more."""

    reason: str
    at: dt.datetime


class Placed(Value, frozen=True):
    """An order of this customer's: when it was placed, and where it goes while it is under way."""

    at: dt.datetime
    address: Address | None = None
    address_at: dt.datetime | None = None


class Said(Value, frozen=True):
    """What a claimed text promised; `Told` repeats it to the timeline."""

    kind: str
    revision: int
    covers: tuple[str, ...] = ()
    expected: Window | None = None
    next_update: Moment | None = None


class Delivery(Value, frozen=True):
    """One notification on one channel.

    waiting (for a retry) -> queued (behind an earlier message of the order) -> ready (announced to the
    senders) -> claimed (one attempt under way) -> sent, failed, dropped or in_doubt.
    `until`: the end of waiting, the next announcement, or when a claim without outcome is in doubt.
    `since`: from when it stands in the queue. `doubts`: how many attempts may have got through.
    `text`: what was claimed, where a revision has come since. `rides`: the notification in whose message
    it is said or was last meant to be; claimed with it, it shares its outcome (`desk/riding.py`).
    """

    channel: Channel
    state: State
    since: dt.datetime
    until: dt.datetime | None = None
    attempt: int = 0
    to: str | None = None
    said: Said | None = None
    doubts: int = 0
    reason: str | None = None
    sent_at: dt.datetime | None = None
    text: IntentRaised | None = None
    rides: str | None = None

    @property
    def doubtful(self) -> bool:
        """Whether the customer may have it already."""
        return self.doubts > 0


class Pending(Value, frozen=True):
    """A notification that is not settled.

    `withdrawn`: why it must not be tried again. `wake` and `why`: the policy's wait. `basis`: from
    when its age counts. `told`: a bounce has opened it again, and the timeline has long had its answer.
    """

    intent: IntentRaised
    place: int
    arrived: dt.datetime
    basis: dt.datetime
    deliveries: tuple[Delivery, ...] = ()
    withdrawn: str | None = None
    wake: dt.datetime | None = None
    why: str | None = None
    quieted: bool = False
    told: bool = False


class Settled(Value, frozen=True):
    """What became of a notification, for late revisions, late outcomes and bounces.

    `riders`: what else was said in its message.
    """

    revision: int
    outcome: Outcome
    at: dt.datetime
    order_id: str
    shop: str
    kind: str
    reason: str | None = None
    to: dict[Channel, str] = msgspec.field(default_factory=dict)
    riders: tuple[str, ...] = ()


class Counted(Value, frozen=True):
    """A message that counts against the caps; one that `rides` in another's, against its order's alone."""

    notification_id: str
    order_id: str
    at: dt.datetime
    rides: bool = False


class Asked(Value, frozen=True):
    """A ticket about reaching this customer. `count`: how often it was opened, each time anew."""

    order_id: str
    shop: str
    kind: str
    at: dt.datetime
    due_at: dt.datetime
    count: int = 1
    closed: bool = False


class Kept(Value, frozen=True):
    """A mail that may still bounce, packed with what rode in it: few do, and the row is read often."""

    at: dt.datetime
    pending: bytes
    riders: tuple[bytes, ...] = ()


class Customer(msgspec.Struct, omit_defaults=True):
    """One customer's row. `apply` works on a copy; what the containers hold is never changed.

    `older`: orders beyond `MOST_ORDERS`, packed (`desk/older.py`). `bought`: orders ever linked.
    `remedied_at`: when they were last promised something for a delay.
    """

    customer_id: str
    seen_at: dt.datetime | None = None
    erased_at: dt.datetime | None = None
    email: Known | None = None
    phone: Known | None = None
    name: Known | None = None
    country: Known | None = None
    timezone: Known | None = None
    chosen_timezone: Known | None = None
    chosen_locales: tuple[Known, ...] = ()
    quiet_hours: ChosenHours | None = None
    channels: dict[str, Choice] = {}
    consents: dict[str, Permission] = {}
    dead: dict[str, Dead] = {}
    orders: dict[str, Placed] = {}
    older: tuple[bytes, ...] = ()
    pending: dict[str, Pending] = {}
    settled: dict[str, Settled] = {}
    counted: tuple[Counted, ...] = ()
    kept: dict[str, Kept] = {}
    tickets: dict[str, Asked] = {}
    asked_at: dt.datetime | None = None
    place: int = 0
    bought: int = 0
    remedied_at: dt.datetime | None = None


def marker(customer_id: str) -> str:
    """What an erased customer is remembered by: nobody reads the id in it."""
    return ERASED + hashlib.sha256(customer_id.encode()).hexdigest()[:32]


def is_marker(customer: Customer) -> bool:
    """Whether only the erasure is left, and nothing under way needs the customer's own key."""
    return customer.customer_id.startswith(ERASED) and not customer.pending


def due(customer: Customer) -> dt.datetime | None:
    """When the row wants to be woken; None while nothing waits for a time."""
    return min((at for pending in customer.pending.values() for at in wakes(pending)), default=None)


def wakes(pending: Pending) -> Iterator[dt.datetime]:
    """Every time at which this notification must be looked at again."""
    if pending.wake is not None:
        yield pending.wake
    for delivery in pending.deliveries:
        if delivery.until is not None and delivery.state not in SETTLED:
            yield delivery.until


def copy(customer: Customer) -> Customer:
    """A row to work on: a fold that fails half-way must leave the stored one as it was."""
    return msgspec.structs.replace(
        customer,
        channels=customer.channels.copy(),
        consents=customer.consents.copy(),
        dead=customer.dead.copy(),
        orders=customer.orders.copy(),
        pending=customer.pending.copy(),
        settled=customer.settled.copy(),
        kept=customer.kept.copy(),
        tickets=customer.tickets.copy(),
    )


def address(customer: Customer, channel: Channel) -> str | None:
    """The customer's address on a channel, unless nothing reaches it any more."""
    known = customer.email if channel == "email" else customer.phone
    return known.value if known is not None and known.value not in customer.dead else None


def text_of(pending: Pending, delivery: Delivery) -> IntentRaised:
    """What this channel says: the newest, unless an older one is or may be on its way."""
    return delivery.text or pending.intent


def message_key(pending: Pending, delivery: Delivery) -> str:
    """One for all attempts of one text on one channel: Message-ID and idempotency key come from it."""
    text = text_of(pending, delivery)
    return f"{text.notification_id}.{text.revision}.{delivery.channel}"


def notification_of(key: str) -> str:
    """The notification that a message key, or a notification id itself, speaks of."""
    head, dot, tail = key.rpartition(".")
    return head.rpartition(".")[0] if dot and tail in {"email", "sms"} else key
