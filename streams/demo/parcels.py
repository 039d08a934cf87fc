"""The journey of a parcel, in beats: from the supplier's order to the carrier's scans."""

import datetime as dt
from typing import NamedTuple

from streams.demo.tale import Tale, tracking_number
from streams.domain.events import (
    ShipmentCreated,
    ShipmentStatus,
    SupplierAccepted,
    SupplierDispatched,
    SupplierOrdered,
)
from streams.domain.values import Line, LineQuantity


class Parcel(NamedTuple):
    """One parcel of a tale, and the words its carrier is addressed by."""

    tale: Tale
    shipment_id: str
    carrier: str
    number: str

    @classmethod
    def drawn(cls, tale: Tale, carrier: str, part: int = 1) -> "Parcel":
        """The tale's parcel number `part`, with a tracking number of its own."""
        drawn = (tale.sample.name("sh", part), carrier, tracking_number(tale.random))
        tale.parcels.append(drawn)
        return cls(tale, *drawn)

    @classmethod
    def last_of(cls, tale: Tale) -> "Parcel":
        """The parcel that the tale drew last."""
        return cls(tale, *tale.parcels[-1])

    def scan(self, after: float, status: str, **fields: object) -> None:
        """The carrier's word. It names the tracking number alone, as carriers do."""
        options = {name: fields.pop(name) for name in ("happened", "copies") if name in fields}
        payload = ShipmentStatus(status=status, carrier=self.carrier, tracking_number=self.number, **fields)  # type: ignore[arg-type]  # a story's own keywords
        self.tale.at(after, payload, source=f"/carrier/{self.carrier}", **options)  # type: ignore[arg-type]  # the same

    def travels(self, after: float, pace: float = 7) -> float:
        """First scan and sorting centre; returns when the next thing may happen."""
        self.scan(after, "accepted", location=self.tale.sample.address.city)
        self.scan(after + pace, "in_transit")
        return after + 2 * pace

    def arrives(self, after: float, pace: float = 9, **fields: object) -> None:
        """On the van, then at the door."""
        self.scan(after, "out_for_delivery")
        self.scan(after + pace, "delivered", **{"delivered_to": "recipient", **fields})

    @property
    def tracking_url(self) -> str:
        return f"https://tracking.example/{self.carrier}/{self.number}"


def dispatch(
    tale: Tale,
    after: float,
    *,
    part: int = 1,
    lines: tuple[Line, ...] | None = None,
    carrier: str | None = None,
) -> Parcel:
    """A supplier is asked, agrees, and announces a parcel: four beats over six seconds."""
    wanted = lines if lines is not None else tale.sample.lines
    supplier_order = order_from_supplier(tale, after, part=part, lines=wanted)
    carrier = carrier or tale.random.choice(tale.sample.shop.carriers)
    parcel = Parcel.drawn(tale, carrier, part)
    supplier = f"/supplier/s-{part}"
    sent = SupplierDispatched(
        supplier_order_id=supplier_order,
        carrier=parcel.carrier,
        tracking_number=parcel.number,
        shipment_id=parcel.shipment_id,
        tracking_url=parcel.tracking_url,
        line_ids=tuple(line.line_id for line in wanted),
    )
    tale.at(after + 5, sent, source=supplier)
    tale.at(after + 6, announcement(parcel, supplier_order, wanted), source=f"/carrier/{parcel.carrier}")
    return parcel


def order_from_supplier(tale: Tale, after: float, *, part: int = 1, lines: tuple[Line, ...]) -> str:
    """Asks supplier number `part` for these lines, who agrees two seconds later; returns its order's id."""
    supplier_order = tale.sample.name("so", part)
    asked = SupplierOrdered(
        order_id=tale.sample.order_id,
        supplier_id=f"s-{part}",
        supplier_order_id=supplier_order,
        line_ids=tuple(line.line_id for line in lines),
        acknowledge_by=tale.moment(after) + dt.timedelta(hours=8),
        dispatch_by=tale.day(1),
    )
    tale.at(after, asked)
    tale.at(after + 2, SupplierAccepted(supplier_order, tale.day(1)), source=f"/supplier/s-{part}")
    return supplier_order


def announcement(parcel: Parcel, supplier_order: str, lines: tuple[Line, ...]) -> ShipmentCreated:
    return ShipmentCreated(
        shipment_id=parcel.shipment_id,
        carrier=parcel.carrier,
        supplier_order_id=supplier_order,
        tracking_number=parcel.number,
        tracking_url=parcel.tracking_url,
        lines=tuple(LineQuantity(line.line_id, line.quantity) for line in lines),
    )
