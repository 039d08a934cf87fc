"""What the four agents share: dead letters, notes on the wire, and tallies counted once they are durable."""

import datetime as dt
import functools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from streams.codec import BEGINNING, DeadLetter, Unreadable, original, read_event, write_event, write_json
from streams.domain import references
from streams.domain.events import Event, Payload
from streams.domain.notes import INTERNAL, Ticket, TimerFired
from streams.domain.values import FIRST, LAST
from streams.engine.api import Folded, Local, Out, Record, Rows, TooLarge

ORDER_EVENTS = "order-events"
REFERENCES = "references"
NOTIFICATIONS = "notifications"
OUTCOMES = "notification-outcomes"
TIMELINES = "timelines"
TICKETS = "tickets"
DEAD_LETTERS = "dead-letters"
# The most pressing first: while much is to be folded, a "no more messages" waits for nobody's parcels, and
# an order is known before what is said of it, which is then not put aside.
INPUTS = ("customers", "orders", "suppliers", "shipments")

# The first reference of a parked event answers for it: only there does its deadline make a dead letter.
PRIMARY = ("primary", b"1")
# The event's other references, to be asked where this one is not known yet.
ALSO = "also"
_CARRIER = "carrier"
_FIRST, _LAST = FIRST.timestamp(), LAST.timestamp()

_TYPE_OF = {struct: name for name, struct in INTERNAL.items()}


class Tally(NamedTuple):
    """One thing that happened, to be counted: `what` is a metric's short name."""

    what: str
    labels: tuple[str, ...] = ()


class Meter(Protocol):
    """Counts tallies, a unit's worth at a time."""

    def count(self, agent: str, tallies: Counter[Tally]) -> None: ...


class Agent:
    """The parts of `Processor` that most agents have in common."""

    name = ""
    inputs: tuple[str, ...] = ()
    has_rows = True

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        """Reads the event and hands it on; what can't be read is set aside with its reason."""
        assert isinstance(record, Record)
        try:
            event = read(record)
            return self.take(event, record, rows, now)
        except Unreadable as error:
            return set_aside(record, error.reason, error.detail, now)

    def take(self, event: Event, record: Record, rows: Rows, now: float) -> Folded:
        """Folds one event that could be read."""
        raise NotImplementedError

    def refuse(self, record: Record, error: Exception) -> Iterable[Out]:
        """A fault of ours: the text of the error could hold personal data, its type can't."""
        now = arrival(record).timestamp()
        if isinstance(error, TooLarge):
            beginning = record._replace(value=(record.value or b"")[:BEGINNING])
            return set_aside(beginning, "too_large", f"{self.name}: the row or its outputs", now).out
        return set_aside(record, "fold_failed", f"{self.name}: {type(error).__name__}", now).out

    def encode(self, row: Any) -> bytes:
        """Agents without rows have none to encode."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        """Agents without rows have none to decode."""
        raise NotImplementedError

    def due(self, row: Any) -> float | None:
        """Most rows sleep until they are asked."""
        return None

    def wake(self, key: bytes, due: float) -> Out:
        """`timer.fired` for the row, on the agent's own input topic."""
        return timer(self.inputs[0], self.name, key, due)

    def opened(self, partition: int, submit: Any) -> None:
        """Nothing to prepare."""

    def closing(self, partition: int) -> None:
        """Nothing to give up."""

    async def drained(self, partition: int) -> None:
        """Nothing is under way."""

    def after(self, partition: int, done: Sequence[Any]) -> None:
        """Counts what has become durable."""
        if self._meter is not None:
            self._meter.count(self.name, Counter(item for item in done if isinstance(item, Tally)))


@functools.lru_cache(maxsize=64)  # a unit has one `now`, and its records lie in few milliseconds
def at(seconds: float) -> dt.datetime:
    """The instant, in UTC, of seconds since 1970."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def arrival(record: Record) -> dt.datetime:
    """When the log took it in; a producer may stamp it with anything, and beyond the calendar is no time."""
    return at(min(max(record.timestamp / 1000, _FIRST), _LAST))


def read(record: Record) -> Event:
    """The event in a record; it arrived when the log took it in, unless it says otherwise."""
    return read_event(record.value, arrival(record))


def record_of(topic: str, key: str, event: Event) -> Out:
    """The event as a record keyed by `key`."""
    return Out(topic, key.encode(), write_event(event))


def note(
    topic: str,
    key: str,
    data: Payload,
    *,
    source: str,
    name: str,
    now: float,
    since: dt.datetime | None = None,
) -> Out:
    """An internal event as a record. `name` tells it from others of the same source; `since`: it holds."""
    moment = at(now)
    kind = _TYPE_OF[type(data)]
    return record_of(
        topic, key, Event(name, f"/orderherald/{source}", kind, since or moment, moment, data, key)
    )


def asking(name: str, value: bytes, *headers: tuple[str, bytes]) -> Out:
    """An event on its way to whoever knows whose the reference `name` is."""
    carrier = references.carrier_of(name)
    if carrier:
        headers = (*headers, (_CARRIER, carrier.encode()))
    return Out(REFERENCES, references.key_of(name).encode(), value, headers)


def carrier_of(headers: Mapping[str, bytes]) -> str:
    """The carrier that `asking` was told of."""
    return headers.get(_CARRIER, b"").decode()


def timer(topic: str, agent: str, key: bytes, due: float) -> Out:
    """The record that wakes a row."""
    name = f"{key.decode()}@{due:.3f}"
    return note(topic, key.decode(), TimerFired(at(due)), source=agent, name=name, now=due)


def ticket_record(ticket: Ticket) -> Out:
    """A ticket, keyed by its order so that an order's tickets stay in their order."""
    return Out(TICKETS, (ticket.order_id or ticket.ticket_id).encode(), write_json(ticket))


def set_aside(record: Record, reason: str, detail: str, now: float) -> Folded:
    """The dead letter of a whole record."""
    event, truncated = original(record.value)
    return dead_letter(
        DeadLetter(
            reason,
            detail,
            at(now),
            event,
            record.topic,
            record.partition,
            record.offset,
            truncated,
        ),
        record.key,
    )


def dead_letter(letter: DeadLetter, key: bytes | None) -> Folded:
    """A dead letter and its tally."""
    return Folded((Out(DEAD_LETTERS, key, write_json(letter)),), (Tally("dead", (letter.reason,)),))


def merged(parts: Iterable[Folded]) -> Folded:
    """Several folds' wishes as one."""
    out: list[Out] = []
    after: list[Any] = []
    for part in parts:
        out.extend(part.out)
        after.extend(part.after)
    return Folded(out, after)


def with_subject(event: Event, order_id: str) -> Event:
    """The event, saying itself which order it is about."""
    return event if event.subject == order_id else msgspec.structs.replace(event, subject=order_id)
