"""One refund, or one recall, under two names is told once."""

import pytest

from tests.unit.timeline.rig import Shop, line

TWO = [line("l1"), line("l2")]
TWENTY, TEN = ({"amount": amount, "currency": "PLN"} for amount in ("20.00", "10.00"))


def bought():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 09:00")
    shop.scan("accepted", "03-03 18:00")
    shop.scan("delivered", "03-05 10:00")
    return shop


def refunded(shop, when, arrived=None, **more):
    return shop.happens("order.refunded", when, arrived, **{"amount": TWENTY, **more})


def refunds(shop):
    return shop.kinds.count("refund_done")


@pytest.mark.parametrize(
    ("when", "again", "told"),
    [
        ("03-10 10:04", {"line_ids": ["l1"]}, 1),
        ("03-10 10:50", {"line_ids": ["l1"], "source": "/other"}, 1),
        ("03-10 10:50", {"source": "/other"}, 1),  # who hears of it elsewhere may not know what it was for
        ("03-10 10:50", {"source": "/other", "amount": {"amount": "20", "currency": "PLN"}}, 1),
        ("03-10 10:04", {}, 2),
        ("03-10 10:50", {"line_ids": ["l1"]}, 2),
        ("03-10 11:10", {"line_ids": ["l1"], "source": "/other"}, 2),
        ("03-10 10:00", {"line_ids": ["l2"]}, 2),
        ("03-10 10:00", {"line_ids": ["l2"], "source": "/other"}, 2),
        ("03-10 10:00", {"line_ids": ["l1"], "return_id": "R"}, 2),
        ("03-10 10:00", {"line_ids": ["l1"], "amount": TEN}, 2),
        ("03-10 10:00", {"line_ids": ["l1"], "method": "voucher"}, 2),
    ],
)
def test_only_what_can_hardly_be_two_refunds_is_one(when, again, told):
    shop = bought()
    refunded(shop, "03-10 10:00", line_ids=["l1"])
    refunded(shop, when, **again)

    assert refunds(shop) == told


def test_a_refund_is_not_told_again_by_the_word_that_was_first_and_comes_last():
    shop = bought()
    refunded(shop, "03-10 10:20", line_ids=["l1"])
    refunded(shop, "03-10 10:00", "03-10 10:30", line_ids=["l1"], source="/other")

    assert refunds(shop) == 1


def test_a_refund_that_two_systems_tell_of_is_not_counted_twice():
    shop = bought()
    refunded(shop, "03-10 10:00")
    refunded(shop, "03-10 10:20", source="/other")
    refunded(shop, "03-10 10:25", source="/third", amount={"amount": "100.00", "currency": "PLN"})

    assert shop.view.state == "delivered"  # 120.00 of 129.90


def test_the_second_word_says_for_which_return_it_was():
    shop = bought()
    for name, about in (("R1", "l1"), ("R2", "l2")):
        shop.happens("return.declared", "03-06 10:00", return_id=name, kind="withdrawal", line_ids=[about])
    refunded(shop, "03-10 10:00")
    refunded(shop, "03-10 10:20", source="/other", return_id="R2")

    assert {case.id: case.state for case in shop.view.returns} == {"R1": "acknowledged", "R2": "refunded"}
    assert refunds(shop) == 1


def recalled(shop, when, arrived=None, **more):
    return shop.happens("order.recalled", when, arrived, **{"advice": "Stop using it.", **more})


@pytest.mark.parametrize(
    ("when", "again", "told"),
    [
        ("03-10 18:00", {"line_ids": ["l1"]}, 1),
        ("03-10 18:00", {"line_ids": ["l1"], "source": "/other"}, 1),
        ("03-12 10:00", {"line_ids": ["l1"]}, 2),
        ("03-10 10:00", {"line_ids": ["l2"]}, 2),
        ("03-10 10:00", {}, 2),  # of all of it
        ("03-10 10:00", {"line_ids": ["l1"], "advice": "Bring it back."}, 2),
    ],
)
def test_the_same_recall_is_told_once_and_another_is_told(when, again, told):
    shop = bought()
    recalled(shop, "03-10 10:00", line_ids=["l1"])
    recalled(shop, when, **again)

    assert shop.kinds.count("safety_recall") == told


def test_a_recall_is_not_told_again_by_the_word_that_was_first_and_comes_last():
    shop = bought()
    recalled(shop, "03-10 10:20")
    recalled(shop, "03-10 10:00", "03-10 10:30", source="/other")

    assert shop.kinds.count("safety_recall") == 1
