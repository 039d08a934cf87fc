"""Which lines belong together, so that several processes can each decide about a share of the orders.

Two lines belong together where one may change what is decided about the other: they name the same order,
customer, parcel, supplier's order or return, or orders that draw on the same budget. Names are told apart
by a hash of 21 bits: two that share one by chance are put together, which costs balance and nothing
else, and so a history of any length takes the same memory, but for nine bytes a line.
"""

import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator

import msgspec

from streams.codec import UNREADABLE
from streams.simulate.source import Line

_SIZE = 1 << 21
_ABSENT = msgspec.Raw()

Tied = Callable[[str], bool]  # whether a shop's orders have something in common besides their customers


class _Data(msgspec.Struct):
    """Left as they are written: what nobody reads must not make a line unreadable here alone."""

    order_id: msgspec.Raw = _ABSENT
    customer_id: msgspec.Raw = _ABSENT
    customer: msgspec.Raw = _ABSENT
    shop: msgspec.Raw = _ABSENT
    supplier_order_id: msgspec.Raw = _ABSENT
    shipment_id: msgspec.Raw = _ABSENT
    tracking_number: msgspec.Raw = _ABSENT
    return_id: msgspec.Raw = _ABSENT


class _Event(msgspec.Struct):
    data: _Data
    subject: msgspec.Raw = _ABSENT


class _Customer(msgspec.Struct):
    customer_id: msgspec.Raw = _ABSENT


_read_event = msgspec.json.Decoder(_Event).decode
_read_customer = msgspec.json.Decoder(_Customer).decode
_read_name = msgspec.json.Decoder(str).decode


def divide(lines: Iterable[Line], shares: int, tied: Tied) -> bytes:
    """The share of each line, from 0 to `shares` - 1 (255 at most); those that belong together have one."""
    known, first = _Groups(), array("I")
    for line in lines:
        places = [zlib.crc32(name.encode()) % _SIZE for name in _names(line.value, tied)]
        first.append(known.join(places or [0]))
    groups = array("I", map(known.of, first))
    sizes: dict[int, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    load, share = [0] * shares, {}
    for group, size in sizes.items():
        share[group] = least = load.index(min(load))
        load[least] += size
    return bytes(map(share.__getitem__, groups))


class _Groups:
    """Disjoint sets of places: a tree each, whose root stands for all."""

    def __init__(self) -> None:
        self._above = array("I", range(_SIZE))

    def of(self, place: int) -> int:
        above = self._above
        while above[place] != place:
            above[place] = place = above[above[place]]
        return place

    def join(self, places: list[int]) -> int:
        root, *others = map(self.of, places)
        for other in others:
            self._above[self.of(other)] = root
        return root


def _names(value: bytes, tied: Tied) -> Iterator[str]:
    try:
        data, subject = msgspec.structs.astuple(_read_event(value))
    except UNREADABLE:
        return
    for kind, raw in (
        ("order", data.order_id),
        ("order", subject),
        ("customer", data.customer_id),
        ("customer", _inner(data.customer)),
        ("supplier", data.supplier_order_id),
        ("shipment", data.shipment_id),
        ("return", data.return_id),
    ):
        if (name := _name(raw)) is not None:
            yield f"{kind} {name}"
    if (number := _name(data.tracking_number)) is not None:
        yield f"number {''.join(number.split()).upper()}"  # whatever the carrier: more together than need be
    if (shop := _name(data.shop)) is not None and tied(shop):
        yield f"shop {shop}"


def _inner(customer: msgspec.Raw) -> msgspec.Raw:
    try:
        return _read_customer(customer).customer_id if customer else customer
    except UNREADABLE:
        return _ABSENT


def _name(raw: msgspec.Raw) -> str | None:
    try:
        return _read_name(raw) if raw else None
    except UNREADABLE:  # no string, so no name either
        return None
