"""One misfortune is one ticket, whatever its parcel is called and whoever tells of it first."""

import pytest

from tests.unit.timeline.rig import Shop


def opened(shop, kind):
    return [t.summary for t in shop.tickets if t.kind == kind and not t.closed]


def closed(shop):
    return [t.kind for t in shop.tickets if t.closed]


def status(shop, what, when, arrived=None, **more):
    return shop.happens("shipment.status", when, arrived, status=what, carrier="inpost", **more)


@pytest.mark.parametrize(
    ("known_by", "called"), [({"shipment_id": "S1"}, "of shipment S1"), ({}, "The parcel")]
)
@pytest.mark.parametrize(
    ("what", "more", "kind"),
    [
        ("lost", {}, "carrier_problem"),
        ("damaged", {}, "damaged"),
        ("customs", {"reason": "customs_documents", "party": "seller"}, "carrier_problem"),
    ],
)
def test_a_parcel_that_gets_its_number_later_has_its_ticket_already(known_by, called, what, more, kind):
    shop = Shop()
    shop.placed()
    status(shop, "accepted", "03-03 10:00", **known_by)
    status(shop, what, "03-04 10:00", **known_by, **more)
    shop.created("03-04 11:00")

    [summary] = opened(shop, kind)
    assert called in summary
    assert closed(shop) == []
    shop.scan("delivered", "03-05 10:00")
    assert closed(shop) == ([kind] if kind != "damaged" else [])


@pytest.mark.parametrize(("what", "kind"), [("lost", "carrier_problem"), ("damaged", "damaged")])
def test_the_first_word_of_it_may_come_last(what, kind):
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 10:00")
    shop.scan(what, "03-04 10:00")
    shop.scan(what, "03-04 09:50", "03-04 10:30", source="/tracker")

    assert len(opened(shop, kind)) == 1
    assert closed(shop) == []


def test_what_is_lost_again_is_another_ticket():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 10:00")
    shop.scan("lost", "03-04 10:00")
    shop.scan("in_transit", "03-05 10:00")
    shop.scan("lost", "03-06 10:00")

    assert len(opened(shop, "carrier_problem")) == 2
    assert closed(shop) == ["carrier_problem"]


def test_a_cancelled_parcel_that_leaves_is_one_ticket_whatever_it_is_called():
    shop = Shop()
    shop.placed()
    shop.happens("order.cancelled", "03-03 09:00", by="seller")
    status(shop, "accepted", "03-03 10:00")
    shop.created("03-03 11:00")

    assert len(opened(shop, "cancelled_but_sent")) == 1
    assert closed(shop) == []


def test_a_dispute_stays_one_ticket_where_its_first_word_comes_last():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 10:00")
    shop.scan("delivered", "03-04 10:00")
    shop.happens("customer.choice", "03-04 15:00", about=["l1"], choice="not_received")
    shop.happens("complaint.filed", "03-04 14:00", "03-04 16:00", complaint_id="C", kind="not_received")

    assert len(opened(shop, "delivery_disputed")) == 1
    assert closed(shop) == []


def test_a_question_is_asked_once_where_its_first_word_comes_last():
    shop = Shop()
    shop.placed()
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1"])
    for when, arrived in (("03-02 12:00", None), ("03-02 11:50", "03-02 12:30")):
        shop.happens("supplier.out_of_stock", when, arrived, supplier_order_id="O", line_ids=["l1"])
    shop.until("03-03 12:00")

    assert shop.times("out_of_stock_choice") == ["03-02 12:00", "03-02 16:00"]  # the reminder
    assert len(opened(shop, "out_of_stock_unanswered")) == 1


def test_whether_it_is_there_is_asked_once_where_its_first_scan_comes_last():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 10:00")
    shop.scan("delivered", "03-04 12:00", delivered_to="mailbox")
    shop.scan("delivered", "03-04 11:50", "03-09 15:00", source="/tracker", delivered_to="mailbox")
    shop.until("03-10 12:00")

    assert shop.times("delivery_check") == ["03-09 12:00"]
