"""The promise told: delays with their hysteresis, in the customer's own calendar."""

from tests.unit.timeline.rig import PLN, Shop, line, order_data

THURSDAY = {"latest": "2026-03-05"}


def under_way(promise=THURSDAY, **world):
    shop = Shop(**world)
    shop.placed("03-02 10:00", promised_delivery=promise)
    shop.scan("accepted", "03-02 18:00")
    return shop


def estimate(shop, day, when, **more):
    return shop.scan("in_transit", when, estimated_delivery={"latest": day}, **more)


def test_a_later_estimate_is_told_after_it_has_stood_for_four_hours():
    shop = under_way()
    event = estimate(shop, "2026-03-09", "03-04 10:00")
    shop.until("03-04 23:00")

    assert shop.times("delay") == ["03-04 14:00"]
    message = shop.message("delay")
    assert message.because == (event.id,)
    assert message.content.expected.latest == "2026-03-09"
    assert message.content.told.latest == "2026-03-05"
    assert message.content.first_promise.latest == "2026-03-05"


def test_an_estimate_that_comes_back_within_four_hours_is_never_told():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-04 10:00")
    estimate(shop, "2026-03-05", "03-04 13:00")
    shop.until("03-05 20:00")

    assert "delay" not in shop.kinds


def test_friday_to_saturday_is_no_business_day():
    shop = under_way({"latest": "2026-03-06"})
    estimate(shop, "2026-03-07", "03-05 10:00")
    shop.until("03-06 20:00")

    assert "delay" not in shop.kinds


def test_a_public_holiday_is_no_business_day():
    shop = Shop()
    shop.placed("04-28 10:00", promised_delivery={"latest": "2026-04-30"})
    shop.scan("accepted", "04-28 18:00")
    estimate(shop, "2026-05-02", "04-29 10:00")
    shop.until("04-30 20:00")

    assert "delay" not in shop.kinds


def test_the_next_day_is_a_business_day_later():
    shop = under_way()
    estimate(shop, "2026-03-06", "03-04 10:00")
    shop.until("03-04 20:00")

    assert shop.times("delay") == ["03-04 14:00"]


def test_an_estimate_told_by_a_delay_becomes_the_promise():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-04 10:00")
    shop.until("03-04 20:00")
    estimate(shop, "2026-03-09", "03-06 10:00")
    shop.until("03-09 20:00")

    assert shop.kinds.count("delay") == 1


def test_at_most_one_delay_is_told_in_a_day():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-04 10:00")
    shop.until("03-04 15:00")
    estimate(shop, "2026-03-11", "03-04 16:00")
    estimate(shop, "2026-03-12", "03-04 22:00")
    shop.until("03-06 00:00")

    assert shop.times("delay") == ["03-04 14:00", "03-05 14:00"]
    assert shop.message("delay").content.expected.latest == "2026-03-12"
    assert shop.message("delay").content.told.latest == "2026-03-09"


def test_the_day_between_two_delays_counts_from_the_newest_one():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-04 10:00")
    estimate(shop, "2026-03-11", "03-04 16:00")
    shop.until("03-05 15:00")
    estimate(shop, "2026-03-13", "03-05 16:00")
    shop.until("03-07 00:00")

    assert shop.times("delay") == ["03-04 14:00", "03-05 14:00", "03-06 14:00"]


def test_later_earlier_later_is_one_sensible_message():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-04 08:00")
    estimate(shop, "2026-03-05", "03-04 10:00")
    estimate(shop, "2026-03-10", "03-04 11:00")
    shop.until("03-05 12:00")

    assert shop.times("delay") == ["03-04 15:00"]
    assert shop.message("delay").content.expected.latest == "2026-03-10"


def test_a_lapsed_promise_is_told_the_next_morning_with_the_next_update():
    shop = under_way()
    shop.until("03-06 12:00")

    assert shop.times("delay") == ["03-06 04:00"]
    message = shop.message("delay")
    assert message.because[0].startswith("timer:promise")
    assert message.content.expected is None
    assert message.content.next_update == "2026-03-10"


def test_a_promise_lapses_at_midnight_where_the_customer_lives():
    shop = Shop()
    shop.placed(
        "03-02 10:00",
        promised_delivery=THURSDAY,
        customer={"customer_id": "c", "country": "PL", "timezone": "America/New_York"},
    )
    shop.until("03-06 12:00")

    assert shop.times("delay") == ["03-06 10:00"]


def test_a_lapsed_promise_is_told_once_and_a_date_when_there_is_one():
    shop = under_way()
    shop.until("03-09 12:00")
    estimate(shop, "2026-03-11", "03-09 13:00")
    shop.until("03-10 06:00")

    assert shop.times("delay") == ["03-06 04:00", "03-09 17:00"]


def test_what_the_night_holds_until_the_day_that_was_told_goes_by_text_too():
    shop = under_way(answers=False)
    window = {"earliest": "2026-03-06", "latest": "2026-03-09"}
    shop.scan("in_transit", "03-04 18:30", estimated_delivery=window)
    shop.until("03-05 08:00")

    assert [each.also_by for each in shop.raised if each.kind == "delay"] == [(), ("sms",)]


def test_an_order_without_any_promise_is_never_late():
    shop = under_way(promise=None)
    estimate(shop, "2026-03-20", "03-04 10:00")
    shop.until("04-20 12:00")

    assert "delay" not in shop.kinds


def test_nothing_is_late_once_it_is_out_for_delivery_or_delivered():
    shop = under_way()
    shop.scan("out_for_delivery", "03-05 22:00")
    shop.scan("delivered", "03-06 11:00")
    shop.until("03-12 12:00")

    assert "delay" not in shop.kinds


def test_it_is_back_on_time_after_four_hours_and_only_once():
    shop = under_way({"latest": "2026-03-10"})
    estimate(shop, "2026-03-12", "03-04 10:00")
    shop.until("03-05 10:00")
    estimate(shop, "2026-03-10", "03-05 11:00")
    estimate(shop, "2026-03-09", "03-05 12:00")
    shop.until("03-06 09:00")
    estimate(shop, "2026-03-09", "03-06 10:00")
    shop.until("03-07 09:00")

    assert shop.times("back_on_time") == ["03-05 15:00"]
    assert shop.message("back_on_time").content.expected.latest == "2026-03-09"
    assert shop.message("back_on_time").content.told.latest == "2026-03-12"


def test_back_on_time_needs_a_delay_that_was_told():
    shop = under_way({"latest": "2026-03-10"})
    shop.judge = lambda intent, now: "cap" if intent.kind == "delay" else None
    estimate(shop, "2026-03-12", "03-04 10:00")
    estimate(shop, "2026-03-09", "03-05 11:00")
    shop.until("03-06 09:00")

    assert "back_on_time" not in shop.kinds


def test_an_estimate_told_with_shipped_is_a_promise():
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-10"})
    shop.scan("accepted", "03-02 18:00", estimated_delivery={"latest": "2026-03-05"})
    shop.until("03-03 09:00")
    assert shop.message("shipped").content.expected.latest == "2026-03-05"
    estimate(shop, "2026-03-09", "03-04 10:00")
    shop.until("03-04 20:00")

    assert shop.times("delay") == ["03-04 14:00"]


def test_shipped_does_not_slip_in_a_date_later_than_promised():
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery=THURSDAY)
    shop.scan("accepted", "03-02 18:00", estimated_delivery={"latest": "2026-03-11"})
    shop.until("03-03 09:00")

    assert shop.message("shipped").content.expected is None
    assert shop.times("delay") == ["03-02 22:00"]


def test_a_delay_on_the_day_it_was_due_goes_by_sms_too():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-05 09:00")
    shop.until("03-05 20:00")

    assert shop.message("delay").also_by == ("sms",)


def test_an_unshipped_order_that_is_late_is_told_once_also_when_it_leaves_later():
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery=THURSDAY)
    shop.until("03-06 12:00")
    shop.scan("accepted", "03-06 18:00")
    shop.until("03-08 12:00")

    assert shop.kinds == ["order_confirmation", "delay", "shipped"]


def test_the_update_that_a_delay_promised_is_written_unless_it_came():
    shop = under_way()
    shop.until("05-12 12:00")

    assert shop.times("delay_followup") == ["03-10 00:00", "03-13 00:00", "03-20 00:00"]
    assert shop.message("delay_followup").content.next_update is None


def test_a_cancelled_order_is_not_late():
    shop = under_way()
    shop.happens("order.cancelled", "03-03 10:00", by="customer")
    shop.until("03-09 12:00")

    assert "delay" not in shop.kinds


def test_an_imported_order_whose_promise_lapsed_long_ago_speaks_of_nothing():
    shop = Shop()
    shop.happens("order.placed", "2026-01-02T10:00:00+01:00", "03-02 10:00", **_old())
    shop.happens(
        "shipment.status",
        "2026-01-03T10:00:00+01:00",
        "03-02 10:00",
        status="in_transit",
        tracking_number="T1",
    )
    shop.until("03-20 12:00")

    assert shop.kinds == []
    assert "delivery_limit" in {i.kind for i in shop.suppressed}


def _old():
    return order_data(promised_delivery={"latest": "2026-01-08"})


def test_an_import_that_has_yet_to_hear_of_the_delivery_is_not_late_at_once():
    shop = Shop()
    shop.happens(
        "order.placed", "03-05 10:00", "03-13 12:00", **order_data(promised_delivery={"latest": "2026-03-12"})
    )
    shop.scan("accepted", "03-06 12:00", "03-13 12:01")
    shop.scan("delivered", "03-09 12:00", "03-13 14:00")
    shop.until("03-20 12:00")

    assert "delay" not in shop.kinds


def test_by_a_day_is_not_on_a_day():
    shop = under_way()
    shop.until("03-03 12:00")

    expected = shop.message("shipped").content.expected
    assert (expected.earliest, expected.latest) == (None, "2026-03-05")


def test_goods_that_the_customer_gave_up_are_not_late():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")], promised_delivery={"latest": "2026-03-05"})
    for number, name in (("T1", "l1"), ("T2", "l2")):
        shop.created("03-03 10:00", number, f"S{number}", lines=[{"line_id": name, "quantity": 1}])
        shop.scan("accepted", "03-03 12:00", number=number)
    shop.happens("customer.choice", "03-03 13:00", about=["l1"], choice="refund")
    shop.scan("delivered", "03-04 12:00", number="T2")
    shop.until("03-20 12:00")

    assert {"delay", "delay_followup"}.isdisjoint(shop.kinds)


def test_an_update_that_is_due_says_what_else_has_become_late_in_the_same_message():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")])
    shop.scan("accepted", "03-02 10:00", estimated_delivery={"latest": "2026-03-03"})
    shop.happens(
        "supplier.ordered",
        "03-02 10:00",
        supplier_id="s",
        supplier_order_id="O2",
        line_ids=["l1"],
        dispatch_by="2026-03-03",
    )
    shop.happens(
        "supplier.dispatched", "03-02 10:00", supplier_order_id="O2", carrier="inpost", tracking_number="T2"
    )
    shop.happens("order.changed", "03-11 00:00", promised_delivery={"latest": "2026-03-19"})
    shop.until("03-30 12:00")

    told = [cover for _, intent in shop.sent for cover in intent.covers if cover.startswith("lapsed:")]
    assert sorted(told) == ["lapsed:2026-03-03:n:T1", "lapsed:2026-03-19:n:T1", "lapsed:2026-03-19:n:T2"]
    assert "03-18 00:00" in shop.times("delay_followup")
    assert shop.times("preship_delay") == []


def test_a_delay_within_the_first_promise_is_not_over_in_the_same_minute():
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-13"})
    shop.scan("accepted", "03-02 18:00", estimated_delivery={"latest": "2026-03-06"})
    estimate(shop, "2026-03-10", "03-04 10:00")
    estimate(shop, "2026-03-11", "03-05 10:00")
    shop.until("03-06 12:00")
    assert shop.message("shipped").content.expected.latest == "2026-03-06"
    assert shop.kinds == ["order_confirmation", "shipped", "delay", "delay"]

    estimate(shop, "2026-03-10", "03-06 13:00")
    shop.until("03-06 20:00")
    assert shop.times("back_on_time") == ["03-06 17:00"]


def test_a_promise_that_the_shop_has_moved_up_is_the_one_to_be_back_at():
    shop = under_way({"latest": "2026-03-13"})
    shop.happens("order.changed", "03-02 19:00", promised_delivery={"latest": "2026-03-06"})
    estimate(shop, "2026-03-10", "03-04 10:00")
    estimate(shop, "2026-03-09", "03-05 10:00")
    shop.until("03-05 20:00")
    assert "back_on_time" not in shop.kinds

    estimate(shop, "2026-03-06", "03-05 21:00")
    shop.until("03-06 08:00")
    assert shop.times("back_on_time") == ["03-06 01:00"]


def test_what_is_left_of_the_carriers_window_is_the_date_that_is_told():
    shop = under_way({"latest": "2026-03-05"})
    window = {"earliest": "2026-03-05", "latest": "2026-03-09"}
    event = shop.scan("in_transit", "03-04 10:00", estimated_delivery=window)
    shop.until("03-06 12:00")

    assert shop.times("delay") == ["03-06 04:00"]
    message = shop.message("delay")
    assert (message.content.expected.earliest, message.content.expected.latest) == (None, "2026-03-09")
    assert message.because == (event.id,)
    shop.until("03-09 20:00")
    assert shop.kinds.count("delay") == 1


def test_a_promise_without_an_end_is_over_on_no_day():
    shop = under_way({"earliest": "2026-03-05"})
    shop.until("03-08 12:00")
    assert shop.kinds == ["order_confirmation", "shipped"]

    estimate(shop, "2026-03-10", "03-08 13:00")
    shop.until("03-08 20:00")
    assert shop.message("delay").content.expected.latest == "2026-03-10"
    shop.scan("delivered", "03-10 12:00", delivered_to="recipient")
    assert "apology" not in shop.kinds


def test_who_pays_after_the_promised_day_was_promised_nothing():
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-05"}, payment="separate")
    shop.happens("order.paid", "03-06 10:00", amount=PLN, method="card")
    shop.scan("accepted", "03-06 18:00")
    shop.scan("delivered", "03-09 12:00", delivered_to="recipient")
    shop.until("03-09 20:00")

    assert shop.kinds == ["order_confirmation", "shipped", "delivered"]
    assert [i.kind for i in shop.suppressed] == []
    assert shop.message("shipped").content.first_promise is None


def test_a_promise_that_the_shop_moves_to_the_day_that_a_delay_told_is_no_second_message():
    shop = under_way()
    estimate(shop, "2026-03-09", "03-04 10:00")
    shop.until("03-04 15:00")
    shop.happens("order.changed", "03-04 15:00", promised_delivery={"latest": "2026-03-09"})
    shop.until("03-04 16:00")
    assert shop.kinds == ["order_confirmation", "shipped", "delay"]

    shop.happens("order.changed", "03-04 17:00", promised_delivery={"latest": "2026-03-10"})
    shop.until("03-04 18:00")
    assert shop.message("order_changed").content.expected.latest == "2026-03-10"


def test_the_delay_of_one_parcel_is_over_whatever_was_told_of_another_since():
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")], promised_delivery={"latest": "2026-03-10"})
    for number, name in (("T1", "l1"), ("T2", "l2")):
        shop.created("03-02 12:00", number, f"S{number}", lines=[{"line_id": name, "quantity": 1}])
        shop.scan("accepted", "03-02 18:00", number=number)
    estimate(shop, "2026-03-12", "03-03 10:00", number="T1")
    estimate(shop, "2026-03-13", "03-04 11:00", number="T2")
    shop.until("03-05 09:00")
    estimate(shop, "2026-03-10", "03-05 10:00", number="T1")
    estimate(shop, "2026-03-10", "03-05 11:00", number="T2")
    shop.until("03-06 12:00")

    assert shop.kinds.count("delay") == 2
    assert shop.times("back_on_time") == ["03-05 15:00"]
    assert [item.line_id for item in shop.message("back_on_time").content.items] == ["l1", "l2"]
    assert shop.message("back_on_time").content.told.latest == "2026-03-13"


def test_the_same_late_day_is_news_again_once_an_earlier_one_was_told_in_between():
    shop = under_way({"latest": "2026-03-10"})
    for day, when in ((12, "03-03 10:00"), (10, "03-04 10:00"), (12, "03-05 10:00"), (10, "03-06 10:00")):
        estimate(shop, f"2026-03-{day}", when)
    shop.until("03-06 20:00")

    assert shop.kinds[2:] == ["delay", "back_on_time", "delay", "back_on_time"]
    assert shop.times("delay") == ["03-03 14:00", "03-05 14:00"]


def test_a_day_that_was_said_to_be_in_doubt_is_not_promised_again_when_it_leaves():
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-06"})
    shop.happens(
        "supplier.ordered",
        "03-02 11:00",
        supplier_id="s",
        supplier_order_id="O",
        line_ids=["l1"],
        dispatch_by="2026-03-04",
    )
    shop.scan("accepted", "03-05 18:00")
    shop.until("03-07 20:00")

    assert shop.kinds == ["order_confirmation", "preship_delay", "shipped"]
    assert shop.message("shipped").content.expected is None


def test_an_update_promised_of_one_parcel_is_written_whatever_was_told_of_another_since():
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")], promised_delivery={"latest": "2026-03-04"})
    for number, name in (("T1", "l1"), ("T2", "l2")):
        shop.created("03-02 12:00", number, f"S{number}", lines=[{"line_id": name, "quantity": 1}])
        shop.scan("accepted", "03-02 18:00", number=number)
    estimate(shop, "2026-03-05", "03-03 10:00", number="T2")
    shop.until("03-06 02:00")
    estimate(shop, "2026-03-11", "03-06 03:00", number="T2")
    shop.until("03-09 12:00")

    assert shop.times("delay") == ["03-03 14:00", "03-05 04:00", "03-06 07:00"]
    assert shop.times("delay_followup") == ["03-09 00:00"]


def test_what_the_carrier_had_said_before_the_delay_was_told_is_no_relief_from_it():
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1"), line("l2")], promised_delivery={"latest": "2026-03-12"})
    shop.happens(
        "supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1", "l2"],
        dispatch_by="2026-03-09",
    )  # fmt: skip
    shop.happens(
        "supplier.dispatched", "03-10 14:00", supplier_order_id="O", carrier="inpost", tracking_number="T1"
    )
    shop.scan("announced", "03-10 15:00", estimated_delivery={"latest": "2026-03-12"})
    shop.until("03-11 20:00")
    assert shop.times("preship_delay") == ["03-11 15:00"]
    shop.scan("accepted", "03-12 10:00")
    shop.until("03-12 12:00")

    assert shop.kinds[-1] == "shipped"
    assert "back_on_time" not in shop.kinds


def test_a_word_that_is_repeated_after_the_delay_was_told_must_stand_from_then_on():
    shop = under_way({"latest": "2026-03-12"})
    estimate(shop, "2026-03-16", "03-09 10:00")
    shop.until("03-09 15:00")
    estimate(shop, "2026-03-12", "03-10 10:00")
    shop.until("03-10 13:59")
    assert "back_on_time" not in shop.kinds
    shop.until("03-10 14:00")

    assert shop.times("back_on_time") == ["03-10 14:00"]
