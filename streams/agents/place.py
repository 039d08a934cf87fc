"""Place: one row a reference, which is the order it belongs to or the events that wait to learn it.

A month's budget for remedies is a row here too: the one place that orders share, by a name.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from streams.agents.shell import (
    ALSO,
    NOTIFICATIONS,
    ORDER_EVENTS,
    PRIMARY,
    REFERENCES,
    Agent,
    Meter,
    Tally,
    asking,
    at,
    carrier_of,
    dead_letter,
    merged,
    note,
)
from streams.codec import DeadLetter, about, read_head, write_event
from streams.domain import budget, references
from streams.domain.budget import RemedyReserved, RemedyReturned
from streams.domain.events import Event
from streams.domain.notes import INTERNAL, ReferenceBound, ReferenceUnbound, TimerFired
from streams.domain.references import MESSAGE, PROVIDER
from streams.domain.world import Limits
from streams.engine.api import NOTHING, Folded, Local, Out, Record, Rows
from streams.rows import RowCodec


class Parked(msgspec.Struct, array_like=True):
    """An event that waits for its order until `deadline`; only the primary one is missed then."""

    event: bytes
    deadline: dt.datetime
    primary: bool
    carrier: str = ""


class Owner(msgspec.Struct, frozen=True, array_like=True):
    """Whose it is, and since when."""

    name: str
    since: dt.datetime


class Reference(msgspec.Struct, array_like=True):
    """Whose a reference is since when, or what waits for that to become known.

    `carriers`: of a number, whose it is with each of those that are known; with any other it is `owner`'s.
    `until`: a message's is of no use once no bounce comes any more, and names a customer. `spent`: of a
    budget, what is promised so far.
    """

    owner: str | None = None
    since: dt.datetime | None = None
    parked: list[Parked] = []
    overflow: int = 0
    until: dt.datetime | None = None
    spent: str = "0"
    carriers: dict[str, Owner] = {}

    def owned(self, carrier: str) -> str | None:
        """Whose it is, with this carrier; of a number without one, the newest that has it."""
        if carrier in self.carriers:
            return self.carriers[carrier].name
        if carrier or not self.carriers:
            return self.owner
        newest = max(self.carriers.values(), key=_since)
        return self.owner if self.since is not None and self.since >= newest.since else newest.name


def _since(owner: Owner) -> dt.datetime:
    return owner.since


_CODEC = RowCodec(Reference, 1)
_names = msgspec.json.Decoder(list[str]).decode
_OF_MESSAGES = _MESSAGE, _PROVIDER = MESSAGE.encode(), PROVIDER.encode()


class PlaceAgent(Agent):
    """Places what named no order, whichever of event and order arrives first."""

    name = "place"
    inputs: tuple[str, ...] = (REFERENCES,)
    row_format = _CODEC.version

    def __init__(self, limits: Limits, meter: Meter | None = None) -> None:
        super().__init__(meter)
        self._limits = limits

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        """What only passes through is handed on without being read whole."""
        assert isinstance(record, Record)
        head = read_head(record.value)
        if head is None or head.type in INTERNAL:
            return super().fold(record, rows, now)
        return self._pass(record.key or b"", record, rows, now)

    def take(self, event: Event, record: Record, rows: Rows, now: float) -> Folded:
        """Binds, unbinds, releases, or gives up what waited too long."""
        key = record.key or b""
        row = rows.get(key) or Reference()
        match event.data:
            case ReferenceBound():
                return _bind(key, row, event.data, rows, self._limits.receipts_for)
            case ReferenceUnbound():
                _unbind(key, row, event.data, rows)
                return NOTHING
            case RemedyReserved() | RemedyReturned():
                return _spend(key, row, event.data, rows, now)
            case TimerFired():
                return self._overdue(key, row, rows, now)
        return self._pass(key, record._replace(value=write_event(event)), rows, now)

    def _pass(self, key: bytes, record: Record, rows: Rows, now: float) -> Folded:
        """On to the owner, or parked until there is one, here and under its other references.

        One that is known ends the search: a record for each would be two thirds of this topic.
        """
        row = rows.get(key) or Reference()
        value, headers = record.value or b"", dict(record.headers)
        carrier = carrier_of(headers)
        owner = row.owned(carrier)
        if owner is not None:
            return Folded((_forwarded(key, owner, value),))
        waiting = Parked(value, at(now) + self._limits.park_for, PRIMARY[0] in headers, carrier)
        parked = self._park(key, row, waiting, rows, now)
        others = [asking(name, value) for name in _names(headers.get(ALSO, b"[]"))]
        return parked._replace(out=(*parked.out, *others))

    def _park(self, key: bytes, row: Reference, waiting: Parked, rows: Rows, now: float) -> Folded:
        if len(row.parked) >= self._limits.parked_a_reference:
            return _given_up([waiting], "parked_too_many", now)
        rows.set(key, msgspec.structs.replace(row, parked=[*row.parked, waiting]))
        return Folded((), (Tally("parked"),))

    def _overdue(self, key: bytes, row: Reference, rows: Rows, now: float) -> Folded:
        if row.until is not None and row.until <= at(now):
            rows.delete(key)
            return NOTHING
        late = [waiting for waiting in row.parked if waiting.deadline <= at(now)]
        if not late:
            return NOTHING
        left = [waiting for waiting in row.parked if waiting.deadline > at(now)]
        _keep(key, msgspec.structs.replace(row, parked=left), rows)
        return _given_up(late, "unplaced", now)

    def encode(self, row: Any) -> bytes:
        """Format version, then MessagePack."""
        return _CODEC.encode(row)

    def decode(self, data: bytes) -> Any:
        """Raises ValueError for a newer format."""
        return _CODEC.decode(data)

    def due(self, row: Any) -> float | None:
        """The first deadline of what is parked, or the end of a message's reference."""
        deadlines = [waiting.deadline for waiting in row.parked]
        due = row.until or min(deadlines, default=None)
        return None if due is None else due.timestamp()


def _bind(
    key: bytes, row: Reference, bound: ReferenceBound, rows: Rows, receipts_for: dt.timedelta
) -> Folded:
    # Carriers recycle numbers: the newest order that names one has it.
    carrier = references.carrier_of(bound.reference)
    before = row.carriers[carrier].since if carrier in row.carriers else None if carrier else row.since
    if before is not None and bound.since < before:
        return NOTHING
    if carrier:
        owners = row.carriers | {carrier: Owner(bound.owner, bound.since)}
        after = msgspec.structs.replace(row, carriers=owners)
    else:
        until = bound.since + receipts_for if key.startswith(_OF_MESSAGES) else None
        after = msgspec.structs.replace(row, owner=bound.owner, since=bound.since, until=until)
    found = [(after.owned(waiting.carrier), waiting) for waiting in row.parked]
    rows.set(
        key, msgspec.structs.replace(after, parked=[waiting for owner, waiting in found if owner is None])
    )
    released = [_forwarded(key, owner, waiting.event) for owner, waiting in found if owner is not None]
    return Folded(released, [Tally("released")] * len(released))


def _unbind(key: bytes, row: Reference, unbound: ReferenceUnbound, rows: Rows) -> None:
    owners = {carrier: each for carrier, each in row.carriers.items() if each.name != unbound.owner}
    after = msgspec.structs.replace(row, carriers=owners)
    if row.owner == unbound.owner:
        after = msgspec.structs.replace(after, owner=None, since=None)
    _keep(key, after, rows)


def _keep(key: bytes, row: Reference, rows: Rows) -> None:
    if row.owner is None and not row.carriers and not row.parked:
        rows.delete(key)
    else:
        rows.set(key, row)


def _spend(
    key: bytes, row: Reference, data: RemedyReserved | RemedyReturned, rows: Rows, now: float
) -> Folded:
    until = at(now) + budget.KEEP_FOR
    if isinstance(data, RemedyReturned):
        rows.set(key, msgspec.structs.replace(row, spent=budget.give_back(row.spent, data), until=until))
        return NOTHING
    spent, answer = budget.reserve(row.spent, data)
    rows.set(key, msgspec.structs.replace(row, spent=spent, until=until))
    name = f"{data.order_id}:{data.budget}"
    return Folded((note(ORDER_EVENTS, data.order_id, answer, source="budget", name=name, now=now),))


def _forwarded(key: bytes, owner: str, value: bytes) -> Out:
    if key.startswith(_PROVIDER):  # whose name for a message leads to ours
        return Out(REFERENCES, owner.encode(), value)
    if key.startswith(_MESSAGE):
        return Out(NOTIFICATIONS, owner.encode(), value)
    return Out(ORDER_EVENTS, owner.encode(), about(value, owner))


def _given_up(waiting: Iterable[Parked], reason: str, now: float) -> Folded:
    return merged(
        dead_letter(
            DeadLetter(
                reason, "no order came that this event belongs to", at(now), msgspec.Raw(parked.event)
            ),
            None,
        )
        for parked in waiting
        if parked.primary
    )
