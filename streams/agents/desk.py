"""Desk: one row a customer. Decides whether, when and where; keeps the outbox; starts the senders."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from streams.agents.outcomes import outcomes
from streams.agents.senders import Errand, errands
from streams.agents.shell import (
    NOTIFICATIONS,
    ORDER_EVENTS,
    REFERENCES,
    Agent,
    Meter,
    Tally,
    at,
    note,
    ticket_record,
)
from streams.domain import customer as customers
from streams.domain import desk
from streams.domain.budget import RemedyDecided, RemedyReserved
from streams.domain.effects import Claim, DeskEffects, Granted, Ready
from streams.domain.events import Event, Payload
from streams.domain.notes import Attempted, Erased, Told
from streams.domain.world import World
from streams.engine.api import NOTHING, Folded, Local, Out, Record, Rows
from streams.rows import RowCodec

_CODEC = RowCodec(desk.Customer, customers.FORMAT)
SOURCE = "desk"


class Senders(Protocol):
    """Who starts what is durable; `SenderPool` in the daemon."""

    def opened(self, partition: int, submit: Any) -> None: ...

    def after(self, partition: int, done: Iterable[Errand]) -> None: ...

    def closing(self, partition: int) -> None: ...

    async def drained(self, partition: int) -> None: ...


class DeskAgent(Agent):
    """The one door to a customer, and the durable outbox behind it."""

    name = "desk"
    inputs: tuple[str, ...] = (NOTIFICATIONS,)
    row_format = _CODEC.version

    def __init__(self, world: World, senders: Senders, meter: Meter | None = None) -> None:
        super().__init__(meter)
        self._world = world
        self._senders = senders

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        """A record, or a sender that is free for one of this customer's messages."""
        if isinstance(record, Local):
            return self._decide(record.key, record.item, rows, now)
        return super().fold(record, rows, now)

    def take(self, event: Event, record: Record, rows: Rows, now: float) -> Folded:
        """One event into its customer's row."""
        return self._decide(record.key or b"", event, rows, now)

    def _decide(self, key: bytes, item: Event | Granted, rows: Rows, now: float) -> Folded:
        home, before = _found(key, rows)
        row, effects = desk.apply(before, item, at(now), self._world)
        if row is not before:
            _keep(key, home, row, rows)
        started = errands(key, item if isinstance(item, Granted) else None, effects)
        out = tuple(_records(item, effects, now))
        after = (*started, *_tallies(effects))
        return Folded(out, after) if out or after else NOTHING

    def encode(self, row: Any) -> bytes:
        """Format version, then MessagePack."""
        return _CODEC.encode(row)

    def decode(self, data: bytes) -> Any:
        """Raises ValueError for a newer format."""
        return _CODEC.decode(data)

    def due(self, row: Any) -> float | None:
        """When the customer's next message, retry or judgement is due."""
        due = customers.due(row)
        return None if due is None else due.timestamp()

    @staticmethod
    def hides(key: bytes) -> bool:
        """An erased customer's row lies where their id had put it, and no longer says it."""
        return key.startswith(customers.ERASED.encode())

    def opened(self, partition: int, submit: Any) -> None:
        """The senders may claim for this partition."""
        self._senders.opened(partition, submit)

    def closing(self, partition: int) -> None:
        """The senders start nothing more for it."""
        self._senders.closing(partition)

    async def drained(self, partition: int) -> None:
        """Until the last attempt has been answered."""
        await self._senders.drained(partition)

    def announce(self, partition: int, done: list[Any]) -> list[Any]:
        """Where a sender is free, a message is claimed in the very unit that makes it ready."""
        ready = [each for each in done if _is_ready(each)]
        if ready:
            self._senders.after(partition, ready)
        return [each for each in done if not _is_ready(each)]

    def after(self, partition: int, done: Sequence[Any]) -> None:
        """Starts the senders on what is durable, and counts it."""
        self._senders.after(partition, [each for each in done if isinstance(each, Errand)])
        super().after(partition, done)


def _is_ready(done: Any) -> bool:
    return isinstance(done, Errand) and isinstance(done.item, Ready)


def _found(key: bytes, rows: Rows) -> tuple[bytes | None, Any]:
    """The customer's row and its key, which no longer names them once they are erased."""
    row = rows.get(key)
    if row is not None:
        return key, row
    marker = customers.marker(key.decode()).encode()
    row = rows.get(marker)
    return (marker, row) if row is not None else (None, None)


def _keep(key: bytes, home: bytes | None, after: Any, rows: Rows) -> None:
    to = None
    if after is not None:
        to = customers.marker(key.decode()).encode() if customers.is_marker(after) else key
        rows.set(to, after)
    if home is not None and home != to:
        rows.delete(home)


def attempted(answer: Attempted, claim: Claim, now: float) -> Out:
    """A sender's answer on its way back to the customer's row."""
    name = f"{claim.message_key}:{claim.attempt}"
    return note(NOTIFICATIONS, claim.customer_id, answer, source="senders", name=name, now=now)


def _records(item: Event | Granted, effects: DeskEffects, now: float) -> Iterator[Out]:
    cause = item.message_key if isinstance(item, Granted) else item.id
    for place, data in enumerate((*effects.told, *effects.notes)):
        topic, key = _home(data)
        yield note(topic, key, data, source=SOURCE, name=f"{cause}#{place}@{now:.3f}", now=now)
    yield from (ticket_record(ticket) for ticket in effects.tickets)
    yield from outcomes(effects, now)


def _home(data: Payload) -> tuple[str, str]:
    if isinstance(data, Told | Erased | RemedyDecided):
        return ORDER_EVENTS, data.order_id
    if isinstance(data, RemedyReserved):
        return REFERENCES, data.budget
    return REFERENCES, data.reference  # type: ignore[attr-defined]  # all others bind references


def _tallies(effects: DeskEffects) -> Iterator[Tally]:
    for refused in effects.suppressed:
        yield Tally("suppressed", (refused.kind, refused.reason))
    for told in effects.told:
        yield Tally("told", (told.kind, told.outcome))
    for ticket in effects.tickets:
        yield Tally("ticket", (ticket.kind,))
    for _ in range(effects.let_go):
        yield Tally("order_let_go")
