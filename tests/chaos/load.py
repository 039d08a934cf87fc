"""A seeded load of the contract's events, such that what is owed doesn't depend on when it is folded.

Each order is confirmed, leaves in one parcel, is scanned a few times; every third is complained about.
No message of these withdraws another, and none waits, so each is owed exactly once however late.
"""

import datetime as dt
import json
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

SHOP = "acme"
CARRIER = "inpost"


class Sent(NamedTuple):
    """One record: `after` seconds from the beginning, to an input topic."""

    after: float
    topic: str
    key: bytes
    value: bytes


def load(seed: int, seconds: float, rate: float, begin: dt.datetime) -> list[Sent]:
    """`rate`: orders a second. In order of arrival."""
    random = Random(seed)
    orders = (_order(random, serial, serial / rate, begin) for serial in range(int(seconds * rate)))
    return sorted(record for records in orders for record in records)


def _order(random: Random, serial: int, start: float, begin: dt.datetime) -> Iterator[Sent]:
    order, number = f"{SHOP}:{serial}", f"T{serial:09d}"
    early = random.random() < 0.1  # the carrier is ahead of the shop, and what it says must wait
    for place, (after, topic, key, kind, data) in enumerate(_events(random, order, number, serial)):
        at = start + (after if not early or topic == "orders" else after - 1.0)
        event = {
            "specversion": "1.0",
            "id": f"{order}/{place}",
            "source": f"/shop/{SHOP}" if topic == "orders" else f"/carrier/{CARRIER}",
            "type": kind,
            "time": (begin + dt.timedelta(seconds=max(0.0, at))).isoformat(timespec="milliseconds"),
            "data": data,
        }
        value = json.dumps(event).encode()
        for copy in range(2 if random.random() < 0.15 else 1):
            yield Sent(max(0.0, at) + copy * random.uniform(0, 3), topic, key.encode(), value)


def _events(
    random: Random, order: str, number: str, serial: int
) -> Iterator[tuple[float, str, str, str, Any]]:
    scan = {"carrier": CARRIER, "tracking_number": number}
    yield 0.0, "orders", order, "order.placed", _placed(order, serial)
    created = scan | {"order_id": order, "shipment_id": f"{order}-s"}
    yield 0.6, "shipments", number, "shipment.created", created
    for place, status in enumerate(("accepted", "in_transit", "in_transit")):
        yield 0.8 + place + random.random(), "shipments", number, "shipment.status", scan | {"status": status}
    if serial % 3 == 0:
        complaint = {"order_id": order, "complaint_id": f"{order}-c", "kind": "damaged"}
        yield 2.0, "orders", order, "complaint.filed", complaint


def _placed(order: str, serial: int) -> dict[str, Any]:
    name = "Jagna Testowa"
    address = {"name": name, "lines": ["ul. Przykładowa 1"], "postal_code": "00-001", "city": "Warszawa"}
    customer = {"customer_id": f"{SHOP}:c-{serial}", "country": "PL", "name": name, "locale": "en"}
    money = {"amount": "20.00", "currency": "PLN"}
    line = {"line_id": "l1", "sku": "sku-1", "title": "A kettle", "quantity": 1, "unit_price": money}
    return {
        "order_id": order,
        "number": str(serial),
        "shop": SHOP,
        "customer": customer | {"email": f"customer-{serial}@example.com"},
        "shipping_address": address | {"country": "PL"},
        "lines": [line],
        "total": money,
    }
