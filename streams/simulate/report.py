"""The files that tell what happened. Their names hold nothing of the input's."""

import contextlib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from streams.domain.effects import Claim
from streams.domain.notes import Ticket
from streams.engine.api import Record
from streams.simulate.latest import Latest
from streams.simulate.press import Printed

LISTS = ("messages", "suppressed", "tickets", "timelines", "dead-letters")
SUFFIXES = {"email": ("mail", "eml"), "sms": ("sms", "txt")}

_encode = msgspec.json.Encoder(order="deterministic").encode


class Summary(msgspec.Struct):
    """Counts, each by what it names. `events`: lines read; `orders`: timelines that there are."""

    events: int = 0
    orders: int = 0
    messages: int = 0
    kinds: Counter[str] = msgspec.field(default_factory=Counter)
    channels: Counter[str] = msgspec.field(default_factory=Counter)
    suppressed: Counter[str] = msgspec.field(default_factory=Counter)
    tickets: Counter[str] = msgspec.field(default_factory=Counter)
    dead_letters: Counter[str] = msgspec.field(default_factory=Counter)


class _Suppressed(msgspec.Struct, omit_defaults=True):
    order_id: str | None = None
    kind: str | None = None
    reason: str | None = None
    notification_id: str | None = None
    because: tuple[str, ...] = ()


class _Outcome(msgspec.Struct):
    type: str
    time: str
    data: _Suppressed


class _DeadLetter(msgspec.Struct, omit_defaults=True):
    reason: str
    event: msgspec.Raw
    detail: str | None = None
    at: str | None = None
    truncated: bool = False


_read_outcome = msgspec.json.Decoder(_Outcome).decode
_read_ticket = msgspec.json.Decoder(Ticket).decode
_read_dead_letter = msgspec.json.Decoder(_DeadLetter).decode


class Report:
    """Writes line by line, so that a long history takes no more memory than a short one."""

    def __init__(self, out: Path) -> None:
        """Makes the folder, and empties it of what an earlier run has left there."""
        self._out = out
        self.summary = Summary()
        for folder, suffix in SUFFIXES.values():
            (out / folder).mkdir(parents=True, exist_ok=True)
            for old in (out / folder).glob(f"[0-9]*-*.{suffix}"):
                old.unlink()
        with contextlib.ExitStack() as stack:
            self._files = {name: stack.enter_context((out / f"{name}.jsonl").open("wb")) for name in LISTS}
            self._timelines = Latest()
            stack.callback(self._timelines.close)
            self._open = stack.pop_all()

    def file_of(self, number: int, claim: Claim) -> str:
        """Where the message goes, relative to the folder. Kinds are ours, so no input is in it."""
        folder, suffix = SUFFIXES[claim.channel]
        return f"{folder}/{number:07d}-{claim.kind}.{suffix}"

    def message(self, claim: Claim, file: str, printed: Printed) -> None:
        """A message that was sent."""
        line: dict[str, Any] = {
            "notification_id": claim.notification_id,
            "order_id": claim.order_id,
            "kind": claim.kind,
            "channel": claim.channel,
            "to": claim.to,
            "locale": claim.locale,
            "decided_at": claim.decided_at,
            "sent_at": claim.claimed_at,
            "because": claim.because,
            "subject": printed.subject,
            "segments": printed.segments,
            "file": file,
        }
        self._write("messages", {name: value for name, value in line.items() if value is not None})
        self.summary.messages += 1
        self.summary.kinds[claim.kind] += 1
        self.summary.channels[claim.channel] += 1

    def record(self, record: Record) -> None:
        """A record of a topic that leaves the system."""
        if record.value is None:
            return
        match record.topic:
            case "timelines":
                self.timeline(record.key or b"", record.value)
            case "notification-outcomes":
                self._outcome(_read_outcome(record.value))
            case "tickets":
                self._ticket(_read_ticket(record.value))
            case "dead-letters":
                self._dead_letter(_read_dead_letter(record.value))

    def timeline(self, key: bytes, value: bytes) -> None:
        """The newest that is known of an order."""
        self._timelines.put(key, value)

    def finish(self) -> Summary:
        """Writes what is known only at the end."""
        for timeline in self._timelines.values():
            self._files["timelines"].write(timeline + b"\n")
            self.summary.orders += 1
        summary = msgspec.json.format(_encode(self.summary), indent=2)
        (self._out / "summary.json").write_bytes(summary + b"\n")
        return self.summary

    def close(self) -> None:
        """Gives the files back."""
        self._open.close()

    def _outcome(self, outcome: _Outcome) -> None:
        if outcome.type != "notification.suppressed":
            return
        data = outcome.data
        line = {"order_id": data.order_id, "kind": data.kind, "at": outcome.time, "reason": data.reason}
        extra = {"notification_id": data.notification_id, "because": data.because}
        self._write("suppressed", line | extra)
        self.summary.suppressed[data.reason or ""] += 1

    def _ticket(self, ticket: Ticket) -> None:
        if not ticket.closed:  # a settled one is no escalation
            self._write("tickets", ticket)
            self.summary.tickets[ticket.kind] += 1

    def _dead_letter(self, letter: _DeadLetter) -> None:
        self._write("dead-letters", letter)
        self.summary.dead_letters[letter.reason] += 1

    def _write(self, name: str, line: object) -> None:
        self._files[name].write(msgspec.json.encode(line) + b"\n")
