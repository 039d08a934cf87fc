"""A person is forgotten wherever rows and compacted topics are ours; who comes back is served."""

import datetime as dt
import json
from typing import Any

from streams.agents.desk import DeskAgent, attempted
from streams.agents.ingest import IngestAgent
from streams.agents.place import PlaceAgent
from streams.agents.shell import REFERENCES, note
from streams.agents.timeline import TimelineAgent
from streams.domain.customer import marker
from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Bounced
from streams.domain.world import Brand, World
from streams.engine.api import Record
from streams.engine.memory import MemoryEngine
from streams.rows import bare
from streams.simulate.run import InstantSenders
from tests.agents.events import CUSTOMER, ORDER, event, placed, scan

START = dt.datetime(2026, 3, 5, 10, 0, tzinfo=dt.UTC).timestamp()
HOUR, DAY = 3600.0, 86_400.0
PERSONAL = (CUSTOMER, "Jagna", "jagna@example.com", "+48600000000", "Przyk")
WORLD = World(brands={"acme": Brand(id="acme", delivery="live")})


class House:
    """All four agents, with senders that send at once, and what they wrote for others."""

    def __init__(self) -> None:
        self.written: list[Record] = []
        self.claims: list[Claim] = []
        self.agents = (
            IngestAgent(dt.timedelta(days=400)),
            PlaceAgent(WORLD.limits),
            TimelineAgent(WORLD),
            DeskAgent(WORLD, InstantSenders(self._send)),
        )
        self.engine = MemoryEngine(self.agents, START, outlet=self.written.append)

    def _send(self, claim: Claim) -> None:
        self.claims.append(claim)
        answer = Attempted(
            claim.notification_id,
            claim.customer_id,
            claim.channel,
            claim.attempt,
            "sent",
            "test",
            provider_id=f"p-{len(self.claims)}",
        )
        out = attempted(answer, claim, self.engine.now)
        self.engine.append(out.topic, out.key, out.value)

    def send(self, value: bytes, topic: str = "orders") -> None:
        self.engine.append(topic, None, value)
        self.engine.run()

    def erase(self, at: str) -> None:
        self.send(event("customer.erasure", {"customer_id": CUSTOMER}, time=at, id=f"e-{at}"), "customers")

    def bounce(self, reference: str) -> None:
        data = Bounced("delivered", provider_id="p-1", channel="email")
        out = note(REFERENCES, reference, data, source="provider", name=f"b-{reference}", now=self.engine.now)
        self.engine.append(out.topic, out.key, out.value)
        self.engine.run()

    def kept(self) -> bytes:
        """Every row with its key, and the newest of each timeline."""
        rows = [
            (key, bytes(bare(agent.encode(row))))
            for agent in self.agents[1:]
            for key, row in self._rows(agent.name)
        ]
        newest = {each.key: each.value or b"" for each in self.written if each.topic == "timelines"}
        return b"\n".join(key + value for key, value in rows) + b"\n".join(newest.values())

    def found(self) -> list[str]:
        kept = self.kept()
        return [word for word in PERSONAL if word.encode() in kept]

    def outcomes(self, kind: str) -> list[Any]:
        values = [
            json.loads(each.value or b"") for each in self.written if each.topic == "notification-outcomes"
        ]
        return [each for each in values if each["type"] == kind]

    def _rows(self, name: str) -> list[tuple[bytes, Any]]:
        return list(self.engine.rows(name))


def lived() -> House:
    house = House()
    house.send(placed())
    house.engine.advance(START + HOUR)
    number = {"order_id": ORDER, "carrier": "inpost", "tracking_number": "PL1", "status": "in_transit"}
    house.send(event("shipment.status", number, time="2026-03-05T11:00:00Z"), "shipments")
    house.engine.advance(START + 2 * HOUR)
    return house


def test_an_erasure_leaves_nothing_of_the_person_in_any_row_or_compacted_topic() -> None:
    house = lived()
    assert [claim.kind for claim in house.claims] == ["order_confirmation", "shipped"]
    assert house.found() == list(PERSONAL)
    house.erase("2026-03-05T12:30:00Z")
    assert house.found() == []
    assert house.engine.row("desk", marker(CUSTOMER).encode()) is not None


def test_the_proof_says_what_was_erased_when_and_names_nobody() -> None:
    house = lived()
    house.erase("2026-03-05T12:30:00Z")
    [proof] = house.outcomes("customer.erased")
    assert proof["data"] == {
        "customer": marker(CUSTOMER),
        "asked_at": "2026-03-05T12:30:00Z",
        "done_at": "2026-03-05T12:00:00Z",
        "held": ["email", "phone", "name", "consents", "addresses"],
        "orders": 1,
    }
    assert not any(word in json.dumps(proof) for word in PERSONAL)


def test_a_message_that_waits_is_not_sent_and_later_news_of_the_order_neither() -> None:
    house = lived()
    scans = {"order_id": ORDER, "carrier": "inpost", "tracking_number": "PL1", "status": "delivered"}
    house.erase("2026-03-05T12:00:00Z")
    house.send(event("shipment.status", scans, time="2026-03-05T12:10:00Z", id="d"), "shipments")
    house.send(placed())
    house.send(event("order.placed", json.loads(placed())["data"], id="said-again"))
    house.engine.advance(START + 40 * DAY)
    assert len(house.claims) == 2
    assert house.found() == []


def test_whoever_comes_back_is_served_under_their_own_key() -> None:
    house = lived()
    house.erase("2026-03-05T12:30:00Z")
    house.engine.advance(START + DAY)
    again = json.loads(placed(order_id="acme:1002", number="1002"))["data"]
    house.send(event("order.placed", again, id="second", time="2026-03-06T10:00:00Z"))
    house.engine.advance(START + DAY + HOUR)
    assert [claim.order_id for claim in house.claims[2:]] == ["acme:1002"]
    assert house.engine.row("desk", marker(CUSTOMER).encode()) is None
    assert house.engine.row("desk", CUSTOMER.encode()) is not None
    house.erase("2026-03-07T10:00:00Z")
    assert house.found() == []


def test_an_order_from_before_that_arrives_later_is_forgotten_at_once() -> None:
    house = House()
    house.erase("2026-03-06T10:00:00Z")
    house.send(placed())
    house.engine.advance(START + HOUR)
    assert house.claims == []
    assert house.found() == []


def test_what_is_told_of_a_past_order_after_an_erasure_brings_nobody_back() -> None:
    house = lived()
    house.engine.advance(START + DAY)
    house.erase("2026-03-06T09:00:00Z")
    past = json.loads(placed(order_id="acme:900", number="900"))["data"]
    house.send(event("order.placed", past, id="imported", time="2026-02-01T10:00:00Z"))
    house.engine.advance(START + 2 * DAY)

    assert len(house.claims) == 2
    assert house.found() == []


def test_a_receipt_finds_its_customer_by_the_providers_name_for_the_message_for_a_month() -> None:
    house = lived()
    house.bounce("provider:p-1")
    assert len(house.outcomes("notification.delivered")) == 1
    house.engine.advance(START + 31 * DAY)
    names = {key.decode() for key, _ in house._rows("place")}
    assert not names & {"provider:p-1", f"message:{house.claims[0].message_key}"}


def test_what_a_carrier_writes_about_people_does_not_wait_with_the_parcel() -> None:
    house = House()
    house.send(scan("in_transit", number="PL9", carrier_text="Signed by Jagna Testowa"), "shipments")
    assert house._rows("place")
    assert house.found() == []
