"""What a story is written with: a made-up order, and the beats that are told about it."""

import datetime as dt
from decimal import Decimal
from random import Random
from typing import NamedTuple

import msgspec

from streams.codec import write_event
from streams.demo.shops import Good, Shop
from streams.domain.events import CONTRACT, Event, OrderPlaced, Payload
from streams.domain.values import Address, Contact, Line, Money, Value, Window

_AMBIGUOUS = ("return.", "complaint.")  # their types share a struct: a story must say which
_TYPE_OF = {struct: name for name, struct in CONTRACT.items() if not name.startswith(_AMBIGUOUS)}
_TOPIC_OF = {
    "supplier": "suppliers",
    "shipment": "shipments",
    "customer": "customers",
    "feedback": "customers",
}


class Beat(NamedTuple):
    """A record that reaches the topic `after` seconds from its story's beginning."""

    after: float
    topic: str
    key: str
    value: bytes


class Sample(Value, frozen=True):
    """Everything about one made-up order that its story may speak of."""

    shop: Shop
    order_id: str
    number: str
    customer: Contact
    address: Address
    lines: tuple[Line, ...]

    @property
    def total(self) -> Money:
        pieces = sum((Decimal(self.price(line).amount) for line in self.lines), Decimal(0))
        return self.money(str(pieces + Decimal(self.shop.delivery_price)))

    def money(self, amount: str) -> Money:
        return Money(amount, self.shop.currency)

    def price(self, line: Line) -> Money:
        return self.money(str(Decimal(line.unit_price.amount) * line.quantity))

    def name(self, prefix: str, part: int = 1) -> str:
        """An id of this order's own, such as its second parcel's: `s-10023-2`."""
        return f"{self.shop.brand.id}:{prefix}-{self.order_id.rpartition(':')[2]}-{part}"


def draw_sample(random: Random, shop: Shop, serial: int, *, lines: int | None = None) -> Sample:
    """An order by someone made up; `serial` makes it, its customer and its references unique."""
    contact, address = _person(random, shop, serial)
    goods = random.sample(shop.goods, lines or random.choice((1, 1, 2, 2, 3)))
    return Sample(
        shop=shop,
        order_id=f"{shop.brand.id}:{serial}",
        number=shop.number.format(serial),
        customer=contact,
        address=address,
        lines=tuple(_line(random, shop, good, place) for place, good in enumerate(goods, 1)),
    )


def tracking_number(random: Random) -> str:
    return f"{random.randrange(10**11, 10**12)}"


class Tale:
    """Collects the beats of one story. `start` is when its first beat reaches the topics.

    Beats are in seconds from the start; `happened` is when the thing was, where it isn't then.
    """

    def __init__(self, sample: Sample, start: dt.datetime, random: Random) -> None:
        self.sample = sample
        self.start = start
        self.random = random
        self.beats: list[Beat] = []
        self.parcels: list[tuple[str, str, str]] = []  # shipment, carrier and number of each

    def at(
        self,
        after: float,
        payload: Payload,
        *,
        happened: float | None = None,
        source: str | None = None,
        copies: int = 1,
    ) -> None:
        """Tells one event; `copies` of it arrive, a second apart, all with the same id."""
        name = _TYPE_OF[type(payload)]
        event = Event(
            id=f"{self.sample.order_id}/{len(self.beats) + 1}",
            source=source or f"/shop/{self.sample.shop.brand.id}",
            type=name,
            time=self.moment(after if happened is None else happened),
            arrived=self.moment(after),
            data=payload,
        )
        topic = _TOPIC_OF.get(name.partition(".")[0], "orders")
        for copy in range(copies):
            self.beats.append(Beat(after + copy, topic, self.sample.order_id, write_event(event)))

    def raw(self, after: float, topic: str, value: bytes) -> None:
        self.beats.append(Beat(after, topic, self.sample.order_id, value))

    def moment(self, after: float) -> dt.datetime:
        """The instant so many seconds into the story."""
        return self.start + dt.timedelta(seconds=after)

    def day(self, days: int) -> str:
        """The date, as the contract writes it, so many working days after today, at the shop's."""
        date = self.start.date()
        for _ in range(days):
            date += dt.timedelta(days=1)
            while date.weekday() > 4:  # noqa: PLR2004 - Saturday and Sunday
                date += dt.timedelta(days=1)
        return date.isoformat()

    def days(self, earliest: int, latest: int) -> Window:
        """A window of working days from today."""
        return Window(self.day(earliest), self.day(latest))

    def placed(self, after: float = 0, *, happened: float | None = None, **changed: object) -> None:
        """The order itself, promised in two to three working days."""
        sample = self.sample
        payload = OrderPlaced(
            order_id=sample.order_id,
            number=sample.number,
            shop=sample.shop.brand.id,
            customer=sample.customer,
            shipping_address=sample.address,
            lines=sample.lines,
            total=sample.total,
            delivery_price=sample.money(sample.shop.delivery_price),
            promised_delivery=self.days(2, 3),
        )
        payload = msgspec.structs.replace(payload, **changed)
        self.at(after, payload, happened=happened)

    def in_order(self) -> tuple[Beat, ...]:
        return tuple(sorted(self.beats, key=lambda beat: beat.after))


def _person(random: Random, shop: Shop, serial: int) -> tuple[Contact, Address]:
    name = f"{random.choice(shop.given_names)} {random.choice(shop.family_names)}"
    postal_code, city = random.choice(shop.cities)
    contact = Contact(
        customer_id=f"{shop.brand.id}:c-{serial}",
        country=shop.country,
        name=name,
        email=f"customer-{serial}@example.com",
        phone=shop.phone.format(random.randrange(1000)),
        locale=shop.language_tag,
    )
    street = shop.street_form.format(street=random.choice(shop.streets), house=random.randrange(1, 90))
    return contact, Address(name, (street,), postal_code, city, shop.country)


def _line(random: Random, shop: Shop, good: Good, place: int) -> Line:
    price = Money(good.price, shop.currency)
    return Line(f"l{place}", good.sku, good.title, random.choice((1, 1, 1, 2)), price)
