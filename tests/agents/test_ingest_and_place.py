"""From any key to the order's: routing, splitting off the person, parking, dead letters."""

import datetime as dt
import json
from collections import Counter
from typing import Any, cast

import pytest

from streams.agents.ingest import IngestAgent
from streams.agents.place import PlaceAgent
from streams.agents.shell import REFERENCES, Tally, note
from streams.codec import LARGEST
from streams.domain.budget import RemedyReserved, RemedyReturned
from streams.domain.events import Payload
from streams.domain.notes import ReferenceBound, ReferenceUnbound
from streams.domain.references import key_of
from streams.domain.values import Money
from streams.domain.world import Limits
from streams.engine.api import Record, Rows
from streams.engine.memory import MemoryEngine
from tests.agents.events import CUSTOMER, ORDER, event, placed, scan

START = dt.datetime(2026, 3, 5, 10, 0, tzinfo=dt.UTC).timestamp()
DAY = 86_400.0


class Counting:
    def __init__(self) -> None:
        self.seen: Counter[Tally] = Counter()

    def count(self, agent: str, tallies: Counter[Tally]) -> None:
        self.seen += tallies


class House:
    """Ingest and place, and what they wrote for others."""

    def __init__(self, **limits: Any) -> None:
        self.written: list[Record] = []
        self.meter = Counting()
        agents = (
            IngestAgent(dt.timedelta(hours=24), self.meter),
            PlaceAgent(Limits(**limits), self.meter),
        )
        self.engine = MemoryEngine(agents, START, outlet=self.written.append)

    def send(self, value: bytes | None, topic: str = "orders") -> None:
        self.engine.append(topic, None, value)
        self.engine.run()

    def bind(self, reference: str, owner: str, since: float = START) -> None:
        self.tell(reference, ReferenceBound(reference, owner, dt.datetime.fromtimestamp(since, dt.UTC)))

    def tell(self, reference: str, data: Payload) -> None:
        out = note(REFERENCES, key_of(reference), data, source="timeline", name="n", now=START)
        self.engine.append(out.topic, out.key, out.value)
        self.engine.run()

    def read(self, topic: str) -> list[Any]:
        return [json.loads(record.value or b"") for record in self.written if record.topic == topic]


def test_an_order_goes_to_its_timeline_without_the_person_and_the_person_to_the_desk() -> None:
    house = House()
    house.send(placed())
    [order], [person] = house.read("order-events"), house.read("notifications")
    assert order["subject"] == ORDER
    assert person["subject"] == CUSTOMER
    assert person["data"]["customer"]["email"] == "jagna@example.com"
    assert person["data"]["consents"][0]["purpose"] == "reviews"
    kept = json.dumps(order)
    for secret in ("Jagna", "jagna@", "+48600", "Przykładowa", "Warszawa", "00-001", "box 3"):
        assert secret not in kept
    assert order["data"]["customer"] == {"customer_id": CUSTOMER, "country": "PL", "locale": "pl"}


def test_the_person_is_who_they_were_when_the_order_was_placed_however_late_it_is_told() -> None:
    house = House()
    old = json.loads(placed())["data"]
    house.send(event("order.placed", old, time="2025-11-02T10:00:00+01:00"))
    [person] = house.read("notifications")
    assert dt.datetime.fromisoformat(person["time"]) == dt.datetime(2025, 11, 2, 9, 0, tzinfo=dt.UTC)


def test_the_person_is_written_before_the_order() -> None:
    house = House()
    house.send(placed())
    assert [record.topic for record in house.written] == ["notifications", "order-events"]


def test_a_subject_names_the_order_where_the_data_does_not() -> None:
    house = House()
    house.send(event("shipment.status", {"status": "in_transit"}, subject=ORDER), "shipments")
    assert house.read("order-events")[0]["subject"] == ORDER


@pytest.mark.parametrize("timestamp", [10**18, -(10**18)])
def test_a_record_that_its_producer_stamped_beyond_the_calendar_holds_nothing_up(timestamp: int) -> None:
    """Microseconds for milliseconds, say: what raises here is met again at every start."""
    agent = IngestAgent(dt.timedelta(hours=24))
    record = Record("orders", 0, 0, None, placed(), timestamp, ())
    folded = agent.fold(record, cast("Rows", {}), START)
    assert len(folded.out) == (2 if timestamp > 0 else 1)
    [letter] = agent.refuse(record, ValueError())
    assert json.loads(letter.value or b"")["reason"] == "fold_failed"


def test_a_customers_facts_go_to_the_desk_and_a_choice_to_the_order() -> None:
    house = House()
    house.send(event("customer.contact", {"customer_id": CUSTOMER, "email": "j@example.com"}), "customers")
    house.send(event("customer.choice", {"order_id": ORDER, "about": ["l1"], "choice": "wait"}), "customers")
    assert len(house.read("notifications")) == 1
    assert len(house.read("order-events")) == 1


def test_a_scan_waits_for_its_order_and_follows_it() -> None:
    house = House()
    house.send(scan("in_transit"), "shipments")
    assert house.read("order-events") == []
    house.bind("tracking:inpost:PL1", ORDER)
    [placed_scan] = house.read("order-events")
    assert placed_scan["subject"] == ORDER
    house.send(scan("delivered"), "shipments")
    assert len(house.read("order-events")) == 2


@pytest.mark.parametrize("reference", ["tracking:inpost:PL1", "tracking::PL1"])
def test_a_number_whose_carrier_nobody_named_is_found_too(reference: str) -> None:
    house = House()
    house.bind(reference, ORDER)
    house.send(scan("in_transit", carrier=" InPost "), "shipments")
    assert len(house.read("order-events")) == 1


def test_another_carriers_parcel_with_the_same_number_is_not_this_orders() -> None:
    house = House()
    house.bind("tracking:dpd:PL1", ORDER)
    house.send(scan("in_transit", carrier="inpost"), "shipments")
    assert house.read("order-events") == []
    house.bind("tracking:inpost:PL1", "acme:other")
    [followed] = house.read("order-events")
    assert followed["subject"] == "acme:other"
    house.send(scan("in_transit", carrier="dpd"), "shipments")
    assert house.read("order-events")[1]["subject"] == ORDER


def test_a_scan_without_a_carrier_is_the_newest_orders_that_has_the_number() -> None:
    house = House()
    house.bind("tracking:dpd:PL1", "acme:old", START - DAY)
    house.bind("tracking:inpost:PL1", ORDER)
    house.bind("tracking::PL1", "acme:older", START - 2 * DAY)
    house.send(scan("in_transit", carrier=None), "shipments")
    assert house.read("order-events")[0]["subject"] == ORDER


def test_an_order_that_is_forgotten_leaves_a_number_to_the_others_that_have_it() -> None:
    house = House()
    house.bind("tracking:dpd:PL1", ORDER)
    house.bind("tracking:inpost:PL1", "acme:other")
    house.tell("tracking:dpd:PL1", ReferenceUnbound("tracking:dpd:PL1", ORDER))
    house.send(scan("in_transit", carrier="dpd"), "shipments")
    assert house.read("order-events") == []
    house.send(scan("in_transit", carrier="inpost"), "shipments")
    assert house.read("order-events")[0]["subject"] == "acme:other"


def test_a_recycled_number_belongs_to_the_newest_order() -> None:
    house = House()
    house.bind("tracking:inpost:PL1", "acme:old", START - 90 * DAY)
    house.bind("tracking:inpost:PL1", "acme:new", START)
    house.bind("tracking:inpost:PL1", "acme:older", START - 200 * DAY)
    house.send(scan("in_transit"), "shipments")
    assert house.read("order-events")[0]["subject"] == "acme:new"


def test_what_cannot_be_placed_is_one_dead_letter_after_its_deadline() -> None:
    house = House()
    house.send(scan("in_transit", shipment_id="s-1"), "shipments")
    house.engine.advance(START + 29 * DAY)
    assert house.read("dead-letters") == []
    house.engine.advance(START + 31 * DAY)
    [letter] = house.read("dead-letters")
    assert letter["reason"] == "unplaced"
    assert letter["event"]["type"] == "shipment.status"
    assert house.engine.next_due() is None


def test_a_reference_holds_only_so_many_events() -> None:
    house = House(parked_a_reference=2)
    for status in ("accepted", "in_transit", "out_for_delivery"):
        house.send(scan(status), "shipments")
    assert [letter["reason"] for letter in house.read("dead-letters")] == ["parked_too_many"]


def dispatched() -> bytes:
    data = {"supplier_order_id": "so-1", "shipment_id": "s-1", "carrier": "inpost", "tracking_number": "PL1"}
    return event("supplier.dispatched", data, source="/supplier/s-17")


def test_an_event_with_several_references_is_asked_for_under_one_that_is_known() -> None:
    house = House()
    house.bind("supplier-order:so-1", ORDER)
    house.send(dispatched(), "suppliers")
    assert len(house.read("order-events")) == 1
    assert Tally("parked") not in house.meter.seen


@pytest.mark.parametrize("known", ["shipment:s-1", "tracking:inpost:PL1", "tracking::PL1"])
def test_an_event_waits_under_each_of_its_references(known: str) -> None:
    house = House()
    house.send(dispatched(), "suppliers")
    assert house.read("order-events") == []
    house.bind(known, ORDER)
    assert len(house.read("order-events")) == 1


@pytest.mark.parametrize("known", ["shipment:s-1", "tracking:inpost:PL1", "tracking::PL1"])
def test_a_later_reference_that_is_known_places_the_event_at_once(known: str) -> None:
    house = House()
    house.bind(known, ORDER)
    house.send(dispatched(), "suppliers")
    assert len(house.read("order-events")) == 1


def test_an_unbound_reference_parks_again() -> None:
    house = House()
    house.bind("tracking:inpost:PL1", ORDER)
    house.tell("tracking:inpost:PL1", ReferenceUnbound("tracking:inpost:PL1", ORDER))
    house.send(scan("in_transit"), "shipments")
    assert house.read("order-events") == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"not json", "not_json"),
        (b"x" * 2_000_000, "oversize"),
        (event("order.teleported", {"order_id": ORDER}), "unknown_type"),
        (event("intent.raised", {"order_id": ORDER}), "invalid"),
        (event("order.paid", {"order_id": ORDER}), "invalid"),
        (event("shipment.status", {"status": "in_transit"}), "no_reference"),
        (
            event("order.cancelled", {"order_id": ORDER, "by": "seller"}, time="2027-03-05T10:00:00Z"),
            "from_the_future",
        ),
        (
            event("order.cancelled", {"order_id": ORDER, "by": "seller"}, time="2026-03-05T10:00:00"),
            "invalid",
        ),
    ],
)
def test_bad_input_is_set_aside_with_its_reason_and_the_next_record_is_handled(
    value: bytes | None, reason: str
) -> None:
    house = House()
    house.send(value)
    [letter] = house.read("dead-letters")
    assert letter["reason"] == reason
    assert letter["topic"] == "orders"
    assert house.meter.seen[Tally("dead", (reason,))] == 1
    house.send(placed())
    assert len(house.read("order-events")) == 1


def test_no_dead_letter_is_larger_than_a_topic_takes() -> None:
    house = House()
    house.send(b"x" * 2_000_000)
    assert all(len(record.value or b"") < LARGEST for record in house.written)
    assert house.read("dead-letters")[0]["truncated"] is True


def test_our_own_events_are_not_taken_from_outside() -> None:
    house = House()
    due = {"due": "2026-03-05T10:00:00Z"}
    house.send(event("timer.fired", due, subject=ORDER))
    assert house.read("order-events") == []
    assert house.read("dead-letters")[0]["reason"] == "unknown_type"


def test_events_are_counted_by_type() -> None:
    house = House()
    house.send(placed())
    assert house.meter.seen[Tally("event", ("order.placed",))] == 1


BUDGET = "budget:acme:2026-03:PLN"


def reserved(order: str, amount: str) -> RemedyReserved:
    return RemedyReserved(order, BUDGET, "voucher", Money(amount, "PLN"), Money("50.00", "PLN"))


def answers(house: House) -> list[tuple[str, str | None]]:
    told = house.read("order-events")
    return [(each["data"]["order_id"], each["data"].get("refused")) for each in told]


def test_a_budget_gives_until_it_is_spent_and_never_half() -> None:
    house = House()
    for order, amount in (("o1", "30.00"), ("o2", "20.01"), ("o3", "20.00"), ("o4", "0.01")):
        house.tell(BUDGET, reserved(order, amount))
    assert answers(house) == [("o1", None), ("o2", "budget"), ("o3", None), ("o4", "budget")]


def test_what_comes_back_to_a_budget_is_there_for_others() -> None:
    house = House()
    house.tell(BUDGET, reserved("o1", "50.00"))
    house.tell(BUDGET, RemedyReturned("o1", BUDGET, "voucher", Money("50.00", "PLN")))
    house.tell(BUDGET, reserved("o2", "50.00"))
    house.tell(BUDGET, reserved("o3", "0.01"))
    assert answers(house) == [("o1", None), ("o2", None), ("o3", "budget")]


def test_each_month_has_a_budget_of_its_own_that_is_forgotten_in_the_end() -> None:
    house = House()
    house.tell(BUDGET, reserved("o1", "50.00"))
    house.tell("budget:acme:2026-04:PLN", reserved("o2", "50.00"))
    assert answers(house) == [("o1", None), ("o2", None)]
    house.engine.advance(START + 121 * DAY)
    assert list(house.engine.rows("place")) == []
