"""Events read and written; what can't be read says which field, what was expected and what was there."""

import datetime as dt
import json
from collections import Counter

import msgspec
import pytest

from streams.codec import LARGEST, Unreadable, original, read_event, write_event
from streams.domain.events import CONTRACT, OrderPaid, ReturnEvent
from streams.domain.values import Money

NOW = dt.datetime(2026, 3, 5, 12, 0, tzinfo=dt.UTC)
PAID = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop/acme",
    "type": "order.paid",
    "time": "2026-03-05T12:00:00+01:00",
    "data": {"order_id": "o-1", "amount": {"amount": "12.50", "currency": "PLN"}, "method": "card"},
}


def changed(path: str, value: object) -> bytes:
    event = json.loads(json.dumps(PAID))
    *parents, last = path.split(".")
    place = event
    for step in parents:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(event).encode()


def why(value: bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        read_event(value, NOW)
    return caught.value.reason, caught.value.detail


def test_an_event_is_read_with_its_time_in_utc_and_its_arrival() -> None:
    event = read_event(json.dumps(PAID).encode(), NOW)
    assert event.identity == ("/shop/acme", "e-1")
    assert event.time == dt.datetime(2026, 3, 5, 11, 0, tzinfo=dt.UTC)
    assert event.arrived == NOW
    assert event.data == OrderPaid("o-1", Money("12.50", "PLN"), "card")


def test_a_recorded_arrival_wins_over_the_logs_own() -> None:
    event = read_event(changed("arrivedat", "2026-03-06T00:00:00Z"), NOW)
    assert event.arrived == dt.datetime(2026, 3, 6, tzinfo=dt.UTC)


def test_what_is_written_is_read_back_unchanged() -> None:
    event = read_event(changed("subject", "o-1"), NOW)
    assert read_event(write_event(event), NOW + dt.timedelta(days=1)) == event


def test_unknown_fields_are_ignored() -> None:
    assert read_event(changed("data.colour", "red"), NOW).type == "order.paid"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("data.amount.amount", 12.5, "order.paid: amount.amount: expected a decimal string, got 12.5"),
        ("data.amount.amount", "12,5", 'order.paid: amount.amount: expected a decimal string, got "12,5"'),
        ("data.amount", 5, "order.paid: amount: expected an object, got 5"),
        (
            "data.amount.currency",
            "zł",
            'order.paid: amount.currency: expected a currency code of three capitals, got "zł"',
        ),
        ("data.order_id", ..., "order.paid: order_id: missing"),
        ("data.amount.currency", ..., "order.paid: amount.currency: missing"),
        ("data", [], "order.paid: data: expected an object, got []"),
        (
            "time",
            "2026-03-05T12:00:00",
            'event: time: expected a date and time with offset, got "2026-03-05T12:00:00"',
        ),
        (
            "time",
            "9999-12-31T23:59:59-10:00",
            'event: time: expected a year from 1900 to 2999, got "9999-12-31T23:59:59-10:00"',
        ),
        (
            "arrivedat",
            "0001-01-01T00:00:00+01:00",
            'event: arrivedat: expected a year from 1900 to 2999, got "0001-01-01T00:00:00+01:00"',
        ),
        ("id", "x" * 257, "event: id: expected at most 256 characters"),
        ("id", ..., "event: id: missing"),
        ("specversion", "0.3", 'event: specversion: expected "1.0"'),
    ],
)
def test_a_wrong_field_is_named_with_what_was_expected(path: str, value: object, sentence: str) -> None:
    assert why(changed(path, value)) == ("invalid", sentence)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "not_json"),
        (b'{"specversion": ', "not_json"),
        (b"[]", "invalid"),
        (b"x" * (LARGEST + 1), "oversize"),
        (changed("type", "order.teleported"), "unknown_type"),
    ],
)
def test_what_is_no_event_says_why(value: bytes, reason: str) -> None:
    assert why(value)[0] == reason


def test_a_date_that_no_calendar_has_is_refused() -> None:
    event = {
        **PAID,
        "type": "supplier.delayed",
        "data": {"supplier_order_id": "s", "dispatch_by": "2026-02-30"},
    }
    reason, detail = why(json.dumps(event).encode())
    assert reason == "invalid"
    assert "expected a date" in detail


@pytest.mark.parametrize("year", ["0001", "9999"])
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("supplier.ordered", "dispatch_by"),
        ("supplier.ordered", "acknowledge_by"),
        ("supplier.backordered", "expected_at"),
        ("return.received", "ship_by"),
        ("shipment.status", "pickup"),
        ("shipment.status", "estimated_delivery"),
    ],
)
def test_a_date_that_nothing_can_be_counted_from_is_refused(year: str, kind: str, field: str) -> None:
    when = f"{year}-01-01T00:00:00+01:00"
    wrapped = {"pickup": {"point": "P", "deadline": when}, "estimated_delivery": {"latest": when}}
    data = {
        "order_id": "o",
        "supplier_id": "s",
        "supplier_order_id": "o",
        "return_id": "r",
        "line_ids": [],
        "status": "x",
        field: wrapped.get(field, when),
    }
    reason, detail = why(json.dumps({**PAID, "type": kind, "data": data}).encode())
    assert reason == "invalid"
    assert "expected a year from 1900 to 2999" in detail


def test_more_pieces_than_a_row_can_hold_are_refused() -> None:
    data = {"shipment_id": "s", "carrier": "c", "lines": [{"line_id": "l", "quantity": 2**63}]}
    reason, detail = why(json.dumps({**PAID, "type": "shipment.created", "data": data}).encode())
    assert reason == "invalid"
    assert detail.startswith("shipment.created: lines[0].quantity: ")


@pytest.mark.parametrize("kind", CONTRACT)
def test_what_may_be_missing_may_be_null(kind: str) -> None:
    for field in msgspec.structs.fields(CONTRACT[kind]):
        if not field.required:
            assert msgspec.convert(None, field.type) is None


def test_a_long_value_is_quoted_only_in_part() -> None:
    assert len(why(changed("data.amount.amount", "9" * 5000))[1]) < 200


def test_every_type_of_the_contract_has_a_struct_of_its_fields() -> None:
    families = Counter(name.partition(".")[0] for name in CONTRACT)
    assert families == {
        "order": 7,
        "return": 6,
        "complaint": 4,
        "supplier": 7,
        "shipment": 2,
        "customer": 5,
        "feedback": 1,
    }


def test_the_original_is_kept_as_json_or_as_text() -> None:
    assert bytes(original(b'{ "a": 1 }')[0]) == b'{"a":1}'
    assert msgspec.json.decode(bytes(original(b"\xffabc")[0])) == "\ufffdabc"
    beginning, truncated = original(b"y" * (LARGEST + 1))
    assert truncated
    assert len(bytes(beginning)) < 5000


def test_only_the_first_step_of_a_return_or_complaint_must_say_its_kind() -> None:
    returned = {**PAID, "type": "return.received", "data": {"return_id": "r-1"}}
    assert read_event(json.dumps(returned).encode(), NOW).data == ReturnEvent("r-1")
    declared = {**returned, "type": "return.declared"}
    assert why(json.dumps(declared).encode()) == ("invalid", "return.declared: kind: missing")
    filed = {**PAID, "type": "complaint.filed", "data": {"order_id": "o-1", "complaint_id": "c-1"}}
    assert why(json.dumps(filed).encode()) == ("invalid", "complaint.filed: kind: missing")


@pytest.mark.parametrize(
    ("metric", "score"), [("csat", 0), ("csat", 6), ("nps", -1), ("nps", 11), ("ces", 0), ("ces", 8)]
)
def test_a_score_beyond_its_scale_is_told_with_the_scale(metric: str, score: int) -> None:
    event = {**PAID, "type": "feedback.given", "data": {"order_id": "o", "metric": metric, "score": score}}
    reason, detail = why(json.dumps(event).encode())
    assert reason == "invalid"
    assert "expected a score from" in detail
    assert f"got {score}" in detail or "got {" in detail
