"""Returns, refunds, complaints and recalls, with their clocks."""

import datetime as dt

import msgspec
import pytest

from streams.domain.jurisdictions import JURISDICTIONS
from tests.unit.timeline.rig import PLN, WORLD, Shop, at, line

HOUR = dt.timedelta(hours=1)
CENTS = {"amount": "20.00", "currency": "PLN"}


def delivered():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)])
    shop.scan("delivered", "03-04 12:00")
    shop.sent.clear()
    return shop


def withdraw(shop, when="03-06 18:30", **more):
    return shop.happens("return.declared", when, return_id="R1", **{"kind": "withdrawal", **more})


def test_a_withdrawal_is_acknowledged_with_what_and_when_it_was_declared():
    shop = delivered()
    event = withdraw(shop, line_ids=["l2"])

    message = shop.message("withdrawal_ack")
    assert message.because == (event.id,)
    assert message.content.occurred_at == event.time
    assert [i.line_id for i in message.content.items] == ["l2"]
    assert message.content.reference == "R1"
    assert message.content.deadline == "2026-03-20"


def test_the_steps_of_a_return_are_each_told_once():
    shop = delivered()
    withdraw(shop)
    shop.happens(
        "return.instructions_sent",
        "03-07 10:00",
        return_id="R1",
        kind="withdrawal",
        label_url="https://l.example.com",
    )
    shop.happens("return.in_transit", "03-08 10:00", return_id="R1", kind="withdrawal")
    shop.happens("return.received", "03-10 10:00", return_id="R1", kind="withdrawal")
    shop.happens("return.received", "03-10 11:00", return_id="R1", kind="withdrawal")
    shop.happens("order.refunded", "03-11 10:00", amount=PLN, method="card", return_id="R1")
    shop.until("04-01 12:00")

    assert shop.kinds == ["withdrawal_ack", "return_steps", "return_received", "refund_done"]
    assert shop.message("refund_done").content.amount.amount == "129.90"
    assert [t.kind for t in shop.tickets] == []


def test_a_return_that_is_not_sent_is_reminded_of_on_day_ten():
    shop = delivered()
    withdraw(shop)
    shop.until("03-25 12:00")

    assert shop.times("return_reminder") == ["03-16 00:00"]


def test_a_refund_is_due_on_day_ten_and_the_ticket_closes_when_it_is_made():
    shop = delivered()
    withdraw(shop)
    shop.until("03-16 12:00")
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]
    shop.happens("order.refunded", "03-17 10:00", amount=PLN, return_id="R1")

    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False), ("refund_due", True)]


@pytest.mark.parametrize("kind", ["defect", "wrong_item"])
def test_a_return_that_was_accepted_is_owed_its_refund_from_then_on(kind):
    shop = delivered()
    shop.happens("return.declared", "03-06 10:00", return_id="R1", kind=kind)
    shop.until("03-25 12:00")
    assert shop.tickets == []  # nothing is owed before the seller has granted it
    shop.happens("return.accepted", "03-26 10:00", return_id="R1", kind=kind)
    shop.until("04-20 12:00")
    due = [(t.kind, t.due_at.date().isoformat(), t.closed) for t in shop.tickets]
    assert due == [("refund_due", "2026-04-09", False)]
    shop.happens("order.refunded", "04-21 10:00", amount=PLN, return_id="R1")

    assert shop.tickets[-1].closed


def test_a_rejected_return_is_told_with_its_reasons():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.rejected", "03-12 10:00", return_id="R1", kind="withdrawal", reason="Worn outside.")

    assert shop.message("return_rejected").content.reasoning == "Worn outside."


def test_a_complaint_is_acknowledged_with_the_day_of_the_decision():
    shop = delivered()
    shop.happens("complaint.filed", "03-06 12:00", complaint_id="C1", kind="damaged", text="Broken")

    message = shop.message("complaint_ack")
    assert (message.content.reference, message.content.deadline) == ("C1", "2026-03-20")


def test_a_complaint_that_nobody_decides_is_three_tickets():
    shop = delivered()
    shop.happens("complaint.filed", "03-06 12:00", complaint_id="C1", kind="damaged")
    shop.until("03-20 12:00")
    assert [t.kind for t in shop.tickets] == ["complaint_undecided"] * 3
    shop.happens(
        "complaint.decided",
        "03-20 13:00",
        complaint_id="C1",
        kind="damaged",
        decision="rejected",
        reasoning="Why.",
    )

    assert [t.closed for t in shop.tickets] == [False] * 3 + [True] * 3
    assert shop.message("complaint_decision").content.reasoning == "Why."


def test_a_recall_reaches_an_order_that_is_completed():
    shop = delivered()
    shop.until("04-10 12:00")
    assert shop.view.state == "completed"
    shop.happens("order.recalled", "06-01 12:00", advice="Stop using it.")

    assert shop.kinds == ["safety_recall"]
    assert shop.message("safety_recall").content.advice == "Stop using it."


def test_a_low_score_is_a_ticket_within_the_hour_that_quotes_the_comment():
    shop = delivered()
    shop.happens("feedback.given", "03-10 12:00", metric="csat", score=2, comment="Late and wet.")
    shop.happens("feedback.given", "03-10 12:05", metric="ces", score=2)
    shop.happens("feedback.given", "03-10 12:06", metric="nps", score=6)

    assert [(t.kind, t.due_at - t.at) for t in shop.tickets] == [("low_score", HOUR), ("low_score", HOUR)]
    assert "Late and wet." in shop.tickets[0].summary
    assert b"wet" not in msgspec.msgpack.encode(shop.order)


def test_what_a_supplier_has_run_out_of_is_the_customers_choice():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)])
    shop.happens(
        "supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1", "l2"]
    )
    other = {"sku": "x", "title": "Other thing", "unit_price": PLN}
    shop.happens(
        "supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"], alternatives=[other]
    )
    shop.until("03-02 20:30")

    message = shop.message("out_of_stock_choice")
    assert [i.line_id for i in message.content.items] == ["l2"]
    assert message.content.alternatives[0].sku == "x"
    assert [(t.kind, t.closed) for t in shop.tickets] == [("out_of_stock_unanswered", False)]
    shop.happens("customer.choice", "03-02 21:00", about=message.notification_id, choice="refund")
    assert [t.closed for t in shop.tickets] == [False, True]


def test_a_later_step_need_not_say_again_of_what_kind_the_return_is():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.received", "03-10 10:00", return_id="R1")
    shop.happens("order.refunded", "03-11 10:00", amount=PLN, return_id="R1")
    shop.until("04-01 12:00")

    assert shop.kinds == ["withdrawal_ack", "return_received", "refund_done"]
    assert shop.tickets == []


def test_every_step_is_about_the_lines_that_were_declared():
    shop = delivered()
    withdraw(shop, line_ids=["l2"])
    shop.happens("return.instructions_sent", "03-07 10:00", return_id="R1", kind="withdrawal")
    shop.happens("return.received", "03-10 10:00", return_id="R1", kind="withdrawal")
    shop.happens("order.refunded", "03-11 10:00", amount=PLN, return_id="R1")

    for kind in ("return_steps", "return_received", "refund_done"):
        assert [item.line_id for item in shop.message(kind).content.items] == ["l2"]


def test_where_the_law_gives_other_days_the_tickets_come_as_long_before_they_are_over():
    poland = msgspec.structs.replace(JURISDICTIONS["PL"], refund=30, complaint=5)
    shop = Shop(world=msgspec.structs.replace(WORLD, jurisdictions={"PL": poland}))
    shop.placed(lines=[line("l1"), line("l2")])
    shop.happens("return.declared", "03-10 10:00", return_id="R", kind="withdrawal", line_ids=["l1"])
    shop.happens("complaint.filed", "03-10 10:00", complaint_id="C", kind="damaged")
    shop.until("04-20 12:00")

    days = [(t.kind, t.at.date().isoformat(), t.due_at.date().isoformat()) for t in shop.tickets]
    # Each begins at a local midnight, which is the evening before by UTC.
    assert days[:3] == [
        ("complaint_undecided", "2026-03-10", "2026-03-15"),
        ("complaint_undecided", "2026-03-13", "2026-03-15"),
        ("delivery_limit", "2026-03-26", "2026-04-01"),
    ]
    assert ("refund_due", "2026-04-04", "2026-04-09") in days
    assert "(day 1 of 5)" in shop.tickets[0].summary


def test_a_decision_is_about_what_was_complained_of():
    shop = delivered()
    shop.happens("complaint.filed", "03-06 10:00", complaint_id="C", kind="damaged", line_ids=["l2"])
    shop.happens("complaint.decided", "03-09 10:00", complaint_id="C", decision="rejected", reasoning="Worn.")

    assert [item.line_id for item in shop.message("complaint_decision").content.items] == ["l2"]


def test_day_ten_is_day_ten_also_where_the_last_day_is_a_sunday():
    shop = delivered()
    withdraw(shop, "03-08 10:00")
    shop.until("03-30 12:00")

    assert shop.message("withdrawal_ack").content.deadline == "2026-03-23"
    assert shop.times("return_reminder") == ["03-18 00:00"]


def test_nobody_is_reminded_in_the_minute_in_which_they_hear_by_when():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.instructions_sent", "03-07 10:00", return_id="R1", ship_by="2026-03-10")
    shop.until("03-20 12:00")

    assert shop.kinds == ["withdrawal_ack", "return_steps"]


@pytest.mark.parametrize("after", ["in_transit", "received", "rejected"])
def test_how_to_send_it_is_not_said_once_that_is_over(after):
    shop = delivered()
    withdraw(shop)
    shop.happens(f"return.{after}", "03-11 07:00", return_id="R1", reason="Worn.")
    shop.happens("return.instructions_sent", "03-10 22:00", "03-11 08:00", return_id="R1")

    assert "return_steps" not in shop.kinds


def test_what_is_turned_down_is_no_longer_being_checked():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.rejected", "03-11 07:00", return_id="R1", reason="Worn.")
    shop.happens("return.received", "03-10 22:00", "03-11 08:00", return_id="R1")
    shop.happens("order.refunded", "03-12 10:00", amount=PLN, return_id="R1")

    assert shop.kinds == ["withdrawal_ack", "return_rejected", "refund_done"]


def test_a_refusal_is_not_said_once_the_money_went_back_all_the_same():
    shop = delivered()
    withdraw(shop)
    shop.happens("order.refunded", "03-11 07:30", amount=PLN, return_id="R1")
    shop.happens("return.rejected", "03-11 07:00", "03-11 08:00", return_id="R1", reason="Worn.")

    assert shop.kinds == ["withdrawal_ack", "refund_done"]


def test_what_is_refused_of_a_part_is_said_though_the_rest_is_accepted_and_paid():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.accepted", "03-11 07:10", return_id="R1", line_ids=["l1"])
    shop.happens("order.refunded", "03-11 07:30", amount=CENTS, return_id="R1", line_ids=["l1"])
    shop.happens("return.rejected", "03-11 07:00", "03-11 08:00", return_id="R1", line_ids=["l2"])

    assert shop.kinds == ["withdrawal_ack", "refund_done", "return_rejected"]


def test_goods_that_come_after_their_refund_promise_no_money():
    shop = delivered()
    withdraw(shop)
    shop.happens("order.refunded", "03-09 10:00", amount=PLN, return_id="R1")
    shop.happens("return.received", "03-10 10:00", return_id="R1")

    content = shop.message("return_received").content
    assert (content.decision, content.next_update) == ("refunded", None)


def test_goods_that_come_when_the_day_for_the_money_is_over_are_promised_no_day():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.received", "03-24 10:00", return_id="R1")

    assert shop.message("return_received").content.next_update is None


def test_instructions_that_come_late_name_no_day_that_is_over():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.instructions_sent", "03-23 10:00", return_id="R1")

    assert shop.message("return_steps").content.deadline is None


def test_other_instructions_are_told_and_reminded_of_and_the_same_ones_are_not():
    shop = delivered()
    withdraw(shop)
    for when, label, by in (("03-07", "1", "03-16"), ("03-08", "1", "03-16"), ("03-09", "2", "03-24")):
        shop.happens(
            "return.instructions_sent",
            f"{when} 10:00",
            return_id="R1",
            label_url=f"https://acme.example/{label}",
            ship_by=f"2026-{by}",
        )
    shop.happens("return.instructions_sent", "03-09 11:00", return_id="R1")
    shop.until("03-25 12:00")

    assert shop.times("return_steps") == ["03-07 10:00", "03-09 10:00"]
    assert shop.times("return_reminder") == ["03-20 00:00"]
    content = shop.message("return_reminder").content
    assert (content.deadline, content.label_url) == ("2026-03-24", "https://acme.example/2")


def test_a_refusal_that_is_taken_back_is_owed_its_refund_again():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.rejected", "03-09 10:00", return_id="R1", reason="Worn.")
    shop.happens("return.accepted", "03-10 10:00", return_id="R1")
    shop.until("03-17 12:00")

    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]


def test_goods_that_come_undeclared_are_owed_their_refund_from_then_on():
    shop = delivered()
    shop.happens("return.received", "03-10 10:00", return_id="R1", kind="withdrawal")
    shop.until("03-21 12:00")

    assert [(t.kind, t.due_at.isoformat()) for t in shop.tickets] == [
        ("refund_due", "2026-03-24T23:00:00+00:00")
    ]


def test_a_refund_of_one_of_the_lines_leaves_the_rest_owed():
    shop = delivered()
    withdraw(shop)
    shop.happens("order.refunded", "03-12 10:00", amount=CENTS, return_id="R1", line_ids=["l1"])
    shop.until("03-17 12:00")
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]
    shop.happens("order.refunded", "03-18 10:00", amount=CENTS, return_id="R1", line_ids=["l2"])

    assert shop.view.returns[0].state == "refunded"
    assert shop.tickets[-1].closed


def test_goods_that_come_in_part_are_a_part_of_what_was_declared():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.received", "03-09 10:00", return_id="R1", line_ids=["l1"])
    shop.happens("order.refunded", "03-10 10:00", amount=CENTS, return_id="R1", line_ids=["l1"])
    shop.until("03-17 12:00")

    assert [item.line_id for item in shop.message("return_received").content.items] == ["l1"]
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]


def test_what_is_turned_down_in_part_is_owed_for_the_rest():
    shop = delivered()
    withdraw(shop)
    shop.happens("return.rejected", "03-09 10:00", return_id="R1", line_ids=["l1"], reason="Worn.")
    shop.until("03-17 12:00")
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]
    shop.happens("order.refunded", "03-18 10:00", amount=CENTS, return_id="R1", line_ids=["l2"])

    assert shop.view.returns[0].state == "refunded"


def test_each_refund_is_for_the_return_whose_lines_it_names_whatever_later_steps_left_out():
    shop = delivered()
    for name, goods in (("R1", "l1"), ("R2", "l2")):
        shop.happens("return.declared", "03-06 10:00", return_id=name, kind="withdrawal", line_ids=[goods])
        shop.happens("return.received", "03-09 10:00", return_id=name)
    shop.happens("order.refunded", "03-10 10:00", amount=CENTS, line_ids=["l2"])
    assert {case.id: case.state for case in shop.view.returns} == {"R1": "received", "R2": "refunded"}
    shop.happens("order.refunded", "03-10 11:00", amount=CENTS)

    assert {case.state for case in shop.view.returns} == {"refunded"}
    assert [item.line_id for item in shop.message("refund_done").content.items] == ["l1"]


@pytest.mark.parametrize(("amount", "told"), [("10.00", [()]), ("10", [()]), ("0.00", []), ("-129.90", [])])
def test_what_can_not_be_the_price_of_the_goods_ends_no_return(amount, told):
    shop = Shop()
    shop.placed(lines=[line("l1")], delivery_price={"amount": "10.00", "currency": "PLN"})
    shop.scan("delivered", "03-04 12:00")
    withdraw(shop)
    shop.happens("order.refunded", "03-10 10:00", amount={"amount": amount, "currency": "PLN"})
    shop.until("03-17 12:00")

    assert [i.content.items for _, i in shop.sent if i.kind == "refund_done"] == told
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]


def declared_twice(quantity=1):
    shop = Shop()
    shop.placed(lines=[line("l1", quantity), line("l2")])
    shop.scan("delivered", "03-04 12:00")
    for when, name in (("03-06 10:00", "R1"), ("03-06 10:05", "R2")):
        shop.happens("return.declared", when, return_id=name, kind="withdrawal", line_ids=["l1"])
    return shop


@pytest.mark.parametrize("sent", ["R1", "R2"])
@pytest.mark.parametrize("named", [{"return_id": "R1"}, {"return_id": "R2"}, {"line_ids": ["l1"]}, {}])
def test_goods_that_are_declared_twice_go_back_and_are_paid_once(sent, named):
    shop = declared_twice()
    shop.happens("return.received", "03-10 10:00", return_id=sent)
    shop.until("03-17 12:00")
    assert shop.times("withdrawal_ack") == ["03-06 10:00", "03-06 10:05"]
    assert "return_reminder" not in shop.kinds
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]
    shop.happens("order.refunded", "03-18 10:00", amount=CENTS, **named)

    assert {each.state for each in shop.view.returns} == {"refunded"}
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False), ("refund_due", True)]


def test_goods_that_are_declared_twice_are_reminded_of_once():
    shop = declared_twice()
    shop.until("03-18 12:00")
    assert shop.kinds.count("return_reminder") == 1


def test_of_several_pieces_each_may_be_a_return_of_its_own():
    shop = declared_twice(quantity=2)
    shop.happens("order.refunded", "03-08 10:00", amount=CENTS, return_id="R1")
    shop.until("03-18 12:00")
    assert [each.state for each in shop.view.returns] == ["refunded", "acknowledged"]
    assert [t.closed for t in shop.tickets] == [False]
    assert shop.kinds.count("return_reminder") == 1


def test_a_refund_whose_clock_is_behind_ends_its_return():
    shop = delivered()
    shop.happens("order.refunded", "03-06 10:00", amount=CENTS, return_id="R1")
    withdraw(shop)
    shop.until("03-25 12:00")

    assert shop.tickets == []


def test_a_refund_of_which_nobody_says_for_what_names_no_goods():
    shop = delivered()
    shop.happens("order.refunded", "03-10 10:00", amount=CENTS)

    assert shop.message("refund_done").content.items == ()


def test_who_withdraws_from_everything_withdraws_from_nothing_that_was_called_off():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)])
    shop.happens("order.cancelled", "03-02 12:00", by="seller", line_ids=["l2"])
    shop.scan("delivered", "03-04 12:00")
    withdraw(shop)

    assert [item.line_id for item in shop.message("withdrawal_ack").content.items] == ["l1"]


def test_more_goods_under_the_same_name_are_another_declaration():
    shop = delivered()
    withdraw(shop, line_ids=["l1"])
    withdraw(shop, "03-06 19:00", line_ids=["l1"])
    shop.happens("order.refunded", "03-07 10:00", amount=CENTS, return_id="R1")
    withdraw(shop, "03-08 19:00", line_ids=["l2"])
    shop.until("03-17 12:00")

    assert shop.times("withdrawal_ack") == ["03-06 18:30", "03-08 19:00"]
    content = shop.message("withdrawal_ack").content
    assert [item.line_id for item in content.items] == ["l2"]
    assert content.occurred_at == at("03-08 19:00")
    assert [(t.kind, t.closed) for t in shop.tickets] == [("refund_due", False)]


@pytest.mark.parametrize("names", ["return.declared", "return.in_transit"])
def test_goods_that_go_back_under_the_number_that_brought_them_had_been_delivered(names):
    shop = delivered()
    withdraw(shop, "03-06 10:00", **({"tracking_number": "T1"} if names == "return.declared" else {}))
    shop.scan("in_transit", "03-07 10:00")
    if names == "return.in_transit":
        shop.happens(names, "03-07 11:00", return_id="R1", tracking_number="T1")
    shop.scan("delivered", "03-09 10:00")

    assert (shop.view.state, shop.view.returns[0].state) == ("delivered", "in_transit")
    assert shop.view.delivered_at == at("03-04 12:00")
    assert shop.kinds == ["withdrawal_ack"]


def test_who_has_withdrawn_is_not_asked_what_to_have_instead():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)])
    about = {"supplier_order_id": "O", "line_ids": ["l2"]}
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", **about)
    withdraw(shop, "03-03 10:00", line_ids=["l2"])
    shop.happens("supplier.out_of_stock", "03-03 12:00", **about)
    shop.until("03-04 12:00")

    assert "out_of_stock_choice" not in shop.kinds
    assert "out_of_stock_unanswered" not in [t.kind for t in shop.tickets]


@pytest.mark.parametrize(("sent", "may_wait"), [(False, True), (True, False)])
def test_a_refund_may_wait_for_the_goods_until_they_are_on_their_way(sent, may_wait):
    shop = delivered()
    withdraw(shop)
    if sent:
        shop.happens("return.in_transit", "03-10 10:00", return_id="R1")
    shop.until("03-16 12:00")

    assert ("may wait" in shop.tickets[0].summary) == may_wait


def test_what_silence_comes_to_is_said_before_it_does():
    shop = delivered()
    shop.happens("complaint.filed", "03-06 12:00", complaint_id="C1", kind="damaged")
    shop.until("03-19 12:00")

    assert all("silence means accepted" in ticket.summary for ticket in shop.tickets)


def test_what_never_came_is_neither_awaited_nor_to_be_sent_back():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)], promised_delivery={"latest": "2026-03-06"})
    shop.scan("accepted", "03-03 10:00")
    withdraw(shop, "03-04 10:00")
    shop.until("04-10 12:00")

    assert shop.kinds == ["order_confirmation", "shipped", "withdrawal_ack"]
    assert "delivery_limit" not in [t.kind for t in shop.tickets]


def test_who_has_withdrawn_from_all_that_comes_is_not_told_that_they_may():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)])
    withdraw(shop, "03-03 10:00")
    shop.scan("delivered", "03-04 12:00")

    assert shop.message("delivered").content.withdraw_until is None


def test_of_what_was_withdrawn_from_in_part_only_the_rest_is_late():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2", 2)], promised_delivery={"latest": "2026-03-06"})
    withdraw(shop, "03-04 10:00", line_ids=["l2"])
    shop.until("03-09 12:00")

    assert [item.line_id for item in shop.message("delay").content.items] == ["l1"]


def decide_on(shop, when, decision=None, name="C1", **more):
    return shop.happens("complaint.decided", when, complaint_id=name, decision=decision, **more)


def file(shop, when="03-06 12:00", name="C1", **more):
    return shop.happens("complaint.filed", when, complaint_id=name, kind="damaged", **more)


def test_a_decision_that_does_not_say_which_is_none():
    shop = delivered()
    file(shop)
    decide_on(shop, "03-08 10:00")
    shop.until("03-14 12:00")

    assert shop.kinds == ["complaint_ack"]
    assert [t.kind for t in shop.tickets] == ["complaint_undecided"]
    decide_on(shop, "03-15 10:00", "accepted", remedy="repair")
    assert shop.message("complaint_decision").content.decision == "accepted"


def test_who_is_told_no_is_told_of_a_yes_that_follows():
    shop = delivered()
    file(shop, line_ids=["l2"])
    decide_on(shop, "03-08 10:00", "rejected", reasoning="Used.")
    decide_on(shop, "03-08 10:00", "rejected", reasoning="Used.")
    decide_on(shop, "03-12 10:00", "accepted", remedy="replacement", reasoning="Looked again.")
    decide_on(shop, "03-12 11:00", "accepted")

    assert shop.kinds == ["complaint_ack", "complaint_decision", "complaint_decision"]
    content = shop.message("complaint_decision").content
    assert (content.remedy, [item.line_id for item in content.items]) == ("replacement", ["l2"])
    assert shop.view.complaints[0].state == "accepted"


def test_a_complaint_that_is_filed_again_has_its_days_anew():
    shop = delivered()
    file(shop)
    decide_on(shop, "03-08 10:00", "rejected", reasoning="Used.")
    file(shop, "03-12 10:00")
    shop.until("03-26 12:00")

    assert shop.kinds == ["complaint_ack", "complaint_decision", "complaint_ack"]
    assert shop.message("complaint_ack").content.deadline == "2026-03-26"
    assert [t.kind for t in shop.tickets] == ["complaint_undecided"] * 3


def test_a_complaint_that_is_closed_by_the_time_it_is_heard_of_has_no_day_of_decision():
    shop = delivered()
    shop.happens("complaint.closed", "03-06 14:00", complaint_id="C1", kind="damaged")
    shop.happens("complaint.filed", "03-06 12:00", "03-06 15:00", complaint_id="C1", kind="damaged")

    assert shop.kinds == []


def test_money_remedies_the_complaint_whose_goods_it_is_for():
    shop = delivered()
    for when, name, goods in (("03-06 12:00", "C1", "l1"), ("03-06 13:00", "C2", "l2")):
        file(shop, when, name, line_ids=[goods])
        decide_on(shop, "03-08 10:00", "accepted", name, remedy="refund")
    shop.happens("order.refunded", "03-09 10:00", amount=CENTS, line_ids=["l2"])

    assert {case.id: case.state for case in shop.view.complaints} == {"C1": "accepted", "C2": "remedied"}


def test_money_for_a_return_remedies_the_complaint_about_the_same_goods():
    shop = delivered()
    file(shop, line_ids=["l1"])
    decide_on(shop, "03-08 10:00", "accepted", remedy="refund")
    shop.happens("return.declared", "03-08 11:00", return_id="R1", kind="defect", line_ids=["l1"])
    shop.happens("order.refunded", "03-09 10:00", amount=CENTS, return_id="R1")

    assert [case.state for case in (*shop.view.complaints, *shop.view.returns)] == ["remedied", "refunded"]


def test_money_that_went_back_before_the_decision_is_what_it_promises():
    shop = delivered()
    file(shop)
    shop.happens("order.refunded", "03-07 10:00", amount=CENTS)
    decide_on(shop, "03-07 11:00", "accepted", remedy="refund")

    assert shop.view.complaints[0].state == "remedied"


def owed(shop):
    return [(t.at.date().isoformat(), t.proposed, t.closed) for t in shop.tickets if t.kind == "remedy_due"]


@pytest.mark.parametrize(
    ("remedy", "proposed"),
    [
        ("repair", "Repair it, and send it back."),
        ("replacement", "Send the replacement."),
        ("price_reduction", "Refund the difference."),
        ("refund", "Refund what was paid for it."),
        (None, "Give what was agreed, or close the complaint."),
    ],
)
def test_what_an_accepted_complaint_has_promised_is_a_ticket_four_days_before_its_time_is_over(
    remedy, proposed
):
    shop = delivered()
    file(shop)
    decide_on(shop, "03-07 10:00", "accepted", remedy=remedy)
    shop.until("03-16 20:00")
    assert owed(shop) == []
    shop.until("03-17 12:00")
    assert owed(shop) == [("2026-03-16", proposed, False)]  # midnight in Warsaw
    [ticket] = [t for t in shop.tickets if t.kind == "remedy_due"]
    assert ticket.due_at.date().isoformat() == "2026-03-21"
    shop.happens("complaint.closed", "03-17 14:00", complaint_id="C1")
    assert owed(shop)[-1][2]


@pytest.mark.parametrize("remedy", ["repair", "replacement"])
def test_what_is_sent_for_a_complaint_is_nobodys_turn_any_more(remedy):
    shop = delivered()
    file(shop)
    decide_on(shop, "03-07 10:00", "accepted", remedy=remedy)
    shop.happens("shipment.created", "03-10 10:00", shipment_id="S9", tracking_number="ANEW", carrier="dhl")
    shop.until("04-07 12:00")
    assert owed(shop) == []


def test_what_is_sent_once_it_was_asked_for_closes_the_ticket():
    shop = delivered()
    file(shop)
    decide_on(shop, "03-07 10:00", "accepted", remedy="replacement")
    shop.happens("shipment.created", "03-18 10:00", shipment_id="S9", tracking_number="ANEW", carrier="dhl")
    assert [closed for *_, closed in owed(shop)] == [False, True]


def test_money_that_a_complaint_was_promised_closes_its_ticket():
    shop = delivered()
    file(shop)
    decide_on(shop, "03-07 10:00", "accepted", remedy="refund")
    shop.happens("order.refunded", "03-18 10:00", amount=CENTS)
    assert [closed for *_, closed in owed(shop)] == [False, True]


@pytest.mark.parametrize(("kind", "accepted"), [("defect", True), ("withdrawal", False)])
def test_a_return_of_the_same_goods_is_one_ticket_and_not_two(kind, accepted):
    shop = delivered()
    file(shop, line_ids=["l1"])
    decide_on(shop, "03-07 10:00", "accepted", remedy="refund")
    shop.happens("return.declared", "03-07 11:00", return_id="R1", kind=kind, line_ids=["l1"])
    if accepted:
        shop.happens("return.accepted", "03-09 11:00", return_id="R1", kind=kind, line_ids=["l1"])
    shop.until("03-20 12:00")
    assert [t.kind for t in shop.tickets] == ["refund_due"]


@pytest.mark.parametrize("decision", ["rejected", None])
def test_what_was_not_granted_is_owed_by_nobody(decision):
    shop = delivered()
    file(shop)
    decide_on(shop, "03-07 10:00", decision, remedy="refund")
    shop.until("04-07 12:00")
    assert owed(shop) == []


def waiting_for_two():
    shop = Shop()
    shop.placed(
        lines=[line("l1"), line("l2")],
        total={"amount": "259.80", "currency": "PLN"},
        promised_delivery={"latest": "2026-03-12"},
    )
    shop.happens(
        "supplier.ordered",
        "03-02 11:00",
        supplier_id="s",
        supplier_order_id="O",
        line_ids=["l1", "l2"],
        dispatch_by="2026-03-20",
    )
    return shop


@pytest.mark.parametrize("about", [{"line_ids": ["l2"]}, {"amount": {"amount": "259.80", "currency": "PLN"}}])
def test_whose_money_is_back_waits_for_nothing(about):
    shop = waiting_for_two()
    shop.happens("supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"])
    shop.happens("order.refunded", "03-02 13:00", **{"amount": PLN, **about})
    shop.until("03-25 12:00")

    assert shop.kinds.count("out_of_stock_choice") == 1
    assert "out_of_stock_unanswered" not in [t.kind for t in shop.tickets]
    late = [i for _, i in shop.sent if i.kind in ("delay", "preship_delay", "delay_followup")]
    assert [[item.line_id for item in i.content.items] for i in late] == [["l1"]] * len(late)
    assert bool(late) == ("line_ids" in about)


@pytest.mark.parametrize("about", [{}, {"line_ids": ["l2"]}])
def test_as_much_in_another_currency_is_not_all_of_it(about):
    shop = waiting_for_two()
    shop.happens("supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"])
    crowns = {"amount": "300.00", "currency": "CZK"}
    shop.happens("order.refunded", "03-02 13:00", amount=crowns, **about)
    shop.until("03-02 23:00")

    assert shop.view.state != "refunded"
    assert "out_of_stock_unanswered" in [t.kind for t in shop.tickets]


def test_who_got_some_of_the_price_back_still_waits():
    shop = waiting_for_two()
    shop.happens("supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"])
    shop.happens(
        "order.refunded", "03-02 13:00", amount={"amount": "10.00", "currency": "PLN"}, line_ids=["l2"]
    )
    shop.until("03-02 23:00")

    assert "out_of_stock_unanswered" in [t.kind for t in shop.tickets]
