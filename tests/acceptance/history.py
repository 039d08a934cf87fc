"""A small language for histories: what happened, and what the customer should have heard."""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")


def local(text: str) -> dt.datetime:
    """`03-05 10:00`, in Warsaw, 2026."""
    return dt.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=WARSAW)


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "PLN"}


def line(line_id: str, quantity: int = 1) -> dict[str, Any]:
    return {
        "line_id": line_id,
        "sku": f"sku-{line_id}",
        "title": f"Article {line_id}",
        "quantity": quantity,
        "unit_price": money("20.00"),
    }


@dataclass
class History:
    """One order of one customer. Times are local; every event names its order unless told not to.

    `of`: whose order it is, where one person has several or none has a name.
    """

    name: str
    country: str = "PL"
    events: list[dict[str, Any]] = field(default_factory=list)
    shop: str = "acme"
    of: str | None = None

    @property
    def order(self) -> str:
        return f"{self.shop}:{self.name}"

    @property
    def customer(self) -> str:
        return f"{self.shop}:{self.of or 'c-' + self.name}"

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"

    def say(
        self, when: str, kind: str, /, *, arrives: str | None = None, place: bool = True, **data: Any
    ) -> "History":
        """One event; `place=False`: it names no order."""
        number = len(self.events)
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"{self.name}-{number}",
            "source": f"/shop/{self.shop}",
            "type": kind,
            "time": local(when).isoformat(),
            "data": data,
        }
        if (place and not kind.startswith("customer.")) or kind == "customer.choice":
            event["data"] = {"order_id": self.order, **data}
        if kind.startswith("customer.") and kind != "customer.choice":
            event["data"] = {"customer_id": self.customer, **data}
        if arrives is not None:
            event["arrivedat"] = local(arrives).isoformat()
        self.events.append(event)
        return self

    def placed(
        self,
        when: str,
        *,
        lines: int = 2,
        promised: str | None = "2026-03-12",
        arrives: str | None = None,
        contact: dict[str, Any] | None = None,
        of: list[dict[str, Any]] | None = None,
        **data: Any,
    ) -> "History":
        person = {"name": "Jagna Testowa", "email": self.email, "phone": "+48600000001", "locale": "en"}
        customer = {
            "customer_id": self.customer,
            "country": self.country,
            **(person if contact is None else contact),
        }
        if promised is not None:
            data["promised_delivery"] = {"latest": promised}
        return self.say(
            when,
            "order.placed",
            arrives=arrives,
            number=self.name,
            shop=self.shop,
            customer=customer,
            shipping_address={
                "name": "Jagna Testowa",
                "lines": ["ul. Przykładowa 1"],
                "postal_code": "00-001",
                "city": "Warszawa",
                "country": self.country,
            },
            lines=of or [line(f"l{number + 1}") for number in range(lines)],
            total=money("40.00"),
            **data,
        )

    def parcel(self, when: str, number: str = "A", lines: list[str] | None = None, **data: Any) -> "History":
        """A label exists. `lines`: what is in it, one piece each."""
        if lines is not None:
            data["lines"] = [{"line_id": name, "quantity": 1} for name in lines]
        return self.say(
            when,
            "shipment.created",
            shipment_id=f"{self.name}-{number}",
            carrier="inpost",
            tracking_number=self.number(number),
            **data,
        )

    def number(self, number: str) -> str:
        return f"{self.name}{number}".replace("-", "").upper()

    def scan(self, when: str, status: str, number: str = "A", **data: Any) -> "History":
        return self.say(
            when,
            "shipment.status",
            status=status,
            carrier="inpost",
            tracking_number=self.number(number),
            **data,
        )

    def twice(self) -> "History":
        """Every event once more, later."""
        for event in list(self.events):
            again = json.loads(json.dumps(event))
            base = dt.datetime.fromisoformat(again.get("arrivedat", again["time"]))
            again["arrivedat"] = (base + dt.timedelta(minutes=7)).isoformat()
            self.events.append(again)
        return self


def arrival(event: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(event.get("arrivedat", event["time"]))
