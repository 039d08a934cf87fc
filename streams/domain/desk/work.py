"""One fold in progress: the row being changed, and what it asks for."""

import datetime as dt
from dataclasses import dataclass, field

import msgspec

from streams.domain.customer import Customer, Delivery, Pending, Said
from streams.domain.effects import DeskEffects
from streams.domain.notes import IntentRaised
from streams.domain.policy import Case, Verdict, judge
from streams.domain.world import World

_replace = msgspec.structs.replace


@dataclass
class Work:
    """`row` is a copy that this fold may change; `now` is the fold's one time.

    `ended`: what this fold has settled, which the row no longer holds.
    """

    row: Customer
    world: World
    now: dt.datetime
    effects: DeskEffects = field(default_factory=DeskEffects)
    ended: dict[str, Pending] = field(default_factory=dict)

    def put(self, pending: Pending) -> Pending:
        """Remembers the notification as it now is."""
        self.row.pending[pending.intent.notification_id] = pending
        return pending

    def judge(self, pending: Pending) -> Verdict:
        """What the policy says of it at this moment."""
        return judge(Case(self.row, pending, self.world, self.now))


def change(pending: Pending, channel: str, delivery: Delivery) -> Pending:
    """The notification with one channel's delivery as it now is."""
    kept = tuple(delivery if each.channel == channel else each for each in pending.deliveries)
    return _replace(pending, deliveries=kept)


def on(pending: Pending, channel: str) -> Delivery | None:
    """The delivery on that channel."""
    return next((each for each in pending.deliveries if each.channel == channel), None)


def said_in(text: IntentRaised) -> Said:
    """What the customer will have been promised once they have this text."""
    content = text.content
    return Said(text.kind, text.revision, text.covers, content.expected, content.next_update)
