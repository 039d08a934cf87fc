"""Whatever comes in has a defined end, and the next record is handled."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.history import History, local
from tests.acceptance.runner import Outcome, lines_of, simulate


def good(name: str) -> History:
    return History(name).placed("03-05 10:00").parcel("03-06 09:00").scan("03-06 16:00", "accepted")


def broken(path: str, value: Any = None, kind: str = "order.placed", name: str = "broken") -> str:
    """An event with one field spoilt, or taken away where `value` is None."""
    story = good(f"{name}-{path}".replace(".", "-"))
    event: dict[str, Any] = next(each for each in story.events if each["type"] == kind)
    *way, last = path.split(".")
    place = event
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(event)


BROKEN = {
    "no JSON": "]not json[",
    "no object": "[1, 2]",
    "empty object": "{}",
    "other specversion": broken("specversion", "0.3"),
    "no id": broken("id"),
    "no source": broken("source"),
    "no type": broken("type"),
    "no time": broken("time"),
    "time without offset": broken("time", "2026-03-05T10:00:00"),
    "time that is none": broken("time", "yesterday"),
    "time beyond the calendar": broken("time", "9999-12-31T23:59:59-10:00"),
    "arrival beyond the calendar": broken("arrivedat", "9999-12-31T23:59:59-10:00"),
    "a day that stands for never": broken("data.promised_delivery", {"latest": "9999-12-31"}),
    "more pieces than a number holds": broken(
        "data.lines",
        [
            {
                "line_id": "l1",
                "sku": "s",
                "title": "t",
                "quantity": 10**25,
                "unit_price": {"amount": "1.00", "currency": "PLN"},
            }
        ],
    ),
    "no data": broken("data"),
    "unknown type": broken("type", "order.teleported"),
    "no order id": broken("data.order_id"),
    "no customer": broken("data.customer"),
    "no lines": broken("data.lines"),
    "number for money": broken("data.total.amount", 12.5),
    "text for a quantity": broken(
        "data.lines", [{"line_id": "l1", "sku": "s", "title": "t", "quantity": "two"}]
    ),
    "instant without offset": broken("data.promised_delivery", {"latest": "2026-03-05T10:00:00"}),
    "day that is none": broken("data.promised_delivery", {"latest": "2026-02-30"}),
    "no status": broken("data.status", kind="shipment.status"),
    "a line that only ever opens": '{"a":' * 5000,
    "lists in lists without end": broken("data.lines", "DEEP").replace('"DEEP"', "[" * 5000 + "]" * 5000),
    "one mistake, and lists without end elsewhere": json.dumps(
        {**json.loads(broken("time", "yesterday")), "extra": "DEEP"}
    ).replace('"DEEP"', "[" * 5000 + "]" * 5000),
    "too big": broken("data.shipping_address.name", "x" * 2_000_000),
}


def lines() -> list[str]:
    """Each bad line between good ones."""
    known = lines_of([good("before"), good("after")])
    middle = len(known) // 2
    return [*known[:middle], *BROKEN.values(), "", *known[middle:]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


STRAY = History("stray").say(
    "03-05 12:00", "shipment.status", place=False, carrier="dpd", tracking_number="STRAY", status="accepted"
)
JUST = (
    History("just")
    .say(
        "03-05 12:00",
        "shipment.status",
        place=False,
        carrier="dpd",
        tracking_number="JUST",
        status="accepted",
    )
    .say(
        "03-05 10:00",
        "shipment.created",
        arrives="04-03 12:00",
        shipment_id="just",
        carrier="dpd",
        tracking_number="JUST",
    )
)
UNKNOWN = History("unplaced").scan("03-06 12:00", "delivered")
AHEAD = History("ahead").placed("03-05 10:00", promised=None)
AHEAD.events[0]["time"] = "2027-03-05T10:00:00+01:00"
AHEAD.events[0]["arrivedat"] = local("03-05 10:00").isoformat()
AHEAD.parcel("03-06 09:00").scan("03-06 16:00", "accepted")

LONG = History("long").placed("03-05 10:00").parcel("03-06 09:00").scan("03-06 16:00", "accepted")
for number, each in enumerate(LONG.events):
    each["id"] = f"{number}-".ljust(256, "x")
    each["data"]["order_id"] = "acme:long".ljust(256, "x")
LONG.events[1]["data"] |= {"shipment_id": "long-A".ljust(256, "x"), "tracking_number": None}
LONG.events[2]["data"] = {"shipment_id": "long-A".ljust(256, "x"), "status": "accepted"}


@pytest.fixture(scope="module")
def out(folder: Path) -> Outcome:
    more = lines_of([STRAY, JUST, UNKNOWN, AHEAD, LONG])
    return simulate(folder, [*lines(), *more], "04-12 00:00", "--processes", "1")


@pytest.mark.parametrize("name", ["before", "after"])
def test_what_stands_beside_bad_input_is_handled(out: Outcome, name: str) -> None:
    kinds = [row["kind"] for row in out.rows("messages.jsonl", f"acme:{name}")]
    assert kinds[:2] == ["order_confirmation", "shipped"]


def test_every_bad_line_is_one_dead_letter_with_its_reason(out: Outcome) -> None:
    wellformed = ("STRAY", "ahead-0")
    letters = [
        row
        for row in out.all("dead-letters.jsonl")
        if not any(name in str(row["event"]) for name in wellformed)
    ]
    assert len(letters) == len(BROKEN)
    for letter in letters:
        assert letter["reason"]
        assert "event" in letter


def test_what_names_no_known_order_is_set_aside_after_thirty_days(out: Outcome) -> None:
    [letter] = [row for row in out.all("dead-letters.jsonl") if "STRAY" in str(row["event"])]
    assert letter["event"]["id"] == "stray-0"


def test_what_is_bound_on_the_twenty_ninth_day_is_placed(out: Outcome) -> None:
    events = [event["id"] for event in out.timeline("acme:just")["events"]]
    assert events == ["just-1", "just-0"]


def test_an_order_that_was_never_placed_tells_nobody_anything(out: Outcome) -> None:
    assert out.rows("messages.jsonl", "acme:unplaced") == []


def test_names_as_long_as_they_may_be_serve_to_the_end(out: Outcome) -> None:
    kinds = [row["kind"] for row in out.rows("messages.jsonl", "acme:long".ljust(256, "x"))]
    assert kinds[:3] == ["order_confirmation", "shipped", "delay"]  # the last comes of a timer


def test_a_clock_a_year_ahead_is_set_aside(out: Outcome) -> None:
    [letter] = [row for row in out.all("dead-letters.jsonl") if "ahead-0" in str(row["event"])]
    assert letter["reason"] == "from_the_future"


def test_files_pipes_and_numbers_of_processes_make_no_difference(folder: Path, out: Outcome) -> None:
    """Plain with one process, gzip with two, and standard input give the same bytes."""
    plain = folder / "out.events.jsonl"
    packed = folder / "events.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    until = ["--until", local("04-12 00:00").isoformat()]
    runs = {"gz": (str(packed), "2", None), "pipe": ("-", "1", plain.read_bytes())}
    for name, (events, processes, stdin) in runs.items():
        command = [sys.executable, "-m", "streams", "simulate", "--events", events, *until]
        done = subprocess.run(
            [*command, "--processes", processes, "--out", str(folder / name)],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert tree(folder / name) == tree(folder / "out")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize(
    "options",
    [
        ["--events", "nowhere.jsonl", "--out", "x"],
        ["--events", "-", "--out", "x", "--until", "soon"],
        ["--events", "-", "--out", "x", "--until", "2026-03-05T10:00:00"],
        ["--events", "-"],
        ["--events", "-", "--out", "x", "--what"],
        ["--events", "-", "--out", "x", "--config", "nowhere.toml"],
    ],
)
def test_a_wrong_option_ends_with_status_two_and_a_sentence(folder: Path, options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streams", "simulate", *options],
        cwd=folder,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
