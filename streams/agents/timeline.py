"""Timeline: one row an order. Folds each event into it and sends on what became worth saying."""

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.agents.shell import (
    NOTIFICATIONS,
    ORDER_EVENTS,
    REFERENCES,
    TIMELINES,
    Agent,
    Meter,
    Tally,
    at,
    dead_letter,
    merged,
    note,
    ticket_record,
)
from streams.codec import DeadLetter, write_json
from streams.domain import order as orders
from streams.domain import timeline
from streams.domain.budget import RemedyReturned
from streams.domain.effects import Buried, TimelineEffects
from streams.domain.events import Event, Payload
from streams.domain.fold.views import OrderView
from streams.domain.notes import IntentRaised, IntentWithdrawn, ReferenceBound, ReferenceUnbound
from streams.domain.references import key_of
from streams.domain.world import World
from streams.engine.api import AT_ONCE, NOTHING, Folded, Out, Record, Rows
from streams.rows import RowCodec

# Format 1 was never pressed, and else the same.
_CODEC = RowCodec(timeline.Order, orders.FORMAT, {1: lambda row: row}, pressed=True)


class TimelineAgent(Agent):
    """What is true of each order, and what is worth saying about it."""

    name = "timeline"
    inputs: tuple[str, ...] = (ORDER_EVENTS,)
    row_format = _CODEC.version

    def __init__(self, world: World, meter: Meter | None = None, *, every_view: bool = True) -> None:
        """`every_view`: publish an order whenever it changes; else only when it is forgotten."""
        super().__init__(meter)
        self._world = world
        self._every_view = every_view

    def take(self, event: Event, record: Record, rows: Rows, now: float) -> Folded:
        """One event into its order's row; what follows is for `conclude` to say."""
        key = record.key or b""
        row = rows.get(key)
        draft = row if isinstance(row, timeline.Draft) else timeline.Draft(row, row)
        if timeline.fold(draft, event, self._world) and draft is not row:
            rows.set(key, draft)
        return NOTHING

    def conclude(self, key: bytes, row: Any, now: float) -> tuple[Any | None, Folded]:
        """What follows from all the unit's events of one order, decided and published once."""
        after = timeline.conclude(row, at(now), self._world)
        said = _said(row.fresh[-1].id, after.effects, now)
        if after.order is row.before:
            return after.order, said
        return after.order, merged((Folded(self._published(key, row.before, after)), said))

    def share(self, key: bytes) -> bytes:
        """The order's brand, by which sources name what is theirs."""
        return key.partition(b":")[0]

    def put_off(self, key: bytes, row: Any, now: float) -> tuple[Any, Folded] | None:
        """In a backlog: the facts now, what follows from them later. References are bound at once."""
        order = timeline.put_off(row)
        return None if order is None else (order, _said(row.fresh[-1].id, row.effects, now))

    def _published(
        self, key: bytes, before: timeline.Order | None, after: timeline.Conclusion
    ) -> tuple[Out, ...]:
        if self._every_view:
            value = None if after.order is None else view_of(after.order, self._world, after.found)
            return (Out(TIMELINES, key, value),)
        if after.order is None and before is not None:
            return (Out(TIMELINES, key, view_of(before, self._world)),)
        return ()

    def encode(self, row: Any) -> bytes:
        """Format version, then MessagePack."""
        return _CODEC.encode(row)

    def decode(self, data: bytes) -> Any:
        """Raises ValueError for a newer format."""
        return _CODEC.decode(data)

    def due(self, row: Any) -> float | None:
        """When the order's next timer is due."""
        if row.owed:
            return AT_ONCE
        due = orders.due(row)
        return None if due is None else due.timestamp()


def view_of(order: timeline.Order, world: World, found: OrderView | None = None) -> bytes:
    """The order as it is published."""
    return write_json(timeline.view(order, world, found))


def _said(cause: str, effects: TimelineEffects, now: float) -> Folded:
    notes = (_note(data, f"{cause}#{place}", now) for place, data in enumerate(effects.notes))
    tickets = (ticket_record(ticket) for ticket in effects.tickets)
    said = Folded((*notes, *tickets), tuple(_tallies(effects)))
    return merged((said, *(_buried(fact, now) for fact in effects.buried)))


def _note(data: Payload, name: str, now: float) -> Out:
    if isinstance(data, ReferenceBound | ReferenceUnbound):
        return note(REFERENCES, key_of(data.reference), data, source="timeline", name=name, now=now)
    if isinstance(data, RemedyReturned):
        return note(REFERENCES, data.budget, data, source="timeline", name=name, now=now)
    customer: str = data.customer.customer_id if hasattr(data, "customer") else data.customer_id  # type: ignore[attr-defined]  # every other note names its customer
    return note(NOTIFICATIONS, customer, data, source="timeline", name=name, now=now)


def _tallies(effects: TimelineEffects) -> Iterator[Tally]:
    for data in effects.notes:
        if isinstance(data, IntentRaised):
            yield Tally("decision", (data.kind, "raised" if data.revision == 1 else "revised"))
        elif isinstance(data, IntentWithdrawn):
            yield Tally("decision", ("", "withdrawn"))
        elif isinstance(data, RemedyReturned):
            yield Tally("remedy", (data.remedy, "returned"))
    for ticket in effects.tickets:
        yield Tally("ticket", (ticket.kind,))
    for what, labels in effects.counts:
        yield Tally(what, labels)


def _buried(fact: Buried, now: float) -> Folded:
    return dead_letter(
        DeadLetter(fact.reason, "the order that it names was never placed", at(now), msgspec.Raw(fact.event)),
        None,
    )
