"""Returns, refunds, complaints and recalls, with their clocks."""

import datetime as dt

import msgspec
import pytest

from streams.domain.jurisdictions import JURISDICTIONS
from tests.unit.timeline.rig import PLN, WORLD, Shop, line

HOUR = dt.timedelta(hours=1)


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
    shop.placed()
    shop.happens("return.declared", "03-10 10:00", return_id="R", kind="withdrawal")
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
