"""One courier, several parcels: one message at the door, and one answer about all of them."""

import pytest

from tests.unit.timeline.rig import Shop, line


def on_the_road(*, carrier="inpost"):
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2"), line("l3")])
    for name in ("1", "2"):
        shop.created("03-03 09:00", f"T{name}", f"S{name}", lines=[{"line_id": f"l{name}", "quantity": 1}])
        other = {"carrier": carrier} if name == "2" else {}
        shop.happens(
            "shipment.status", "03-03 18:00", status="in_transit", tracking_number=f"T{name}", **other
        )
    shop.until("03-04 06:00")
    return shop


def told(shop, kind):
    return [
        (when, [item.line_id for item in intent.content.items])
        for when, (_, intent) in zip(
            shop.times(kind), [s for s in shop.sent if s[1].kind == kind], strict=True
        )
    ]


def test_what_goes_out_within_a_minute_is_one_message_and_what_comes_later_is_its_own():
    shop = on_the_road()
    shop.scan("out_for_delivery", "03-04 08:00", number="T1")
    shop.until("03-04 08:00")
    assert told(shop, "out_for_delivery") == []
    shop.scan("out_for_delivery", "03-04 08:00", number="T2")
    assert told(shop, "out_for_delivery") == [("03-04 08:00", ["l1", "l2"])]

    shop = on_the_road()
    shop.scan("out_for_delivery", "03-04 08:00", number="T1")
    shop.scan("out_for_delivery", "03-04 08:03", number="T2")
    assert told(shop, "out_for_delivery") == [("03-04 08:01", ["l1"]), ("03-04 08:03", ["l2"])]


@pytest.mark.parametrize(("again", "messages"), [("12:09", 1), ("12:12", 2)])
def test_what_the_same_courier_hands_over_within_ten_minutes_is_one_mail(again, messages):
    shop = on_the_road()
    for number in ("T1", "T2"):
        shop.scan("out_for_delivery", "03-04 08:00", number=number)
    shop.scan("delivered", "03-04 12:00", number="T1")
    shop.scan("delivered", f"03-04 {again}", number="T2")
    shop.until("03-04 13:00")

    found = told(shop, "delivered")
    assert len(found) == messages
    assert found[0] == (("03-04 12:09", ["l1", "l2"]) if messages == 1 else ("03-04 12:10", ["l1"]))


def test_a_parcel_that_nothing_can_come_with_is_told_at_once():
    shop = on_the_road()
    shop.scan("out_for_delivery", "03-04 08:00", number="T1")
    shop.scan("delivered", "03-04 12:00", number="T1")
    assert shop.times("delivered") == ["03-04 12:00"]

    shop.scan("out_for_delivery", "03-05 08:00", number="T2")
    assert shop.times("out_for_delivery")[-1] == "03-05 08:00"


def both_delivered():
    shop = on_the_road()
    for number in ("T1", "T2"):
        shop.scan("out_for_delivery", "03-04 08:00", number=number)
    shop.scan("delivered", "03-04 12:00", number="T1")
    shop.scan("delivered", "03-04 12:05", number="T2")
    return shop


def test_that_it_is_not_there_is_said_of_all_that_the_message_told_of():
    shop = both_delivered()
    about = shop.message("delivered").notification_id
    shop.happens("customer.choice", "03-04 15:00", about=about, choice="not_received")

    assert [item.line_id for item in shop.message("choice_ack").content.items] == ["l1", "l2"]
    assert [t.kind for t in shop.tickets] == ["delivery_disputed"]


def test_an_answer_to_a_message_about_one_parcel_stays_with_that_parcel():
    shop = on_the_road()
    shop.scan("delivered", "03-04 12:00", number="T1")
    about = shop.message("delivered").notification_id
    shop.scan("delivered", "03-04 14:00", number="T2")
    shop.happens("customer.choice", "03-04 15:00", about=about, choice="not_received")

    assert [item.line_id for item in shop.message("choice_ack").content.items] == ["l1"]
