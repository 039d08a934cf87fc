"""Goods that are sent anew: what was promised at checkout was not promised of them."""

import datetime as dt

import pytest

from tests.unit.timeline.rig import Shop, line

FRIDAY = {"latest": "2026-03-06"}


def arrived(when="03-05 12:00", **more):
    """Everything came in one parcel, and in time."""
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")], promised_delivery=FRIDAY, **more)
    shop.scan("accepted", "03-03 18:00")
    shop.scan("delivered", when)
    return shop


def granted_by_complaint(shop, when="03-06 10:00"):
    about = {"complaint_id": "C1", "kind": "damaged", "line_ids": ["l1"]}
    shop.happens("complaint.filed", "03-05 18:00", **about)
    shop.happens(
        "complaint.decided", when, **about, decision="accepted", remedy="replacement", reasoning="Broken."
    )


def granted_by_return(shop, when="03-06 10:00"):
    about = {"return_id": "R1", "kind": "wrong_item", "line_ids": ["l1"]}
    shop.happens("return.declared", "03-05 18:00", **about)
    shop.happens("return.accepted", when, **about)


@pytest.mark.parametrize("granted", [granted_by_complaint, granted_by_return])
def test_what_is_sent_after_a_complaint_is_neither_late_nor_apologised_for(granted):
    shop = arrived()
    granted(shop)
    shop.created("03-07 15:00", "T2", "S2", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("accepted", "03-09 19:00", number="T2")
    shop.scan("delivered", "03-11 12:00", number="T2")
    shop.until("03-13 12:00")

    assert "delay" not in shop.kinds
    assert "apology" not in shop.kinds
    assert shop.kinds.count("delivered") == 2
    assert shop.message("delivered").content.withdraw_until == dt.date(2026, 3, 19)  # from the first parcel


def test_a_date_that_was_told_of_what_is_sent_anew_is_a_promise():
    shop = arrived()
    granted_by_complaint(shop)
    shop.created("03-07 15:00", "T2", "S2", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("accepted", "03-09 19:00", number="T2", estimated_delivery={"latest": "2026-03-10"})
    shop.until("03-11 12:00")

    assert shop.times("delay") == ["03-11 04:00"]


def test_a_replacement_that_the_customer_chose_is_not_late_when_its_label_is_made():
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1")], promised_delivery=FRIDAY)
    shop.scan("accepted", "03-03 18:00")
    shop.scan("lost", "03-05 12:00")
    shop.happens("customer.choice", "03-06 18:00", about=["l1"], choice="replacement")
    shop.created("03-07 15:00", "T2", "S2")
    shop.scan("accepted", "03-07 19:00", number="T2")
    shop.scan("delivered", "03-09 12:00", number="T2")

    assert "delay" not in shop.kinds
    assert shop.kinds[-2:] == ["delivered", "apology"]  # it came later than it was promised all the same


def items(content):
    return {item.line_id: item.quantity for item in content.items}


@pytest.mark.parametrize("said", [None, [{"line_id": "l1", "quantity": 1}, {"line_id": "l2", "quantity": 1}]])
def test_what_is_sent_anew_takes_nothing_out_of_the_parcel_that_it_makes_good_for(said):
    both = {"l1": 1, "l2": 1}
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")])
    shop.scan("accepted", "03-03 18:00")
    shop.scan("lost", "03-05 12:00")
    shop.happens("customer.choice", "03-06 18:00", about=["l1", "l2"], choice="replacement")
    shop.created("03-07 15:00", "T2", "S2", lines=said)
    shop.scan("accepted", "03-07 19:00", number="T2")
    shop.until("03-07 20:00")
    assert items(shop.message("shipped").content) == both

    shop.scan("delivered", "03-08 12:00")
    assert items(shop.message("delivered").content) == both


@pytest.mark.parametrize("granted", [granted_by_complaint, granted_by_return])
def test_an_order_that_has_come_stays_delivered_while_something_is_sent_anew(granted):
    shop = arrived()
    granted(shop)
    shop.created("03-07 15:00", "T2", "S2", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("accepted", "03-09 19:00", number="T2")

    assert shop.view.state == "delivered"


def test_the_rest_of_an_order_is_not_taken_for_what_is_sent_anew():
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")])
    shop.created("03-03 12:00", "T1", "S1", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("lost", "03-05 12:00", number="T1")
    shop.happens("customer.choice", "03-06 18:00", about=["l1"], choice="replacement")
    shop.created("03-07 15:00", "T2", "S2")
    shop.scan("accepted", "03-07 19:00", number="T2")
    shop.until("03-07 20:00")

    assert items(shop.message("shipped").content) == {"l2": 1}


def test_a_second_parcel_that_was_under_way_before_the_complaint_keeps_its_promise():
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")], promised_delivery=FRIDAY)
    shop.created("03-03 12:00", "T2", "S2", lines=[{"line_id": "l2", "quantity": 1}])
    shop.created("03-03 12:00", "T1", "S1", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("accepted", "03-03 18:00", number="T1")
    shop.scan("delivered", "03-05 12:00", number="T1")
    granted_by_complaint(shop)
    shop.scan("accepted", "03-06 18:00", number="T2")
    shop.until("03-07 12:00")

    assert shop.times("delay") == ["03-07 04:00"]


def test_a_complaint_is_remedied_by_what_was_sent_anew():
    shop = arrived()
    granted_by_complaint(shop)
    shop.created("03-07 15:00", "T2", "S2", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("accepted", "03-09 19:00", number="T2")
    assert shop.view.complaints[0].state == "accepted"
    shop.scan("delivered", "03-11 12:00", number="T2")

    assert shop.view.complaints[0].state == "remedied"


@pytest.mark.parametrize("granted", [granted_by_complaint, granted_by_return])
def test_an_order_that_was_made_good_is_asked_about_owes_no_money_and_ends(granted):
    shop = arrived()
    shop.judge = lambda intent, now: None
    granted(shop)
    shop.created("03-07 15:00", "T2", "S2", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("delivered", "03-11 12:00", number="T2")
    shop.until("05-20 12:00")

    assert shop.times("survey") == ["03-14 12:00"]
    assert shop.tickets == []
    assert shop.view.state == "completed"


def test_a_parcel_that_is_missed_is_no_longer_a_question_once_another_is_granted():
    shop = arrived()
    about = {"complaint_id": "C1", "kind": "not_received"}
    shop.happens("complaint.filed", "03-05 18:00", **about)
    assert [(t.kind, t.closed) for t in shop.tickets] == [("delivery_disputed", False)]
    shop.happens("complaint.decided", "03-06 10:00", **about, decision="accepted", remedy="replacement")
    assert [t.closed for t in shop.tickets] == [False, True]
    assert "disputed_delivery" in shop.view.overlays
    shop.created("03-07 15:00", "T2", "S2")
    shop.scan("delivered", "03-09 12:00", number="T2")

    assert shop.view.overlays == ()


@pytest.mark.parametrize(
    ("kind", "until"), [("damaged", dt.date(2026, 3, 19)), ("not_received", dt.date(2026, 3, 25))]
)
def test_who_never_had_the_goods_may_withdraw_from_the_day_on_which_they_come(kind, until):
    shop = arrived()
    about = {"complaint_id": "C1", "kind": kind}
    shop.happens("complaint.filed", "03-05 18:00", **about)
    shop.happens(
        "complaint.decided", "03-06 10:00", **about, decision="accepted", remedy="replacement", reasoning="-"
    )
    shop.created("03-07 15:00", "T2", "S2")
    shop.scan("delivered", "03-11 12:00", number="T2")

    assert shop.message("delivered").content.withdraw_until == until


def damaged_one_of_two():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")])
    for name in ("l1", "l2"):
        shop.created("03-03 10:00", name, name, lines=[{"line_id": name, "quantity": 1}])
        shop.scan("accepted", "03-03 12:00", number=name)
    shop.scan("delivered", "03-04 12:00", number="l1")
    shop.scan("damaged", "03-04 12:00", number="l2")
    return shop


def test_a_damage_is_settled_when_another_has_come():
    shop = damaged_one_of_two()
    shop.happens("customer.choice", "03-05 10:00", about=["l2"], choice="replacement")
    shop.created("03-06 10:00", "T3", "S3", lines=[{"line_id": "l2", "quantity": 1}])
    shop.scan("accepted", "03-06 12:00", number="T3")
    assert ("damaged", True) not in [(ticket.kind, ticket.closed) for ticket in shop.tickets]
    shop.scan("delivered", "03-07 12:00", number="T3")

    assert [(ticket.kind, ticket.closed) for ticket in shop.tickets] == [
        ("damaged", False),
        ("replacement_due", False),
        ("replacement_due", True),  # its label exists
        ("damaged", True),
    ]


def test_a_damage_is_settled_when_its_money_has_gone_back():
    shop = damaged_one_of_two()
    shop.happens("customer.choice", "03-05 10:00", about=["l2"], choice="refund")
    assert [ticket.closed for ticket in shop.tickets] == [False]
    shop.happens(
        "order.refunded", "03-06 10:00", amount={"amount": "20.00", "currency": "PLN"}, line_ids=["l2"]
    )

    assert [(ticket.kind, ticket.closed) for ticket in shop.tickets] == [
        ("damaged", False),
        ("damaged", True),
    ]
