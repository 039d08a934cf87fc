"""Parcels, lockers, promises and the traps that real systems fall into, by histories."""

from typing import Any

import pytest

from tests.acceptance.history import History, line, local, money
from tests.acceptance.runner import Book, Outcome, lines_of, simulate

BOOK = Book()
tell, expect = BOOK.tell, BOOK.expect

CONFIRMED = ("order_confirmation", "email", "03-05 10:00")
SENT_OFF = ("shipped", "email", "03-06 16:45")
LOCKER = {"point": "WAW01M", "address": "Prosta 1, Warszawa", "code": "123456"}


def plain(name: str, country: str = "PL", /, **more: Any) -> History:
    """Ordered on Thursday at ten."""
    return tell(name, country).placed("03-05 10:00", **more)


def sent(name: str, country: str = "PL", /, **more: Any) -> History:
    """Ordered on Thursday at ten, on its way on Friday at four in the afternoon."""
    return plain(name, country, **more).parcel("03-06 09:00").scan("03-06 16:00", "accepted")


def two(name: str) -> History:
    """One order, two parcels, both on their way on Friday."""
    story = plain(name).parcel("03-06 09:00", "A", ["l1"]).parcel("03-06 09:00", "B", ["l2"])
    return story.scan("03-06 16:00", "accepted", "A").scan("03-06 16:10", "accepted", "B")


def until(when: str) -> dict[str, Any]:
    return {**LOCKER, "deadline": local(when).isoformat()}


def early(story: History, when: str, day: str, **more: Any) -> History:
    return story.scan(when, "in_transit", estimated_delivery={"latest": f"2026-{day}"}, **more)


# Announced is not shipped.
plain("announced").parcel("03-06 09:00").scan("03-06 10:00", "announced")
expect("announced", CONFIRMED)
plain("unpaid").placed("03-05 10:00")
plain("payment-late", payment="separate").say(
    "03-05 10:30", "order.paid", amount=money("40.00"), method="card"
).say("03-05 10:10", "order.payment_failed", arrives="03-05 11:00", amount=money("40.00"))
expect("payment-late", ("order_confirmation", "email", "03-05 10:30"))
tell("paid-first").say("03-05 10:30", "order.paid", amount=money("40.00"), method="card").placed(
    "03-05 10:00", arrives="03-05 10:40", payment="separate"
)
expect("paid-first", ("order_confirmation", "email", "03-05 10:40"))

# Split orders.
two("both").scan("03-09 13:00", "delivered", "A").scan("03-10 11:00", "delivered", "B")
expect(
    "both",
    CONFIRMED,
    ("shipped", "email", "03-06 16:10"),
    ("delivered", "email", "03-09 13:00"),
    ("delivered", "email", "03-10 11:00"),
)
plain("pieces", of=[line("l1", 3)]).say(
    "03-06 09:00",
    "shipment.created",
    shipment_id="p-A",
    carrier="inpost",
    tracking_number="PIECESA",
    lines=[{"line_id": "l1", "quantity": 1}],
).scan("03-06 16:00", "accepted")
expect("pieces", CONFIRMED, SENT_OFF)
two("one-back").scan("03-09 13:00", "delivered", "A").scan("03-10 11:00", "returning", "B")

# The same from two sources, late and out of order.
doubled = sent("two-sources").scan("03-09 13:00", "delivered").scan("03-09 13:01", "delivered")
doubled.events[-1]["source"] = "/carrier/inpost"
doubled.scan("03-09 12:00", "out_for_delivery", arrives="03-09 18:00")
expect("two-sources", CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 13:00"))
sent("unshipped-late").scan("03-09 13:00", "delivered").scan(
    "03-08 13:00", "in_transit", arrives="03-09 19:00"
)
expect("unshipped-late", CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 13:00"))
again = sent("same-id").scan("03-09 08:30", "out_for_delivery").scan("03-09 14:00", "delivered")
again.events[-1]["id"] = again.events[-2]["id"]
again.events[-1]["source"] = "/carrier/inpost"
expect(
    "same-id",
    CONFIRMED,
    SENT_OFF,
    ("out_for_delivery", "sms", "03-09 08:30"),
    ("delivered", "email", "03-09 14:00"),
)

# References: before their order, by every way, recycled, replaced.
tell("by-shipment").say(
    "03-06 16:00", "shipment.status", place=False, shipment_id="S-1", status="accepted"
).parcel("03-06 09:00", arrives="03-06 16:05").placed("03-05 10:00", arrives="03-06 16:10")
BOOK.histories["by-shipment"].events[1]["data"]["shipment_id"] = "S-1"
expect("by-shipment", ("order_confirmation", "email", "03-06 16:10"), ("shipped", "email", "03-06 16:45"))
plain("by-supplier").say(
    "03-06 08:00",
    "supplier.dispatched",
    place=False,
    supplier_order_id="SO-9",
    carrier="dpd",
    tracking_number="DPD-9",
).say(
    "03-06 16:00", "shipment.status", place=False, carrier="dpd", tracking_number="DPD-9", status="accepted"
).say(
    "03-05 11:00",
    "supplier.ordered",
    arrives="03-06 17:00",
    supplier_id="s-17",
    supplier_order_id="SO-9",
    line_ids=["l1", "l2"],
)
expect("by-supplier", CONFIRMED, ("shipped", "email", "03-06 17:00"))
tell("recycled-old").placed("01-10 10:00", promised="2026-01-20").say(
    "01-11 09:00", "shipment.created", shipment_id="ro", carrier="inpost", tracking_number="RECYCLED"
).say(
    "01-11 16:00",
    "shipment.status",
    place=False,
    carrier="inpost",
    tracking_number="RECYCLED",
    status="accepted",
).say(
    "01-13 12:00",
    "shipment.status",
    place=False,
    carrier="inpost",
    tracking_number="RECYCLED",
    status="delivered",
)
expect(
    "recycled-old",
    ("order_confirmation", "email", "01-10 10:00"),
    ("shipped", "email", "01-11 16:45"),
    ("delivered", "email", "01-13 12:00"),
    until="04-01 10:00",
)
plain("recycled-new").say(
    "03-06 09:00", "shipment.created", shipment_id="rn", carrier="inpost", tracking_number="RECYCLED"
).say(
    "03-06 16:00",
    "shipment.status",
    place=False,
    carrier="inpost",
    tracking_number="RECYCLED",
    status="accepted",
).say(
    "03-09 12:00",
    "shipment.status",
    place=False,
    carrier="inpost",
    tracking_number="RECYCLED",
    status="delivered",
)
expect("recycled-new", CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 12:00"))
plain("replaced-unseen").parcel("03-06 09:00").say(
    "03-06 10:00",
    "shipment.created",
    shipment_id="replaced-unseen-A",
    carrier="inpost",
    tracking_number="NEWER",
    replaces="REPLACEDUNSEENA",
).say(
    "03-06 16:00",
    "shipment.status",
    place=False,
    carrier="inpost",
    tracking_number="NEWER",
    status="accepted",
)
expect("replaced-unseen", CONFIRMED, SENT_OFF)
sent("replaced").say(
    "03-07 10:00",
    "shipment.created",
    shipment_id="replaced-A",
    carrier="inpost",
    tracking_number="REPLACEDNEW",
    replaces="REPLACEDA",
).say(
    "03-09 12:00",
    "shipment.status",
    place=False,
    carrier="inpost",
    tracking_number="REPLACEDNEW",
    status="delivered",
).scan("03-09 12:30", "delivered")
expect(
    "replaced",
    CONFIRMED,
    SENT_OFF,
    ("tracking_changed", "email", "03-07 10:00"),
    ("delivered", "email", "03-09 12:00"),
)

# Lockers.
sent("locker-long").scan("03-09 12:00", "ready_for_pickup", pickup=until("03-13 18:00"))
expect(
    "locker-long",
    CONFIRMED,
    SENT_OFF,
    ("ready_for_pickup", "email", "03-09 12:00"),
    ("ready_for_pickup", "sms", "03-09 12:00"),
    ("pickup_reminder", "sms", "03-11 18:00"),
    ("pickup_reminder", "sms", "03-12 18:00"),
    until="03-14 12:00",
)
# The first of two reminders is held by the night, until the second is near.
sent("locker-night").scan("03-09 09:00", "ready_for_pickup", pickup=until("03-10 22:30"))
expect(
    "locker-night",
    CONFIRMED,
    SENT_OFF,
    ("ready_for_pickup", "email", "03-09 09:00"),
    ("ready_for_pickup", "sms", "03-09 09:00"),
    ("pickup_reminder", "sms", "03-10 08:00"),
    until="03-11 12:00",
)
sent("locker-twice").scan("03-09 12:00", "ready_for_pickup", pickup=until("03-11 12:00")).scan(
    "03-09 15:00", "ready_for_pickup", pickup=until("03-11 12:00")
).scan("03-10 09:00", "delivered", delivered_to="pickup_point")
expect(
    "locker-twice",
    CONFIRMED,
    SENT_OFF,
    ("ready_for_pickup", "email", "03-09 12:00"),
    ("ready_for_pickup", "sms", "03-09 12:00"),
    ("delivered", "email", "03-10 09:00"),
)
sent("locker-longer").scan("03-09 12:00", "ready_for_pickup", pickup=until("03-11 12:00")).scan(
    "03-10 09:00", "ready_for_pickup", pickup=until("03-12 12:00")
)
sent("locker-between").scan("03-09 12:00", "ready_for_pickup", pickup=until("03-11 12:00")).scan(
    "03-10 18:00", "delivered", delivered_to="pickup_point"
)
expect(
    "locker-between",
    CONFIRMED,
    SENT_OFF,
    ("ready_for_pickup", "email", "03-09 12:00"),
    ("ready_for_pickup", "sms", "03-09 12:00"),
    ("pickup_reminder", "sms", "03-10 12:00"),
    ("delivered", "email", "03-10 18:00"),
)

# What the customer has to do, and what went wrong.
for reason in ("address", "customs_documents", "customs_payment"):
    sent(f"must-{reason}").scan(
        "03-09 22:30", "customs" if "customs" in reason else "in_transit", reason=reason, party="recipient"
    )
    expect(
        f"must-{reason}",
        CONFIRMED,
        SENT_OFF,
        ("action_required", "email", "03-09 22:30"),
        ("action_required", "sms", "03-09 22:30"),
    )
PROBLEMS = ("lost", "damaged", "undeliverable", "refused", "returning")
for problem in PROBLEMS:
    sent(f"is-{problem}").scan("03-09 10:00", problem)
sent("worse").scan("03-09 10:00", "damaged").scan("03-10 10:00", "returning").scan("03-12 10:00", "returned")
sent("found").scan("03-09 10:00", "lost").scan("03-11 10:00", "delivered", delivered_to="recipient")
sent("failed-twice").scan("03-09 10:00", "attempt_failed", reason="not_at_home").scan(
    "03-10 10:00", "attempt_failed", reason="not_at_home"
)
expect(
    "failed-twice",
    CONFIRMED,
    SENT_OFF,
    ("attempt_failed", "email", "03-09 10:00"),
    ("attempt_failed", "email", "03-10 10:00"),
    ("attempt_failed", "sms", "03-09 10:00"),
    ("attempt_failed", "sms", "03-10 10:00"),
)
for odd in ("teleported", "unknown", "tracking_ended", "customs"):
    sent(f"odd-{odd}").scan("03-09 10:00", odd)
    expect(f"odd-{odd}", CONFIRMED, SENT_OFF)

# Promises.
early(sent("a-day-late"), "03-10 10:00", "03-13")
expect("a-day-late", CONFIRMED, SENT_OFF, ("delay", "email", "03-10 14:00"), until="03-11 08:00")
early(sent("weekend", promised="2026-03-13"), "03-10 10:00", "03-14")
expect("weekend", CONFIRMED, SENT_OFF, until="03-11 08:00")
early(sent("monday", promised="2026-03-13"), "03-10 10:00", "03-16")
expect("monday", CONFIRMED, SENT_OFF, ("delay", "email", "03-10 14:00"), until="03-11 08:00")
early(sent("lithuanian-holiday", "LT", promised="2026-03-10"), "03-09 10:00", "03-11")
expect("lithuanian-holiday", CONFIRMED, SENT_OFF, until="03-10 08:00")
early(sent("polish-workday", promised="2026-03-10"), "03-09 10:00", "03-11")
expect("polish-workday", CONFIRMED, SENT_OFF, ("delay", "email", "03-09 14:00"), until="03-10 08:00")
for name, day, said in (
    ("mayday", "05-01", False),
    ("may-weekend", "05-03", False),
    ("after-may", "05-04", True),
):
    may = (
        tell(name)
        .placed("04-23 10:00", promised="2026-04-30")
        .parcel("04-24 09:00")
        .scan("04-24 16:00", "accepted")
    )
    early(may, "04-28 10:00", day)
    known = [("order_confirmation", "email", "04-23 10:00"), ("shipped", "email", "04-24 16:45")]
    expect(name, *known, *([("delay", "email", "04-28 14:00")] if said else []), until="04-29 12:00")
for name, day, said in (("easter-monday", "04-06", False), ("after-easter", "04-07", True)):
    easter = (
        tell(name)
        .placed("03-27 10:00", promised="2026-04-03")
        .parcel("03-28 09:00")
        .scan("03-28 16:00", "accepted")
    )
    early(easter, "04-01 10:00", day)
    known = [("order_confirmation", "email", "03-27 10:00"), ("shipped", "email", "03-28 16:45")]
    expect(name, *known, *([("delay", "email", "04-01 14:00")] if said else []), until="04-02 12:00")
early(sent("due-today"), "03-12 09:00", "03-16")
expect(
    "due-today",
    CONFIRMED,
    SENT_OFF,
    ("delay", "email", "03-12 13:00"),
    ("delay", "sms", "03-12 13:00"),
    until="03-12 20:00",
)
early(sent("late-at-night"), "03-10 18:30", "03-16")
expect("late-at-night", CONFIRMED, SENT_OFF, ("delay", "email", "03-11 08:00"), until="03-11 20:00")
early(early(sent("later-and-later"), "03-10 10:00", "03-16"), "03-10 16:00", "03-19")
expect(
    "later-and-later",
    CONFIRMED,
    SENT_OFF,
    ("delay", "email", "03-10 14:00"),
    ("delay", "email", "03-11 14:00"),
    until="03-11 20:00",
)
early(early(sent("same-again"), "03-10 10:00", "03-16"), "03-11 16:00", "03-16")
expect("same-again", CONFIRMED, SENT_OFF, ("delay", "email", "03-10 14:00"), until="03-12 10:00")
early(early(sent("too-soon-good"), "03-10 10:00", "03-16"), "03-11 09:00", "03-12")
early(BOOK.histories["too-soon-good"], "03-11 11:00", "03-16")
expect("too-soon-good", CONFIRMED, SENT_OFF, ("delay", "email", "03-10 14:00"), until="03-12 10:00")
late = early(sent("promise-moved"), "03-10 09:00", "03-12")
late.say("03-10 10:00", "order.changed", promised_delivery={"latest": "2026-03-20"})
early(late, "03-10 12:00", "03-18")
expect("promise-moved", CONFIRMED, SENT_OFF, ("order_changed", "email", "03-10 10:05"), until="03-11 10:00")

# Cancellations.
plain("wholly").say("03-05 12:00", "order.cancelled", by="customer", line_ids=["l1", "l2"])
expect("wholly", CONFIRMED, ("order_cancelled", "email", "03-05 12:05"))
plain("bit-by-bit").say("03-05 12:00", "order.cancelled", by="seller", line_ids=["l1"]).say(
    "03-05 12:03", "order.cancelled", by="seller", line_ids=["l2"]
)
expect("bit-by-bit", CONFIRMED, ("order_cancelled", "email", "03-05 12:05"))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("parcels")
    return simulate(folder, lines_of(BOOK.histories.values()), "05-06 00:00")


@pytest.mark.parametrize("name", BOOK.expected)
def test_the_customer_hears_this_and_nothing_else(out: Outcome, name: str) -> None:
    assert BOOK.heard(out, name) == BOOK.expected[name]
