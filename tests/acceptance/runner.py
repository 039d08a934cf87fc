"""Runs histories side by side through one `simulate`, and says what came out of each."""

import datetime as dt
import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.acceptance.history import WARSAW, History, arrival, local

Told = tuple[str, str, str]  # kind, channel, local minute


class Book:
    """Histories and what is expected of each, kept side by side."""

    def __init__(self) -> None:
        self.histories: dict[str, History] = {}
        self.expected: dict[str, list[Told]] = {}
        self.ends: dict[str, str] = {}

    def tell(self, name: str, country: str = "PL", **more: Any) -> History:
        """A new history, by a name of its own."""
        assert name not in self.histories
        self.histories[name] = History(name, country, **more)
        return self.histories[name]

    def expect(self, name: str, *told: Told, until: str | None = None) -> None:
        """Exactly these messages, to the minute, until then (default: 20 hours after the last event)."""
        self.expected[name] = sorted(told)
        last = max(map(arrival, self.histories[name].events)) + dt.timedelta(hours=20)
        self.ends[name] = until or last.astimezone(WARSAW).strftime("%m-%d %H:%M")

    def heard(self, out: "Outcome", name: str) -> list[Told]:
        """What the customer of that history was told until its end."""
        order, end = self.histories[name].order, local(self.ends[name])
        return sorted(
            (row["kind"], row["channel"], minute(row["sent_at"]))
            for row in out.rows("messages.jsonl", order)
            if dt.datetime.fromisoformat(row["sent_at"]) < end
        )


def minute(instant: str) -> str:
    """`2026-03-05T09:00:59Z` as `03-05 10:00`, in Warsaw."""
    return dt.datetime.fromisoformat(instant).astimezone(WARSAW).strftime("%m-%d %H:%M")


class Outcome:
    """The files of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, list[dict[str, Any]]] = {}

    def all(self, file: str) -> list[dict[str, Any]]:
        """Every row of a file."""
        if file not in self._read:
            text = (self.folder / file).read_text(encoding="utf-8")
            self._read[file] = [json.loads(row) for row in text.splitlines()]
        return self._read[file]

    def rows(self, file: str, order: str) -> list[dict[str, Any]]:
        """The rows of one order."""
        return [row for row in self.all(file) if row["order_id"] == order]

    def silences(self, order: str) -> list[tuple[str, str]]:
        """Kind and reason of each message decided against."""
        return [(row["kind"], row["reason"]) for row in self.rows("suppressed.jsonl", order)]

    def tickets(self, order: str) -> list[tuple[str, str, str]]:
        """Kind, local minute, and local minute when due, of each ticket."""
        return [
            (row["kind"], minute(row["at"]), minute(row["due_at"]))
            for row in self.rows("tickets.jsonl", order)
        ]

    def timeline(self, order: str) -> dict[str, Any]:
        """How it stands at the end."""
        [row] = self.rows("timelines.jsonl", order)
        return row

    def text(self, order: str, kind: str, channel: str = "email") -> str:
        """The words of that order's first message of a kind."""
        row = next(
            row
            for row in self.rows("messages.jsonl", order)
            if (row["kind"], row["channel"]) == (kind, channel)
        )
        return words(self.folder / row["file"])


def words(file: Path) -> str:
    """A mail's subject and plain text, or an SMS."""
    if file.suffix == ".txt":
        return file.read_text(encoding="utf-8")
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    body = mail.get_body(("plain",))
    assert body is not None, file
    return f"{mail['subject']}\n\n{body.get_content()}"


def lines_of(histories: Iterable[History]) -> list[str]:
    """Every event a line, in order of arrival."""
    events = sorted((event for each in histories for event in each.events), key=arrival)
    return [json.dumps(event, ensure_ascii=False) for event in events]


def simulate(
    folder: Path, lines: Iterable[str], until: str | None = None, *options: str, name: str = "out"
) -> Outcome:
    """One run over these lines; `until` in local time."""
    events = folder / f"{name}.events.jsonl"
    events.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
    command = [sys.executable, "-m", "streams", "simulate", "--events", str(events)]
    if until is not None:
        options = ("--until", local(until).isoformat(), *options)
    done = subprocess.run(
        [*command, "--out", str(folder / name), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return Outcome(folder / name)
