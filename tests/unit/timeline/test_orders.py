"""The order itself: confirmed, not paid, changed, cancelled, and heard of too late."""

import msgspec
import pytest

from tests.unit.timeline.rig import PLN, Shop, line, order_data, references, unbound

TWO = [line("l1"), line("l2", 2)]
SEPARATE = {"payment": "separate"}


def pay(shop, when):
    return shop.happens("order.paid", when, amount=PLN, method="card")


def fail(shop, when):
    return shop.happens("order.payment_failed", when, amount=PLN, pay_url="https://shop.example.com/pay")


def test_the_timeline_names_the_customers_country_where_the_goods_go_to_another():
    home, abroad = Shop(), Shop()
    home.placed()
    abroad.placed(customer={"customer_id": "shop:c1", "country": "LT"})
    assert (home.view.country, home.view.customer_country) == ("PL", None)
    assert (abroad.view.country, abroad.view.customer_country) == ("PL", "LT")


def test_a_placed_order_is_confirmed_at_once_with_what_was_bought():
    shop = Shop()
    placed = shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})

    message = shop.message("order_confirmation")
    assert shop.times("order_confirmation") == ["03-02 10:00"]
    assert message.because == (placed.id,)
    assert [(i.line_id, i.quantity) for i in message.content.items] == [("l1", 1), ("l2", 2)]
    assert message.content.expected.latest == "2026-03-05"
    assert (message.customer_id, message.locale, message.country) == ("shop:c1", "pl", "PL")


def test_separate_payment_is_confirmed_when_it_is_paid():
    shop = Shop()
    placed = shop.placed(**SEPARATE)
    assert (shop.kinds, shop.view.state) == ([], "awaiting_payment")
    paid = pay(shop, "03-02 11:00")

    assert shop.times("order_confirmation") == ["03-02 11:00"]
    assert shop.message("order_confirmation").because == (placed.id, paid.id)


def test_a_payment_that_comes_before_its_order_confirms_it():
    shop = Shop()
    pay(shop, "03-02 09:00")
    shop.placed(**SEPARATE)

    assert shop.kinds == ["order_confirmation"]


def test_payment_of_an_order_that_is_confirmed_already_says_nothing():
    shop = Shop()
    shop.placed()
    pay(shop, "03-02 11:00")

    assert shop.kinds == ["order_confirmation"]


def test_each_failed_payment_is_told_once():
    shop = Shop()
    shop.placed(**SEPARATE)
    first = fail(shop, "03-02 10:05")
    shop.take(first)
    fail(shop, "03-02 12:00")

    assert shop.times("payment_problem") == ["03-02 10:05", "03-02 12:00"]
    assert shop.message("payment_problem").content.pay_url == "https://shop.example.com/pay"


def test_a_failure_heard_of_after_the_payment_is_moot():
    shop = Shop()
    shop.placed(**SEPARATE)
    pay(shop, "03-02 12:00")
    fail(shop, "03-02 11:00")

    assert "payment_problem" not in shop.kinds


def test_changes_within_five_minutes_are_one_message():
    shop = Shop()
    shop.placed(lines=TWO)
    first = shop.happens("order.changed", "03-02 12:00", lines=[line("l1"), line("l2", 1)])
    second = shop.happens("order.changed", "03-02 12:03", promised_delivery={"latest": "2026-03-09"})
    shop.until("03-02 13:00")

    assert shop.times("order_changed") == ["03-02 12:05"]
    message = shop.message("order_changed")
    assert message.because == (first.id, second.id)
    assert message.content.changes == ("lines", "promised_delivery")
    assert message.content.expected.latest == "2026-03-09"


def test_the_newest_kind_wins_among_changes():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.changed", "03-02 12:00", lines=[line("l1"), line("l2", 1)])
    shop.happens("order.cancelled", "03-02 12:03", by="customer")
    shop.until("03-02 13:00")

    assert shop.kinds == ["order_confirmation", "order_cancelled"]
    assert shop.message("order_cancelled").content.by == "customer"
    assert shop.view.state == "cancelled"


def test_a_change_that_changes_nothing_is_no_news():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.changed", "03-02 12:00", lines=TWO, total=PLN)
    otherwise = {"amount": "129.9000", "currency": "PLN"}
    written = [{**each, "unit_price": otherwise} for each in TWO]
    shop.happens("order.changed", "03-02 12:10", lines=written, total=otherwise)
    shop.until("03-02 13:00")

    assert shop.kinds == ["order_confirmation"]


def test_a_change_before_the_confirmation_is_told_by_it():
    shop = Shop()
    shop.placed(lines=TWO, **SEPARATE)
    shop.happens("order.changed", "03-02 12:00", lines=[line("l1")])
    pay(shop, "03-02 13:00")
    shop.until("03-02 20:00")

    assert shop.kinds == ["order_confirmation"]
    assert [i.line_id for i in shop.message("order_confirmation").content.items] == ["l1"]


def test_a_change_that_came_too_late_for_the_confirmation_is_told_after_it():
    shop = Shop(answers=False)
    shop.placed(lines=TWO)
    shop.happens("order.changed", "03-02 10:01", lines=[line("l1")])
    shop.until("03-02 10:30")
    shop.answer_late()
    shop.until("03-02 12:00")

    assert shop.kinds == ["order_confirmation", "order_changed"]


def test_part_of_an_order_is_cancelled_and_the_rest_goes_on():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.cancelled", "03-02 12:00", by="supplier", line_ids=["l2"])
    shop.until("03-02 12:30")

    content = shop.message("order_cancelled").content
    assert ([i.line_id for i in content.items], content.whole_order) == (["l2"], False)
    assert [i.line_id for i in content.remaining] == ["l1"]
    assert shop.view.state == "partially_cancelled"
    shop.scan("delivered", "03-04 12:00")
    assert shop.view.state == "delivered"


def test_what_has_arrived_is_not_still_to_come_when_the_rest_is_cancelled():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 10:00", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("delivered", "03-04 12:00")
    shop.happens("order.cancelled", "03-05 11:00", by="seller", line_ids=["l2"])
    shop.until("03-05 12:00")

    assert shop.message("order_cancelled").content.remaining == ()


@pytest.mark.parametrize(
    ("kind", "more", "said_by"),
    [
        ("order.cancelled", {"by": "seller", "line_ids": ["l2"]}, "order_cancelled"),
        ("customer.choice", {"about": ["l2"], "choice": "refund"}, "choice_ack"),
    ],
)
def test_whoever_waits_for_nothing_more_hears_until_when_they_can_withdraw(kind, more, said_by):
    shop = Shop()
    shop.placed(lines=[*TWO, line("l3")])
    shop.created("03-03 10:00", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("delivered", "03-04 12:00")
    assert shop.message("delivered").content.withdraw_until is None
    shop.happens("order.cancelled", "03-04 15:00", by="seller", line_ids=["l3"])
    shop.until("03-04 16:00")
    assert shop.message("order_cancelled").content.withdraw_until is None  # another is still to come
    shop.happens(kind, "03-05 11:00", **more)
    shop.until("03-05 12:00")

    assert str(shop.message(said_by).content.withdraw_until) == "2026-03-18"


def test_cancelling_every_line_cancels_the_order():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.cancelled", "03-02 12:00", by="seller", line_ids=["l2"])
    shop.happens("order.cancelled", "03-02 15:00", by="seller", line_ids=["l1", "l2"])
    shop.until("03-02 18:00")

    assert shop.view.state == "cancelled"
    assert [m.content.whole_order for _, m in shop.sent if m.kind == "order_cancelled"] == [False, True]


def test_a_cancelled_order_is_silent_about_a_parcel_that_never_leaves():
    shop = Shop()
    shop.placed()
    shop.created("03-02 11:00")
    shop.happens("order.cancelled", "03-02 12:00", by="customer")
    shop.scan("announced", "03-02 14:00")
    shop.scan("cancelled", "03-03 14:00")
    shop.until("03-20 12:00")

    assert shop.kinds == ["order_confirmation", "order_cancelled"]


def test_an_order_cancelled_before_it_was_paid_is_told_as_cancelled_only():
    shop = Shop()
    shop.placed(**SEPARATE)
    shop.happens("order.cancelled", "03-02 12:00", by="customer")
    pay(shop, "03-02 12:01")
    shop.until("03-03 12:00")

    assert shop.kinds == ["order_cancelled"]


def test_repeats_of_any_event_do_nothing():
    shop = Shop()
    events = [
        shop.placed(),
        shop.created("03-03 09:00"),
        shop.scan("accepted", "03-03 18:00"),
        shop.scan("delivered", "03-04 12:00"),
    ]
    shop.until("03-05 12:00")
    before, notes, row = list(shop.kinds), len(shop.notes), shop.order
    for event in events:
        shop.take(event)

    assert (shop.kinds, len(shop.notes), shop.order) == (before, notes, row)


def test_each_reference_is_bound_once_and_the_order_linked_once():
    shop = Shop()
    shop.placed()
    shop.happens("supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="SO1", line_ids=["l1"])
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 18:00")

    assert sorted(references(shop.notes)) == sorted(set(references(shop.notes)))
    assert {"supplier-order:SO1", "shipment:S1", "tracking:inpost:T1"} <= set(references(shop.notes))
    assert [type(n).__name__ for n in shop.notes].count("OrderLinked") == 1


def test_the_shops_word_on_an_order_that_is_never_placed_is_buried_after_thirty_days():
    shop = Shop()
    pay(shop, "03-03 09:00")
    assert shop.view.state is None
    shop.until("04-02 08:59")
    assert shop.buried == []
    shop.until("04-02 11:00")

    assert [b.reason for b in shop.buried] == ["never_placed"]
    assert shop.order is None
    assert b'"order_id":"shop:1"' in shop.buried[0].event
    assert b'"specversion":"1.0"' in shop.buried[0].event


def test_scans_far_older_than_their_order_are_no_dead_letters():
    shop = Shop()
    shop.created("03-03 09:00")
    shop.scan("delivered", "03-04 18:00")
    shop.until("11-01 12:00")
    shop.placed("11-02 12:00")

    assert shop.buried == []
    assert shop.kinds == ["order_confirmation"]
    assert shop.view.older == 1


def test_scans_whose_order_never_comes_are_buried_when_an_orders_retention_is_over():
    shop = Shop()
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 18:00")
    shop.until("2028-03-10T00:00:00+00:00")

    assert [b.reason for b in shop.buried] == ["never_placed", "never_placed"]
    assert shop.order is None
    assert "tracking:inpost:T1" in unbound(shop.notes)


def test_events_that_come_before_their_order_wait_for_it():
    shop = Shop()
    shop.happens("shipment.created", "03-03 09:00", shipment_id="S1", carrier="inpost", tracking_number="T1")
    shop.happens("order.placed", "03-02 10:00", "03-03 10:00", **_order())
    shop.scan("accepted", "03-03 18:00")
    shop.until("03-04 00:00")

    assert shop.kinds == ["order_confirmation", "shipped"]


def test_personal_data_never_gets_into_the_row():
    shop = Shop()
    shop.placed()
    shop.happens("order.changed", "03-02 12:00", shipping_address=_order()["shipping_address"])
    shop.happens("complaint.filed", "03-05 12:00", complaint_id="c", kind="other", text="I am Ann of A 1")

    row = msgspec.msgpack.encode(shop.order)
    assert b"Ann" not in row
    assert b"example.com" not in row
    assert b"A 1" not in row


def _order():
    return order_data()


def test_a_change_that_is_taken_back_before_it_was_told_is_none():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.changed", "03-02 12:00", lines=[line("l1")])
    shop.happens("order.changed", "03-02 12:02", lines=TWO)
    shop.until("03-02 13:00")
    assert shop.kinds == ["order_confirmation"]
    shop.happens("order.changed", "03-02 14:00", lines=[line("l1")])
    shop.until("03-02 15:00")

    assert shop.message("order_changed").content.changes == ("lines",)


def test_a_told_change_that_is_taken_back_is_a_change():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.changed", "03-02 12:00", lines=[line("l1")])
    shop.until("03-02 13:00")
    shop.happens("order.changed", "03-02 14:00", lines=TWO)
    shop.until("03-02 15:00")

    assert shop.times("order_changed") == ["03-02 12:05", "03-02 14:05"]


def test_a_suppliers_cancellation_is_the_sellers_before_the_customer():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.happens("order.cancelled", "03-02 12:00", by="supplier", reason="Acme Warehouse closed")
    shop.until("03-02 13:00")

    content = shop.message("order_cancelled").content
    assert (content.by, content.reason) == ("seller", None)


def test_a_confirmation_after_a_late_payment_names_no_day_that_is_over():
    for paid, expected in (("03-06 20:00", "2026-03-06"), ("03-07 10:00", None)):
        shop = Shop()
        shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-06"}, payment="separate")
        shop.happens("order.paid", paid, amount={"amount": "10.00", "currency": "PLN"}, method="transfer")
        content = shop.message("order_confirmation").content
        assert (content.expected.latest if content.expected else None) == expected


def test_a_confirmation_expects_nothing_of_what_has_come():
    shop = Shop()
    shop.placed(payment="separate", promised_delivery={"latest": "2026-03-12"})
    shop.scan("delivered", "03-04 12:00")
    shop.happens("order.paid", "03-04 12:30", amount=PLN, method="cash")

    assert shop.message("order_confirmation").content.expected is None


def promise_moved(shop, when, latest="2026-03-10"):
    return shop.happens("order.changed", when, promised_delivery={"latest": latest})


@pytest.mark.parametrize("there", ["out_for_delivery", "ready_for_pickup", "delivered"])
def test_a_date_that_was_told_already_is_not_told_again_at_the_door(there):
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop.scan("in_transit", "03-04 09:00", estimated_delivery={"latest": "2026-03-10"})
    promise_moved(shop, "03-04 15:00")
    shop.scan(there, "03-05 08:00")
    shop.until("03-05 12:00")

    assert shop.kinds.count("delay") == 1
    assert "order_changed" not in shop.kinds


@pytest.mark.parametrize("there", ["out_for_delivery", "ready_for_pickup", "delivered"])
def test_a_date_says_nothing_more_of_what_is_there(there):
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop.scan(there, "03-05 08:00")
    promise_moved(shop, "03-05 09:00")
    shop.until("03-05 12:00")

    assert "order_changed" not in shop.kinds


@pytest.mark.parametrize("state", ["attempt_failed", "lost"])
def test_a_new_date_is_told_of_what_has_come_in_vain_or_is_to_be_sent_anew(state):
    shop = Shop()
    shop.placed(promised_delivery={"latest": "2026-03-05"})
    shop.scan(state, "03-05 08:00")
    promise_moved(shop, "03-05 09:00")
    shop.until("03-05 12:00")

    assert shop.message("order_changed").content.expected.latest == "2026-03-10"
