"""Events to facts and back: no personal data, few bytes.

A fact's data is the event's payload as an array of its fields. It is read into a twin of the
payload's struct that has the same attributes; new fields are added at the end, as the contract does.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any, cast

import msgspec

from streams.domain import intake, naming
from streams.domain.events import (
    CONTRACT,
    ComplaintEvent,
    ComplaintFiled,
    Event,
    FeedbackGiven,
    OrderChanged,
    OrderPlaced,
    Payload,
    ReturnEvent,
    ShipmentStatus,
)
from streams.domain.order import Fact
from streams.domain.values import Contact, Line, Money

ERASED = "erased"

_replace = msgspec.structs.replace
# What belongs to a person, or is written by one in words of their own, and what nothing here reads.
_NEVER_KEPT: dict[type[Payload], dict[str, Any]] = {
    OrderPlaced: {"consents": None},
    ShipmentStatus: {"carrier_text": None, "location": None},
    ComplaintEvent: {"text": None},
    ComplaintFiled: {"text": None},
    FeedbackGiven: {"comment": None},
}
# What an erasure takes out of facts besides the person: free words, and what opens a person's things.
_TRACES = ("reasoning", "label_url", "pay_url", "pickup")
_IN_WORDS = frozenset({"order.cancelled", "return.rejected"})
_KEPT_REASONS = frozenset({"return.rejected"})


def _twin(payload: type[Payload]) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for field in msgspec.structs.fields(payload):
        # The row knows its order: a name of 32 letters in every fact would be the most of it.
        annotation = str | None if field.name == "order_id" else field.type
        fields.append((field.name, annotation, *(() if field.required else (field.default,))))
    return msgspec.defstruct(f"{payload.__name__}Fact", fields, frozen=True, array_like=True)


_twins = {payload: _twin(payload) for payload in set(CONTRACT.values())}
_read: dict[str, Callable[[bytes], Any]] = {
    name: msgspec.msgpack.Decoder(_twins[payload]).decode for name, payload in CONTRACT.items()
}
_pack = msgspec.msgpack.Encoder().encode


def keep(event: Event) -> Fact:
    """The event as a fact."""
    data = _bare(event)
    return Fact(
        time=event.time.astimezone(dt.UTC),
        source=event.source,
        id=event.id,
        type=event.type,
        arrived=event.arrived.astimezone(dt.UTC),
        data=_pack(msgspec.structs.astuple(data)),
    )


def read(fact: Fact) -> Payload:
    """What the fact says; `order_id` is None, the row has it."""
    return cast("Payload", _read[fact.type](fact.data))


def anonymous(fact: Fact) -> Fact:
    """The fact with nobody behind it, and without what people wrote in it or may be found by."""
    data = cast("Any", read(fact))
    changes: dict[str, Any] = {name: None for name in _TRACES if getattr(data, name, None) is not None}
    if fact.type in _IN_WORDS and data.reason is not None:
        changes["reason"] = None
    if fact.type == "order.placed":
        changes["customer"] = Contact(ERASED, data.customer.country, locale=data.customer.locale)
    return _replace(fact, data=_pack(_replace(data, **changes))) if changes else fact


def with_lines(fact: Fact, lines: tuple[Line, ...], total: Money | None) -> Fact:
    """An `order.placed` that says what became of the order in the end, once its changes are forgotten."""
    data = cast("Any", read(fact))
    return _replace(fact, data=_pack(_replace(data, lines=lines, total=total or data.total)))


def original(fact: Fact, order_id: str) -> bytes:
    """The fact as a CloudEvent again, for a dead letter."""
    data = msgspec.structs.asdict(cast("msgspec.Struct", read(fact)))
    if "order_id" in data:
        data["order_id"] = order_id
    data = {name: value for name, value in data.items() if value is not None and value != ()}
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": naming.plain(fact.id),
            "source": fact.source,
            "type": fact.type,
            "time": fact.time,
            "arrivedat": fact.arrived,
            "subject": order_id,
            "data": data,
        }
    )


def _bare(event: Event) -> Payload:
    data = event.data
    changes = dict(_NEVER_KEPT.get(type(data), {}))
    if hasattr(data, "order_id"):
        changes["order_id"] = None
    if isinstance(data, OrderPlaced):
        changes["customer"] = intake.nobody(data.customer)
    if isinstance(data, OrderPlaced | OrderChanged) and data.shipping_address is not None:
        changes["shipping_address"] = intake.nowhere(data.shipping_address)
    if isinstance(data, ReturnEvent) and event.type not in _KEPT_REASONS:
        changes["reason"] = None
    return _replace(data, **changes)
