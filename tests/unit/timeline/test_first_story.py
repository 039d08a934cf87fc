from tests.unit.timeline.rig import Shop


def test_an_order_is_confirmed_shipped_and_delivered_once_each():
    shop = Shop()
    shop.placed()
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 18:00")
    shop.scan("in_transit", "03-03 23:00")
    shop.scan("out_for_delivery", "03-04 08:30")
    shop.scan("delivered", "03-04 12:00", delivered_to="recipient")
    shop.until("03-20 12:00")

    assert shop.kinds == ["order_confirmation", "shipped", "out_for_delivery", "delivered"]
    assert shop.view.state == "delivered"


def test_announced_is_not_shipped():
    shop = Shop()
    shop.placed()
    shop.created("03-03 09:00")
    shop.scan("announced", "03-03 10:00")
    shop.until("03-04 12:00")

    assert shop.kinds == ["order_confirmation"]
    assert shop.view.state == "processing"


def test_a_parcel_delivered_without_an_earlier_scan_skips_shipped():
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-04 12:00")
    shop.until("03-05 12:00")

    assert shop.kinds == ["order_confirmation", "delivered"]
