"""What makes up for a delay: asked for once, told once, given back unless it was told."""

import msgspec
import pytest

from streams.domain.budget import RemedyAsked, RemedyDecided, RemedyReturned
from streams.domain.values import Money
from streams.domain.world import Brand, Remedy
from tests.unit.timeline.rig import PLN, WORLD, Shop, line

TEN = Remedy("partial_refund", percent=10)
HUNDRED, SHARE = ({"amount": amount, "currency": "PLN"} for amount in ("100.00", "12.99"))
VOUCHER = Remedy("voucher", amount=Money("20.00", "PLN"))


def late(*remedies, shop=None, when="03-10 12:00", brand=None, **placed):
    brand = Brand(id="shop", delivery="live", remedies=remedies or (TEN,), **(brand or {}))
    shop = shop or Shop()
    shop.world = msgspec.structs.replace(WORLD, brands={"shop": brand})
    shop.placed(lines=[line("l1")], promised_delivery={"latest": "2026-03-05"}, **placed)
    shop.scan("accepted", "03-03 12:00")
    shop.scan("delivered", when)
    return shop


def asked(shop):
    return [note for note in shop.notes if isinstance(note, RemedyAsked)]


def returned(shop):
    return [note for note in shop.notes if isinstance(note, RemedyReturned)]


def tickets(shop):
    return [(t.kind, t.closed) for t in shop.tickets if t.kind == "remedy_due"]


def refused(note):
    return RemedyDecided(note.order_id, note.offers[0].remedy, note.offers[0].amount, "budget")


def answer(shop):
    note = asked(shop)[-1]
    data = RemedyDecided(note.order_id, "partial_refund", Money("12.99", "PLN"), budget=note.budget)
    shop._count += 1
    shop._answer("remedy.decided", data)
    shop._send_due()


def test_the_apology_waits_until_customer_and_budget_have_answered():
    shop = Shop()
    shop.grant = lambda note: None
    late(shop=shop)
    shop.until("03-10 13:00")
    assert "apology" not in shop.kinds
    answer(shop)

    assert shop.kinds.count("apology") == 1
    assert shop.message("apology").content.amount == Money("12.99", "PLN")


def test_it_is_asked_once_and_a_second_answer_changes_nothing():
    shop = late()
    answer(shop)
    shop.until("03-20 12:00")

    assert (len(asked(shop)), shop.kinds.count("apology")) == (1, 1)


def test_a_budget_that_is_spent_leaves_the_words():
    shop = Shop()
    shop.grant = refused
    late(shop=shop)

    content = shop.message("apology").content
    assert (content.remedy, content.amount) == (None, None)
    assert tickets(shop) == []


def test_the_month_is_the_one_of_the_arrival_by_the_shops_clock():
    late_in_march = late(when="2026-03-31T23:30:00+02:00", brand={"timezone": "Asia/Tokyo"})
    assert asked(late_in_march)[0].budget == "budget:shop:2026-04:PLN"
    assert asked(late(when="2026-03-31T23:30:00+02:00"))[0].budget == "budget:shop:2026-03:PLN"


def test_every_rule_that_holds_is_offered_in_its_order_with_what_it_asks_of_the_customer():
    rules = (
        Remedy("partial_refund", late_days=9, percent=50),
        msgspec.structs.replace(VOUCHER, orders=3),
        TEN,
    )
    [note] = asked(late(*rules))

    assert [(o.remedy, o.amount.amount, o.orders) for o in note.offers] == [
        ("voucher", "20.00", 3),
        ("partial_refund", "12.99", 1),
    ]


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        (Remedy("free_delivery"), {}),
        (Remedy("free_delivery"), {"delivery_price": {"amount": "0.00", "currency": "PLN"}}),
        (Remedy("voucher", amount=Money("5.00", "EUR")), {}),
        (TEN, {"brand": {"remedy_cap": Money("5.00", "EUR")}}),
        (TEN, {"brand": {"remedy_budget": Money("500.00", "EUR")}}),
        (TEN, {"total": {"amount": "0.00", "currency": "PLN"}}),
    ],
    ids=["price unknown", "nothing paid", "voucher", "cap", "budget", "nothing bought"],
)
def test_what_can_not_be_counted_in_the_orders_money_is_not_promised(rule, more):
    shop = late(rule, **more)

    assert asked(shop) == []
    assert shop.message("apology").content.remedy is None


def test_the_delivery_that_was_paid_is_given_back():
    shop = late(Remedy("free_delivery"), delivery_price={"amount": "14.99", "currency": "PLN"})

    assert shop.message("apology").content.amount == Money("14.99", "PLN")


def test_what_is_no_news_any_more_takes_nothing_from_the_budget():
    shop = Shop()
    shop.now = shop.now.replace(month=6)
    late(shop=shop)

    assert asked(shop) == []


def test_a_customer_who_was_not_told_leaves_the_money_to_others():
    shop = Shop()
    shop.judge = lambda intent, now: "cap" if intent.kind == "apology" else None
    late(shop=shop)
    shop.until("05-20 12:00")

    [note] = asked(shop)
    assert returned(shop) == [RemedyReturned("shop:1", note.budget, "partial_refund", Money("12.99", "PLN"))]
    assert tickets(shop) == []


def test_a_customer_who_was_told_keeps_it_when_the_order_is_over():
    shop = late()
    shop.happens("order.refunded", "03-11 12:00", amount=SHARE)
    shop.until("05-20 12:00")

    assert shop.order.closed is not None
    assert returned(shop) == []


def test_an_apology_that_a_dispute_has_overtaken_gives_the_money_back_in_the_end():
    shop = Shop()
    shop.grant = lambda note: None
    late(shop=shop)
    shop.happens("customer.choice", "03-10 12:30", about=["l1"], choice="not_received")
    answer(shop)
    assert "apology" not in shop.kinds
    shop.happens("order.refunded", "03-11 12:00", amount=PLN)
    shop.until("05-20 12:00")

    assert shop.order.closed is not None
    assert len(returned(shop)) == 1


def test_what_was_promised_is_the_sellers_to_give_until_a_refund_shows_it():
    shop = late()
    assert tickets(shop) == [("remedy_due", False)]
    assert shop.tickets[-1].summary == (
        "Order 1001: The customer was promised partial refund of 12.99 PLN for a late delivery."
    )
    shop.happens("order.refunded", "03-11 12:00", amount=SHARE)

    assert tickets(shop) == [("remedy_due", False), ("remedy_due", True)]


def test_what_was_promised_is_not_given_by_the_money_for_a_return():
    shop = late()
    shop.happens("return.declared", "03-10 13:00", return_id="R1", kind="withdrawal")
    shop.happens("order.refunded", "03-11 12:00", amount=HUNDRED, return_id="R1")
    assert tickets(shop) == [("remedy_due", False)]
    shop.happens("order.refunded", "03-11 13:00", amount=SHARE, line_ids=["l1"])
    assert tickets(shop) == [("remedy_due", False), ("remedy_due", True)]


def test_an_order_is_not_over_while_what_was_promised_is_still_to_be_given():
    shop = late()
    shop.until("05-01 12:00")
    assert (shop.order.closed, tickets(shop)) == (None, [("remedy_due", False)])
    shop.happens("order.refunded", "05-01 13:00", amount=SHARE)
    shop.until("06-02 12:00")

    assert (shop.view.state, tickets(shop)[-1]) == ("completed", ("remedy_due", True))


def test_a_voucher_shows_nowhere_so_its_ticket_is_for_a_person_to_close():
    shop = late(VOUCHER)
    shop.happens("order.refunded", "03-11 12:00", amount=SHARE)
    shop.until("03-20 12:00")

    assert tickets(shop) == [("remedy_due", False)]
