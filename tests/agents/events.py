"""Contract events with made-up people, as a sender would write them."""

import json
from typing import Any

ORDER = "acme:1001"
CUSTOMER = "acme:c-7"


def event(kind: str, data: dict[str, Any], **envelope: Any) -> bytes:
    """One event as JSON; its id follows from its type unless given."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": envelope.pop("id", f"{kind}-1"),
            "source": envelope.pop("source", "/shop/acme"),
            "type": kind,
            "time": envelope.pop("time", "2026-03-05T10:00:00+00:00"),
            **envelope,
            "data": data,
        }
    ).encode()


def placed(**changes: Any) -> bytes:
    """An order of two lines by a customer in Poland."""
    data = {
        "order_id": ORDER,
        "number": "1001",
        "shop": "acme",
        "customer": {
            "customer_id": CUSTOMER,
            "name": "Jagna Testowa",
            "email": "jagna@example.com",
            "phone": "+48600000000",
            "country": "PL",
            "locale": "pl",
        },
        "shipping_address": {
            "name": "Jagna Testowa",
            "lines": ["ul. Przykładowa 1"],
            "postal_code": "00-001",
            "city": "Warszawa",
            "country": "PL",
        },
        "lines": [
            {
                "line_id": "l1",
                "sku": "mug",
                "title": "Mug",
                "quantity": 1,
                "unit_price": {"amount": "30.00", "currency": "PLN"},
            },
            {
                "line_id": "l2",
                "sku": "lamp",
                "title": "Lamp",
                "quantity": 2,
                "unit_price": {"amount": "45.00", "currency": "PLN"},
            },
        ],
        "total": {"amount": "120.00", "currency": "PLN"},
        "promised_delivery": {"latest": "2026-03-12"},
        "consents": [{"purpose": "reviews", "given_at": "2026-03-05T10:00:00+00:00", "proof": "box 3"}],
    }
    return event("order.placed", {**data, **changes})


def scan(status: str, *, number: str = "PL1", carrier: str | None = "inpost", **data: Any) -> bytes:
    """A carrier's scan that names its parcel and no order."""
    named = {"carrier": carrier} if carrier else {}
    return event(
        "shipment.status",
        {"status": status, "tracking_number": number, **named, **data},
        id=f"scan-{number}-{status}",
        source="/carrier/inpost",
    )
