"""Each message about a problem names the day by which something happens, where one is kept."""

import msgspec
import pytest

from streams.domain.jurisdictions import Jurisdiction
from tests.unit.timeline.rig import WORLD, Shop, line

TWO = [line("l1"), line("l2")]


def shop_with(*lines, world=WORLD):
    shop = Shop(world=world)
    shop.placed("03-02 10:00", lines=list(lines) or TWO, promised_delivery={"latest": "2026-03-12"})
    return shop


def missing(when, arrived=None):
    shop = shop_with()
    shop.happens(
        "supplier.ordered", "03-02 10:30", supplier_id="s", supplier_order_id="O", line_ids=["l1", "l2"]
    )
    shop.happens("supplier.out_of_stock", when, arrived, supplier_order_id="O", line_ids=["l2"])
    return shop


@pytest.mark.parametrize(
    ("when", "arrived", "day"),
    [
        ("03-02 11:00", None, "2026-03-02"),  # its ticket is due at 23:00
        ("03-02 12:30", None, "2026-03-03"),
        ("03-02 11:00", "03-02 20:30", "2026-03-03"),  # heard of too late for that day
    ],
)
def test_the_customer_is_told_until_when_to_choose(when, arrived, day):
    shop = missing(when, arrived)
    assert shop.message("out_of_stock_choice").content.deadline == day


def test_the_reminder_names_the_same_day():
    shop = missing("03-02 11:00")
    shop.until("03-02 20:00")
    asked = [i.content.deadline for _, i in shop.sent if i.kind == "out_of_stock_choice"]
    assert asked == ["2026-03-02"] * 2


def lost(when):
    shop = shop_with()
    shop.created("03-02 12:00")
    shop.scan("accepted", "03-02 16:00")
    shop.scan("lost", when)
    return shop


@pytest.mark.parametrize(
    ("when", "day"),
    [("03-04 10:00", "2026-03-05"), ("03-06 10:00", "2026-03-09")],  # the second on a Friday
)
def test_of_a_parcel_that_is_lost_the_customer_hears_by_the_day_its_ticket_is_due(when, day):
    shop = lost(when)
    assert shop.message("parcel_problem").content.next_update == day
    (ticket,) = (t for t in shop.tickets if t.kind == "carrier_problem" and not t.closed)
    assert ticket.due_at.date().isoformat() <= day


def test_a_ticket_says_by_when_the_customer_was_promised_to_hear_again():
    shop = lost("03-04 10:00")
    shop.happens("customer.choice", "03-04 12:00", about=["l1"], choice="refund")
    shop.until("03-15 10:00")
    due = next(t for t in shop.tickets if t.kind == "refund_due")
    (said,) = (told for told in due.told if "parcel_problem" in told)
    assert said.endswith("next word by 2026-03-05")


def test_who_misses_a_delivered_parcel_is_told_when_they_are_answered():
    shop = shop_with(line("l1"))
    shop.created("03-02 12:00")
    shop.scan("delivered", "03-04 10:00")
    shop.happens("customer.choice", "03-06 12:00", about=["l1"], choice="not_received")
    assert shop.message("choice_ack").content.next_update == "2026-03-09"
    (ticket,) = (t for t in shop.tickets if t.kind == "delivery_disputed")
    assert ticket.due_at.date().isoformat() == "2026-03-07"  # the seller's own clock runs on Saturdays, too


def test_who_wants_the_money_back_is_told_by_when():
    shop = missing("03-02 11:00")
    shop.happens("customer.choice", "03-02 13:00", about=["l2"], choice="refund")
    assert shop.message("choice_ack").content.deadline == "2026-03-16"
    shop.happens("customer.choice", "03-02 15:00", about=["l2"], choice="wait")
    assert [i.content.deadline for _, i in shop.sent if i.kind == "choice_ack"][1] is None


def test_who_withdraws_is_told_by_when_the_money_comes_back():
    law = {"PL": Jurisdiction("PL", 14, 14, 10, 14, 30, ())}
    shop = shop_with(world=msgspec.structs.replace(WORLD, jurisdictions=law))
    shop.scan("delivered", "03-04 10:00")
    shop.happens("return.declared", "03-05 12:00", return_id="R", kind="withdrawal")
    content = shop.message("withdrawal_ack").content
    assert (content.deadline, content.next_update) == ("2026-03-19", "2026-03-15")


def test_who_wants_a_replacement_hears_by_the_day_its_ticket_is_due():
    shop = lost("03-04 10:00")
    shop.happens("customer.choice", "03-06 12:00", about=["l1", "l2"], choice="replacement")
    assert shop.message("choice_ack").content.next_update == "2026-03-09"
    (ticket,) = (t for t in shop.tickets if t.kind == "replacement_due")
    assert ticket.due_at.date().isoformat() == "2026-03-07"
