"""Generated histories of one order: a plausible life, then late, doubled and shuffled as feeds are."""

import datetime as dt
from typing import Any

import msgspec
from hypothesis import strategies as st

from streams.domain.events import CONTRACT, Event
from streams.domain.states import PARCEL
from tests.unit.timeline.rig import PLN, at, line, order_data

START = at("03-02 10:00")
_HOUR = dt.timedelta(hours=1)
_hours = st.integers(min_value=0, max_value=14 * 24)
_statuses = st.sampled_from([*sorted(PARCEL), "unknown", "teleported"])
_reasons = st.sampled_from([None, None, None, "weather", "address", "customs_documents", "not_at_home"])


@st.composite
def happenings(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """One thing that may happen to an order of two lines, with up to three parcels."""
    parcel = draw(st.sampled_from("123"))
    kind = draw(
        st.sampled_from(
            ["shipment.status"] * 8
            + [
                "shipment.created",
                "shipment.created",
                "supplier.ordered",
                "supplier.dispatched",
                "order.paid",
            ]
            + [
                "supplier.backordered",
                "supplier.delayed",
                "supplier.out_of_stock",
                "supplier.rejected",
                "order.refunded",
                "feedback.given",
                "complaint.filed",
            ]
            + [
                "order.changed",
                "order.cancelled",
                "order.payment_failed",
                "customer.choice",
                "return.declared",
            ]
        )
    )
    return kind, _DATA[kind](draw, parcel)


def _status(draw: st.DrawFn, parcel: str) -> dict[str, Any]:
    name = draw(st.sampled_from(["tracking_number", "shipment_id", "both"]))
    data: dict[str, Any] = {"status": draw(_statuses), "reason": draw(_reasons), "carrier": "inpost"}
    if name != "shipment_id":
        data["tracking_number"] = f"T{parcel}"
    if name != "tracking_number":
        data["shipment_id"] = f"S{parcel}"
    if draw(st.booleans()):
        data["estimated_delivery"] = {"latest": f"2026-03-{draw(st.integers(3, 20)):02}"}
    if data["status"] == "ready_for_pickup":
        data["pickup"] = {"point": "WAW", "deadline": f"2026-03-{draw(st.integers(4, 20)):02}T18:00:00+01:00"}
    return data


def _created(draw: st.DrawFn, parcel: str) -> dict[str, Any]:
    replaces = draw(st.sampled_from([None, None, "T0"]))
    lines = draw(
        st.sampled_from([None, [{"line_id": "l1", "quantity": 1}], [{"line_id": "l2", "quantity": 1}]])
    )
    return {
        "shipment_id": f"S{parcel}",
        "carrier": "inpost",
        "tracking_number": f"T{parcel}",
        "lines": lines,
        "replaces": replaces,
    }


def _supplier(draw: st.DrawFn, parcel: str) -> dict[str, Any]:
    terms = {"dispatch_by": f"2026-03-{draw(st.integers(3, 20)):02}"} if draw(st.booleans()) else {}
    return {"supplier_id": "s", "supplier_order_id": f"O{parcel}", "line_ids": ["l1"], **terms}


def _dispatched(draw: st.DrawFn, parcel: str) -> dict[str, Any]:
    return {"supplier_order_id": f"O{parcel}", "carrier": "inpost", "tracking_number": f"T{parcel}"}


def _changed(draw: st.DrawFn, parcel: str) -> dict[str, Any]:
    return {"promised_delivery": {"latest": f"2026-03-{draw(st.integers(4, 20)):02}"}}


def _cancelled(draw: st.DrawFn, parcel: str) -> dict[str, Any]:
    return {"by": "seller", "line_ids": draw(st.sampled_from([None, ["l1"], ["l2"]]))}


_DATA: dict[str, Any] = {
    "shipment.status": _status,
    "shipment.created": _created,
    "supplier.ordered": _supplier,
    "supplier.dispatched": _dispatched,
    "order.paid": lambda draw, parcel: {"amount": PLN, "method": "card"},
    "order.payment_failed": lambda draw, parcel: {"amount": PLN},
    "order.changed": _changed,
    "order.cancelled": _cancelled,
    "customer.choice": lambda draw, parcel: {
        "about": ["l1"],
        "choice": draw(
            st.sampled_from(["received", "not_received", "wait", "refund", "replacement", "alternative:x"])
        ),
    },
    "return.declared": lambda draw, parcel: {"return_id": f"R{parcel}", "kind": "withdrawal"},
    "return.received": lambda draw, parcel: {"return_id": f"R{parcel}", "kind": "withdrawal"},
    "order.refunded": lambda draw, parcel: {"amount": PLN, "return_id": f"R{parcel}"},
    "complaint.filed": lambda draw, parcel: {"complaint_id": f"C{parcel}", "kind": "damaged"},
    "complaint.decided": lambda draw, parcel: {
        "complaint_id": f"C{parcel}",
        "kind": "damaged",
        "decision": "accepted",
    },
    "order.recalled": lambda draw, parcel: {"advice": "Stop using it."},
    "supplier.out_of_stock": lambda draw, parcel: {
        "supplier_order_id": f"O{parcel}",
        "line_ids": ["l1"],
        "alternatives": [{"sku": "x", "title": "Other thing", "unit_price": PLN}],
    },
    "supplier.rejected": lambda draw, parcel: {"supplier_order_id": f"O{parcel}"},
    "supplier.backordered": lambda draw, parcel: {
        "supplier_order_id": f"O{parcel}",
        "line_ids": ["l1"],
        "expected_at": f"2026-03-{draw(st.integers(3, 25)):02}",
    },
    "supplier.delayed": lambda draw, parcel: {
        "supplier_order_id": f"O{parcel}",
        "dispatch_by": f"2026-03-{draw(st.integers(3, 25)):02}",
    },
    "feedback.given": lambda draw, parcel: {"metric": "csat", "score": draw(st.integers(1, 5))},
}


def _event(number: int, kind: str, hours: int, data: dict[str, Any]) -> Event:
    when = START + hours * _HOUR
    payload = msgspec.convert({"order_id": "shop:1", **data}, CONTRACT[kind])
    return Event(f"e{number}", "/test", kind, when, when, payload, "shop:1")


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """A placed order and up to fourteen things that happen to it, in the order in which they happened."""
    payment = draw(st.sampled_from([{}, {"payment": "separate"}]))
    promise = draw(st.sampled_from([{}, {"promised_delivery": {"latest": "2026-03-06"}}]))
    placed = _event(0, "order.placed", 0, order_data(lines=[line("l1"), line("l2", 2)], **payment, **promise))
    told = draw(st.lists(st.tuples(_hours, happenings()), max_size=14))
    events = [_event(n, kind, hours, data) for n, (hours, (kind, data)) in enumerate(told, 1)]
    return [placed, *sorted(events, key=lambda event: event.time)]


@st.composite
def arrivals(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """The same events as they reach us: each late by up to three days, some of them twice, in any order."""
    late = [draw(st.integers(0, 72)) for _ in events]
    came = [
        msgspec.structs.replace(event, arrived=event.time + hours * _HOUR)
        for event, hours in zip(events, late, strict=True)
    ]
    again = draw(st.lists(st.sampled_from(came), max_size=4))
    repeats = [msgspec.structs.replace(e, arrived=e.arrived + _HOUR) for e in again]
    return sorted([*came, *repeats], key=lambda event: event.arrived)
