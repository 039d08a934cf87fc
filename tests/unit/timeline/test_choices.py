"""The customer's word changes the order, and is acknowledged."""

import datetime as dt

import pytest

from tests.unit.timeline.rig import PLN, Shop, line

TWO = [line("l1"), line("l2", 2)]
TEN = {"amount": "10.00", "currency": "PLN"}
OTHER = {"sku": "x", "title": "Other thing", "unit_price": PLN}


def asked(**more):
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery={"latest": "2026-03-12"})
    shop.happens(
        "supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1", "l2"]
    )
    shop.happens(
        "supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"], alternatives=[OTHER]
    )
    return shop


def choose(shop, what, when="03-02 13:00", about=None):
    about = about or shop.message("out_of_stock_choice").notification_id
    return shop.happens("customer.choice", when, about=about, choice=what)


def state(shop, name):
    return next(each for each in shop.view.lines if each.line_id == name)


def test_the_money_back_takes_the_line_out_of_the_order_and_must_be_paid_back():
    shop = asked()
    event = choose(shop, "refund")

    message = shop.message("choice_ack")
    assert message.because == (event.id,)
    assert (message.content.decision, [i.line_id for i in message.content.items]) == ("refund", ["l2"])
    assert state(shop, "l2").state == "cancelled"
    shop.happens("order.cancelled", "03-02 15:00", by="seller", line_ids=["l2"])
    shop.until("03-12 12:00")
    assert "order_cancelled" not in shop.kinds
    assert ("refund_due", False) in [(t.kind, t.closed) for t in shop.tickets]
    shop.happens("order.refunded", "03-12 13:00", amount=PLN, line_ids=["l2"])
    assert (shop.tickets[-1].kind, shop.tickets[-1].closed) == ("refund_due", True)


def test_who_has_not_paid_is_owed_nothing_back():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, payment="separate")
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l2"])
    shop.happens("supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"])
    choose(shop, "refund", about=["l2"])
    shop.until("03-14 12:00")
    assert "refund_due" not in [t.kind for t in shop.tickets]


def test_money_for_a_return_is_not_the_money_for_what_never_came():
    shop = asked()
    choose(shop, "refund")
    shop.scan("delivered", "03-04 12:00")
    shop.happens("return.declared", "03-05 12:00", return_id="R1", kind="withdrawal", line_ids=["l1"])
    shop.happens("order.refunded", "03-08 12:00", amount=TEN, return_id="R1")
    shop.happens("order.refunded", "03-08 13:00", amount=TEN, line_ids=["l1"])
    shop.until("03-12 12:00")
    assert [(t.kind, t.closed) for t in shop.tickets][-1] == ("refund_due", False)
    shop.happens("order.refunded", "03-12 13:00", amount=TEN)
    assert [(t.kind, t.closed) for t in shop.tickets][-1] == ("refund_due", True)


def test_another_item_takes_the_place_of_the_missing_one():
    shop = asked()
    choose(shop, "alternative:x")

    assert (state(shop, "l2").sku, state(shop, "l2").title) == ("x", "Other thing")
    assert shop.message("choice_ack").content.decision == "alternative:x"
    assert [i.title for i in shop.message("choice_ack").content.items] == ["Other thing"]


def test_what_was_exchanged_is_again_part_of_all_that_has_to_leave():
    shop = Shop()
    shop.placed("03-02 10:00", lines=TWO, promised_delivery={"latest": "2026-03-12"})
    shop.happens(
        "supplier.ordered",
        "03-02 11:00",
        supplier_id="s",
        supplier_order_id="O",
        line_ids=["l1", "l2"],
        dispatch_by="2026-03-04",
    )
    shop.happens(
        "supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"], alternatives=[OTHER]
    )
    choose(shop, "alternative:x")
    shop.until("03-14 12:00")

    assert shop.kinds[3:] == ["preship_delay"]
    assert [i.line_id for i in shop.message("preship_delay").content.items] == ["l1", "l2"]


def test_what_was_never_offered_changes_nothing():
    shop = asked()
    choose(shop, "alternative:gold")

    assert state(shop, "l2").sku == "sku-l2"


def test_whoever_waits_is_told_how_long_and_holds_us_to_it():
    shop = asked()
    shop.happens(
        "supplier.backordered",
        "03-02 11:30",
        supplier_order_id="O",
        line_ids=["l2"],
        expected_at="2026-03-16",
    )
    choose(shop, "wait")
    shop.until("03-10 12:00")

    assert shop.message("choice_ack").content.expected.latest == "2026-03-18"
    assert "preship_delay" not in shop.kinds


def test_without_an_answer_it_is_asked_once_more_and_then_a_person_is():
    shop = asked()
    shop.until("03-03 12:00")

    assert shop.times("out_of_stock_choice") == ["03-02 12:00", "03-02 16:00"]
    assert [(t.kind, t.closed) for t in shop.tickets] == [("out_of_stock_unanswered", False)]
    assert [i.content.count for _, i in shop.sent if i.kind == "out_of_stock_choice"] == [None, 2]
    assert shop.tickets[0].due_at - shop.tickets[0].at == dt.timedelta(hours=4)  # twelve after the news
    choose(shop, "refund", "03-03 13:00")
    assert state(shop, "l2").state == "cancelled"


def test_what_can_not_be_had_is_a_part_of_the_order_unless_it_is_all_of_it():
    assert asked().message("out_of_stock_choice").content.whole_order is False
    shop = asked()
    shop.happens("order.cancelled", "03-02 12:30", by="customer", line_ids=["l1"])
    shop.until("03-02 20:00")
    assert shop.message("out_of_stock_choice").content.whole_order is True


def test_a_choice_about_lines_needs_no_message():
    shop = asked()
    choose(shop, "refund", about=["l2"])

    assert state(shop, "l2").state == "cancelled"


def test_what_has_arrived_is_not_given_up_by_a_wish_for_money():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("delivered", "03-04 12:00")
    choose(shop, "refund", "03-05 12:00", about=["l1"])

    assert state(shop, "l1").state == "delivered"


def test_all_the_money_back_for_a_lost_parcel_ends_the_order():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 12:00")
    shop.scan("lost", "03-05 12:00")
    choose(shop, "refund", "03-05 13:00", about=shop.message("parcel_problem").notification_id)

    assert shop.view.state == "cancelled"
    assert [(t.kind, t.closed) for t in shop.tickets] == [("carrier_problem", False)]


def test_a_parcel_that_is_not_there_is_acknowledged_and_found_again():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 12:00")
    shop.scan("delivered", "03-04 12:00")
    choose(shop, "not_received", "03-04 18:00", about=shop.message("delivered").notification_id)
    assert shop.message("choice_ack").content.decision == "not_received"
    shop.scan("in_transit", "03-05 09:00", reason="delivered_in_error")
    shop.scan("delivered", "03-05 15:00")

    assert shop.view.overlays == ()
    assert shop.kinds.count("delivered") == 2
    assert [(t.kind, t.closed) for t in shop.tickets][-1] == ("delivery_disputed", True)


def test_the_money_for_what_never_came_is_owed_though_the_carrier_says_it_did():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("delivered", "03-04 12:00")
    choose(shop, "not_received", "03-05 12:00", about=["l1", "l2"])
    choose(shop, "refund", "03-06 12:00", about=["l1", "l2"])
    shop.until("03-17 12:00")

    assert [t.kind for t in shop.tickets if not t.closed] == ["delivery_disputed", "refund_due"]
    assert shop.view.state == "delivered"


@pytest.mark.parametrize(
    ("then", "owed"), [("refund", [False]), ("replacement", [False, True]), ("received", [False, True])]
)
def test_the_money_for_what_is_missed_is_owed_once_and_until_the_customer_says_otherwise(then, owed):
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("delivered", "03-04 12:00")
    choose(shop, "not_received", "03-05 12:00", about=["l1", "l2"])
    choose(shop, "refund", "03-06 12:00", about=["l1", "l2"])
    shop.until("03-17 12:00")
    choose(shop, then, "03-17 13:00", about=["l1", "l2"])
    shop.until("03-28 12:00")

    assert [t.closed for t in shop.tickets if t.kind == "refund_due"] == owed


def test_having_it_needs_no_thanks():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("delivered", "03-04 12:00")
    choose(shop, "received", "03-04 18:00", about=["l1"])

    assert "choice_ack" not in shop.kinds


def test_the_money_back_after_the_laws_last_day_ends_the_order():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.until("04-03 12:00")
    choose(shop, "refund", "04-03 13:00", about=shop.message("delivery_limit").notification_id)

    assert shop.view.state == "cancelled"
    assert [(t.kind, t.closed) for t in shop.tickets] == [("delivery_limit", False), ("delivery_limit", True)]


def test_an_answer_to_a_check_is_about_its_parcel():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 10:00", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("delivered", "03-04 12:00", delivered_to="safe_place")
    shop.until("03-10 12:00")
    choose(shop, "not_received", "03-10 13:00", about=shop.message("delivery_check").notification_id)

    assert [i.line_id for i in shop.message("choice_ack").content.items] == ["l1"]
    assert "disputed_delivery" in shop.view.overlays


def of_the_lines(shop, what, when, lines=("l2",)):
    return shop.happens("customer.choice", when, about=list(lines), choice=what)


@pytest.mark.parametrize("instead", ["wait", "alternative:x"])
def test_whoever_wants_it_after_all_wants_no_money_back(instead):
    shop = asked()
    of_the_lines(shop, "refund", "03-02 13:00")
    of_the_lines(shop, instead, "03-02 14:00")
    shop.until("03-13 12:00")

    assert state(shop, "l2").state != "cancelled"
    assert [i.content.decision for _, i in shop.sent if i.kind == "choice_ack"] == ["refund", instead]
    assert "refund_due" not in [t.kind for t in shop.tickets]


def test_a_whole_order_that_was_given_up_in_two_parts_is_wanted_again():
    shop = asked()
    of_the_lines(shop, "refund", "03-02 13:00", ["l2"])
    of_the_lines(shop, "refund", "03-02 13:30", ["l1"])
    assert shop.view.state == "cancelled"
    of_the_lines(shop, "wait", "03-02 14:00", ["l2"])

    assert (state(shop, "l1").state, state(shop, "l2").state) == ("cancelled", "out_of_stock")
    assert shop.view.state == "partially_cancelled"


@pytest.mark.parametrize(
    ("kind", "more"), [("order.refunded", {"amount": PLN}), ("order.cancelled", {"by": "seller"})]
)
def test_what_the_shop_has_done_already_is_for_a_person_to_undo(kind, more):
    shop = asked()
    of_the_lines(shop, "refund", "03-02 13:00")
    shop.happens(kind, "03-02 13:30", line_ids=["l2"], **more)
    of_the_lines(shop, "wait", "03-02 14:00")

    assert state(shop, "l2").state == "cancelled"
    assert [i.content.decision for _, i in shop.sent if i.kind == "choice_ack"] == ["refund"]
    assert [(t.kind, t.closed) for t in shop.tickets if t.kind == "choice_unclear"] == [
        ("choice_unclear", False)
    ]


def test_waiting_for_what_was_bought_takes_the_other_item_out_again():
    shop = asked()
    of_the_lines(shop, "alternative:x", "03-02 13:00")
    of_the_lines(shop, "wait", "03-02 14:00")

    assert state(shop, "l2").sku == "sku-l2"
    assert [i.title for i in shop.message("choice_ack").content.items] == ["Thing l2"]


@pytest.mark.parametrize(
    ("what", "about"), [("alternative:gold", ["l2"]), ("refund", ["l9"]), ("wait", "nothing of ours")]
)
def test_what_can_not_be_followed_is_no_answer_and_a_person_asks(what, about):
    shop = asked()
    shop.happens("customer.choice", "03-02 13:00", about=about, choice=what)
    shop.until("03-02 20:00")

    assert "choice_ack" not in shop.kinds
    assert [(t.kind, t.closed) for t in shop.tickets] == [
        ("choice_unclear", False),
        ("out_of_stock_unanswered", False),
    ]
    of_the_lines(shop, "refund", "03-02 21:00")
    assert [t.kind for t in shop.tickets if t.closed] == ["choice_unclear", "out_of_stock_unanswered"]


def test_a_button_pressed_twice_is_one_answer():
    shop = asked()
    of_the_lines(shop, "wait", "03-02 13:00")
    of_the_lines(shop, "wait", "03-02 13:01")
    assert shop.kinds.count("choice_ack") == 1

    of_the_lines(shop, "refund", "03-02 14:00")
    of_the_lines(shop, "wait", "03-02 15:00")
    assert shop.kinds.count("choice_ack") == 3


def test_an_answer_about_a_parcel_of_which_nobody_knows_what_is_in_it_is_acknowledged_and_seen_to():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-02 18:00", number="T1")
    shop.scan("accepted", "03-02 18:00", number="T2")
    shop.scan("lost", "03-04 10:00", number="T2")
    shop.happens(
        "customer.choice",
        "03-04 12:00",
        about=shop.message("parcel_problem").notification_id,
        choice="refund",
    )

    assert shop.message("choice_ack").content.decision == "refund"
    assert ("choice_unclear", False) in [(t.kind, t.closed) for t in shop.tickets]


@pytest.mark.parametrize(("answer", "expected"), [(None, "2026-03-18"), ("replacement", None)])
def test_who_has_not_answered_is_told_by_when_it_comes_to_who_waits_when_the_promise_is_over(
    answer, expected
):
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-10"})
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1"])
    shop.catch_up(
        [
            shop.event(
                "supplier.backordered", "03-02 22:00", supplier_order_id="O", line_ids=["l1"],
                expected_at="2026-03-16",
            ),
            shop.event("supplier.out_of_stock", "03-02 22:05", supplier_order_id="O", line_ids=["l1"]),
        ]
    )  # fmt: skip
    if answer:
        choose(shop, answer, "03-03 12:00", about=["l1"])
    shop.until("03-11 12:00")

    late = shop.message("delay").content
    assert (late.expected and late.expected.latest) == expected
    assert (late.next_update is None) == (expected is not None)
