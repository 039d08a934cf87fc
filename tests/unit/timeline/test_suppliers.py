"""Suppliers: silent, late, short, several of them; and what the customer hears of it, which is never them."""

import msgspec
import pytest

from tests.unit.timeline.rig import PLN, Shop, line

TWO = [line("l1"), line("l2", 2)]
MARCH_12 = {"latest": "2026-03-12"}


def ordered(promise=MARCH_12, **more):
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery=promise)
    supplier(shop, "O1", ["l1", "l2"], **more)
    return shop


def supplier(shop, name, lines, when="03-02 11:00", **more):
    shop.happens(
        "supplier.ordered", when, supplier_id=f"s-{name}", supplier_order_id=name, line_ids=lines, **more
    )


def says(shop, kind, when, name="O1", **more):
    return shop.happens(f"supplier.{kind}", when, supplier_order_id=name, **more)


def tickets(shop):
    return [(t.kind, t.closed) for t in shop.tickets]


def test_a_term_missed_without_risk_is_a_ticket_and_no_message():
    shop = ordered({"latest": "2026-03-31"}, dispatch_by="2026-03-04")
    shop.until("03-10 12:00")

    assert tickets(shop) == [("supplier_silent", False)]
    assert shop.kinds == ["order_confirmation"]


def test_what_has_not_left_is_told_of_before_the_promise_is_over():
    shop = ordered(dispatch_by="2026-03-04")
    shop.until("03-12 20:00")

    # From Wednesday on two business days of travel end after Thursday.
    assert shop.times("preship_delay") == ["03-11 00:00"]
    message = shop.message("preship_delay")
    assert message.because == ("timer:preship:rest",)
    assert message.content.told.latest == "2026-03-12"
    assert message.content.expected is None
    assert message.content.next_update == "2026-03-16"


def test_it_is_told_again_three_business_days_later_and_the_lapse_itself_is_no_news():
    shop = ordered(dispatch_by="2026-03-04")
    shop.until("03-18 20:00")

    assert shop.times("preship_delay_2") == ["03-16 00:00"]
    assert "delay" not in shop.kinds
    assert shop.message("preship_delay_2").content.next_update == "2026-03-19"
    shop.until("03-19 12:00")
    assert shop.times("delay_followup") == ["03-19 00:00"]


def test_the_carriers_own_fresh_word_outweighs_what_we_reckon():
    shop = ordered(dispatch_by="2026-03-04")
    says(shop, "dispatched", "03-10 12:00", carrier="inpost", tracking_number="T1")
    shop.scan("announced", "03-10 20:00", estimated_delivery={"latest": "2026-03-12"})
    shop.until("03-11 12:00")
    assert shop.kinds == ["order_confirmation"]
    shop.until("03-11 21:00")

    assert shop.times("preship_delay") == ["03-11 20:00"]


@pytest.mark.parametrize(("scanned", "told"), [("05-04 18:00", []), (None, ["05-05 15:00"])])
def test_what_was_just_said_to_have_left_has_a_day_to_be_seen_by_its_carrier(scanned, told):
    shop = Shop()
    shop.placed("04-27 10:00", lines=TWO, promised_delivery={"latest": "2026-04-30"})
    supplier(shop, "O1", ["l1", "l2"], "04-27 11:00", dispatch_by="2026-04-28")
    # A holiday: its term ends on Monday, while the customer was told Tuesday.
    says(shop, "backordered", "04-27 15:00", line_ids=["l1", "l2"], expected_at="2026-05-01")
    says(shop, "dispatched", "05-04 15:00", carrier="inpost", tracking_number="T1")
    if scanned:
        shop.scan("accepted", scanned)
    shop.until("05-05 20:00")

    assert shop.times("preship_delay") == ["04-27 15:00", *told]


def test_a_supplier_that_nobody_said_what_to_send_is_to_send_everything():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery=MARCH_12)
    says(shop, "accepted", "03-02 12:00", dispatch_by="2026-03-04")
    shop.until("03-12 12:00")

    assert shop.times("preship_delay") == ["03-11 00:00"]


def test_it_is_not_told_again_once_it_has_left():
    shop = ordered(dispatch_by="2026-03-04")
    shop.until("03-11 12:00")
    says(shop, "dispatched", "03-11 13:00", carrier="inpost", tracking_number="T1")
    shop.scan("accepted", "03-11 18:00")
    shop.until("03-18 20:00")

    assert shop.kinds == ["order_confirmation", "preship_delay", "shipped"]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("delayed", {"dispatch_by": "2026-03-12"}),
        ("backordered", {"line_ids": ["l1", "l2"], "expected_at": "2026-03-12"}),
    ],
)
def test_a_new_date_that_breaks_the_promise_is_told_at_once(kind, data):
    shop = ordered(dispatch_by="2026-03-04")
    event = says(shop, kind, "03-03 12:00", **data)
    shop.until("03-03 20:00")

    assert shop.times("preship_delay") == ["03-03 12:00"]
    message = shop.message("preship_delay")
    assert message.because == (event.id,)
    assert message.content.expected.latest == "2026-03-16"


def test_a_new_date_that_keeps_the_promise_says_nothing():
    shop = ordered(dispatch_by="2026-03-04")
    says(shop, "delayed", "03-03 12:00", dispatch_by="2026-03-10")
    shop.until("03-05 20:00")

    assert shop.kinds == ["order_confirmation"]


def test_a_date_told_before_it_left_is_the_promise():
    shop = ordered(dispatch_by="2026-03-04")
    says(shop, "delayed", "03-03 12:00", dispatch_by="2026-03-12")
    shop.scan("accepted", "03-12 18:00")
    shop.until("03-16 20:00")
    assert "delay" not in shop.kinds
    shop.until("03-17 20:00")

    assert shop.times("delay") == ["03-17 04:00"]
    assert shop.message("delay").content.told.latest == "2026-03-16"


def test_only_the_goods_of_the_supplier_that_is_late_are_spoken_of():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery=MARCH_12)
    supplier(shop, "O1", ["l1"], dispatch_by="2026-03-09")
    supplier(shop, "O2", ["l2"], dispatch_by="2026-03-09")
    says(shop, "delayed", "03-03 12:00", "O2", dispatch_by="2026-03-20")
    shop.until("03-04 12:00")

    assert [i.line_id for i in shop.message("preship_delay").content.items] == ["l2"]
    says(shop, "dispatched", "03-09 12:00", "O1", carrier="inpost", tracking_number="T1")
    shop.scan("accepted", "03-09 18:00")
    shop.until("03-13 12:00")
    assert shop.times("delay") == ["03-13 04:00"]
    assert [i.line_id for i in shop.message("delay").content.items] == ["l1"]


def test_an_update_that_was_promised_is_not_lost_in_news_of_other_goods():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery=MARCH_12)
    supplier(shop, "O1", ["l1"])
    supplier(shop, "O2", ["l2"])
    says(shop, "delayed", "03-03 12:00", "O1", dispatch_by="2026-03-20")
    says(shop, "delayed", "03-05 12:00", "O2", dispatch_by="2026-03-20")
    shop.until("03-11 20:00")

    assert shop.times("preship_delay") == ["03-03 12:00", "03-05 12:00"]
    assert shop.times("preship_delay_2") == ["03-06 12:00", "03-10 12:00"]
    firsts = [i for _, i in shop.sent if i.kind == "preship_delay_2"]
    assert [[item.line_id for item in i.content.items] for i in firsts] == [["l1"], ["l2"]]


def test_news_that_comes_with_a_promised_update_is_one_message_with_it():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery=MARCH_12)
    supplier(shop, "O1", ["l1"])
    supplier(shop, "O2", ["l2"], dispatch_by="2026-03-04")
    says(shop, "delayed", "03-06 00:00", "O1", dispatch_by="2026-03-20")
    shop.until("03-13 20:00")

    # Three business days after Friday it is too late for the others to leave, too.
    assert shop.times("preship_delay") == ["03-06 00:00", "03-11 00:00"]
    assert [i.line_id for i in shop.message("preship_delay").content.items] == ["l1", "l2"]
    assert "preship_delay_2" not in shop.kinds


def test_a_supplier_silent_on_friday_evening_is_silent_on_monday():
    shop = ordered({"latest": "2026-03-31"}, acknowledge_by="2026-03-07T18:00:00+01:00")
    shop.until("03-09 17:00")
    assert tickets(shop) == []
    shop.until("03-09 19:00")

    assert tickets(shop) == [("supplier_silent", False)]


def test_a_rejected_order_is_a_ticket_until_it_is_ordered_elsewhere():
    shop = ordered({"latest": "2026-03-31"})
    says(shop, "rejected", "03-03 12:00", reason="discontinued")
    assert tickets(shop) == [("supplier_rejected", False)]
    supplier(shop, "O2", ["l1", "l2"], "03-03 15:00")

    assert tickets(shop) == [("supplier_rejected", False), ("supplier_rejected", True)]
    assert shop.kinds == ["order_confirmation"]


def test_fewer_pieces_than_ordered_are_a_ticket_until_the_rest_is_sent():
    shop = ordered()
    pieces = [{"line_id": "l1", "quantity": 1}, {"line_id": "l2", "quantity": 1}]
    says(shop, "dispatched", "03-03 12:00", carrier="inpost", tracking_number="T1", lines=pieces)
    shop.scan("accepted", "03-03 18:00")
    shop.until("03-04 09:00")

    assert tickets(shop) == [("short_shipped", False)]
    assert [(i.line_id, i.quantity) for i in shop.message("shipped").content.remaining] == [("l2", 1)]
    says(shop, "dispatched", "03-04 12:00", carrier="inpost", tracking_number="T2", lines=pieces[1:])
    assert tickets(shop)[-1] == ("short_shipped", True)


def test_a_line_that_is_listed_lot_by_lot_is_all_of_its_lots():
    shop = ordered()
    pieces = [{"line_id": name, "quantity": 1} for name in ("l1", "l2", "l2")]
    says(shop, "dispatched", "03-03 12:00", carrier="inpost", tracking_number="T1", lines=pieces)
    shop.scan("accepted", "03-03 18:00")
    shop.until("03-04 09:00")

    assert tickets(shop) == []
    assert shop.message("shipped").content.remaining == ()


def test_a_list_of_nothing_says_nothing_of_what_was_sent():
    shop = ordered()
    says(shop, "dispatched", "03-03 12:00", carrier="inpost", tracking_number="T1", lines=[])

    assert tickets(shop) == []


def test_what_is_missing_stays_a_question_when_the_others_leave():
    shop = ordered()
    says(shop, "out_of_stock", "03-03 12:00", line_ids=["l2"])
    says(shop, "dispatched", "03-03 14:00", carrier="inpost", tracking_number="T1", line_ids=["l1"])
    shop.until("03-03 21:00")

    assert ("out_of_stock_unanswered", False) in tickets(shop)


def test_no_message_says_who_sends_the_goods():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery=MARCH_12)
    supplier(shop, "SECRET-1", ["l1"], dispatch_by="2026-03-04")
    supplier(shop, "SECRET-2", ["l2"], dispatch_by="2026-03-04")
    says(shop, "out_of_stock", "03-03 09:00", "SECRET-1", line_ids=["l1"])
    says(shop, "delayed", "03-03 10:00", "SECRET-2", dispatch_by="2026-03-16", reason="SECRET")
    shop.happens("shipment.status", "03-12 12:00", supplier_order_id="SECRET-2", status="in_transit")
    shop.happens("order.cancelled", "03-12 13:00", by="supplier", reason="SECRET", line_ids=["l1"])
    shop.happens("order.refunded", "03-12 14:00", amount=PLN)
    shop.until("04-20 12:00")

    assert len(shop.sent) >= 6
    for _, intent in shop.sent:
        assert b"SECRET" not in msgspec.json.encode(intent.content)


def test_what_a_supplier_can_not_send_yet_is_spoken_of_without_what_it_can():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")], promised_delivery={"latest": "2026-03-12"})
    shop.happens(
        "supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O1", line_ids=["l1", "l2"]
    )
    shop.happens(
        "supplier.backordered",
        "03-03 11:00",
        supplier_order_id="O1",
        line_ids=["l1"],
        expected_at="2026-03-20",
    )
    shop.until("03-11 12:00")

    assert [item.line_id for item in shop.message("preship_delay").content.items] == ["l1"]


def test_a_term_after_the_promise_is_told_of_once_it_can_not_be_met_any_more():
    shop = ordered({"latest": "2026-03-06"})
    says(shop, "accepted", "03-02 14:00", dispatch_by="2026-03-10")
    shop.until("03-06 20:00")
    assert shop.times("preship_delay") == ["03-05 00:00"]
    message = shop.message("preship_delay")
    assert (message.content.expected.latest, message.content.next_update) == ("2026-03-12", "2026-03-10")

    shop.until("03-10 12:00")
    assert shop.times("preship_delay_2") == ["03-10 00:00"]
    assert tickets(shop) == []


def test_a_term_after_the_promise_says_nothing_of_what_left_before_it():
    shop = ordered({"latest": "2026-03-06"})
    says(shop, "accepted", "03-02 14:00", dispatch_by="2026-03-10")
    says(shop, "dispatched", "03-04 12:00", carrier="inpost", tracking_number="T1")
    shop.until("03-05 20:00")

    assert shop.kinds == ["order_confirmation"]


def test_it_is_back_on_time_when_it_was_said_to_leave_late_and_comes_as_promised():
    shop = ordered()
    says(shop, "delayed", "03-03 10:00", dispatch_by="2026-03-16")
    says(shop, "dispatched", "03-05 10:00", carrier="inpost", tracking_number="T1")
    shop.scan("accepted", "03-05 18:00")
    shop.scan("in_transit", "03-06 09:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-06 20:00")

    assert shop.message("shipped").content.expected.latest == "2026-03-18"
    assert shop.times("back_on_time") == ["03-06 13:00"]
    assert shop.message("back_on_time").content.told.latest == "2026-03-18"


def test_the_good_news_is_not_told_twice():
    shop = ordered()
    says(shop, "delayed", "03-03 10:00", dispatch_by="2026-03-16")
    says(shop, "dispatched", "03-05 10:00", carrier="inpost", tracking_number="T1")
    shop.scan("accepted", "03-05 18:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-06 20:00")

    assert shop.message("shipped").content.expected.latest == "2026-03-09"
    assert "back_on_time" not in shop.kinds
