"""Histories as other people would write them: from the contract and the domain, run through `simulate`."""

import datetime as dt
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.history import History, arrival, line, local, money

ALL: dict[str, History] = {}


def history(name: str, country: str = "PL") -> History:
    assert name not in ALL
    ALL[name] = History(name, country)
    return ALL[name]


def shipped(name: str, **data: Any) -> History:
    """Ordered on Thursday at ten, on its way on Friday at four in the afternoon."""
    story = history(name).placed("03-05 10:00", **data)
    return story.parcel("03-06 09:00").scan("03-06 16:00", "accepted")


CONFIRMED = ("order_confirmation", "email", "03-05 10:00")
SENT_OFF = ("shipped", "email", "03-06 16:45")
PICKUP = {"point": "WAW01M", "address": "Prosta 1, Warszawa", "code": "123456"}

shipped("plain").scan("03-09 08:30", "out_for_delivery").scan(
    "03-09 13:00", "delivered", delivered_to="recipient"
)
history("label").placed("03-05 10:00").parcel("03-06 09:00")
history("pay").placed("03-05 10:00", payment="separate").say(
    "03-05 10:20", "order.payment_failed", amount=money("40.00")
).say("03-05 11:00", "order.paid", amount=money("40.00"), method="card")
history("unpaid").placed("03-05 10:00", payment="separate")
history("together").placed("03-05 10:00").parcel("03-06 09:00", "A", ["l1"]).parcel(
    "03-06 09:00", "B", ["l2"]
).scan("03-06 16:00", "accepted", "A").scan("03-06 16:20", "in_transit", "B")
history("apart").placed("03-05 10:00").parcel("03-06 09:00", "A", ["l1"]).parcel(
    "03-06 09:00", "B", ["l2"]
).scan("03-06 16:00", "accepted", "A").scan("03-07 16:00", "accepted", "B")
shipped("night").scan("03-09 23:30", "delivered")
shipped("early").scan("03-09 06:00", "out_for_delivery")
shipped("locker").scan(
    "03-09 12:00", "ready_for_pickup", pickup={**PICKUP, "deadline": local("03-11 12:00").isoformat()}
)
shipped("collected").scan(
    "03-09 12:00", "ready_for_pickup", pickup={**PICKUP, "deadline": local("03-11 12:00").isoformat()}
).scan("03-10 09:00", "delivered", delivered_to="pickup_point")
shipped("nodeadline").scan("03-09 12:00", "ready_for_pickup", pickup=PICKUP)
shipped("failed").scan("03-09 14:00", "attempt_failed", reason="not_at_home", party="recipient")
history("oldscan").placed("03-05 10:00").say(
    "03-05 10:01", "shipment.created", shipment_id="oldscan-A", carrier="inpost", tracking_number="OLDSCANA"
).scan("03-04 16:00", "delivered", arrives="03-05 12:00")
history("parked").placed("03-05 10:00").say(
    "03-06 16:00",
    "shipment.status",
    place=False,
    status="accepted",
    carrier="inpost",
    tracking_number="PARKEDA",
).say(
    "03-06 16:05",
    "shipment.created",
    shipment_id="parked-A",
    carrier="inpost",
    tracking_number="PARKEDA",
)
history("beforehand").parcel("03-05 10:05").scan("03-05 16:00", "accepted").placed(
    "03-05 10:00", arrives="03-05 17:00"
)
shipped("doubled").scan("03-09 13:00", "delivered").twice()
history("cancelled").placed("03-05 10:00").say("03-05 12:00", "order.cancelled", by="seller")
history("changed").placed("03-05 10:00").say(
    "03-05 12:00", "order.changed", lines=[line("l1")], total=money("20.00")
).say("03-05 12:03", "order.cancelled", by="customer")
shipped("renumbered").say(
    "03-07 10:00",
    "shipment.created",
    shipment_id="renumbered-A",
    carrier="inpost",
    tracking_number="RENUMBEREDNEW",
    replaces="RENUMBEREDA",
)
shipped("late").scan("03-10 10:00", "in_transit", estimated_delivery={"latest": "2026-03-16"}).scan(
    "03-11 09:00", "in_transit", estimated_delivery={"latest": "2026-03-12"}
).scan("03-12 12:00", "delivered")
shipped("flutter").scan("03-10 10:00", "in_transit", estimated_delivery={"latest": "2026-03-16"}).scan(
    "03-10 12:00", "in_transit", estimated_delivery={"latest": "2026-03-12"}
).scan("03-12 12:00", "delivered")
shipped("lost").scan("03-09 10:00", "lost", party="carrier")
shipped("broken").scan("03-09 10:00", "damaged", party="carrier")
shipped("address").scan("03-09 10:00", "in_transit", reason="address", party="recipient")
shipped("customs").scan("03-09 22:00", "customs", reason="customs_documents")
history("nobody").placed("03-05 10:00", contact={})
history("textonly").placed("03-05 10:00", contact={"phone": "+48600000002", "locale": "en"})
history("stale").placed("03-05 10:00", arrives="03-20 10:00")
shipped("strange").scan("03-07 10:00", "teleported")
shipped("afterwards").scan("03-09 13:00", "delivered").scan(
    "03-09 09:00", "out_for_delivery", arrives="03-09 15:00"
)
shipped("quietly").say("03-06 16:05", "customer.preferences", channels={"shipped": []})
shipped("bytext").say("03-06 16:05", "customer.preferences", channels={"T": ["sms"]})
shipped("moved").say("03-06 16:10", "customer.contact", email="moved-new@example.com")
shipped("gone").say("03-07 10:00", "customer.erasure").scan("03-09 13:00", "delivered")
history("lietuva", "LT").placed("03-05 10:00", contact={"name": "Rūta", "email": "ruta@example.com"})
history("french").placed("03-05 10:00", contact={"email": "french@example.com", "locale": "fr"})
history("overtaken").placed("03-05 10:00").parcel("03-06 09:00").scan("03-06 16:00", "accepted").scan(
    "03-06 16:20", "delivered"
)
busy = history("busy").placed("03-09 08:00", lines=5)
for place in range(5):
    busy.parcel("03-09 08:30", str(place), [f"l{place + 1}"])
    busy.scan(f"03-09 {9 + place:02}:00", "accepted", str(place))
history("partly").placed("03-05 10:00").say("03-05 12:00", "order.cancelled", by="seller", line_ids=["l2"])
history("holiday").placed("03-05 10:00", promised="2026-04-03").parcel("04-01 09:00").scan(
    "04-01 16:00", "accepted"
).scan("04-02 08:00", "in_transit", estimated_delivery={"latest": "2026-04-04"})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All histories side by side in one run, with some lines that nobody can read."""
    folder = tmp_path_factory.mktemp("histories")
    events = sorted((event for each in ALL.values() for event in each.events), key=arrival)
    lines = [json.dumps(event) for event in events]
    lines.insert(3, "this is not an event")
    lines.insert(5, '{"specversion": "1.0"}')
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "streams", "simulate", "--events", str(folder / "events.jsonl")]
    run = subprocess.run(
        [*command, "--out", str(folder / "out"), "--until", "2026-05-20T00:00:00Z"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return folder / "out"


def rows(out: Path, file: str, name: str) -> list[dict[str, Any]]:
    read = [json.loads(row) for row in (out / file).read_text(encoding="utf-8").splitlines()]
    return [row for row in read if row["order_id"] == ALL[name].order]


EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    "plain": [
        CONFIRMED,
        SENT_OFF,
        ("out_for_delivery", "sms", "03-09 08:30"),
        ("delivered", "email", "03-09 13:15"),
    ],
    "label": [CONFIRMED],
    "pay": [("payment_problem", "email", "03-05 10:20"), ("order_confirmation", "email", "03-05 11:00")],
    "unpaid": [],
    "together": [CONFIRMED, SENT_OFF],
    "apart": [CONFIRMED, SENT_OFF, ("shipped", "email", "03-07 16:45")],
    "night": [CONFIRMED, SENT_OFF, ("delivered", "email", "03-10 08:00")],
    "early": [CONFIRMED, SENT_OFF, ("out_for_delivery", "sms", "03-09 06:00")],
    "locker": [
        CONFIRMED,
        SENT_OFF,
        ("ready_for_pickup", "email", "03-09 12:00"),
        ("ready_for_pickup", "sms", "03-09 12:00"),
        ("pickup_reminder", "sms", "03-10 12:00"),
        ("pickup_reminder", "sms", "03-11 08:00"),
    ],
    "collected": [
        CONFIRMED,
        SENT_OFF,
        ("ready_for_pickup", "email", "03-09 12:00"),
        ("ready_for_pickup", "sms", "03-09 12:00"),
        ("delivered", "email", "03-10 09:15"),
    ],
    "nodeadline": [
        CONFIRMED,
        SENT_OFF,
        ("ready_for_pickup", "email", "03-09 12:00"),
        ("ready_for_pickup", "sms", "03-09 12:00"),
    ],
    "failed": [
        CONFIRMED,
        SENT_OFF,
        ("attempt_failed", "email", "03-09 14:00"),
        ("attempt_failed", "sms", "03-09 14:00"),
    ],
    "oldscan": [CONFIRMED],
    "parked": [CONFIRMED, ("shipped", "email", "03-06 16:50")],
    "doubled": [CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 13:15")],
    "cancelled": [CONFIRMED, ("order_cancelled", "email", "03-05 12:05")],
    "changed": [CONFIRMED, ("order_cancelled", "email", "03-05 12:08")],
    "partly": [CONFIRMED, ("order_cancelled", "email", "03-05 12:05")],
    "renumbered": [CONFIRMED, SENT_OFF, ("tracking_changed", "email", "03-07 10:00")],
    "late": [
        CONFIRMED,
        SENT_OFF,
        ("delay", "email", "03-10 14:00"),
        ("back_on_time", "email", "03-11 13:00"),
        ("delivered", "email", "03-12 12:15"),
    ],
    "flutter": [CONFIRMED, SENT_OFF, ("delivered", "email", "03-12 12:15")],
    "lietuva": [CONFIRMED],
    "french": [CONFIRMED],
    "nobody": [],
    "textonly": [("order_confirmation", "sms", "03-05 10:00")],
    "stale": [],
    "strange": [CONFIRMED, SENT_OFF],
    "afterwards": [CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 13:15")],
    "quietly": [CONFIRMED],
    "bytext": [CONFIRMED, ("shipped", "sms", "03-06 16:45")],
    "moved": [CONFIRMED, SENT_OFF],
    "gone": [CONFIRMED, SENT_OFF],
    "overtaken": [CONFIRMED, ("delivered", "email", "03-06 16:35")],
}

# What the clock brings about afterwards in these, and later work adds to, is not this test's business.
LATER = {
    "delay",
    "delivery_check",
    "delivery_limit",
    "care_tips",
    "preship_delay",
    "preship_delay_2",
    "delay_followup",
    "apology",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_customer_hears_this_and_nothing_else(told: Path, name: str) -> None:
    expected = EXPECTED[name]
    wanted = {kind for kind, _, _ in expected}
    heard = [row for row in rows(told, "messages.jsonl", name) if row["kind"] not in LATER - wanted]
    if name == "late":
        heard = [row for row in heard if row["sent_at"] < "2026-03-13"]
    assert sorted((row["kind"], row["channel"]) for row in heard) == sorted((k, c) for k, c, _ in expected)
    waiting = list(expected)
    for row in heard:
        kind, channel, latest = next(each for each in waiting if each[:2] == (row["kind"], row["channel"]))
        waiting.remove((kind, channel, latest))
        sent = dt.datetime.fromisoformat(row["sent_at"])
        assert sent <= local(latest) + dt.timedelta(minutes=1), (kind, row["sent_at"])
        assert sent >= local(latest) - dt.timedelta(minutes=45), (kind, row["sent_at"])


@pytest.mark.parametrize("name", ["lost", "broken"])
def test_a_parcel_problem_is_told_within_a_day_and_escalated(told: Path, name: str) -> None:
    kinds = [row["kind"] for row in rows(told, "messages.jsonl", name)]
    assert kinds.count("parcel_problem") == 1
    [ticket] = [
        row for row in rows(told, "tickets.jsonl", name) if row["kind"] in {"carrier_problem", "damaged"}
    ]
    due = dt.datetime.fromisoformat(ticket["due_at"]) - dt.datetime.fromisoformat(ticket["at"])
    assert due == dt.timedelta(hours=24)


@pytest.mark.parametrize("name", ["address", "customs"])
def test_what_the_customer_must_do_is_said_at_once_by_mail_and_text(told: Path, name: str) -> None:
    said = [row for row in rows(told, "messages.jsonl", name) if row["kind"] == "action_required"]
    assert {row["channel"] for row in said} == {"email", "sms"}
    text = next(row for row in said if row["channel"] == "sms")
    assert "http" not in (told / text["file"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("nobody", "order_confirmation", "no_contact"),
        ("stale", "order_confirmation", "stale_backfill"),
        ("quietly", "shipped", "preference"),
        ("overtaken", "shipped", "moot"),
        ("busy", "shipped", "cap"),
    ],
)
def test_each_silence_has_its_reason(told: Path, name: str, kind: str, reason: str) -> None:
    assert (kind, reason) in [(row["kind"], row["reason"]) for row in rows(told, "suppressed.jsonl", name)]


def test_a_parcel_that_was_there_before_its_order_is_told_with_the_confirmation(told: Path) -> None:
    kinds = [row["kind"] for row in rows(told, "messages.jsonl", "beforehand")]
    assert kinds[:2] == ["order_confirmation", "shipped"]


def test_a_language_follows_the_customer_the_country_and_then_the_shop(told: Path) -> None:
    for name, locale in (("lietuva", "lt"), ("french", "en"), ("plain", "en")):
        assert {row["locale"] for row in rows(told, "messages.jsonl", name)} == {locale}


def test_at_most_four_messages_a_day_about_one_order_besides_the_statutory(told: Path) -> None:
    sent = [row for row in rows(told, "messages.jsonl", "busy") if row["sent_at"].startswith("2026-03-09")]
    assert len([row for row in sent if row["kind"] == "shipped"]) == 4
    assert "order_confirmation" in [row["kind"] for row in sent]


def test_a_new_address_is_used_at_once(told: Path) -> None:
    to = {row["kind"]: row["to"] for row in rows(told, "messages.jsonl", "moved")}
    assert (to["order_confirmation"], to["shipped"]) == ("moved@example.com", "moved-new@example.com")


def test_good_friday_is_no_reason_to_say_late_but_easter_monday_counts(told: Path) -> None:
    """Promised for Friday, 3 April 2026; Saturday the 4th is no business day, the 6th is Easter Monday."""
    early = [row for row in rows(told, "messages.jsonl", "holiday") if row["sent_at"] < "2026-04-04"]
    assert "delay" not in [row["kind"] for row in early]


def test_every_message_says_because_of_what_and_lies_where_it_says(told: Path) -> None:
    for name in ALL:
        for row in rows(told, "messages.jsonl", name):
            assert row["because"], row
            assert (told / row["file"]).is_file()
            assert ("subject" in row) == (row["channel"] == "email")
            assert (row.get("segments", 0) > 0) == (row["channel"] == "sms")


def test_what_nobody_can_read_is_set_aside_and_nothing_else_is(told: Path) -> None:
    letters = [
        json.loads(row) for row in (told / "dead-letters.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(letters) == 2
    assert letters[0]["event"] == "this is not an event"
    assert all(letter["reason"] for letter in letters)


def test_each_order_has_one_timeline_at_the_end_and_the_summary_adds_up(told: Path) -> None:
    timelines = [
        json.loads(row) for row in (told / "timelines.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert sorted(row["order_id"] for row in timelines) == sorted(each.order for each in ALL.values())
    summary = json.loads((told / "summary.json").read_text(encoding="utf-8"))
    messages = (told / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    kinds = Counter(json.loads(row)["kind"] for row in messages)
    assert summary["kinds"] == dict(kinds)
    assert sum(summary["channels"].values()) == len(messages)


def test_no_mail_tells_the_supplier_or_an_empty_name(told: Path) -> None:
    for mail in (told / "mail").iterdir():
        text = mail.read_text(encoding="utf-8", errors="replace")
        assert "None" not in text
        assert "supplier" not in text.casefold()
