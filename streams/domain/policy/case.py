"""What a policy step looks at, and what it may answer."""

import datetime as dt
import zoneinfo
from typing import NamedTuple

from streams.domain.customer import Customer, Pending
from streams.domain.kinds import Kind
from streams.domain.notes import Channel, IntentRaised
from streams.domain.person import zone_of
from streams.domain.world import Brand, World


class Suppress(NamedTuple):
    """Decided against, and why."""

    reason: str


class Wait(NamedTuple):
    """Not before `until`; `why` is `hold`, `contact` or `quiet_hours`."""

    until: dt.datetime
    why: str


class Go(NamedTuple):
    """To be sent now by these channels; none: those it has been given to suffice."""

    channels: tuple[Channel, ...]


Verdict = Suppress | Wait | Go


class Case:
    """One notification of one customer at one moment.

    `boarding`: it would go along with another order's message, and waits for nothing besides.
    """

    __slots__ = ("_zone", "boarding", "brand", "customer", "intent", "kind", "now", "pending", "world")

    def __init__(
        self, customer: Customer, pending: Pending, world: World, now: dt.datetime, *, boarding: bool = False
    ) -> None:
        self.customer, self.pending, self.world, self.now = customer, pending, world, now
        self.boarding = boarding
        self.intent: IntentRaised = pending.intent
        self.kind: Kind = world.kind(self.intent.kind, self.intent.shop)
        self.brand: Brand = world.brand(self.intent.shop)
        self._zone: zoneinfo.ZoneInfo | None = None

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The customer's; looked for only where a step asks."""
        if self._zone is None:
            self._zone = zone_of(self.customer, self.intent, self.brand, self.world)
        return self._zone
