"""What the two pure functions ask for. Their callers make it durable together with the row."""

import datetime as dt

import msgspec

from streams.domain.events import Payload
from streams.domain.notes import Attempted, Bounced, Channel, Content, Forgotten, Ticket, Told
from streams.domain.values import Address, Value


class Buried(Value, frozen=True):
    """A fact that was kept but can no longer be placed: a dead letter, with its reason."""

    reason: str
    type: str
    event: bytes


class TimelineEffects(msgspec.Struct):
    """`notes`: for the desk, the order itself or the references, told apart by their type.

    `counts`: what is kept or dropped without further effect, as a name and labels:
    `unknown_status` (source, code), `older_scan`, `fact_refused`, `remedy` (which, outcome).
    """

    notes: list[Payload] = []
    tickets: list[Ticket] = []
    buried: list[Buried] = []
    counts: list[tuple[str, tuple[str, ...]]] = []


class Suppressed(Value, frozen=True):
    """A message decided against, and why."""

    notification_id: str
    order_id: str
    shop: str
    kind: str
    at: dt.datetime
    reason: str
    because: tuple[str, ...] = ()


class Claim(Value, frozen=True):
    """One attempt to send one notification by one channel: all that a sender needs.

    It may start only before `lease_until`. `message_key` is the same for every attempt of the
    notification on this channel: Message-ID and idempotency key are made from it.
    """

    notification_id: str
    message_key: str
    attempt: int
    channel: Channel
    provider: str | None
    to: str
    intended_for: str  # equal to `to`, unless delivery is redirected
    customer_id: str
    order_id: str
    shop: str
    kind: str
    locale: str
    timezone: str
    country: str
    customer_name: str | None
    address: Address | None
    content: Content
    because: tuple[str, ...]
    caused_at: dt.datetime
    decided_at: dt.datetime
    claimed_at: dt.datetime
    lease_until: dt.datetime
    repeat: bool = False  # sent again because the first outcome is in doubt
    arrived_at: dt.datetime | None = None  # when its cause reached us; for latency alone
    mailed: bool = False  # this one is a text, and the same goes by mail
    riders: tuple["Claim", ...] = ()  # of other orders, whose news this one's message tells besides


class Ready(Value, frozen=True):
    """A message that may be claimed as soon as a sender is free; saying so twice is harmless."""

    message_key: str
    shop: str
    channel: Channel
    since: dt.datetime
    urgent: bool = False


class Granted(Value, frozen=True):
    """A sender is free for this message: fold it into a claim, or into the reason why not."""

    message_key: str


class DeskEffects(msgspec.Struct):
    """`told` goes to the timelines, `suppressed` and `receipts` to other systems.

    `claims`: to be started once the row is durable. `notes`: for references and timelines.
    `forgotten`: the proof of an erasure, for whoever has to show it. `let_go`: orders, beyond all bounds.
    """

    told: list[Told] = []
    suppressed: list[Suppressed] = []
    receipts: list[Bounced] = []
    attempts: list[Attempted] = []
    tickets: list[Ticket] = []
    notes: list[Payload] = []
    ready: list[Ready] = []
    claims: list[Claim] = []
    forgotten: list[Forgotten] = []
    let_go: int = 0
