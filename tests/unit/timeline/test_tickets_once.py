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
