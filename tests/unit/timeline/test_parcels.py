"""Parcels: left, split, replaced, recycled, corrected."""

import pytest

from tests.unit.timeline.rig import Shop, line

TWO = [line("l1"), line("l2", 2)]


def pieces(items):
    return {item.line_id: item.quantity for item in items}


def lines(**quantities):
    return [{"line_id": name, "quantity": count} for name, count in quantities.items()]


def test_shipped_waits_for_what_leaves_within_45_minutes():
    shop = Shop()
    shop.placed(lines=[*TWO, line("l3")])
    shop.created("03-03 09:00", "T1", "S1", lines=lines(l1=1))
    shop.created("03-03 09:00", "T2", "S2", lines=lines(l2=2))
    first = shop.scan("accepted", "03-03 18:00", number="T1")
    second = shop.scan("accepted", "03-03 18:30", number="T2")
    shop.until("03-03 20:00")

    assert shop.times("shipped") == ["03-03 18:45"]
    message = shop.message("shipped")
    assert message.because == (first.id, second.id)
    assert [p.tracking_number for p in message.content.parcels] == ["T1", "T2"]
    assert pieces(message.content.items) == {"l1": 1, "l2": 2}
    assert pieces(message.content.remaining) == {"l3": 1}


def test_shipped_does_not_wait_when_nothing_more_can_leave():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00", "T1", "S1", lines=lines(l1=1))
    shop.created("03-03 09:00", "T2", "S2", lines=lines(l2=2))
    shop.scan("accepted", "03-03 18:00", number="T1")
    shop.scan("accepted", "03-03 18:10", number="T2")
    shop.until("03-03 20:00")

    assert shop.times("shipped") == ["03-03 18:10"]


def test_an_order_of_one_piece_is_told_as_shipped_at_once():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 18:00")

    assert shop.times("shipped") == ["03-03 18:00"]


def test_parts_of_one_line_in_two_parcels():
    shop = Shop()
    shop.placed(lines=[line("l1", 5)])
    shop.created("03-03 09:00", "T1", "S1", lines=lines(l1=2))
    shop.scan("accepted", "03-03 18:00", number="T1")
    shop.until("03-03 20:00")
    shop.created("03-04 09:00", "T2", "S2", lines=lines(l1=3))
    shop.scan("in_transit", "03-04 18:00", number="T2")
    shop.until("03-04 20:00")

    told = [i.content for _, i in shop.sent if i.kind == "shipped"]
    assert [pieces(c.items) for c in told] == [{"l1": 2}, {"l1": 3}]
    assert [pieces(c.remaining) for c in told] == [{"l1": 3}, {}]
    assert [p.tracking_number for c in told for p in c.parcels] == ["T1", "T2"]
    assert shop.view.state == "shipped"


def test_a_second_parcel_never_overwrites_the_first_ones_number():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00", "T1", "S1")
    shop.created("03-03 10:00", "T2", "S1")
    shop.scan("accepted", "03-03 18:00", number="T2")

    assert [(p.tracking_number, p.state) for p in shop.view.parcels] == [
        ("T1", "announced"),
        ("T2", "accepted"),
    ]


def test_dispatched_by_the_supplier_is_announced_not_shipped():
    shop = Shop()
    shop.placed()
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="SO1", line_ids=["l1"])
    shop.happens(
        "supplier.dispatched", "03-03 09:00", supplier_order_id="SO1", carrier="inpost", tracking_number="T1"
    )
    shop.until("03-03 20:00")

    assert shop.kinds == ["order_confirmation"]
    assert [p.state for p in shop.view.parcels] == ["announced"]


def test_a_shipment_and_its_suppliers_dispatch_are_one_parcel():
    shop = Shop()
    shop.placed()
    shop.happens(
        "shipment.created", "03-03 08:00", supplier_order_id="SO1", shipment_id="S1", carrier="inpost"
    )
    shop.happens(
        "supplier.dispatched", "03-03 09:00", supplier_order_id="SO1", carrier="inpost", tracking_number="T1"
    )
    shop.happens("shipment.status", "03-03 18:00", shipment_id="S1", status="accepted")
    shop.scan("delivered", "03-04 18:00", number="T1")

    assert [(p.tracking_number, p.state) for p in shop.view.parcels] == [("T1", "delivered")]
    assert shop.kinds == ["order_confirmation", "shipped", "delivered"]


def test_a_scan_that_names_only_the_shipment_is_told_once_when_its_number_comes_later():
    shop = Shop()
    shop.placed()
    shop.happens("shipment.status", "03-03 18:00", shipment_id="S1", status="accepted")
    shop.created("03-03 19:00")
    shop.scan("in_transit", "03-03 23:00")
    shop.until("03-04 12:00")

    assert shop.kinds == ["order_confirmation", "shipped"]


def test_a_scan_that_names_only_the_order_is_about_its_parcel():
    shop = Shop()
    shop.placed()
    shop.happens("shipment.status", "03-03 18:00", status="accepted")
    shop.created("03-03 19:00")
    shop.scan("delivered", "03-04 12:00")

    assert shop.kinds == ["order_confirmation", "shipped", "delivered"]
    assert len(shop.view.parcels) == 1


def test_a_number_that_was_told_and_is_replaced_is_told_anew():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 18:00", number="OLD")
    event = shop.created("03-04 09:00", "NEW", "S9", replaces="OLD", tracking_url="https://t.example.com/NEW")
    shop.scan("in_transit", "03-04 12:00", number="NEW")
    shop.scan("in_transit", "03-04 13:00", number="OLD")

    assert shop.kinds == ["order_confirmation", "shipped", "tracking_changed"]
    message = shop.message("tracking_changed")
    assert message.because == (event.id,)
    parcel = message.content.parcels[0]
    assert (parcel.tracking_number, parcel.replaced_number) == ("NEW", "OLD")
    assert len(shop.view.parcels) == 1
    assert shop.view.parcels[0].tracking_number == "NEW"


def test_a_number_that_nobody_was_told_changes_in_silence():
    shop = Shop()
    shop.placed()
    shop.created("03-03 09:00", "OLD", "S1")
    shop.created("03-03 10:00", "NEW", "S1", replaces="OLD")
    shop.scan("accepted", "03-03 18:00", number="NEW")

    assert shop.kinds == ["order_confirmation", "shipped"]
    assert shop.message("shipped").content.parcels[0].tracking_number == "NEW"


def test_a_scan_older_than_the_order_is_counted_and_changes_nothing():
    shop = Shop()
    shop.happens(
        "shipment.status",
        "2026-02-10T10:00:00+01:00",
        "03-02 10:30",
        status="delivered",
        tracking_number="T1",
    )
    shop.placed()
    shop.scan("delivered", "03-01 10:00", "03-02 11:00")

    assert shop.kinds == ["order_confirmation"]
    assert (shop.view.older, shop.view.state) == (2, "confirmed")
    assert shop.buried == []


def test_an_unknown_status_never_notifies():
    shop = Shop()
    shop.placed()
    shop.scan("teleported", "03-03 18:00", carrier_code="XX9")
    shop.scan("unknown", "03-03 19:00")

    assert shop.kinds == ["order_confirmation"]
    assert shop.view.unknown == 2


def test_a_late_scan_never_moves_a_delivered_parcel_back():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.scan("out_for_delivery", "03-04 08:00", "03-04 13:00")
    shop.scan("in_transit", "03-04 12:10", "03-04 14:00")

    assert shop.kinds == ["order_confirmation", "delivered"]
    assert shop.view.state == "delivered"


def test_a_correction_takes_a_delivery_back_and_the_real_one_is_told():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.scan("attempt_failed", "03-04 12:30", reason="not_at_home")
    assert shop.view.state == "shipped"
    shop.scan("out_for_delivery", "03-05 08:00")
    shop.scan("delivered", "03-05 11:00")

    assert shop.kinds == [
        "order_confirmation",
        "delivered",
        "attempt_failed",
        "out_for_delivery",
        "delivered",
    ]
    assert shop.view.state == "delivered"


def test_a_correction_that_nobody_was_told_of_is_not_delivered_again():
    shop = Shop()
    shop.judge = lambda intent, now: "cap" if intent.kind == "attempt_failed" else None
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.scan("attempt_failed", "03-04 12:30")
    shop.scan("delivered", "03-04 13:00")

    assert shop.kinds == ["order_confirmation", "delivered"]


def test_shipped_that_still_waits_is_moot_when_the_parcel_is_at_the_door():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 18:00")
    shop.scan("out_for_delivery", "03-03 18:20")
    shop.scan("in_transit", "03-03 22:00")
    shop.until("03-04 20:00")

    assert shop.kinds == ["order_confirmation", "out_for_delivery"]


def test_several_suppliers_and_what_is_still_to_come():
    shop = Shop()
    shop.placed(lines=TWO)
    for name, owned in (("SO1", ["l1"]), ("SO2", ["l2"])):
        shop.happens(
            "supplier.ordered", "03-02 11:00", supplier_id=name, supplier_order_id=name, line_ids=owned
        )
    shop.happens(
        "supplier.dispatched", "03-03 09:00", supplier_order_id="SO1", carrier="inpost", tracking_number="T1"
    )
    shop.scan("accepted", "03-03 18:00", number="T1")
    shop.until("03-03 20:00")

    content = shop.message("shipped").content
    assert (pieces(content.items), pieces(content.remaining)) == ({"l1": 1}, {"l2": 2})
    assert shop.view.state == "partially_shipped"


def test_delivered_is_told_for_each_parcel_with_the_deadline_from_the_last():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00", "T1", "S1", lines=lines(l1=1))
    shop.created("03-03 09:00", "T2", "S2", lines=lines(l2=2))
    shop.scan("delivered", "03-04 12:00", number="T1", delivered_to="neighbour")
    assert shop.view.state == "partially_delivered"
    shop.scan("delivered", "03-06 12:00", number="T2")

    first, second = [i.content for _, i in shop.sent if i.kind == "delivered"]
    assert (pieces(first.items), pieces(first.remaining)) == ({"l1": 1}, {"l2": 2})
    assert (first.withdraw_until, first.whole_order) == (None, False)
    assert first.parcels[0].delivered_to == "neighbour"
    assert (pieces(second.items), pieces(second.remaining)) == ({"l2": 2}, {})
    assert second.withdraw_until.isoformat() == "2026-03-20"
    assert shop.view.state == "delivered"


def test_parcels_delivered_together_while_one_still_waits_are_one_message():
    shop = Shop()
    shop.judge = lambda intent, now: None
    shop.placed(lines=TWO)
    shop.answers = False
    shop.created("03-03 09:00", "T1", "S1", lines=lines(l1=1))
    shop.created("03-03 09:00", "T2", "S2", lines=lines(l2=2))
    waiting = shop._send_due
    shop._send_due = lambda: None
    shop.scan("delivered", "03-04 22:00", number="T1")
    shop.scan("delivered", "03-04 22:30", number="T2")
    shop._send_due = waiting
    shop._send_due()

    assert shop.kinds[-1:] == ["delivered"]
    assert shop.kinds.count("delivered") == 1
    assert len(shop.message("delivered").content.parcels) == 2


@pytest.mark.parametrize("day", ["2026-03-07"])
def test_a_withdrawal_period_that_ends_at_a_weekend_ends_with_the_next_working_day(day):
    shop = Shop()
    shop.placed()
    shop.scan("delivered", f"{day}T12:00:00+01:00")

    assert shop.message("delivered").content.withdraw_until.isoformat() == "2026-03-23"


def test_the_customers_own_return_is_no_delivery_to_them():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.happens(
        "return.declared",
        "03-06 12:00",
        return_id="R1",
        kind="withdrawal",
        tracking_number="BACK1",
        carrier="inpost",
    )
    before = len(shop.kinds)
    shop.scan("accepted", "03-07 12:00", number="BACK1")
    shop.scan("delivered", "03-09 12:00", number="BACK1")

    assert [k for k in shop.kinds[before:] if k in ("shipped", "delivered")] == []
    assert [(r.id, r.state) for r in shop.view.returns] == [("R1", "in_transit")]
    assert len(shop.view.parcels) == 1


def test_the_van_is_news_of_its_own_scan_whatever_came_before_it_that_day():
    shop = Shop()
    shop.placed()
    shop.scan("in_transit", "03-04 06:00")
    van = shop.scan("out_for_delivery", "03-04 08:00")

    message = shop.message("out_for_delivery")
    assert (message.because, message.caused_at) == ((van.id,), van.time)


def test_a_second_delivery_is_told_where_anything_told_in_between_took_back_the_first():
    shop = Shop()
    shop.judge = lambda intent, now: "cap" if intent.kind == "attempt_failed" else None
    shop.placed()
    for status, when in (
        ("accepted", "03-03 12:00"),
        ("delivered", "03-04 12:00"),
        ("attempt_failed", "03-05 12:00"),
        ("ready_for_pickup", "03-05 15:00"),
        ("delivered", "03-06 12:00"),
    ):
        shop.scan(status, when)

    assert "ready_for_pickup" in shop.kinds
    assert shop.times("delivered") == ["03-04 12:00", "03-06 12:00"]


def test_a_customers_own_return_that_gets_damaged_is_no_carriers_problem_since_it_set_off():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.happens("return.declared", "03-05 12:00", return_id="R", kind="withdrawal")
    shop.scan("returning", "03-06 12:00")
    shop.scan("damaged", "03-08 12:00")

    assert [ticket.kind for ticket in shop.tickets] == ["damaged"]


@pytest.mark.parametrize(
    ("choice", "come"), [(None, {}), ("refund", {}), ("replacement", {"l2": 2}), ("wait", {"l2": 2})]
)
def test_what_was_lost_is_still_to_come_only_if_the_customer_still_wants_it(choice, come):
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00", "T1", "S1", lines=lines(l1=1))
    shop.created("03-03 09:00", "T2", "S2", lines=lines(l2=2))
    shop.scan("accepted", "03-03 18:00", number="T1")
    shop.scan("accepted", "03-03 18:10", number="T2")
    shop.scan("lost", "03-04 10:00", number="T2")
    if choice:
        shop.happens("customer.choice", "03-04 12:00", about=["l2"], choice=choice)
    shop.scan("delivered", "03-04 15:00", number="T1")

    assert pieces(shop.message("delivered").content.remaining) == come


def two_on_their_way():
    shop = Shop()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-06"})
    for number, held in (("T1", lines(l1=1)), ("T2", lines(l2=2))):
        shop.created("03-03 09:00", number, number, lines=held)
        shop.scan("accepted", "03-03 18:00", number=number)
    return shop


def test_what_was_cancelled_leaves_nothing_to_choose_when_it_is_lost():
    shop = two_on_their_way()
    shop.happens("order.cancelled", "03-04 10:00", by="customer", line_ids=["l2"])
    shop.scan("lost", "03-04 12:00", number="T2")
    assert "parcel_problem" not in shop.kinds
    shop.scan("lost", "03-04 13:00", number="T1")

    assert [item.line_id for item in shop.message("parcel_problem").content.items] == ["l1"]
    assert [ticket.kind for ticket in shop.tickets] == ["carrier_problem"] * 2  # the claim is the seller's


def test_the_return_of_one_thing_hides_no_trouble_with_another():
    shop = two_on_their_way()
    shop.scan("delivered", "03-04 12:00", number="T1")
    shop.happens("return.declared", "03-04 18:00", return_id="R", kind="withdrawal", line_ids=["l1"])
    shop.scan("returning", "03-05 12:00", number="T2")

    assert [item.line_id for item in shop.message("parcel_problem").content.items] == ["l2"]


def test_what_the_customer_has_withdrawn_from_is_not_late():
    shop = two_on_their_way()
    shop.happens("return.declared", "03-04 18:00", return_id="R", kind="withdrawal")
    shop.until("03-10 12:00")

    assert "delay" not in shop.kinds


def nobody_said():
    """Two parcels, and nobody knows what is in either: one has come, one is lost."""
    shop = Shop()
    shop.judge = lambda intent, now: None
    shop.placed(lines=[line("l1"), line("l2")])
    for number in ("T1", "T2"):
        shop.created("03-03 12:00", number, number)
        shop.scan("accepted", "03-03 18:00", number=number)
    shop.scan("lost", "03-04 12:00", number="T2")
    shop.scan("delivered", "03-05 12:00", number="T1")
    return shop


def test_an_order_has_not_come_while_one_of_its_parcels_is_lost():
    shop = nobody_said()
    shop.until("03-20 12:00")

    assert shop.view.state == "partially_delivered"
    assert shop.message("delivered").content.withdraw_until is None
    assert not {"survey", "review_request"} & set(shop.kinds)


@pytest.mark.parametrize("settled", ["sent", "given up", "refunded"])
def test_it_has_once_something_was_done_about_the_lost_one(settled):
    shop = nobody_said()
    if settled == "sent":
        shop.created("03-06 12:00", "T3", "T3")
        shop.scan("delivered", "03-09 12:00", number="T3")
    elif settled == "given up":
        shop.happens("customer.choice", "03-06 12:00", about=["l2"], choice="refund")
    else:
        part = {"amount": "9.90", "currency": "PLN"}
        shop.happens("order.refunded", "03-06 12:00", amount=part, line_ids=["l2"])
    shop.scan("returned", "03-10 12:00", number="T2")

    assert shop.view.state == "delivered"
