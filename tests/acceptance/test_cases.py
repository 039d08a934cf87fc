"""Where returns and complaints stand at a moment, and in which language an order speaks: in the timelines."""

import json
from pathlib import Path

import pytest

from tests.acceptance.history import History
from tests.acceptance.runner import Outcome, lines_of, simulate

# Declared on 4 March: goods and money are due by the 18th, the ticket about the money opens on the 14th.
DECLARED = "03-04 10:00"


def bought(name: str) -> History:
    return (
        History(name)
        .placed("03-02 10:00")
        .parcel("03-02 11:00")
        .scan("03-02 12:00", "accepted")
        .scan("03-03 10:00", "delivered", delivered_to="recipient")
    )


def back(name: str, *steps: tuple[str, str], kind: str = "withdrawal") -> History:
    story = bought(name).say(DECLARED, "return.declared", return_id=f"r-{name}", kind=kind)
    for when, step in steps:
        story.say(when, f"return.{step}", return_id=f"r-{name}")
    return story


def complaint(name: str, *steps: tuple[str, str]) -> History:
    story = bought(name).say(DECLARED, "complaint.filed", complaint_id=f"k-{name}", kind="damaged")
    for when, step in steps:
        story.say(when, f"complaint.{step}", complaint_id=f"k-{name}")
    return story


STEPS = ("03-05 10:00", "instructions_sent"), ("03-06 10:00", "in_transit"), ("03-09 10:00", "received")
ACCEPTED = ("03-10 10:00", "accepted")
HISTORIES = {
    "declared": back("declared"),
    "told": back("told", *STEPS[:1]),
    "sent": back("sent", *STEPS[:2]),
    "late": back("late", *STEPS[:1], ("03-20 10:00", "in_transit")),
    "here": back("here", *STEPS),
    "accepted": back("accepted", *STEPS, ACCEPTED),
    "broken": back("broken", *STEPS, kind="defect"),
    "granted": back("granted", *STEPS, ACCEPTED, kind="defect"),
    "filed": complaint("filed"),
    "asked": complaint("asked", ("03-05 10:00", "info_requested")),
}


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("cases")
    lines = lines_of(HISTORIES.values())
    until = {"the 11th": "03-11 12:00", "the 15th": "03-15 12:00", "the 19th": "03-19 12:00"}
    days = {
        day: simulate(
            folder,
            [each for each in lines if json.loads(each)["time"] < f"2026-{end[:5]}T"],
            end,
            name=day.replace(" ", "-"),
        )
        for day, end in until.items()
    }
    return {**days, "the end": simulate(folder, lines, "03-21 12:00", name="the-end")}


def standing(out: Outcome, name: str) -> tuple[str, str | None]:
    row = out.timeline(HISTORIES[name].order)
    [case] = (*row.get("returns", ()), *row.get("complaints", ()))
    return case["state"], case.get("by")


@pytest.mark.parametrize(
    ("name", "day", "state", "by"),
    [
        ("declared", "the 11th", "acknowledged", "2026-03-18"),
        ("declared", "the 19th", "not_sent_back", "2026-03-18"),
        ("told", "the 11th", "instructions_sent", "2026-03-18"),
        ("told", "the 19th", "not_sent_back", "2026-03-18"),
        ("late", "the 19th", "not_sent_back", "2026-03-18"),
        ("late", "the end", "refund_due", "2026-03-18"),
        ("sent", "the 11th", "in_transit", "2026-03-18"),
        ("sent", "the 15th", "refund_due", "2026-03-18"),
        ("here", "the 11th", "received", "2026-03-18"),
        ("here", "the 15th", "refund_due", "2026-03-18"),
        ("accepted", "the 11th", "accepted", "2026-03-18"),
        ("accepted", "the 15th", "refund_due", "2026-03-18"),
        ("broken", "the 19th", "received", None),
        ("granted", "the 15th", "accepted", None),
        ("granted", "the end", "refund_due", None),
        ("filed", "the 11th", "acknowledged", "2026-03-18"),
        ("asked", "the 11th", "info_requested", "2026-03-18"),
    ],
)
def test_a_return_or_complaint_stands_where_the_day_and_its_messages_have_brought_it(
    at: dict[str, Outcome], name: str, day: str, state: str, by: str | None
) -> None:
    assert standing(at[day], name) == (state, by)


def test_an_order_speaks_the_language_that_was_asked_for_before_it_was_placed(tmp_path: Path) -> None:
    before = History("before").say("03-02 09:00", "customer.preferences", locale="lt").placed("03-02 10:00")
    after = History("after").placed("03-02 10:00").say("03-02 11:00", "customer.preferences", locale="lt")
    out = simulate(tmp_path, lines_of((before, after)), "03-03 12:00")
    assert [out.timeline(each.order)["locale"] for each in (before, after)] == ["lt", "en"]
    assert [out.rows("messages.jsonl", each.order)[0]["locale"] for each in (before, after)] == ["lt", "en"]
