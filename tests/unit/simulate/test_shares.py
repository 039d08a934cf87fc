"""What belongs together is decided by one process; everything else may be decided by another."""

import json
from typing import Any

import pytest

from streams.simulate.shares import divide
from streams.simulate.source import read_line


def line(data: Any, **more: Any) -> bytes:
    return json.dumps({"type": "order.placed", "data": data, **more}).encode()


def share(*lines: bytes, shares: int = 100, tied: tuple[str, ...] = ()) -> list[int]:
    return list(divide(map(read_line, lines), shares, tied.__contains__))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (line({"order_id": "1"}), line({"order_id": "1"})),
        (line({"order_id": "1"}), line({}, subject="1")),
        (line({"order_id": "1"}), rb'{"data": {"order_id": "\u0031"}}'),
        (line({"customer_id": "c"}), line({"order_id": "1", "customer": {"customer_id": "c"}})),
        (line({"supplier_order_id": "s"}), line({"order_id": "1", "supplier_order_id": "s"})),
        (line({"shipment_id": "s"}), line({"order_id": "1", "shipment_id": "s"})),
        (line({"tracking_number": "ab 12", "carrier": "x"}), line({"tracking_number": "AB12"})),
        (line({"return_id": "r"}), line({"order_id": "1", "return_id": "r"})),
        (line({"order_id": "1", "shop": "tied"}), line({"order_id": "2", "shop": "tied"})),
        (b"no JSON", b'{"data": []}'),
    ],
)
def test_what_may_change_one_another_has_one_share(one: bytes, other: bytes) -> None:
    apart = line({"order_id": "3", "shop": "free", "customer": {"customer_id": "d"}})
    first, between, second = share(one, apart, other, tied=("tied",))
    assert first == second != between


def test_a_line_joins_what_was_apart_before_it() -> None:
    placed = [line({"order_id": each, "customer": {"customer_id": each}}) for each in "ab"]
    assert len(set(share(*placed))) == 2
    assert len(set(share(*placed, line({"order_id": "a", "tracking_number": "1"}),
                         line({"order_id": "b", "tracking_number": "1"})))) == 1  # fmt: skip


def test_orders_of_a_shop_without_a_budget_are_free_of_one_another() -> None:
    assert len(set(share(*(line({"order_id": each, "shop": "s"}) for each in "ab")))) == 2


@pytest.mark.parametrize("odd", [1, None, [], {}, {"customer_id": 5}, "x"])
def test_what_is_no_name_joins_nothing_and_hides_none(odd: Any) -> None:
    lines = [line({"order_id": each, "customer": odd, "shipment_id": 7, "shop": odd}) for each in "ab"]
    assert len(set(share(*lines))) == 2


def test_a_number_that_is_too_large_for_us_hides_no_name() -> None:
    huge = b'{"type": "shipment.status", "data": {"order_id": "a", "shop": 1e999}}'
    assert len(set(share(line({"order_id": "a"}), huge, line({"order_id": "b"})))) == 2
    assert share(line({"order_id": "a"}), huge)[0] == share(line({"order_id": "a"}), huge)[1]


def test_the_shares_are_about_as_large() -> None:
    lines = [line({"order_id": str(n // 5)}) for n in range(5_000)]
    found = share(*lines, shares=4)
    assert all(found.count(number) == 1_250 for number in range(4))
