"""Ingest: from any key to the order's. Decodes, takes the person off, routes; holds no rows."""

import datetime as dt

from streams.agents.shell import (
    ALSO,
    INPUTS,
    NOTIFICATIONS,
    ORDER_EVENTS,
    PRIMARY,
    Agent,
    Meter,
    Tally,
    asking,
    note,
    record_of,
    with_subject,
)
from streams.codec import Unreadable, write_event, write_json
from streams.domain import references
from streams.domain.events import (
    CONTRACT,
    CustomerConsent,
    CustomerContact,
    CustomerErasure,
    CustomerPreferences,
    Event,
)
from streams.domain.intake import split
from streams.engine.api import Folded, Out, Record, Rows

_CUSTOMER_FACTS = CustomerPreferences | CustomerContact | CustomerConsent | CustomerErasure


class IngestAgent(Agent):
    """The one door in. `ahead`: how far a sender's clock may run ahead of its arrival."""

    name = "ingest"
    inputs: tuple[str, ...] = INPUTS
    has_rows = False

    def __init__(self, ahead: dt.timedelta, meter: Meter | None = None) -> None:
        super().__init__(meter)
        self._ahead = ahead

    def take(self, event: Event, record: Record, rows: Rows, now: float) -> Folded:
        """One event to where it is placed."""
        if event.type not in CONTRACT:
            raise Unreadable("unknown_type", f"{event.type}: no such event type")
        if event.time > event.arrived + self._ahead:
            raise Unreadable("from_the_future", f"{event.type}: time: later than it arrived")
        return Folded(tuple(_routed(event, now)), (Tally("event", (event.type,)),))


def _routed(event: Event, now: float) -> list[Out]:
    if isinstance(event.data, _CUSTOMER_FACTS):
        return [record_of(NOTIFICATIONS, event.data.customer_id, event)]
    order_id = references.order_of(event)
    if order_id is not None:
        return _to_order(event, order_id, now)
    names = references.of(event.data)
    if not names:
        raise Unreadable("no_reference", f"{event.type}: names no order, parcel or supplier order")
    headers = (PRIMARY, (ALSO, write_json(names[1:]))) if len(names) > 1 else (PRIMARY,)
    return [asking(names[0], write_event(split(event)[0]), *headers)]


def _to_order(event: Event, order_id: str, now: float) -> list[Out]:
    bare, seen = split(with_subject(event, order_id))
    out = [record_of(ORDER_EVENTS, order_id, bare)]
    if seen is not None:
        who = seen.customer.customer_id
        # As the customer was known when it was placed, however late that is heard of.
        since = event.time
        person = note(NOTIFICATIONS, who, seen, source="ingest", name=event.id, now=now, since=since)
        out.insert(0, person)
    return out
