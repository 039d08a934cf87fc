"""Random histories, each once as it was and once late, doubled and out of order, held to what must never be.

The ordinary run tells 1,000 of them by the real agents, without making texts; `make histories` 100,000
(`HISTORIES`). A few are told by the command with all their texts.
"""

import datetime as dt
import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from streams.bootstrap.offline import simulation
from streams.domain.effects import Claim
from streams.domain.ports import Mail, Sms
from streams.settings import load_settings
from streams.simulate import simulate
from tests.acceptance.history import History, arrival, local
from tests.acceptance.random_histories import another, disturbed, random_history
from tests.acceptance.runner import Outcome, lines_of
from tests.acceptance.runner import simulate as told_by_the_command

TOGETHER = 50
BATCHES = int(os.environ.get("HISTORIES", "1000")) // TOGETHER
UNTIL = "05-15 12:00"

STATUTORY = {"order_confirmation", "delivery_limit", "withdrawal_ack", "complaint_decision", "safety_recall"}
CONSENT = {"care_tips": "tips", "survey": "surveys", "review_request": "reviews"}
AWAKE = {
    "out_for_delivery", "ready_for_pickup", "attempt_failed", "action_required",
    "order_confirmation", "payment_problem", "withdrawal_ack", "complaint_ack", "choice_ack",
    "feedback_thanks",
}  # fmt: skip
LATE = {"delay", "delay_followup", "preship_delay", "preship_delay_2", "back_on_time"}
ON_ITS_WAY = LATE | {
    "shipped", "out_for_delivery", "ready_for_pickup", "pickup_reminder", "attempt_failed",
    "arriving_tomorrow",
}  # fmt: skip
ZONES = {"PL": "Europe/Warsaw", "LT": "Europe/Vilnius", "DE": "Europe/Berlin"}


class Wordless:
    """Makes no texts: what is decided doesn't depend on them."""

    def mail(self, claim: Claim) -> Mail:
        return Mail(b"", "", "", "", "", "")

    def sms(self, claim: Claim) -> Sms:
        return Sms("", None, "", 1, "")


class Batch(NamedTuple):
    """Histories by their order, and what came of one telling of them."""

    stories: dict[str, History]
    out: Outcome
    straight: bool

    def said(self, order: str, kind: str, field: str = "type") -> list[dict[str, Any]]:
        """The events of that order with this type, or this status."""
        events = self.stories[order].events
        return [each for each in events if (each["data"] if field == "status" else each).get(field) == kind]

    def choices(self, order: str) -> list[str]:
        return [event["data"]["choice"] for event in self.said(order, "customer.choice")]

    def wishes(self, order: str) -> list[dict[str, Any]]:
        """What the customer of that order ever wished for, in any of their orders."""
        return [event["data"] for event in self.of_customer(order, "customer.preferences")]

    def of_customer(self, order: str, kind: str) -> list[dict[str, Any]]:
        """Events of this type about the customer of that order, whichever history tells them."""
        who = self.stories[order].customer
        events = (event for story in self.stories.values() for event in story.events)
        return [each for each in events if each["type"] == kind and each["data"]["customer_id"] == who]

    def messages(self, *kinds: str) -> list[dict[str, Any]]:
        """Each message, and once more for each further order that it tells of."""
        rows = [row for row in self.out.all("messages.jsonl") if not kinds or row["kind"] in kinds]
        return [each for row in rows for each in (row, *_ridden(row))]

    def day(self, row: dict[str, Any]) -> dt.date:
        """When it went out, by the clock of whoever got it."""
        return instant(row).astimezone(ZoneInfo(ZONES[self.stories[row["order_id"]].country])).date()


def _ridden(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return ({**row, **each, "told_in": row["notification_id"]} for each in row.get("riders", ()))


def instant(row: dict[str, Any], field: str = "sent_at") -> dt.datetime:
    return dt.datetime.fromisoformat(row[field])


def nothing_is_set_aside(batch: Batch) -> None:
    assert batch.out.all("dead-letters.jsonl") == []
    assert {row["order_id"] for row in batch.out.all("timelines.jsonl")} == batch.stories.keys()


def nothing_is_told_twice(batch: Batch) -> None:
    sent = Counter((row["notification_id"], row["channel"]) for row in batch.messages())
    assert not [each for each, count in sent.items() if count > 1]
    # Of one event there is one message of a kind; a timer may be up more than once.
    same = Counter((r["order_id"], r["kind"], r["channel"], *r["because"]) for r in batch.messages())
    assert not [each for each, n in same.items() if n > 1 and not all(map(_is_timer, each[3:]))]


def _is_timer(cause: str) -> bool:
    return cause.startswith("timer:")


def every_message_and_every_silence_has_its_cause(batch: Batch) -> None:
    known = {event["id"] for story in batch.stories.values() for event in story.events}
    for row in batch.messages():
        assert row["because"], row
        assert all(cause in known or _is_timer(cause) for cause in row["because"]), row
        assert instant(row, "decided_at") <= instant(row), row
    assert all(row["reason"] for row in batch.out.all("suppressed.jsonl"))


def nothing_but_the_urgent_is_sent_at_night(batch: Batch) -> None:
    for row in batch.messages():
        if row["kind"] not in AWAKE and not batch.wishes(row["order_id"]):
            zone = ZoneInfo(ZONES[batch.stories[row["order_id"]].country])
            assert 8 <= instant(row).astimezone(zone).hour < 21, row


def caps_hold(batch: Batch) -> None:
    orders: dict[tuple[str, dt.date], set[str]] = defaultdict(set)
    people: dict[tuple[str, dt.date], set[str]] = defaultdict(set)
    for row in batch.messages():
        if row["kind"] not in STATUTORY and not batch.wishes(row["order_id"]):
            story = batch.stories[row["order_id"]]
            orders[story.order, batch.day(row)].add(row["notification_id"])
            people[story.customer, batch.day(row)].add(row.get("told_in", row["notification_id"]))
    assert max(map(len, orders.values()), default=0) <= 4
    assert max(map(len, people.values()), default=0) <= 8


def nobody_gets_what_they_have_not_agreed_to(batch: Batch) -> None:
    for row in batch.messages(*CONSENT):
        said = batch.of_customer(row["order_id"], "customer.consent")
        about = [each for each in said if each["data"]["purpose"] == CONSENT[row["kind"]]]
        assert any(each["data"]["given"] for each in about), row
        heard = [each for each in about if arrival(each) <= instant(row)]
        if batch.straight:  # else a withdrawal may have been on its way still
            assert max(heard, key=lambda each: each["time"])["data"]["given"], row


def nobody_is_asked_twice_in_ninety_days(batch: Batch) -> None:
    asked = Counter(batch.stories[r["order_id"]].customer for r in batch.messages("survey", "review_request"))
    assert max(asked.values(), default=0) <= 1


def what_the_law_asks_for_always_goes_out(batch: Batch) -> None:
    told = Counter((row["order_id"], row["kind"]) for row in batch.messages(*STATUTORY) if _first(batch, row))
    for order, story in batch.stories.items():
        paid = batch.said(order, "order.paid") or story.events[0]["data"].get("payment") != "separate"
        # Who gives everything up before we hear of the order has nothing confirmed.
        if not batch.said(order, "order.cancelled") and "refund" not in batch.choices(order):
            assert told[order, "order_confirmation"] == bool(paid), order
        withdrawn = [e for e in batch.said(order, "return.declared") if e["data"]["kind"] == "withdrawal"]
        assert told[order, "withdrawal_ack"] == len(withdrawn), order
        assert told[order, "complaint_decision"] == len(batch.said(order, "complaint.decided")), order
        assert told[order, "safety_recall"] == len(batch.said(order, "order.recalled")), order


def _first(batch: Batch, row: dict[str, Any]) -> bool:
    """A recall goes out on every channel."""
    rows = [each for each in batch.messages(row["kind"]) if each["notification_id"] == row["notification_id"]]
    return rows[0] is row


def each_delivery_is_told_once_at_most(batch: Batch) -> None:
    told = Counter(row["order_id"] for row in batch.messages("delivered") if _first(batch, row))
    for order in batch.stories:
        assert told[order] <= len(batch.said(order, "delivered", "status")), order


def each_delivery_is_told_where_nothing_stands_against_it(batch: Batch) -> None:
    if not batch.straight:
        return
    for order, story in batch.stories.items():
        separate = story.events[0]["data"].get("payment") == "separate"
        if batch.said(order, "order.cancelled") or (separate and not batch.said(order, "order.paid")):
            continue
        if batch.said(order, "customer.choice"):
            continue
        rows = [*batch.out.rows("messages.jsonl", order), *batch.out.rows("suppressed.jsonl", order)]
        told = {cause for row in rows if row["kind"] == "delivered" for cause in row["because"]}
        assert {event["id"] for event in batch.said(order, "delivered", "status")} <= told, order


def nothing_that_is_over_is_on_its_way(batch: Batch) -> None:
    """Told as it was. Goods that travel on though they were called off are still told of: they do come."""
    if not batch.straight:
        return
    for row in batch.out.all("timelines.jsonl"):
        order = row["order_id"]
        for end in (instant(each, "time") for each in batch.said(order, "order.cancelled")):
            assert not _later(batch, order, LATE, end), order
        if row["state"] in ("delivered", "completed") and row.get("delivered_at"):
            given_up = [instant(each, "time") for each in batch.said(order, "customer.choice")]
            kinds = LATE if "refund" in batch.choices(order) else ON_ITS_WAY
            assert not _later(batch, order, kinds, max([instant(row, "delivered_at"), *given_up])), order


def _later(batch: Batch, order: str, kinds: set[str], than: dt.datetime) -> list[dict[str, Any]]:
    return [row for row in batch.messages(*kinds) if row["order_id"] == order and instant(row) > than]


def each_ticket_is_opened_once_and_closed_once(batch: Batch) -> None:
    tickets = batch.out.all("tickets.jsonl")
    known = Counter((row["ticket_id"], row.get("closed", False)) for row in tickets)
    assert not [each for each, count in known.items() if count > 1]
    opened = {row["ticket_id"] for row in tickets if not row.get("closed", False)}
    assert {row["ticket_id"] for row in tickets} == opened
    overdue = [row for row in tickets if instant(row, "at") > instant(row, "due_at")]
    assert not overdue or not batch.straight, overdue


def each_row_has_a_file_of_its_own(batch: Batch) -> None:
    files = [row["file"] for row in batch.out.all("messages.jsonl")]
    assert len(set(files)) == len(files)
    there = {str(file.relative_to(batch.out.folder)) for file in batch.out.folder.glob("*/*")}
    assert there == set(files)


def what_rides_is_no_message_of_its_own(batch: Batch) -> None:
    rows = [each for row in batch.out.all("messages.jsonl") for each in _ridden(row)]
    told_in = {row["notification_id"]: row["told_in"] for row in rows}
    assert not told_in.keys() & set(told_in.values())
    coalesced = [row for row in batch.out.all("suppressed.jsonl") if row["reason"] == "coalesced"]
    silent = Counter(row["notification_id"] for row in coalesced)
    assert all(silent[name] == 1 for name in told_in)
    for row in rows:
        first, other = batch.stories[row["order_id"]], batch.stories[_carrier(batch, row)]
        assert (first.customer, first.shop) == (other.customer, other.shop)
        assert first is not other


def _carrier(batch: Batch, row: dict[str, Any]) -> str:
    rows = batch.out.all("messages.jsonl")
    return next(each["order_id"] for each in rows if each["notification_id"] == row["told_in"])


NEVER: tuple[Callable[[Batch], None], ...] = (
    nothing_is_set_aside,
    nothing_is_told_twice,
    every_message_and_every_silence_has_its_cause,
    nothing_but_the_urgent_is_sent_at_night,
    caps_hold,
    nobody_gets_what_they_have_not_agreed_to,
    nobody_is_asked_twice_in_ninety_days,
    what_the_law_asks_for_always_goes_out,
    each_delivery_is_told_once_at_most,
    each_delivery_is_told_where_nothing_stands_against_it,
    nothing_that_is_over_is_on_its_way,
    each_ticket_is_opened_once_and_closed_once,
    each_row_has_a_file_of_its_own,
    what_rides_is_no_message_of_its_own,
)
# Windows so wide that orders of one customer meet within them.
TOGETHER_TOML = """
[defaults]
orders_together = true
[kinds]
shipped = { hold = "20h" }
delivered = { hold = "20h" }
out_for_delivery = { hold = "3h" }
delay = { hold = "20h" }
preship_delay = { hold = "20h" }
"""


def stories(batch: int) -> dict[str, History]:
    return {s.order: s for s in map(random_history, range(batch * TOGETHER, (batch + 1) * TOGETHER))}


def told(
    folder: Path,
    known: dict[str, History],
    events: list[dict[str, Any]],
    *,
    straight: bool,
    config: Path | None = None,
) -> Batch:
    name = "straight" if straight else "crooked"
    file = folder / f"{name}.jsonl"
    lines = (json.dumps(each) + "\n" for each in sorted(events, key=arrival))
    file.write_text("".join(lines), encoding="utf-8")
    parts = simulation(load_settings(config, {}, delivery="live"))._replace(renderer=Wordless)
    simulate(str(file), folder / name, lambda: parts, until=local(UNTIL))
    return Batch(known, Outcome(folder / name), straight)


# That a case was acknowledged is told, and no fact: who heard of it too late didn't say so.
BEGUN = frozenset({"declared", "filed", "acknowledged"})


def facts(batch: Batch) -> Iterator[tuple[str, str, Any]]:
    kept = ("state", "lines", "parcels", "returns", "complaints", "placed_at", "delivered_at", "events")
    for row in batch.out.all("timelines.jsonl"):
        for case in (*row.get("returns", ()), *row.get("complaints", ())):
            if case["state"] in BEGUN:
                case["state"] = "begun"
        yield from ((row["order_id"], field, json.dumps(row.get(field))) for field in kept)


@pytest.mark.parametrize("number", range(BATCHES))
def test_whatever_happens_none_of_what_must_never_be_is(number: int) -> None:
    known = stories(number)
    events = [event for story in known.values() for event in story.events]
    late = disturbed(events, number, dt.timedelta(hours=30))
    with tempfile.TemporaryDirectory() as name:  # pytest would keep a file for each of a million messages
        straight = told(Path(name), known, events, straight=True)
        crooked = told(Path(name), known, late, straight=False)
        for never in NEVER:
            never(straight)
            never(crooked)
        assert set(facts(straight)) == set(facts(crooked))


@pytest.mark.parametrize("number", range(BATCHES // 4))
def test_nor_is_any_of_it_where_orders_are_told_of_together(number: int) -> None:
    """Beside each order there is another of its customer, to which the same happens minutes or hours on."""
    found = stories(number).values()
    pairs = [(each, another(each, place % 7 * 25)) for place, each in enumerate(found)]
    known = {story.order: story for pair in pairs for story in pair}
    events = [event for story in known.values() for event in story.events]
    late = disturbed(events, number, dt.timedelta(hours=30))
    with tempfile.TemporaryDirectory() as name:
        config = Path(name) / "together.toml"
        config.write_text(TOGETHER_TOML, encoding="utf-8")
        straight = told(Path(name), known, events, straight=True, config=config)
        crooked = told(Path(name), known, late, straight=False, config=config)
        for never in NEVER:
            never(straight)
            never(crooked)
        assert set(facts(straight)) == set(facts(crooked))
        assert any("riders" in row for row in straight.out.all("messages.jsonl"))


def test_the_command_decides_the_same_with_all_their_texts(tmp_path: Path) -> None:
    known = stories(0)
    events = [event for story in known.values() for event in story.events]
    wordless = told(tmp_path, known, events, straight=True).messages()
    worded = told_by_the_command(tmp_path, lines_of(known.values()), UNTIL).all("messages.jsonl")
    same = ("notification_id", "channel", "kind", "to", "decided_at", "sent_at", "because")
    assert [[row[name] for name in same] for row in worded] == [
        [row[name] for name in same] for row in wordless
    ]
    assert all(row.get("subject") for row in worded if row["channel"] == "email")
