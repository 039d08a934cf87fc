"""A delivery, or a loss, that the customer was told of, and that its carrier takes back."""

import datetime as dt

import msgspec
import pytest

from tests.unit.timeline.rig import PLN, WORLD, Shop, line


def told_delivered():
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-12"})
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 18:00")
    shop.scan("delivered", "03-04 12:00")
    return shop


def test_who_was_told_that_it_came_hears_that_it_did_not_once_that_has_stood_for_four_hours():
    shop = told_delivered()
    undone = shop.scan("in_transit", "03-04 14:00", reason="not_delivered")
    shop.until("03-09 12:00")

    assert shop.times("delay") == ["03-04 18:00"]
    message = shop.message("delay")
    assert message.because == (undone.id,)
    assert (message.content.reason, message.content.told) == ("told_delivered", None)
    assert message.content.next_update == "2026-03-06"
    assert shop.times("delay_followup") == ["03-06 00:00"]

    shop.scan("delivered", "03-10 10:00")
    assert shop.kinds[-1] == "delivered"


def test_it_is_told_however_long_ago_the_promise_was():
    shop = told_delivered()
    shop.scan("in_transit", "03-20 14:00", reason="wrong_scan")
    shop.until("03-20 20:00")

    assert shop.times("delay") == ["03-20 18:00"]
    assert "delay" not in [intent.kind for intent in shop.suppressed]


def test_without_any_promise_it_is_told_too():
    shop = Shop()
    shop.placed()
    shop.scan("accepted", "03-03 18:00")
    shop.scan("delivered", "03-04 12:00")
    shop.scan("in_transit", "03-04 14:00", reason="not_delivered")
    shop.until("03-04 20:00")

    assert shop.times("delay") == ["03-04 18:00"]


def test_the_day_that_the_carrier_names_is_told_and_held_to():
    shop = told_delivered()
    shop.scan(
        "in_transit", "03-04 14:00", reason="not_delivered", estimated_delivery={"latest": "2026-03-06"}
    )
    shop.until("03-10 12:00")

    first, second = [intent for _, intent in shop.sent if intent.kind == "delay"]
    assert first.content.expected.latest == "2026-03-06"
    assert (second.content.told.latest, second.content.reason) == ("2026-03-06", "not_delivered")


def test_what_is_taken_back_before_it_was_told_is_never_spoken_of():
    shop = Shop()
    shop.judge = lambda intent, now: "quiet_hours_expired" if intent.kind == "delivered" else None
    shop.placed()
    shop.scan("accepted", "03-03 18:00")
    shop.scan("delivered", "03-04 12:00")
    shop.scan("in_transit", "03-04 14:00", reason="not_delivered")
    shop.until("03-04 20:00")

    assert "delay" not in shop.kinds


@pytest.mark.parametrize("then", ["delivered", "out_for_delivery", "attempt_failed", "ready_for_pickup"])
def test_what_comes_right_or_is_told_otherwise_within_those_hours_needs_no_word(then):
    shop = told_delivered()
    shop.scan("in_transit", "03-04 14:00", reason="not_delivered")
    shop.scan(then, "03-04 16:00")
    if then == "out_for_delivery":
        shop.scan("in_transit", "03-04 17:00")
    shop.until("03-05 12:00")

    assert "delay" not in shop.kinds


def test_of_two_parcels_only_the_one_that_did_not_come_is_spoken_of():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")], promised_delivery={"latest": "2026-03-12"})
    for name in ("1", "2"):
        shop.created("03-03 09:00", f"T{name}", f"S{name}", lines=[{"line_id": f"l{name}", "quantity": 1}])
        shop.scan("accepted", "03-03 18:00", number=f"T{name}")
        shop.scan("delivered", "03-04 12:00", number=f"T{name}")
    shop.scan("in_transit", "03-04 14:00", number="T2", reason="not_delivered")
    shop.until("03-04 20:00")

    assert [item.line_id for item in shop.message("delay").content.items] == ["l2"]


def test_who_has_the_money_back_for_what_did_not_come_after_all_hears_no_more_of_it():
    shop = told_delivered()
    shop.scan("in_transit", "03-04 14:00", reason="not_delivered")
    shop.until("03-04 20:00")
    shop.happens("order.refunded", "03-05 09:00", amount=PLN)
    shop.until("03-20 12:00")

    assert "delay_followup" not in shop.kinds


def told_lost(world=WORLD):
    shop = Shop(world=world)
    shop.placed(lines=[line("l1")], promised_delivery={"latest": "2026-03-06"})
    shop.scan("accepted", "03-03 09:00")
    return shop


def test_who_was_told_that_it_is_lost_hears_that_it_was_found():
    shop = told_lost()
    shop.scan("lost", "03-04 11:00")
    found = shop.scan("in_transit", "03-04 14:00", estimated_delivery={"latest": "2026-03-09"})
    shop.until("03-05 12:00")

    assert shop.times("delay") == ["03-04 18:00"]
    message = shop.message("delay")
    assert message.because == (found.id,)
    assert (message.content.reason, message.content.told) == ("told_lost", None)
    assert message.content.expected.latest == "2026-03-09"

    shop.scan("delivered", "03-06 12:00")
    assert shop.kinds[-1] == "delivered"


def test_a_parcel_that_we_held_for_lost_is_found_by_its_next_scan():
    shop = told_lost(msgspec.structs.replace(WORLD, silence=lambda carrier, country: dt.timedelta(days=9)))
    shop.until("03-16 12:00")
    assert shop.kinds[-1] == "parcel_problem"
    shop.scan("in_transit", "03-17 10:00")
    shop.until("03-17 20:00")

    assert shop.times("delay")[-1] == "03-17 14:00"
    assert shop.message("delay").content.reason == "told_lost"


@pytest.mark.parametrize("soon", ["out_for_delivery", "delivered"])
def test_that_it_was_found_needs_no_message_where_another_says_so(soon):
    shop = told_lost()
    shop.scan("lost", "03-04 11:00")
    shop.scan("in_transit", "03-04 14:00")
    shop.scan(soon, "03-04 16:00")
    shop.until("03-05 12:00")

    assert "delay" not in shop.kinds


def test_whoever_has_the_money_for_it_is_not_told_that_it_was_found():
    shop = told_lost()
    shop.scan("lost", "03-04 11:00")
    shop.happens("customer.choice", "03-04 12:00", about=["l1"], choice="refund")
    shop.scan("in_transit", "03-04 14:00")
    shop.until("03-05 12:00")

    assert "delay" not in shop.kinds
