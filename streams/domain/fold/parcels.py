"""Scans, labels and dispatches: what each parcel has been through."""

import datetime as dt

from streams.domain import states
from streams.domain.fold.identity import ONLY, Names, normal
from streams.domain.fold.views import OrderView, Parcel, Seen
from streams.domain.values import Pickup, pieces

_VAN_AFTER = dt.timedelta(hours=6)


def fold_mention(view: OrderView, seen: Seen, names: Names) -> None:
    """Any event that speaks of a parcel."""
    if seen.fact.type != "shipment.status":
        _announce(view, _parcel(view, seen, names), seen)
    elif seen.data.status not in states.PARCEL:
        view.unknown[(seen.fact.source, seen.data.carrier_code or seen.data.status)] += 1
    elif view.placed is not None and seen.time < view.placed.time:
        view.older += 1
    else:
        _scan(_parcel(view, seen, names), seen)


def _parcel(view: OrderView, seen: Seen, names: Names) -> Parcel:
    named = names.key(seen)
    key = named or next(iter(view.parcels), ONLY)
    if named and ONLY in view.parcels and named not in view.parcels:
        _rename(view, named)
    parcel = view.parcels.get(key)
    if parcel is None:
        parcel = view.parcels[key] = Parcel(key, {key}, heard=seen.time)
    parcel.names.add(named or ONLY)
    _name(parcel, seen)
    return parcel


def _rename(view: OrderView, key: str) -> None:
    only = view.parcels.pop(ONLY)
    only.key = key
    view.parcels = {key: only, **view.parcels}


def _name(parcel: Parcel, seen: Seen) -> None:
    data = seen.data
    # A better name stands for the others: two parcels may share a shipment or a supplier order.
    if data.tracking_number:
        if data.tracking_number not in parcel.numbers:
            parcel.names.add("n:" + normal(data.tracking_number))
            parcel.numbers.append(data.tracking_number)
    elif data.shipment_id:
        parcel.names.add("s:" + data.shipment_id)
    elif data.supplier_order_id:
        parcel.names.add("o:" + data.supplier_order_id)
    parcel.supplier_order = data.supplier_order_id or parcel.supplier_order
    parcel.carrier = parcel.carrier or data.carrier


def _announce(view: OrderView, parcel: Parcel, seen: Seen) -> None:
    data = seen.data
    if data.tracking_number == parcel.number or not parcel.url:
        parcel.url = data.tracking_url or parcel.url
    parcel.carrier = data.carrier
    older = getattr(data, "replaces", None)
    if older and older != data.tracking_number:
        parcel.replaced[older] = seen
        parcel.url = data.tracking_url
    if data.lines:
        parcel.lines = pieces(data.lines)
    elif getattr(data, "line_ids", None):
        known = {line.line_id: line.quantity for line in view.lines.values()}
        parcel.lines = {line: known[line] for line in data.line_ids if line in known}
    parcel.since = parcel.since or seen.time


def _scan(parcel: Parcel, seen: Seen) -> None:
    data = seen.data
    if not moves(parcel, seen):
        parcel.noise += 1
        return
    if data.estimated_delivery is not None:
        parcel.estimates.append(seen)
    if data.status not in states.PAPER and parcel.first_scan is None:
        parcel.first_scan = seen
    if parcel.state == states.DELIVERED and data.status != states.DELIVERED:
        parcel.corrections.append(seen)
    if data.status == states.DELIVERED and parcel.state != states.DELIVERED:
        parcel.deliveries.append(seen)
    if data.status == "ready_for_pickup":
        _pick_up(parcel, seen)
    if data.status != parcel.state:
        parcel.state, parcel.since = data.status, seen.time
    parcel.reached.add(data.status)
    parcel.steps.append(seen)


def _pick_up(parcel: Parcel, seen: Seen) -> None:
    pickup: Pickup | None = seen.data.pickup
    known = parcel.pickup if parcel.state == "ready_for_pickup" else None
    if known is not None and pickup is not None and pickup.point == known.point:
        pickup = _together(known, pickup)
    elif parcel.state != "ready_for_pickup" or (known is not None and pickup is not None):
        parcel.pickup_since = seen  # it waits from now on, or somewhere else
    parcel.pickup = pickup or parcel.pickup


def _together(known: Pickup, news: Pickup) -> Pickup:
    """While it waits in one place: who repeats only where it is takes back neither code nor deadline."""
    return Pickup(
        news.point, news.address or known.address, news.deadline or known.deadline, news.code or known.code
    )


def moves(parcel: Parcel, seen: Seen) -> bool:
    """Whether this scan says something new of the parcel, or says again what holds."""
    status = seen.data.status
    if parcel.state != states.DELIVERED:
        return status not in states.IGNORED[parcel.state]
    return status == states.DELIVERED or _corrects(parcel, seen)


def _corrects(parcel: Parcel, seen: Seen) -> bool:
    """Only what plainly contradicts a delivery takes it back."""
    status, reason = seen.data.status, seen.data.reason
    if status in states.CORRECTIONS:
        return True
    if status in states.PAPER:
        return False
    if reason in states.CORRECTION_REASONS:
        return True
    if status == "ready_for_pickup":  # it waits at the point after all; a repeat of before isn't news
        return "ready_for_pickup" not in parcel.reached
    return status == "out_for_delivery" and seen.time - parcel.deliveries[-1].time >= _VAN_AFTER
