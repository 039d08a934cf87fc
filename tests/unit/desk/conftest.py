"""A customer's desk, told as a story: facts, intents, grants, outcomes and the passing of time.

Every fold checks that the row it was given is untouched, and that the one it gives back survives storage.
"""

import datetime as dt

import msgspec
import pytest

from streams.domain import customer as customers
from streams.domain import desk
from streams.domain.effects import Granted
from streams.domain.events import CustomerContact, CustomerErasure, CustomerPreferences, Event
from streams.domain.notes import (
    Attempted,
    Bounced,
    Content,
    CustomerSeen,
    IntentRaised,
    IntentWithdrawn,
    OrderLinked,
    TimerFired,
)
from streams.domain.values import Address, Consent, Contact
from streams.domain.world import Brand, World

NOON = dt.datetime(2026, 3, 4, 11, 0, tzinfo=dt.UTC)  # a Wednesday, 12:00 in Warsaw
ANNA = "anna.kowalska@example.com"
PHONE = "+48600000001"
HOME = Address("Anna Kowalska", ("ul. Prosta 1",), "00-001", "Warszawa", "PL")
LISTS = ("told", "suppressed", "receipts", "attempts", "tickets", "notes", "ready", "claims", "forgotten")


def world_of(delivery="live", *, brand=None, **fields):
    """Poland's zone and language; one shop that is live."""
    brand = Brand(id="acme", delivery=delivery, timezone="Europe/Warsaw", locale="en", **(brand or {}))
    base = {
        "brands": {"acme": brand},
        "zones": {"PL": "Europe/Warsaw", "LT": "Europe/Vilnius"},
        "languages": {"PL": "pl", "LT": "lt"},
    }
    return World(**(base | fields))


class Story:
    """One customer of one shop. What all folds asked for is gathered under the effects' own names."""

    def __init__(self, now=NOON, world=None, *, known=True):
        self.now, self.world = now, world or world_of()
        self.row = None
        self._count = self.let_go = 0
        self.told, self.suppressed, self.receipts, self.attempts = [], [], [], []
        self.tickets, self.notes, self.ready, self.claims, self.forgotten = [], [], [], [], []
        if known:
            self.seen()

    def apply(self, event):
        before = None if self.row is None else msgspec.msgpack.encode(self.row)
        row, effects = desk.apply(self.row, event, self.now, self.world)
        assert before is None or msgspec.msgpack.encode(self.row) == before
        if row is not None:
            assert msgspec.msgpack.decode(msgspec.msgpack.encode(row), type=desk.Customer) == row
        self.row = row
        self.let_go += effects.let_go
        for name in LISTS:
            getattr(self, name).extend(getattr(effects, name))
        return effects

    def event(self, data, at=None, *, source="/test"):
        self._count += 1
        at = at or self.now
        return self.apply(Event(f"e{self._count}", source, "test", at, self.now, data))

    def seen(self, order="o1", *, at=None, email=ANNA, phone=PHONE, consents=(), address=HOME, **contact):
        person = Contact(
            "c1", contact.pop("country", "PL"), contact.pop("name", "Anna"), email, phone, **contact
        )
        given = tuple(Consent(purpose, self.now, "form 7") for purpose in consents)
        return self.event(CustomerSeen(person, order, "acme", address, given), at)

    def linked(self, order="o1", placed_at=None, **fields):
        return self.event(OrderLinked("c1", order, placed_at or self.now, **fields))

    def contact(self, at=None, **fields):
        return self.event(CustomerContact("c1", **fields), at)

    def prefer(self, at=None, **fields):
        return self.event(CustomerPreferences("c1", **fields), at)

    def erase(self, at=None):
        return self.event(CustomerErasure("c1"), at)

    def intent(
        self, kind="shipped", name="n-1", *, order="o1", revision=1, placed_at=None, told=None, **fields
    ):
        base = {
            "slot": kind,
            "because": ("cause",),
            "caused_at": self.now,
            "decided_at": self.now,
            "locale": None,
            "timezone": None,
            "country": "PL",
            "covers": (f"{kind}:{name}",),
        }
        content = Content("1001", "shipped", placed_at=placed_at or NOON - dt.timedelta(days=1), told=told)
        fields = base | {"content": content} | fields
        return IntentRaised(name, revision, order, "c1", "acme", kind, **fields)

    def raised(self, kind="shipped", name="n-1", **fields):
        return self.event(self.intent(kind, name, **fields))

    def withdrawn(self, name="n-1", order="o1", **fields):
        return self.event(IntentWithdrawn(name, order, "c1", **fields))

    def grant(self, key=None):
        """Grants one message, or each that the row holds ready; the claims that came of it."""
        keys = [key] if key else self.keys()
        return [claim for each in keys for claim in self.apply(Granted(each)).claims]

    def keys(self):
        """What is ready now, by the row."""
        pendings = self.row.pending.values() if self.row else ()
        return [
            customers.message_key(pending, delivery)
            for pending in pendings
            for delivery in pending.deliveries
            if delivery.state == "ready"
        ]

    def answer(self, claim, result="sent", **fields):
        answer = Attempted(
            claim.notification_id, claim.customer_id, claim.channel, claim.attempt, result, "test", **fields
        )
        return self.event(answer)

    def fail(self, claim, reason="smtp_451_rcpt", **fields):
        return self.answer(claim, "failed", reason=reason, **fields)

    def receipt(self, outcome, name="n-1", **fields):
        return self.event(Bounced(outcome, name, customer_id="c1", **fields))

    def deliver(self):
        """Sends whatever is ready, until nothing is."""
        sent = []
        while claims := self.grant():
            for claim in claims:
                self.answer(claim)
            sent += claims
        return sent

    def due(self):
        return None if self.row is None else customers.due(self.row)

    def until(self, when):
        """Lets time pass, waking the row whenever it asks for it."""
        for _ in range(1000):
            due = self.due()
            if due is None or due > when:
                break
            self.now = max(self.now, due)
            self.event(TimerFired(due))
        else:
            raise AssertionError("the row asks to be woken for ever")
        self.now = max(self.now, when)

    def passes(self, **duration):
        self.until(self.now + dt.timedelta(**duration))

    def reasons(self):
        return [each.reason for each in self.suppressed]


@pytest.fixture(scope="session")
def story_of():
    """`story_of(now=…, world=…, known=False)`: a fresh story."""
    return Story


@pytest.fixture
def story():
    return Story()


@pytest.fixture(scope="session")
def make_world():
    return world_of


@pytest.fixture(scope="session")
def noon():
    return NOON
