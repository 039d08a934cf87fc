"""The row: bounded, ended, forgotten, imported, erased; and a desk that answers late."""

import msgspec
import pytest

from streams.domain.events import Event
from streams.domain.notes import CustomerSeen, Erased, IntentRaised, IntentWithdrawn, OrderLinked
from streams.domain.world import Limits
from tests.unit.timeline.rig import WORLD, Shop, at, line, order_data, unbound


def test_an_order_with_too_many_scans_keeps_what_matters_and_counts_the_rest():
    world = msgspec.structs.replace(WORLD, limits=Limits(facts_an_order=20))
    shop = Shop(world=world)
    shop.placed()
    for minute in range(40):
        shop.scan("in_transit", f"03-03 10:{minute:02}")
    shop.scan("delivered", "03-04 12:00")

    assert len(shop.order.facts) == 21
    assert shop.view.refused == 21
    assert shop.kinds[-1] == "delivered"


def test_an_order_is_completed_thirty_days_after_its_delivery_and_forgotten_in_the_end():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 12:00")
    shop.scan("delivered", "03-04 12:00")
    shop.until("04-03 11:59")
    assert shop.view.state == "delivered"
    shop.until("04-03 14:00")
    assert shop.view.state == "completed"
    assert (len(shop.order.facts), shop.order.ledger) == (1, [])
    assert {each.state for each in shop.view.lines} == {"completed"}
    assert [n.ended for n in shop.notes if isinstance(n, OrderLinked)] == [False, True]
    shop.until("2028-04-10T00:00:00+00:00")

    assert shop.order is None
    assert "tracking:inpost:T1" in unbound(shop.notes)


def test_a_completed_order_is_not_told_of_again_when_its_events_are_republished():
    shop = Shop()
    events = [shop.placed(), shop.scan("accepted", "03-03 12:00"), shop.scan("delivered", "03-04 12:00")]
    shop.until("04-05 12:00")
    before = list(shop.kinds)
    for event in events:
        shop.take(event)
    shop.until("04-20 12:00")

    assert shop.kinds == before
    assert shop.view.state == "completed"


def test_a_late_complaint_finds_a_completed_order():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.until("04-05 12:00")
    shop.happens("complaint.filed", "05-05 12:00", complaint_id="c1", kind="damaged")

    assert [c.id for c in shop.view.complaints] == ["c1"]
    assert shop.view.state == "completed"


def over():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.until("04-05 12:00")
    assert shop.view.state == "completed"
    return shop


def test_who_misses_a_parcel_of_a_completed_order_is_heard():
    shop = over()
    shop.happens("customer.choice", "05-05 12:00", about=["l1"], choice="not_received")
    assert shop.message("choice_ack").content.decision == "not_received"
    assert [(t.kind, t.closed) for t in shop.tickets] == [("delivery_disputed", False)]
    shop.happens("customer.choice", "05-06 12:00", about=["l1"], choice="received")
    assert [(t.kind, t.closed) for t in shop.tickets] == [
        ("delivery_disputed", False),
        ("delivery_disputed", True),
    ]


@pytest.mark.parametrize("choice", ["refund", "replacement", "wait"])
def test_what_is_chosen_of_a_completed_order_is_for_a_person_to_see_to(choice):
    shop = over()
    shop.happens("customer.choice", "05-05 12:00", about=["l1"], choice=choice)
    shop.until("05-20 12:00")

    assert "choice_ack" not in shop.kinds
    assert [t.kind for t in shop.tickets] == ["choice_unclear"]


def test_a_completed_order_still_knows_what_it_came_to():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")])
    shop.happens("order.changed", "03-02 11:00", lines=[line("l1", 3), line("l2")])
    shop.happens("order.cancelled", "03-02 12:00", by="seller", line_ids=["l2"])
    shop.scan("delivered", "03-04 12:00")
    shop.until("04-10 12:00")
    assert shop.view.state == "completed"
    shop.happens("return.declared", "05-05 12:00", return_id="R", kind="withdrawal")

    items = shop.message("withdrawal_ack").content.items
    assert [(item.line_id, item.quantity) for item in items] == [("l1", 3)]


def test_what_is_sent_back_of_a_completed_order_is_followed_on_its_way():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.until("04-10 12:00")
    shop.happens("return.declared", "05-05 12:00", return_id="R", kind="withdrawal", tracking_number="BACK1")
    shop.scan("accepted", "05-08 12:00", number="BACK1")
    shop.scan("in_transit", "05-08 12:00", number="T1")  # what had brought it is over
    shop.until("05-10 12:00")
    assert [case.state for case in shop.view.returns] == ["in_transit"]
    shop.until("05-25 12:00")

    assert [case.state for case in shop.view.returns] == ["refund_due"]
    assert shop.view.parcels == ()
    assert "return_reminder" not in shop.kinds


def test_an_imported_order_builds_its_timeline_and_sends_nothing():
    shop = Shop()
    now = "03-20 12:00"
    shop.happens("order.placed", "03-02 10:00", now, **order_data(promised_delivery={"latest": "2026-03-04"}))
    shop.scan("accepted", "03-03 12:00", now)
    shop.scan(
        "ready_for_pickup", "03-04 10:00", now, pickup={"point": "P", "deadline": "2026-03-06T10:00:00+01:00"}
    )
    shop.scan("delivered", "03-05 12:00", now)
    shop.until("03-25 12:00")

    assert shop.kinds == []
    assert shop.view.state == "delivered"
    assert {i.kind for i in shop.suppressed} <= {
        "order_confirmation",
        "shipped",
        "ready_for_pickup",
        "delivered",
        "delay",
        "apology",
        "care_tips",
    }
    assert len(shop.suppressed) <= 7
    assert shop.tickets == []


def test_what_was_suppressed_counts_as_settled_but_its_promise_as_untold():
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-02 18:00")
    shop.judge = lambda intent, now: "cap"
    shop.scan("in_transit", "03-03 10:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-04 12:00")
    shop.judge = lambda intent, now: None
    shop.scan("in_transit", "03-04 13:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-05 12:00")
    assert "delay" not in shop.kinds
    shop.scan("in_transit", "03-05 13:00", estimated_delivery={"latest": "2026-03-10"})
    shop.until("03-05 18:00")

    assert shop.message("delay").content.told.latest == "2026-03-05"


def test_a_message_that_went_out_before_its_withdrawal_arrived_is_not_said_twice():
    shop = Shop(answers=False)
    shop.placed(lines=[line("l1", 2)])
    shop.scan("accepted", "03-03 12:00")
    shop.until("03-03 12:50")
    shop.scan("out_for_delivery", "03-03 13:00")
    assert isinstance(shop.notes[-2], IntentWithdrawn)
    shop.answer_late()
    shop.scan("in_transit", "03-03 20:00")
    shop.answer_late()

    assert shop.kinds == ["order_confirmation", "shipped", "out_for_delivery"]


def test_a_wish_taken_back_and_wished_again_keeps_its_name_until_the_desk_has_answered():
    shop = Shop(answers=False)
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop._send_due = lambda: None
    shop.scan("in_transit", "03-03 10:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-03 14:30")
    shop.scan("in_transit", "03-03 15:00", estimated_delivery={"latest": "2026-03-05"})
    shop.scan("in_transit", "03-03 16:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-03 20:30")

    raised = [n for n in shop.notes if isinstance(n, IntentRaised) and n.kind == "delay"]
    assert [n.revision for n in raised] == [1, 2]
    assert len({n.notification_id for n in raised}) == 1


def test_what_was_taken_back_too_late_is_not_said_again_by_another_kind_of_message():
    shop = Shop(answers=False)
    shop.placed(promised_delivery={"latest": "2026-03-06"})
    shop.happens("supplier.rejected", "03-02 10:00", supplier_order_id="O1")
    shop.answer_late()
    shop.until("03-05 01:00")  # told that it may come late; the desk's answer is slow
    shop.until("03-07 06:00")  # now it is late
    shop.answer_late()
    shop.until("03-07 12:00")

    told = [cover for _, intent in shop.sent for cover in intent.covers if cover.startswith("lapsed:")]
    assert told == ["lapsed:2026-03-06:rest"]


def test_a_late_or_doubled_timer_changes_nothing():
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-02 18:00")
    shop.until("03-06 12:00")
    row, kinds = shop.order, list(shop.kinds)
    shop._fire(at("03-06 04:00"))
    shop._fire(at("03-06 04:00"))

    assert shop.order is not None
    assert (shop.order, shop.kinds) == (row, kinds)


def test_an_erased_order_says_nothing_more_and_names_nobody():
    shop = Shop()
    shop.placed(lines=[line("l1", 2)])
    shop.scan("accepted", "03-03 12:00")
    shop.waiting.clear()  # the desk has forgotten it
    erased = Erased("shop:1", "shop:c1", at("03-03 12:10"))
    shop.take(Event("x", "/desk", "order.erased", at("03-03 12:10"), at("03-03 12:10"), erased, "shop:1"))
    shop.scan("delivered", "03-04 12:00")
    shop.until("03-05 12:00")

    assert shop.kinds == ["order_confirmation"]
    assert shop.view.customer_id is None
    assert shop.view.state == "delivered"
    assert b"shop:c1" not in msgspec.msgpack.encode(shop.order)


def test_a_refusal_that_crosses_a_newer_revision_settles_nothing():
    shop = Shop(answers=False)
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop._send_due = lambda: None
    shop.scan("in_transit", "03-03 10:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-03 14:30")
    shop.scan("in_transit", "03-03 15:00", estimated_delivery={"latest": "2026-03-05"})
    shop.scan("in_transit", "03-03 16:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-03 20:30")
    withdrawn, shop.unanswered = shop.unanswered[-1], []
    for reason in ("moot", "cap"):
        shop._tell(withdrawn[0], "suppressed", reason)

    (entry,) = [e for e in shop.order.ledger if e.kind == "delay"]
    assert (entry.status, entry.revision) == ("open", 2)


ELSEWHERE = {"name": "Ann Example", "lines": ["B 2"], "postal_code": "1", "city": "K", "country": "PL"}


def addresses(shop):
    return [
        (n.customer.customer_id, n.shipping_address.city) for n in shop.notes if isinstance(n, CustomerSeen)
    ]


def test_a_new_address_is_handed_on_to_the_desk_and_not_kept():
    shop = Shop()
    shop.placed()
    shop.happens("order.changed", "03-02 12:00", shipping_address=ELSEWHERE)

    assert addresses(shop) == [("shop:c1", "K")]
    assert b"Ann Example" not in msgspec.msgpack.encode(shop.order)


def test_an_address_that_is_heard_of_before_its_order_is_handed_on_with_it():
    shop = Shop()
    shop.happens("order.changed", "03-02 12:00", shipping_address=ELSEWHERE)
    assert addresses(shop) == []
    shop.happens("order.placed", "03-02 10:00", "03-02 13:00", **order_data())

    assert addresses(shop) == [("shop:c1", "K")]
    assert b"Ann Example" not in msgspec.msgpack.encode(shop.order)


def test_an_older_address_that_comes_late_is_not_handed_on():
    shop = Shop()
    shop.placed()
    shop.happens("order.changed", "03-02 12:00", shipping_address=ELSEWHERE)
    shop.happens("order.changed", "03-02 11:00", "03-02 13:00", shipping_address={**ELSEWHERE, "city": "Z"})

    assert addresses(shop) == [("shop:c1", "K")]


def test_an_erasure_leaves_no_words_and_no_keys_in_the_facts():
    shop = Shop()
    shop.placed(lines=[line("l1", 2)])
    pickup = {"point": "WAW01", "address": "Prosta 1", "code": "4711"}
    shop.scan("ready_for_pickup", "03-03 12:00", pickup=pickup)
    erased = Erased("shop:1", "shop:c1", at("03-03 12:10"))
    shop.take(Event("x", "/desk", "order.erased", at("03-03 12:10"), at("03-03 12:10"), erased, "shop:1"))
    shop.happens("order.cancelled", "03-03 13:00", by="customer", reason="Ann has moved")
    shop.happens("feedback.given", "03-05 13:00", metric="csat", score=1, comment="Ann is sad")

    row = msgspec.msgpack.encode(shop.order)
    assert not any(word in row for word in (b"4711", b"Prosta", b"Ann"))
    assert shop.tickets == []
    assert shop.view.state == "cancelled"


def test_a_parcel_not_seen_for_a_week_is_stale():
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-12"})
    shop.scan("accepted", "03-03 12:00")
    assert shop.view.overlays == ()
    shop.until("03-13 12:00")

    assert "stale" in shop.view.overlays


def test_a_ticket_says_what_happened_what_was_told_and_what_to_do():
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.scan("lost", "03-04 12:00", reason="theft")

    [ticket] = shop.tickets
    assert ticket.timeline == (
        "2026-03-02 10:00 order.placed",
        "2026-03-03 12:00 shipment.status T1 accepted",
        "2026-03-04 12:00 shipment.status T1 lost theft",
    )
    assert ticket.told == ("2026-03-02 10:00 order_confirmation, expected by 2026-03-05", *ticket.told[1:])
    assert [line[17:].partition(",")[0] for line in ticket.told] == ["order_confirmation", "shipped"]
    assert ticket.proposed


def same_id(shop, kind, when, source, **data):
    shop.take(msgspec.structs.replace(shop.event(kind, when, source=source, **data), id="1"))


def test_two_sources_may_give_two_events_the_same_id():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")])
    money = {"amount": "10.00", "currency": "PLN"}
    for number, source in ((1, "/b"), (2, "/a"), (3, "/c")):
        about = {"line_ids": [f"l{number}"]} if number < 3 else {}
        same_id(shop, "order.recalled", f"03-0{number + 2} 12:00", source, advice="Stop.", **about)
        same_id(
            shop, "order.recalled", f"03-0{number + 2} 12:00", source, advice="Stop.", **about
        )  # a repeat
    same_id(shop, "order.refunded", "03-06 12:00", "/d", amount=money)
    same_id(shop, "feedback.given", "03-07 12:00", "/e", metric="csat", score=1, comment="Bad")

    assert shop.kinds.count("safety_recall") == 3
    assert shop.kinds.count("refund_done") == 1
    assert "Bad" in shop.tickets[-1].summary
    assert {intent.because for _, intent in shop.sent if intent.kind != "order_confirmation"} == {("1",)}
    assert [(each.id, each.source) for each in shop.view.events[1:]] == [
        ("1", "/b"), ("1", "/a"), ("1", "/c"), ("1", "/d"), ("1", "/e")
    ]  # fmt: skip
    assert {because for each in shop.view.messages[1:] for because in each.because} == {"1"}
