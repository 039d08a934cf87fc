"""Which scans are about which parcel, whatever name each source has for it.

A tracking number names a parcel; `replaces` joins two numbers. A shipment id is another name for its
number; several numbers under one shipment are several parcels. A supplier order names its parcel
where nothing better does. Names are joined over all facts before anything is folded, so a link that
arrives last counts from the first scan on.
"""

import functools
from collections.abc import Iterable

from streams.domain.fold.views import Seen

ONLY = "order"  # a scan that names nothing but the order is about its first parcel


@functools.lru_cache(maxsize=8192)
def normal(number: str) -> str:
    """A tracking number as it is compared."""
    return "".join(number.split()).upper()


class Names:
    """The names of one order's parcels, joined."""

    def __init__(self, mentions: Iterable[Seen]) -> None:
        self._root: dict[str, str] = {}
        self._shipments: dict[str, list[str]] = {}
        self._suppliers: dict[str, list[str]] = {}
        self._bare: dict[str, list[str]] = {}
        for seen in mentions:
            self._learn(seen.data)
        self._join_by_supplier()

    def key(self, seen: Seen) -> str | None:
        """The parcel's key, None where the scan names nothing but its order."""
        data = seen.data
        if data.tracking_number:
            return "n:" + self._find(normal(data.tracking_number))
        if data.shipment_id:
            return self._of_shipment(data.shipment_id)
        if data.supplier_order_id:
            return self._of_supplier(data.supplier_order_id)
        return None

    def _find(self, number: str) -> str:
        while (root := self._root.get(number, number)) != number:
            number = root
        return number

    def _of_shipment(self, shipment: str) -> str:
        numbers = self._shipments.get(shipment)
        return "n:" + self._find(numbers[0]) if numbers else "s:" + shipment

    def _of_supplier(self, supplier_order: str) -> str:
        if numbers := self._suppliers.get(supplier_order):
            return "n:" + self._find(numbers[0])
        if shipments := self._bare.get(supplier_order):
            return self._of_shipment(shipments[0])
        return "o:" + supplier_order

    def _learn(self, data: object) -> None:
        number = getattr(data, "tracking_number", None)
        shipment = getattr(data, "shipment_id", None)
        supplier = getattr(data, "supplier_order_id", None)
        if not number:
            if supplier and shipment:
                _add(self._bare, supplier, shipment)
            return
        number = normal(number)
        if older := getattr(data, "replaces", None):
            self._join(number, normal(older))
        if shipment:
            _add(self._shipments, shipment, number)
        if supplier:
            _add(self._suppliers, supplier, number)

    def _join(self, number: str, older: str) -> None:
        new, old = self._find(number), self._find(older)
        if new != old:
            self._root[new] = old

    def _join_by_supplier(self) -> None:
        named = {self._find(number) for numbers in self._shipments.values() for number in numbers}
        for supplier, shipments in self._bare.items():
            bare = [name for name in shipments if name not in self._shipments]
            roots = {self._find(number) for number in self._suppliers.get(supplier, ())} - named
            if len(bare) == 1 and len(roots) == 1:
                self._shipments[bare[0]] = [roots.pop()]


def _add(where: dict[str, list[str]], name: str, value: str) -> None:
    known = where.setdefault(name, [])
    if value not in known:
        known.append(value)
