"""Reads what a run has left behind, in topics and mailbox, and compares it with what must be.

Independent of the engine: it reads committed records itself, counts, and asks `simulate` what is owed.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from streams.engine.changelog import POSITION_KEY, Position
from streams.engine.config import EngineConfig
from tests.chaos.incidents import Incident
from tests.chaos.mailbox import Taken
from tests.chaos.repeats import Outcomes, Repeats, judge
from tests.chaos.sender import POISON, ident
from tests.kafka.support import read

INPUTS = ("orders", "shipments", "suppliers", "customers")
AGENTS = {
    "ingest": INPUTS,
    "place": ("references",),
    "timeline": ("order-events",),
    "desk": ("notifications",),
}
# The desk's grants stand on no record, nor do the wakings of what the timeline has put off.
_BESIDE_RECORDS = frozenset({"timeline", "desk"})
Owed = tuple[str, str]  # order, kind


class Seen(NamedTuple):
    """What the run itself knows, besides what lies in Kafka."""

    acknowledged: Counter[str]
    poisoned: Counter[str]
    mails: Sequence[Taken]
    refused: AbstractSet[str]
    incidents: Sequence[Incident]
    senders: AbstractSet[str]


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

    async def check(self, seen: Seen) -> Verdict:
        verdict = Verdict()
        given = await self._contract(INPUTS)
        gone = seen.acknowledged - Counter(map(ident, given))
        verdict.must_be_none("events that Kafka had taken and lost", gone.elements())
        await self._folded(verdict, Counter(map(ident, given)))
        await self._poison(verdict, seen.poisoned)
        names = await self._messages(verdict, {ident(event) for event in given})
        owed = await asyncio.to_thread(self._owed_for, given)
        _mails(verdict, seen, names, owed, await self._written())
        return verdict

    async def _contract(self, topics: Iterable[str]) -> list[dict[str, Any]]:
        records = [await read(self._config.brokers, self._config.topic(topic)) for topic in topics]
        readable = [record for found in records for record in found if not _is_poison(record)]
        events = [_event(record) for record in readable]
        return [event for event in events if not event["source"].startswith("/orderherald/")]

    async def _folded(self, verdict: Verdict, given: Counter[str]) -> None:
        """By ingest and place, from their output; by every agent, from its positions, which only grow."""
        passed = Counter(ident(event) for event in await self._contract(["order-events"]))
        verdict.counts["events sent"] = given.total()
        verdict.counts["events folded"] = (given & passed).total()
        verdict.must_be_none("events lost", (given - passed).elements())
        verdict.must_be_none("events folded twice", (passed - given).elements())
        for agent, topics in AGENTS.items():
            for topic in topics:
                await self._positions(verdict, agent, topic)

    async def _poison(self, verdict: Verdict, given: Counter[str]) -> None:
        """A dead letter for each record that nobody can read, and for nothing else."""
        letters = await read(self._config.brokers, self._config.topic("dead-letters"))
        found = Counter(letter.key.decode() for letter in letters if _is_poison(letter))
        verdict.counts["poison set aside"] = (given & found).total()
        verdict.must_be_none("poison lost", (given - found).elements())
        verdict.must_be_none("poison set aside twice", (found - given).elements())
        others = (letter.value[:200] for letter in letters if not _is_poison(letter))
        verdict.must_be_none("other dead letters", others)

    async def _written(self) -> Outcomes:
        """What the attempts have told Kafka of themselves."""
        records = await read(self._config.brokers, self._config.topic("notifications"))
        events = (json.loads(record.value) for record in records)
        told = [event for event in events if event["source"] == "/orderherald/senders"]
        sent = (_message(event) for event in told if event["data"]["result"] == "sent")
        doubtful = (_message(event) for event in told if event["data"].get("in_doubt"))
        return Outcomes(Counter(sent), Counter(doubtful))

    async def _positions(self, verdict: Verdict, agent: str, topic: str) -> None:
        at: dict[int, int] = {}
        back = []
        for record in await read(self._config.brokers, self._config.changelog(agent, topic)):
            if record.key != POSITION_KEY:
                continue
            offset, before = Position.read(record.value).offset, at.get(record.partition, -2)
            if offset < before or (offset == before and agent not in _BESIDE_RECORDS):
                back.append(f"{agent} {topic}/{record.partition}: {before} -> {offset}")
            at[record.partition] = offset
        verdict.must_be_none(f"positions set back ({agent} {topic})", back)

    async def _messages(self, verdict: Verdict, given: Collection[str]) -> dict[str, Owed]:
        """Every message that a timeline knows, by its id; what the timelines lack is lost."""
        views = {}
        for record in await read(self._config.brokers, self._config.topic("timelines")):
            views[record.key] = json.loads(record.value)
        known = [ident(event) for view in views.values() for event in view.get("events", ())]
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
    verdict: Verdict, seen: Seen, names: Mapping[str, Owed], owed: set[Owed], written: Outcomes
) -> None:
    """A message is told in mails of one Message-ID. What the mailbox refused for good counts as answered."""
    copies = Counter(mail.message_id for mail in seen.mails)
    told = {key: _of(key, names) for key in copies}
    sent, refused = set(told.values()), {_of(key, names) for key in seen.refused}
    verdict.counts["mails owed"] = len(owed)
    verdict.counts["mails owed and sent"] = len(owed & sent)
    verdict.counts["mails owed, refused for good"] = len(owed & (refused - sent))
    verdict.must_be_none("mails lost", sorted(owed - sent - refused))
    verdict.must_be_none("mails not owed", sorted((sent | refused) - owed))
    verdict.must_be_none("sent after they were refused for good", sorted(seen.refused & copies.keys()))
    again = [name for name, times in Counter(told.values()).items() if times > 1]
    verdict.must_be_none("said again under another Message-ID", again)
    _repeats(verdict, judge(seen.mails, written, seen.incidents))
    strangers = (mail for mail in seen.mails if mail.sender not in seen.senders)
    verdict.must_be_none("mails by none of the senders", strangers)
    came = {name.partition("@")[0] for name in copies}
    verdict.must_be_none("said to be sent, and never came", sorted(written.sent.keys() - came))


def _of(message_id: str, names: Mapping[str, Owed]) -> Owed:
    return names.get(message_id.partition(".")[0], (message_id, "of no timeline"))


def _repeats(verdict: Verdict, repeats: Repeats) -> None:
    verdict.counts["mails repeated, in doubt"] = repeats.causes.total()
    verdict.counts |= {f"… {cause}": count for cause, count in sorted(repeats.causes.items())}
    verdict.counts["… of one sender, by one incident, at the most"] = repeats.most
    verdict.must_be_none("repeated without a doubt", repeats.needless)
    verdict.must_be_none("outcomes never written by a sender that lived", repeats.forgotten)
    verdict.must_be_none("repeated more often than one incident can excuse", repeats.beyond)


def _event(record: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(record.value)
    event.setdefault("arrivedat", event["time"])
    return event


def _message(outcome: Mapping[str, Any]) -> str:
    """Its Message-ID, but for the domain: an attempt adds its number."""
    return str(outcome["id"]).rpartition(":")[0]


def _is_poison(record: Any) -> bool:
    return record.key is not None and record.key.startswith(POISON)
