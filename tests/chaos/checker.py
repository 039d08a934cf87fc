"""Reads what a run has left behind, in topics and mailbox, and compares it with what must be.

Independent of the engine: it reads committed records itself, counts, and asks `simulate` what is owed.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streams.engine.changelog import POSITION_KEY, Position
from streams.engine.config import EngineConfig
from tests.chaos.mailbox import Taken
from tests.kafka.support import read

INPUTS = ("orders", "shipments", "suppliers", "customers")
AGENTS = {
    "ingest": INPUTS,
    "place": ("references",),
    "timeline": ("order-events",),
    "desk": ("notifications",),
}
Owed = tuple[str, str]  # order, kind


@dataclass
class Verdict:
    """Counts for the table; what must be nothing is in `faults`, with examples."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)

    def must_be_none(self, what: str, found: Iterable[Any]) -> None:
        self.faults[what] = [str(each) for each in found]

    @property
    def clean(self) -> bool:
        return not any(self.faults.values())


class Checker:
    """`check` may be asked at any time; only after a run has settled must nothing be lost."""

    def __init__(self, config: EngineConfig, settings: Path, folder: Path) -> None:
        self._config, self._settings, self._folder = config, settings, folder
        self._owed: dict[int, set[Owed]] = {}

    async def check(self, mails: Sequence[Taken], unrest: Collection[float]) -> Verdict:
        """`unrest`: when senders died or lost Kafka, so that a mail sent then was in doubt."""
        verdict = Verdict()
        given = await self._contract(INPUTS)
        await self._folded(verdict, Counter(map(_ident, given)))
        names = await self._messages(verdict, {_ident(event) for event in given})
        owed = await asyncio.to_thread(self._owed_for, given)
        _mails(verdict, mails, names, owed, unrest)
        return verdict

    async def _contract(self, topics: Iterable[str]) -> list[dict[str, Any]]:
        records = [await read(self._config.brokers, self._config.topic(topic)) for topic in topics]
        events = [_event(record) for found in records for record in found]
        return [event for event in events if not event["source"].startswith("/orderherald/")]

    async def _folded(self, verdict: Verdict, given: Counter[str]) -> None:
        """By ingest and place, from their output; by every agent, from its positions, which only grow."""
        passed = Counter(_ident(event) for event in await self._contract(["order-events"]))
        verdict.counts["events sent"] = given.total()
        verdict.counts["events folded"] = (given & passed).total()
        letters = await read(self._config.brokers, self._config.topic("dead-letters"))
        verdict.must_be_none("dead letters", (letter.value[:200] for letter in letters))
        verdict.must_be_none("events lost", (given - passed).elements())
        verdict.must_be_none("events folded twice", (passed - given).elements())
        for agent, topics in AGENTS.items():
            for topic in topics:
                await self._positions(verdict, agent, topic)

    async def _positions(self, verdict: Verdict, agent: str, topic: str) -> None:
        at: dict[int, int] = {}
        back = []
        for record in await read(self._config.brokers, self._config.changelog(agent, topic)):
            if record.key != POSITION_KEY:
                continue
            offset, before = Position.read(record.value).offset, at.get(record.partition, -2)
            if offset < before or (offset == before and agent != "desk"):  # its grants stand on no record
                back.append(f"{agent} {topic}/{record.partition}: {before} -> {offset}")
            at[record.partition] = offset
        verdict.must_be_none(f"positions set back ({agent} {topic})", back)

    async def _messages(self, verdict: Verdict, given: Collection[str]) -> dict[str, Owed]:
        """Every message that a timeline knows, by its id; what the timelines lack is lost."""
        views = {}
        for record in await read(self._config.brokers, self._config.topic("timelines")):
            views[record.key] = json.loads(record.value)
        known = [_ident(event) for view in views.values() for event in view.get("events", ())]
        verdict.counts["orders"] = len(views)
        verdict.must_be_none("events that no timeline knows", set(given) - set(known))
        verdict.must_be_none("events twice in a timeline", (Counter(known) - Counter(set(known))).elements())
        return {
            message["notification_id"]: (view["order_id"], message["kind"])
            for view in views.values()
            for message in view.get("messages", ())
        }

    def _owed_for(self, given: Sequence[dict[str, Any]]) -> set[Owed]:
        """What the pure functions say for these very events, in order of their time."""
        if len(given) not in self._owed:
            self._owed[len(given)] = self._simulated(given)
        return self._owed[len(given)]

    def _simulated(self, given: Sequence[dict[str, Any]]) -> set[Owed]:
        events, out = self._folder / "events.jsonl", self._folder / "simulated"
        ordered = sorted(given, key=lambda event: event["time"])
        events.write_text("".join(f"{json.dumps(event)}\n" for event in ordered))
        command = [sys.executable, "-m", "streams", "simulate", "--events", str(events), "--out", str(out)]
        subprocess.run([*command, "--config", str(self._settings)], check=True, capture_output=True)
        messages = [json.loads(line) for line in (out / "messages.jsonl").read_text().splitlines()]
        return {(message["order_id"], message["kind"]) for message in messages}


def _mails(
    verdict: Verdict,
    mails: Sequence[Taken],
    names: dict[str, Owed],
    owed: set[Owed],
    unrest: Collection[float],
) -> None:
    copies = Counter(mail.message_id for mail in mails)
    told = {key: names.get(key.partition(".")[0], (key, "of no timeline")) for key in copies}
    sent = set(told.values())
    verdict.counts["mails owed"] = len(owed)
    verdict.counts["mails owed and sent"] = len(owed & sent)
    verdict.counts["mails repeated, in doubt"] = sum(copies.values()) - len(copies)
    verdict.must_be_none("mails lost", sorted(owed - sent))
    verdict.must_be_none("mails not owed", sorted(sent - owed))
    again = [name for name, times in Counter(told.values()).items() if times > 1]
    verdict.must_be_none("said again under another Message-ID", again)
    verdict.must_be_none("repeated without a doubt", _needless(mails, unrest))


def _needless(mails: Sequence[Taken], unrest: Collection[float]) -> list[str]:
    """Copies whose predecessor was answered, while its sender lived and Kafka took the outcome."""
    last: dict[str, Taken] = {}
    needless = []
    for mail in sorted(mails, key=lambda mail: mail.at):
        before = last.get(mail.message_id)
        if before is not None and before.answered and not _shaken(before.at, unrest):
            needless.append(f"{mail.message_id} at {before.at:.1f} and {mail.at:.1f}")
        last[mail.message_id] = mail
    return needless


def _shaken(at: float, unrest: Collection[float]) -> bool:
    """A sender that died up to seconds later may not have written the outcome."""
    return any(at - 1 <= moment <= at + 20 for moment in unrest)


def _event(record: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(record.value)
    event.setdefault("arrivedat", event["time"])
    return event


def _ident(event: dict[str, Any]) -> str:
    return f"{event['source']} {event['id']}"
