"""Parcels that leave though what is in them was cancelled."""

import pytest

from tests.unit.timeline.rig import Shop, line

TWO = [line("l1"), line("l2")]
L1, L2 = ([{"line_id": name, "quantity": 1}] for name in ("l1", "l2"))


def stopped(shop):
    return [(t.kind, t.closed) for t in shop.tickets if t.kind == "cancelled_but_sent"]


def cancelled():
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-12"})
    shop.created("03-03 09:00")
    shop.happens("order.cancelled", "03-03 12:00", by="customer")
    return shop


def test_a_cancelled_order_that_leaves_is_the_sellers_to_stop_and_is_not_told_as_on_its_way():
    shop = cancelled()
    shop.scan("accepted", "03-03 18:00")
    shop.until("03-04 12:00")

    assert shop.kinds == ["order_confirmation", "order_cancelled"]
    [ticket] = shop.tickets
    assert (ticket.kind, ticket.closed, ticket.at.hour) == ("cancelled_but_sent", False, 17)
    assert "T1" in ticket.summary


@pytest.mark.parametrize("end", ["returning", "refused", "returned"])
def test_what_turns_back_settles_it(end):
    shop = cancelled()
    shop.scan("accepted", "03-03 18:00")
    shop.scan(end, "03-05 10:00")

    assert stopped(shop) == [("cancelled_but_sent", False), ("cancelled_but_sent", True)]


def test_the_suppliers_word_that_it_has_left_is_enough_and_a_cancelled_label_settles_it():
    shop = Shop()
    shop.placed()
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1"])
    shop.happens("order.cancelled", "03-03 12:00", by="seller")
    shop.happens(
        "supplier.dispatched", "03-03 15:00", supplier_order_id="O", carrier="inpost", tracking_number="T1"
    )
    assert stopped(shop) == [("cancelled_but_sent", False)]

    shop.scan("accepted", "03-03 18:00")  # the same parcel, once
    assert len(shop.tickets) == 1

    shop.scan("cancelled", "03-03 19:00")
    assert len(shop.tickets) == 1  # it has left all the same


def test_a_label_that_is_cancelled_before_its_scan_settles_it():
    shop = Shop()
    shop.placed()
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1"])
    shop.happens("order.cancelled", "03-03 12:00", by="seller")
    shop.happens(
        "supplier.dispatched", "03-03 15:00", supplier_order_id="O", carrier="inpost", tracking_number="T1"
    )
    shop.scan("cancelled", "03-03 19:00")

    assert stopped(shop) == [("cancelled_but_sent", False), ("cancelled_but_sent", True)]


def test_what_had_left_before_it_was_cancelled_is_no_surprise():
    shop = Shop()
    shop.placed()
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 10:00")
    shop.happens("order.cancelled", "03-03 12:00", by="customer")
    shop.scan("in_transit", "03-03 18:00")

    assert stopped(shop) == []


def test_of_a_part_that_was_cancelled_only_its_own_parcel_counts():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00", "T1", "S1", lines=L1)
    shop.created("03-03 09:00", "T2", "S2", lines=L2)
    shop.happens("order.cancelled", "03-03 12:00", by="seller", line_ids=["l2"])
    shop.scan("accepted", "03-03 18:00", number="T1")
    shop.scan("accepted", "03-03 18:00", number="T2")
    shop.until("03-04 12:00")

    [ticket] = shop.tickets
    assert "T2" in ticket.summary
    assert [p.tracking_number for p in shop.message("shipped").content.parcels] == ["T1"]


def test_who_sends_it_back_by_a_return_settles_it():
    shop = cancelled()
    shop.scan("accepted", "03-03 18:00")
    shop.scan("delivered", "03-05 10:00")
    shop.happens("return.declared", "03-05 12:00", return_id="R", kind="withdrawal")

    assert stopped(shop)[-1] == ("cancelled_but_sent", True)


def test_nobody_is_asked_to_pay_or_explain_for_what_they_have_called_off():
    shop = cancelled()
    shop.scan("customs", "03-03 18:00", reason="customs_payment", party="recipient")

    assert "action_required" not in shop.kinds


def test_what_comes_of_an_order_that_was_cancelled_on_its_way_is_named_by_what_is_in_it():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.cancelled", "03-02 18:00", by="seller", line_ids=["l2"])
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 10:00")
    shop.happens("order.cancelled", "03-03 12:00", by="customer")
    shop.scan("delivered", "03-05 10:00")

    assert shop.view.state == "cancelled"
    [item] = shop.message("delivered").content.items
    assert item.line_id == "l1"


def test_a_line_that_is_cancelled_alone_was_not_sent():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 10:00")
    shop.happens("order.cancelled", "03-03 12:00", by="seller", line_ids=["l2"])
    shop.scan("delivered", "03-05 10:00")

    assert [item.line_id for item in shop.message("delivered").content.items] == ["l1"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("order.cancelled", {"by": "customer", "line_ids": ["l1", "l2"]}),
        ("customer.choice", {"about": ["l1", "l2"], "choice": "refund"}),
    ],
)
def test_what_was_called_off_line_by_line_on_its_way_is_named_too(kind, more):
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 12:00")
    shop.scan("lost", "03-05 12:00")
    shop.happens(kind, "03-05 13:00", **more)
    shop.scan("delivered", "03-06 12:00")

    assert [item.line_id for item in shop.message("delivered").content.items] == ["l1", "l2"]
