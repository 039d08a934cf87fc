"""Out for delivery, lockers and their reminders, failed attempts, what the customer must do, misfortunes."""

import datetime as dt

import msgspec
import pytest

from tests.unit.timeline.rig import WORLD, Shop, at


def moving():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 09:00")
    return shop


def locker(deadline="2026-03-06T10:00:00+01:00", **more):
    return {"point": "WAW01", "deadline": deadline, "code": "123456", **more}


def test_out_for_delivery_is_told_once_a_day_and_is_useless_after_twelve_hours():
    shop = moving()
    shop.scan("out_for_delivery", "03-04 08:00")
    shop.scan("out_for_delivery", "03-04 10:00")
    shop.scan("in_transit", "03-04 20:00")
    shop.scan("out_for_delivery", "03-05 08:00")

    assert shop.times("out_for_delivery") == ["03-04 08:00", "03-05 08:00"]
    assert shop.message("out_for_delivery").useful_until == at("03-05 20:00")


def test_out_for_delivery_that_arrives_with_the_delivery_is_not_said():
    shop = moving()
    shop.scan("delivered", "03-04 11:00")
    shop.scan("out_for_delivery", "03-04 08:00", "03-04 11:05")

    assert "out_for_delivery" not in shop.kinds


def test_a_parcel_in_a_locker_is_told_with_place_code_and_deadline():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker())

    content = shop.message("ready_for_pickup").content
    assert content.parcels[0].pickup.code == "123456"
    assert content.deadline == "2026-03-06T09:00:00+00:00"


def test_a_repeat_of_the_same_pickup_is_silent_and_a_new_deadline_is_told():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker())
    shop.scan("ready_for_pickup", "03-04 11:00", pickup=locker())
    shop.scan("ready_for_pickup", "03-04 12:00")
    shop.scan("ready_for_pickup", "03-05 09:00", pickup=locker("2026-03-07T10:00:00+01:00"))

    assert shop.times("ready_for_pickup") == ["03-04 10:00", "03-05 09:00"]


def test_who_repeats_only_the_place_takes_back_neither_code_nor_deadline():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker())
    shop.scan("ready_for_pickup", "03-04 12:00", pickup={"point": "WAW01"}, source="/another")
    assert shop.times("ready_for_pickup") == ["03-04 10:00"]
    assert shop.view.parcels[0].pickup.code == "123456"

    shop.scan("attempt_failed", "03-04 15:00")
    shop.scan("ready_for_pickup", "03-05 10:00", pickup={"point": "WAW01"})
    content = shop.message("ready_for_pickup").content
    assert (content.parcels[0].pickup.code, content.deadline) == (None, None)


def test_a_locker_of_48_hours_reminds_24_and_12_hours_before():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker())
    shop.until("03-07 10:00")

    assert shop.times("pickup_reminder") == ["03-05 10:00", "03-05 22:00"]
    assert shop.message("pickup_reminder").because[0].startswith("timer:")
    assert shop.message("pickup_reminder").useful_until == at("03-06 10:00")


def test_a_parcel_that_was_moved_waits_anew_and_its_message_is_reminder_enough():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker("2026-03-06T10:00:00+01:00"))
    moved = locker("2026-03-06T12:00:00+01:00", point="WAW02", code="654321")
    shop.scan("ready_for_pickup", "03-04 12:00", pickup=moved)
    later = locker("2026-03-06T14:00:00+01:00", point="WAW02", code="654321")
    shop.scan("ready_for_pickup", "03-05 14:00", pickup=later)
    shop.until("03-06 20:00")

    assert shop.times("ready_for_pickup") == ["03-04 10:00", "03-04 12:00", "03-05 14:00"]
    # A day before each deadline: at 12 it is told; at 14 it is what the third message says.
    assert shop.times("pickup_reminder") == ["03-05 12:00"]


def test_a_longer_wait_reminds_48_and_24_hours_before():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker("2026-03-09T10:00:00+01:00"))
    shop.until("03-10 10:00")

    assert shop.times("pickup_reminder") == ["03-07 10:00", "03-08 10:00"]


def test_collection_ends_the_reminders():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker())
    shop.until("03-05 12:00")
    shop.scan("delivered", "03-05 13:00", delivered_to="pickup_point")
    shop.until("03-07 10:00")

    assert shop.times("pickup_reminder") == ["03-05 10:00"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("order.cancelled", {"by": "customer"}), ("return.declared", {"return_id": "R", "kind": "withdrawal"})],
)
def test_nobody_is_reminded_to_fetch_what_they_have_called_off(kind, more):
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup=locker())
    shop.happens(kind, "03-04 12:00", **more)
    shop.scan("pickup_expired", "03-06 10:30")
    shop.scan("returning", "03-06 12:00")

    assert "pickup_reminder" not in shop.kinds
    assert "parcel_problem" not in shop.kinds  # nor does its way back leave anything to choose
    assert shop.tickets == []


def test_without_a_deadline_nothing_is_assumed():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", pickup={"point": "WAW01"})
    shop.until("03-20 10:00")

    assert shop.kinds.count("ready_for_pickup") == 1
    assert "pickup_reminder" not in shop.kinds


def test_a_reminder_that_was_due_before_the_parcel_was_heard_of_is_skipped():
    shop = moving()
    shop.scan("ready_for_pickup", "03-04 10:00", "03-05 12:00", pickup=locker())
    shop.until("03-07 10:00")

    assert shop.times("pickup_reminder") == ["03-05 22:00"]


def test_where_a_parcel_waited_is_of_no_use_once_its_time_is_over():
    shop = moving()
    shop.scan("ready_for_pickup", "03-05 10:00", "03-06 10:30", pickup=locker())

    assert "ready_for_pickup" not in shop.kinds
    assert [intent.kind for intent in shop.suppressed] == ["ready_for_pickup"]


def test_a_failed_attempt_is_told_at_once_and_a_second_one_the_next_day_too():
    shop = moving()
    shop.scan("attempt_failed", "03-04 11:00", reason="not_at_home")
    shop.scan("attempt_failed", "03-04 11:20", reason="not_at_home")
    shop.scan("attempt_failed", "03-05 11:00", reason="not_at_home")

    assert shop.times("attempt_failed") == ["03-04 11:00", "03-05 11:00"]
    assert shop.message("attempt_failed").content.reason == "not_at_home"


@pytest.mark.parametrize(
    ("status", "reason"),
    [("attempt_failed", "address"), ("customs", "customs_documents"), ("in_transit", "customs_payment")],
)
def test_what_the_customer_must_do_is_one_message_of_its_own(status, reason):
    shop = moving()
    shop.scan(status, "03-04 11:00", reason=reason)
    shop.scan(status, "03-04 15:00", reason=reason)

    assert shop.kinds == ["order_confirmation", "shipped", "action_required"]
    assert shop.message("action_required").content.reason == reason
    assert "action_required" in shop.view.overlays


def test_what_the_seller_must_do_is_not_asked_of_the_customer():
    shop = moving()
    shop.scan("customs", "03-04 11:00", reason="customs_documents", party="seller")
    shop.scan("customs", "03-04 15:00", reason="customs_documents", party="seller")
    assert shop.kinds == ["order_confirmation", "shipped"]
    assert shop.view.overlays == ()
    shop.scan("in_transit", "03-05 11:00")

    assert [(t.kind, t.closed) for t in shop.tickets] == [
        ("carrier_problem", False),
        ("carrier_problem", True),
    ]
    assert "customs_documents" in shop.tickets[0].summary


def test_customs_without_anything_to_do_is_no_message():
    shop = moving()
    shop.scan("customs", "03-04 11:00")

    assert shop.kinds == ["order_confirmation", "shipped"]


def test_an_action_asked_for_again_after_it_was_settled_is_news():
    shop = moving()
    shop.scan("customs", "03-04 11:00", reason="customs_documents")
    shop.scan("in_transit", "03-05 11:00")
    shop.scan("customs", "03-06 11:00", reason="customs_documents")

    assert shop.times("action_required") == ["03-04 11:00", "03-06 11:00"]


@pytest.mark.parametrize("status", ["lost", "damaged", "undeliverable", "refused", "returning"])
def test_a_misfortune_is_told_once_and_the_seller_has_a_ticket(status):
    shop = moving()
    event = shop.scan(status, "03-04 11:00", reason="whatever")
    shop.until("03-10 11:00")

    assert shop.times("parcel_problem") == ["03-04 11:00"]
    assert shop.message("parcel_problem").because == (event.id,)
    kind = "damaged" if status == "damaged" else "carrier_problem"
    ticket = next(t for t in shop.tickets if t.kind == kind)
    assert ticket.due_at == at("03-05 11:00")
    assert [t.kind for t in shop.tickets].count(kind) == 1


def test_refused_then_returning_then_returned_is_one_misfortune():
    shop = moving()
    shop.scan("refused", "03-04 11:00")
    shop.scan("in_transit", "03-05 11:00")
    shop.scan("returning", "03-06 11:00")
    shop.scan("returned", "03-09 11:00")

    assert shop.times("parcel_problem") == ["03-04 11:00"]
    assert shop.view.parcels[0].state == "returned"


def test_a_lost_parcel_that_is_found_goes_on_as_its_customer_hears_and_its_ticket_closes():
    shop = moving()
    shop.scan("lost", "03-04 11:00")
    shop.scan("in_transit", "03-05 11:00")
    shop.scan("delivered", "03-06 11:00")

    assert shop.kinds == ["order_confirmation", "shipped", "parcel_problem", "delay", "delivered"]
    assert [t.closed for t in shop.tickets if t.kind == "carrier_problem"] == [False, True]


@pytest.mark.parametrize(("measured", "told"), [(None, []), (dt.timedelta(days=9), ["parcel_problem"])])
def test_nobody_is_told_that_a_parcel_is_lost_because_its_carrier_is_not_known_to_scan(measured, told):
    world = msgspec.structs.replace(WORLD, silence=lambda carrier, country: measured)
    shop = Shop(world=world)
    shop.placed()
    shop.scan("accepted", "03-03 09:00")
    shop.until("03-26 12:00")

    assert [kind for kind in shop.kinds if kind == "parcel_problem"] == told
    assert [t.kind for t in shop.tickets] == ["carrier_problem"]


def test_the_customer_says_that_it_is_not_there():
    shop = moving()
    shop.scan("delivered", "03-04 11:00")
    shop.happens("customer.choice", "03-04 18:00", about=["l1"], choice="not_received")
    assert "disputed_delivery" in shop.view.overlays
    shop.happens("customer.choice", "03-04 19:00", about=["l1"], choice="received")

    assert [(t.kind, t.closed) for t in shop.tickets] == [
        ("delivery_disputed", False),
        ("delivery_disputed", True),
    ]
    assert shop.view.overlays == ()


def test_a_supplier_that_does_not_answer_is_a_ticket_not_a_message():
    shop = Shop()
    shop.placed()
    shop.happens(
        "supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="SO1", line_ids=["l1"],
        acknowledge_by="2026-03-03T11:00:00+01:00",
    )  # fmt: skip
    shop.until("03-03 12:00")
    assert [t.kind for t in shop.tickets] == ["supplier_silent"]
    shop.happens("supplier.accepted", "03-03 13:00", supplier_order_id="SO1")

    assert [t.closed for t in shop.tickets] == [False, True]
    assert shop.kinds == ["order_confirmation"]


def test_a_supplier_whose_goods_have_left_in_a_parcel_of_the_shops_is_not_silent():
    shop = moving()
    shop.happens(
        "supplier.ordered", "03-02 11:00", "03-03 10:00", supplier_id="s", supplier_order_id="SO1",
        line_ids=["l1"], dispatch_by="2026-03-04T11:00:00+01:00",
    )  # fmt: skip
    shop.until("03-06 12:00")
    assert shop.tickets == []


@pytest.mark.parametrize(("arrived", "due"), [("03-05 12:30", "03-06 12:00"), ("03-07 15:00", "03-08 15:00")])
def test_a_ticket_gives_time_to_act_however_late_its_cause_was_heard_of(arrived, due):
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 12:00")
    shop.scan("lost", "03-05 12:00", arrived)

    [ticket] = [ticket for ticket in shop.tickets if ticket.kind == "carrier_problem"]
    assert ticket.due_at == at(due)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("2026-03-04", None),  # the day on which the courier came in vain
        ("2026-03-06", "2026-03-06"),
    ],
)
def test_a_day_that_was_missed_is_no_longer_expected(said, shown):
    shop = moving()
    shop.scan("in_transit", "03-03 12:00", estimated_delivery={"earliest": said, "latest": said})
    shop.scan("attempt_failed", "03-04 15:00")
    (parcel,) = shop.message("attempt_failed").content.parcels
    assert (parcel.expected and parcel.expected.latest) == shown


def test_the_day_that_a_failed_attempt_names_itself_is_expected():
    shop = moving()
    shop.scan("attempt_failed", "03-04 10:00", estimated_delivery={"latest": "2026-03-04"})
    (parcel,) = shop.message("attempt_failed").content.parcels
    assert parcel.expected.latest == "2026-03-04"


def test_the_van_is_not_expected_on_a_day_that_is_over():
    shop = moving()
    shop.scan("in_transit", "03-03 12:00", estimated_delivery={"latest": "2026-03-04"})
    shop.scan("out_for_delivery", "03-05 08:00")
    (parcel,) = shop.message("out_for_delivery").content.parcels
    assert parcel.expected is None
