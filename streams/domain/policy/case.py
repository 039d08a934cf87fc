"""What a policy step looks at, and what it may answer."""

import datetime as dt
import functools
import zoneinfo
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Case:
    """One notification of one customer at one moment."""

    customer: Customer
    pending: Pending
    world: World
    now: dt.datetime

    @property
    def intent(self) -> IntentRaised:
        """What is to be said."""
        return self.pending.intent

    @functools.cached_property
    def kind(self) -> Kind:
        """The kind as the shop has configured it."""
        return self.world.kind(self.intent.kind, self.intent.shop)

    @functools.cached_property
    def brand(self) -> Brand:
        """In whose name."""
        return self.world.brand(self.intent.shop)

    @functools.cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The customer's."""
        return zone_of(self.customer, self.intent, self.brand, self.world)
