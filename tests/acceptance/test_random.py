"""Random histories, once as they were and once late, doubled and out of order.

`HISTORIES=1000` takes more of them than the ordinary run has time for.
"""

import datetime as dt
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.history import arrival
from tests.acceptance.random_histories import disturbed, random_history
from tests.acceptance.runner import Outcome, simulate

NUMBER = int(os.environ.get("HISTORIES", "40"))
CROOKED = NUMBER
STORIES = {story.order: story for story in map(random_history, range(NUMBER))}
EVENTS = [event for story in STORIES.values() for event in story.events]
UNTIL = "04-20 12:00"

STATUTORY = {"order_confirmation", "delivery_limit", "withdrawal_ack", "complaint_decision", "safety_recall"}
CONSENT = {"care_tips", "survey", "review_request"}
AWAKE = {
    "out_for_delivery", "ready_for_pickup", "attempt_failed", "action_required",
    "order_confirmation", "payment_problem", "withdrawal_ack", "complaint_ack",
}  # fmt: skip
ZONES = {"PL": "Europe/Warsaw", "LT": "Europe/Vilnius", "DE": "Europe/Berlin"}


def lines(events: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(event) for event in sorted(events, key=arrival)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("random")


@pytest.fixture(scope="module")
def straight(folder: Path) -> Outcome:
    return simulate(folder, lines(EVENTS), UNTIL, name="straight")


@pytest.fixture(scope="module")
def crooked(folder: Path) -> Outcome:
    some = [event for story in list(STORIES.values())[:CROOKED] for event in story.events]
    return simulate(folder, lines(disturbed(some, 7, dt.timedelta(hours=30))), UNTIL, name="crooked")


@pytest.fixture(params=["straight", "crooked"])
def out(request: pytest.FixtureRequest) -> Outcome:
    outcome: Outcome = request.getfixturevalue(request.param)
    return outcome


def heard(out: Outcome) -> list[tuple[str, Any]]:
    """The orders of that run."""
    return [(row["order_id"], STORIES[row["order_id"]]) for row in out.all("timelines.jsonl")]


def instant(row: dict[str, Any], field: str = "sent_at") -> dt.datetime:
    return dt.datetime.fromisoformat(row[field])


def wishes(order: str) -> list[dict[str, Any]]:
    """What the customer of that order ever wished for, in any of their orders."""
    who = STORIES[order].customer
    return [
        event["data"]
        for event in EVENTS
        if event["type"] == "customer.preferences" and event["data"]["customer_id"] == who
    ]


def test_the_timeline_is_the_same_whatever_came_late_or_twice(straight: Outcome, crooked: Outcome) -> None:
    def facts(out: Outcome) -> dict[str, dict[str, Any]]:
        kept = ("state", "lines", "parcels", "placed_at", "confirmed_at", "delivered_at", "events")
        return {
            row["order_id"]: {field: row.get(field) for field in kept} for row in out.all("timelines.jsonl")
        }

    before, after = facts(straight), facts(crooked)
    assert before.keys() == STORIES.keys()
    assert len(after) == CROOKED
    different = {
        order: (field, before[order][field], after[order][field])
        for order in after
        for field in after[order]
        if before[order][field] != after[order][field]
    }
    assert not different


def test_nothing_is_set_aside(out: Outcome) -> None:
    assert out.all("dead-letters.jsonl") == []


def test_each_notification_goes_out_once_on_a_channel(out: Outcome) -> None:
    sent = Counter((row["notification_id"], row["channel"]) for row in out.all("messages.jsonl"))
    assert not [each for each, count in sent.items() if count > 1]


def test_every_message_and_every_silence_has_its_cause(out: Outcome) -> None:
    known = {event["id"] for event in EVENTS}
    for row in out.all("messages.jsonl"):
        assert row["because"], row
        assert all(cause in known or cause.startswith("timer:") for cause in row["because"]), row
        assert instant(row, "decided_at") <= instant(row)
    assert all(row["reason"] for row in out.all("suppressed.jsonl"))


def test_nothing_but_the_urgent_is_sent_at_night(out: Outcome) -> None:
    for row in out.all("messages.jsonl"):
        if row["kind"] in AWAKE or wishes(row["order_id"]):
            continue
        zone = ZoneInfo(ZONES[STORIES[row["order_id"]].country])
        assert 8 <= instant(row).astimezone(zone).hour < 21, row


def test_caps_hold(out: Outcome) -> None:
    orders: dict[tuple[str, dt.date], set[str]] = defaultdict(set)
    people: dict[tuple[str, dt.date], set[str]] = defaultdict(set)
    for row in out.all("messages.jsonl"):
        if row["kind"] in STATUTORY or wishes(row["order_id"]):
            continue
        story = STORIES[row["order_id"]]
        day = instant(row).astimezone(ZoneInfo(ZONES[story.country])).date()
        orders[story.order, day].add(row["notification_id"])
        people[story.customer, day].add(row["notification_id"])
    assert max(map(len, orders.values())) <= 4
    assert max(map(len, people.values())) <= 8


def test_nobody_gets_what_they_never_agreed_to(out: Outcome) -> None:
    assert not [row for row in out.all("messages.jsonl") if row["kind"] in CONSENT]


def test_each_confirmed_order_is_confirmed_once(out: Outcome) -> None:
    told = Counter(
        row["order_id"] for row in out.all("messages.jsonl") if row["kind"] == "order_confirmation"
    )
    for order, story in heard(out):
        events = {event["type"] for event in story.events}
        separate = story.events[0]["data"].get("payment") == "separate"
        confirmed = "order.paid" in events or not separate
        if "order.cancelled" not in events:
            assert told[order] == confirmed, order


def test_each_parcel_is_told_delivered_once_at_most(out: Outcome) -> None:
    told = Counter(row["order_id"] for row in out.all("messages.jsonl") if row["kind"] == "delivered")
    for order, story in STORIES.items():
        arrived = [
            event
            for event in story.events
            if event["type"] == "shipment.status" and event["data"]["status"] == "delivered"
        ]
        assert told[order] <= len(arrived), order


def test_every_delivered_parcel_is_told_where_nothing_stands_against_it(straight: Outcome) -> None:
    for order, story in STORIES.items():
        types = {event["type"] for event in story.events}
        unpaid = story.events[0]["data"].get("payment") == "separate" and "order.paid" not in types
        if "order.cancelled" in types or unpaid:
            continue
        arrived = [event for event in story.events if event["data"].get("status") == "delivered"]
        rows = straight.rows("messages.jsonl", order) + straight.rows("suppressed.jsonl", order)
        told = {cause for row in rows if row["kind"] == "delivered" for cause in row["because"]}
        assert {event["id"] for event in arrived} <= told, order


def after_delivery(out: Outcome) -> Iterator[dict[str, Any]]:
    """What was sent of an order after all of it had been there for a day."""
    for row in out.all("timelines.jsonl"):
        if row["state"] in ("delivered", "completed") and row.get("delivered_at"):
            end = instant(row, "delivered_at") + dt.timedelta(hours=31)
            yield from (m for m in out.rows("messages.jsonl", row["order_id"]) if instant(m) > end)


def test_a_delivered_order_is_not_late_nor_on_its_way(straight: Outcome) -> None:
    over = {
        "shipped",
        "out_for_delivery",
        "ready_for_pickup",
        "pickup_reminder",
        "delay",
        "delay_followup",
        "preship_delay",
        "preship_delay_2",
        "back_on_time",
    }
    assert not [row for row in after_delivery(straight) if row["kind"] in over]


def test_a_cancelled_order_is_told_and_then_left_alone(straight: Outcome) -> None:
    for order, story in STORIES.items():
        ends = [event for event in story.events if event["type"] == "order.cancelled"]
        if ends and not wishes(order):
            rows = straight.rows("messages.jsonl", order)
            later = [row for row in rows if instant(row) > instant(ends[0], "time") + dt.timedelta(hours=24)]
            assert not [row for row in later if row["kind"] in {"delay", "delay_followup", "preship_delay"}]


def test_every_file_is_there_and_no_two_rows_share_one(out: Outcome) -> None:
    files = [row["file"] for row in out.all("messages.jsonl")]
    assert len(set(files)) == len(files)
    there = {str(file.relative_to(out.folder)) for file in out.folder.glob("*/*")}
    assert there == set(files)
