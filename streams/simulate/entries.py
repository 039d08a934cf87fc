"""What a run has to tell, line by line: made where it happens, written where all of it comes together."""

from typing import Any, NamedTuple

import msgspec

from streams.domain.effects import Claim
from streams.domain.notes import Ticket
from streams.engine.api import Record

Cause = tuple[int, int, float, bytes, int]


class Printed(NamedTuple):
    """What rendering found out; `spoilt` is the reason where there is no message."""

    subject: str | None = None
    segments: int | None = None
    spoilt: str | None = None


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A line of the list `name`, as JSON, and what it counts towards in the summary.

    `key`: of a timeline. `draft`: the file in which a message lies until it has its number, `channel` and
    `kind` what its name says.
    """

    name: str
    text: bytes
    counts: tuple[tuple[str, str], ...] = ()
    key: bytes = b""
    draft: str = ""
    channel: str = ""
    kind: str = ""


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
_write = msgspec.json.Encoder().encode


def message(claim: Claim, draft: str, printed: Printed) -> Entry:
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
        "because": tuple(dict.fromkeys(cause for each in (claim, *claim.riders) for cause in each.because)),
        "subject": printed.subject,
        "segments": printed.segments,
        "riders": tuple(map(_rider, claim.riders)) or None,
    }
    text = _write({name: value for name, value in line.items() if value is not None})
    counts = (("kinds", claim.kind), ("channels", claim.channel))
    return Entry("messages", text, counts, draft=draft, channel=claim.channel, kind=claim.kind)


def _rider(claim: Claim) -> dict[str, Any]:
    return {
        "notification_id": claim.notification_id,
        "order_id": claim.order_id,
        "because": claim.because,
    }


def rider(claim: Claim) -> Entry:
    """What is said in another order's message, and so has none of its own."""
    line = {"order_id": claim.order_id, "kind": claim.kind, "at": claim.claimed_at, "reason": "coalesced"}
    extra = {"notification_id": claim.notification_id, "because": claim.because}
    return Entry("suppressed", _write(line | extra), (("suppressed", "coalesced"),))


def timeline(key: bytes, value: bytes) -> Entry:
    """The newest that is known of an order."""
    return Entry("timelines", value, key=key)


def of(record: Record) -> Entry | None:
    """A record of a topic that leaves the system; None where no list has it."""
    if record.value is None:
        return None
    match record.topic:
        case "timelines":
            return timeline(record.key or b"", record.value)
        case "notification-outcomes":
            return _suppressed(_read_outcome(record.value))
        case "tickets":
            return _ticket(_read_ticket(record.value))
        case "dead-letters":
            letter = _read_dead_letter(record.value)
            return Entry("dead-letters", _write(letter), (("dead_letters", letter.reason),))
    return None


def _suppressed(outcome: _Outcome) -> Entry | None:
    if outcome.type != "notification.suppressed":
        return None
    data = outcome.data
    line = {"order_id": data.order_id, "kind": data.kind, "at": outcome.time, "reason": data.reason}
    extra = {"notification_id": data.notification_id, "because": data.because}
    return Entry("suppressed", _write(line | extra), (("suppressed", data.reason or ""),))


def _ticket(ticket: Ticket) -> Entry | None:
    if ticket.closed:  # a settled one is no escalation
        return None
    return Entry("tickets", _write(ticket), (("tickets", ticket.kind),))
