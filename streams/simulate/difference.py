"""What a change would have done: two runs of one history, message by message and ticket by ticket."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, get_args

import msgspec

T = TypeVar("T")
What = Literal["gained", "lost", "moved", "reworded"]
Same = Callable[["Message", "Message"], bool]
TICKET = "ticket"  # takes the channel's place: it goes to the seller


class Message(msgspec.Struct, frozen=True):
    """A line of `messages.jsonl`, as far as it is compared."""

    notification_id: str
    order_id: str
    kind: str
    channel: str
    to: str
    sent_at: str
    file: str = ""  # below the run's folder


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """What only one of the runs has, or each has elsewhere, at another time or in other words.

    `why`: the reason for which the other run decided against it, if it came to be decided.
    """

    what: What
    order_id: str
    kind: str
    channel: str
    sent_at: str
    before: str | None = None  # when the other run sent it
    to: str | None = None  # where it goes now, if that is what has changed
    why: str | None = None


class _Ticket(msgspec.Struct, frozen=True):
    ticket_id: str
    kind: str
    at: str
    order_id: str | None = None


class _Suppressed(msgspec.Struct, frozen=True):
    notification_id: str | None = None
    reason: str | None = None


_read = msgspec.json.Decoder(Message).decode
_read_ticket = msgspec.json.Decoder(_Ticket).decode
_read_suppressed = msgspec.json.Decoder(_Suppressed).decode


class NoRunError(Exception):
    """What isn't the folder of a run; one clear sentence."""


def messages(folder: Path) -> list[Message]:
    """Those of a run, in the order in which they went out. Raises `NoRunError`."""
    return _lines(folder, "messages.jsonl", _read)


def tickets(folder: Path) -> list[Message]:
    """What the seller was asked to do, as if it were told by a channel of its own. Raises `NoRunError`."""
    found = _lines(folder, "tickets.jsonl", _read_ticket)
    return [Message(each.ticket_id, each.order_id or "-", each.kind, TICKET, "", each.at) for each in found]


def _text(folder: Path, message: Message) -> bytes:
    try:
        return (folder / message.file).read_bytes()
    except OSError as error:
        raise NoRunError(f"{folder}: its {message.file or 'message'} is gone: {error.strerror}") from None


def reasons(folder: Path) -> dict[str, str]:
    """What a run decided against: notification -> why. Raises `NoRunError`."""
    found = _lines(folder, "suppressed.jsonl", _read_suppressed)
    return {each.notification_id: each.reason for each in found if each.notification_id and each.reason}


def _lines(folder: Path, name: str, read: Callable[[bytes], T]) -> list[T]:
    try:
        return [read(line) for line in (folder / name).read_bytes().splitlines()]
    except OSError as error:
        raise NoRunError(f"{folder}: no run of simulate lies there: {error.strerror}") from None
    except msgspec.MsgspecError:
        raise NoRunError(f"{folder}: its {name} isn't what simulate writes") from None


class Run(NamedTuple):
    """What a run has left in its folder. `suppressed`: what it decided against, and why, by name."""

    folder: Path
    messages: list[Message]
    tickets: list[Message]
    suppressed: dict[str, str]


def run_in(folder: Path) -> Run:
    """Raises `NoRunError` where something of it is missing, or isn't what simulate writes."""
    return Run(folder, messages(folder), tickets(folder), reasons(folder))


def differences(before: Run, after: Run) -> Iterator[str]:
    """For people: of the messages; then, if there are any, of the tickets. Raises `NoRunError`."""

    def same(old: Message, new: Message) -> bool:
        return _text(before.folder, old) == _text(after.folder, new)

    yield from told(compare(before.messages, after.messages, after.suppressed, same))
    asked = compare(before.tickets, after.tickets)
    if asked:
        yield "tickets:"
        yield from told(asked)


def compare(
    before: Iterable[Message],
    after: Iterable[Message],
    why: Mapping[str, str] | None = None,
    same: Same = lambda _old, _new: True,
) -> list[Change]:
    """From the one run to the other, by time and order.

    A message is the same if it has the same name; what then is left over is paired by order, kind and
    channel, since a cause that has changed gives another name to what the customer reads as the same.
    `why`: what the later run decided against, by name. `same`: of two by one name, at one time, to one
    address, whether they read alike; another name, and another time, show in the words in any case.
    """
    pairs, lost, gained = _paired(before, after, _named)
    more, lost, gained = _paired(lost, gained, _alike)
    still = [(old, new) for old, new in pairs if _place(old) == _place(new)]
    changes = [
        *(_moved(old, new) for old, new in (*pairs, *more) if _place(old) != _place(new)),
        *(_only("reworded", new) for old, new in still if not same(old, new)),
        *(_only("lost", each, (why or {}).get(each.notification_id)) for each in lost),
        *(_only("gained", each) for each in gained),
    ]
    return sorted(changes, key=lambda each: (each.sent_at, each.order_id, each.kind, each.channel, each.what))


def told(changes: Iterable[Change]) -> Iterator[str]:
    """For people: how many of each kind, then each."""
    changes = list(changes)
    counted = Counter(each.what for each in changes)
    yield ", ".join(f"{counted[what]} {what}" for what in get_args(What))
    for (kind, what), count in sorted(Counter((each.kind, each.what) for each in changes).items()):
        yield f"  {kind}: {count} {what}"
    for each in changes:
        yield f"{each.what:<8} {each.sent_at} {each.order_id} {each.kind} {each.channel}{_how(each)}"


def _how(change: Change) -> str:
    was = f" (was {change.before})" if change.before is not None else ""
    was += f" (to {change.to})" if change.to is not None else ""
    return was + (f" ({change.why})" if change.why is not None else "")


def _named(message: Message) -> Hashable:
    return message.notification_id, message.channel


def _place(message: Message) -> Hashable:
    return message.sent_at, message.to


def _alike(message: Message) -> Hashable:
    return message.order_id, message.kind, message.channel


def _paired(
    before: Iterable[Message], after: Iterable[Message], key: Callable[[Message], Hashable]
) -> tuple[list[tuple[Message, Message]], list[Message], list[Message]]:
    """What both have, the first of one with the first of the other; what only the one has; only the other."""
    waiting: dict[Hashable, list[Message]] = defaultdict(list)
    for message in before:
        waiting[key(message)].append(message)
    pairs, gained = [], []
    for message in after:
        known = waiting[key(message)]
        if known:
            pairs.append((known.pop(0), message))
        else:
            gained.append(message)
    return pairs, [each for left in waiting.values() for each in left], gained


def _moved(old: Message, new: Message) -> Change:
    before = old.sent_at if old.sent_at != new.sent_at else None
    to = new.to if old.to != new.to else None
    return Change("moved", new.order_id, new.kind, new.channel, new.sent_at, before, to)


def _only(what: What, message: Message, why: str | None = None) -> Change:
    return Change(what, message.order_id, message.kind, message.channel, message.sent_at, why=why)
