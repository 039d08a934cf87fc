"""Two orders of one customer, told with `orders_together` and without: one message or two, and never more."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.history import History
from tests.acceptance.runner import Outcome, lines_of, minute, simulate, words

TOML = """
[defaults]
orders_together = true
public_url = "https://acme.example.com/orders"
mail_from = "orders@acme.example.com"
"""
UNTIL = "03-16 12:00"
PERSON = {"name": "Jagna Testowa", "email": "jagna@example.com", "phone": "+48600000001", "locale": "en"}


def orders(*names: str, contact: dict[str, Any] | None = None, **fields: Any) -> list[History]:
    """One customer's, placed within minutes."""
    of = f"c-{names[0]}"
    return [
        History(name, of=of).placed(f"03-05 10:0{place}", contact=contact or PERSON, **fields)
        for place, name in enumerate(names)
    ]


def on_its_way(story: History, when: str) -> History:
    return story.parcel("03-06 09:00").scan(when, "accepted")


def stories() -> dict[str, list[History]]:
    """By what they are about; the names of orders begin with it."""
    found: dict[str, list[History]] = {}
    found["shipped"] = pair = orders("shipped-1", "shipped-2")
    on_its_way(pair[0], "03-06 16:00")
    on_its_way(pair[1], "03-06 16:20")
    found["apart"] = pair = orders("apart-1", "apart-2")
    on_its_way(pair[0], "03-06 13:00")
    on_its_way(pair[1], "03-06 14:00")
    found["night"] = pair = orders("night-1", "night-2")
    on_its_way(pair[0], "03-06 09:30").scan("03-09 21:10", "delivered", delivered_to="recipient")
    on_its_way(pair[1], "03-06 12:30").scan("03-09 22:30", "delivered", delivered_to="neighbour")
    found["text"] = pair = orders("text-1", "text-2")
    pair[0].say("03-05 10:30", "customer.preferences", channels={"T": ["sms"]})
    on_its_way(pair[0], "03-06 16:00")
    on_its_way(pair[1], "03-06 16:20")
    found["dates"] = orders("dates-1", contact={**PERSON, "locale": "en"})
    found["dates"].append(
        History("dates-2", of="c-dates-1").placed("03-05 10:01", contact=PERSON, promised="2026-03-13")
    )
    found["dates"][0].say("03-05 10:30", "customer.preferences", channels={"T": ["sms"]})
    on_its_way(found["dates"][0], "03-06 16:00")
    on_its_way(found["dates"][1], "03-06 16:20")
    found["tongues"] = orders("tongues-1")
    found["tongues"].append(
        History("tongues-2", of="c-tongues-1").placed("03-05 10:01", contact={**PERSON, "locale": "pl"})
    )
    on_its_way(found["tongues"][0], "03-06 16:00")
    on_its_way(found["tongues"][1], "03-06 16:20")
    found["moot"] = pair = orders("moot-1", "moot-2")
    on_its_way(pair[0], "03-06 16:00")
    on_its_way(pair[1], "03-06 16:20").say("03-06 16:30", "order.cancelled", by="customer")
    found["number"] = pair = orders("number-1", "number-2")
    on_its_way(pair[0], "03-06 16:00")
    on_its_way(pair[1], "03-06 16:20").parcel("03-07 10:00", "Z", ["l1", "l2"], replaces=pair[1].number("A"))
    found["past"] = pair = orders("past-1")
    on_its_way(pair[0], "03-06 15:17")
    late = History("past-2", of="c-past-1").placed("03-05 10:00", contact=PERSON, arrives="03-06 16:00")
    late.parcel("03-06 08:00", arrives="03-06 16:00").scan("03-06 12:00", "accepted", arrives="03-06 16:00")
    late.scan("03-06 13:00", "delivered", arrives="03-06 16:04", delivered_to="recipient")
    found["past"].append(late)
    found["alone"] = orders("alone-1")
    on_its_way(found["alone"][0], "03-06 16:00")
    found["many"] = orders(*(f"many-{number}" for number in range(1, 6)))
    for place, story in enumerate(found["many"]):
        on_its_way(story, f"03-06 16:0{place}")
    return found


class Runs(NamedTuple):
    one: Outcome
    each: Outcome


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("together")
    config = folder / "together.toml"
    config.write_text(TOML, encoding="utf-8")
    lines = lines_of(story for group in stories().values() for story in group)
    return Runs(
        simulate(folder, lines, UNTIL, "--config", str(config), name="one"),
        simulate(folder, lines, UNTIL, name="each"),
    )


def told(out: Outcome, group: str, kind: str) -> list[tuple[str, str, list[str]]]:
    """Each message: the order it is told under, when, and the orders it tells of besides."""
    return [
        (
            row["order_id"].partition(":")[2],
            minute(row["sent_at"]),
            [each["order_id"][5:] for each in row.get("riders", ())],
        )
        for row in out.all("messages.jsonl")
        if row["order_id"].startswith(f"acme:{group}-") and row["kind"] == kind
    ]


EXPECTED = {
    ("shipped", "shipped"): [("shipped-1", "03-06 16:45", ["shipped-2"])],
    ("apart", "shipped"): [("apart-1", "03-06 13:45", []), ("apart-2", "03-06 14:45", [])],
    ("night", "delivered"): [("night-1", "03-10 08:00", ["night-2"])],
    ("text", "shipped"): [("text-1", "03-06 16:45", ["text-2"])],
    ("dates", "shipped"): [("dates-1", "03-06 16:45", []), ("dates-2", "03-06 17:05", [])],
    ("tongues", "shipped"): [("tongues-1", "03-06 16:45", []), ("tongues-2", "03-06 17:05", [])],
    ("moot", "shipped"): [("moot-1", "03-06 16:45", [])],
    ("number", "shipped"): [("number-1", "03-06 16:45", ["number-2"])],
    ("number", "tracking_changed"): [("number-2", "03-07 10:00", [])],
    ("past", "shipped"): [("past-1", "03-06 16:02", [])],
    ("alone", "shipped"): [("alone-1", "03-06 16:45", [])],
    ("many", "shipped"): [
        ("many-1", "03-06 16:45", ["many-2", "many-3", "many-4"]),
        ("many-5", "03-06 16:49", []),
    ],
}


@pytest.mark.parametrize(("group", "kind"), EXPECTED)
def test_what_is_told_of_several_orders_at_once(runs: Runs, group: str, kind: str) -> None:
    assert told(runs.one, group, kind) == EXPECTED[group, kind]
    assert not any(riders for _, _, riders in told(runs.each, group, kind))


def test_every_order_is_confirmed_by_a_message_of_its_own(runs: Runs) -> None:
    for group, each in stories().items():
        assert len(told(runs.one, group, "order_confirmation")) == len(each)


def test_the_one_mail_names_each_order_with_its_own_things(runs: Runs) -> None:
    text = runs.one.text("acme:night-1", "delivered").replace("\r", "")
    assert text.startswith("Orders night-1 and night-2: 2 parcels have been delivered\n")
    first, second = text.split("\nOrder night-2\n")
    assert "\nOrder night-1\n" in first
    assert "It was handed over in person." in first
    assert "It was left with a neighbour." in second
    assert "your orders night-1 and night-2 at acme" in second
    text = runs.one.text("acme:shipped-1", "shipped").replace("\r", "")
    assert "SHIPPED1A" in text.split("\nOrder shipped-2\n")[0]
    assert "SHIPPED2A" in text.split("\nOrder shipped-2\n")[1]


def test_a_text_names_both(runs: Runs) -> None:
    text = runs.one.text("acme:text-1", "shipped", "sms")
    said = "Your parcels from orders text-1 and text-2 are on their way. Expected by Thursday, 12 March."
    assert text == f"acme: {said}"


def test_each_order_has_its_account_and_the_list_its_causes(runs: Runs) -> None:
    [row] = [r for r in runs.one.rows("messages.jsonl", "acme:shipped-1") if r["kind"] == "shipped"]
    assert row["because"] == ["shipped-1-2", "shipped-2-2"]
    [rider] = row["riders"]
    assert rider["because"] == ["shipped-2-2"]
    [silent] = [r for r in runs.one.rows("suppressed.jsonl", "acme:shipped-2") if r["kind"] == "shipped"]
    assert (silent["reason"], silent["at"]) == ("coalesced", row["sent_at"])
    assert silent["notification_id"] == rider["notification_id"]
    entries = [e for e in runs.one.timeline("acme:shipped-2")["messages"] if e["kind"] == "shipped"]
    assert [(e["status"], e["at"], e["notification_id"]) for e in entries] == [
        ("sent", row["sent_at"], rider["notification_id"])
    ]
    summary = json.loads((runs.one.folder / "summary.json").read_text())
    assert summary["suppressed"]["coalesced"] == sum(
        len(each.get("riders", ())) for each in runs.one.all("messages.jsonl")
    )


def test_each_message_that_is_no_more_is_said_in_another(runs: Runs) -> None:
    """The same news of the same orders, but for when it leaves."""

    def said(out: Outcome) -> set[tuple[str, str]]:
        rows = out.all("messages.jsonl")
        return {(each["order_id"], row["kind"]) for row in rows for each in (row, *row.get("riders", ()))}

    moot = {("acme:moot-2", "shipped")}
    assert said(runs.one) == said(runs.each) - moot


def test_files_of_messages_are_whole(runs: Runs) -> None:
    rows = runs.one.all("messages.jsonl")
    assert all(words(Path(runs.one.folder) / row["file"]) for row in rows)
