"""The stories that the demo tells, each a run of the contract's events over about a minute."""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from streams.demo.parcels import Parcel, announcement, dispatch, order_from_supplier
from streams.demo.tale import Tale, tracking_number
from streams.domain.events import (
    CustomerPreferences,
    OrderCancelled,
    OrderChanged,
    OrderPaid,
    OrderPaymentFailed,
    OrderRefunded,
    ShipmentCreated,
)
from streams.domain.values import Contact, Pickup, Window


def happy(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3)
    parcel.arrives(parcel.travels(12) + 4)


def split(tale: Tale) -> None:
    tale.placed()
    first, second = tale.sample.lines[:1], tale.sample.lines[1:]
    one = dispatch(tale, 3, part=1, lines=first)
    two = dispatch(tale, 5, part=2, lines=second)
    one.arrives(one.travels(12) + 3)
    two.arrives(two.travels(32) + 3, delivered_to="neighbour")


def late_and_back(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3)
    after = parcel.travels(12)
    parcel.scan(after, "in_transit", reason="weather", estimated_delivery=tale.days(6, 7))
    parcel.scan(after + 24, "in_transit", estimated_delivery=tale.days(2, 2))
    parcel.arrives(after + 45)


def locker(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3, carrier=tale.sample.shop.locker_carrier)
    after = parcel.travels(12)
    parcel.scan(after, "ready_for_pickup", pickup=locker_place(tale, after))
    parcel.scan(after + 55, "delivered", delivered_to="pickup_point")


def failed_attempt(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3)
    after = parcel.travels(12)
    parcel.scan(after, "out_for_delivery")
    parcel.scan(after + 8, "attempt_failed", reason="not_at_home")
    parcel.arrives(after + 26)


def payment_problem(tale: Tale) -> None:
    sample = tale.sample
    tale.placed(payment="separate")
    failed = OrderPaymentFailed(sample.order_id, sample.total, f"https://pay.example/{sample.number}")
    tale.at(3, failed)
    tale.at(16, OrderPaid(sample.order_id, sample.total, sample.shop.method))
    parcel = dispatch(tale, 20)
    parcel.arrives(parcel.travels(29) + 4)


def lost(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3)
    after = parcel.travels(12)
    parcel.scan(after + 8, "lost", reason="lost_in_transit", party="carrier")
    tale.at(after + 40, OrderRefunded(tale.sample.order_id, tale.sample.total, tale.sample.shop.method))


def address_change(tale: Tale) -> None:
    sample = tale.sample
    tale.placed()
    moved = replace(sample.address, lines=(*sample.address.lines, "3"))
    tale.at(6, OrderChanged(sample.order_id, shipping_address=moved))
    parcel = dispatch(tale, 9)
    parcel.arrives(parcel.travels(18) + 4)


def partial_cancellation(tale: Tale) -> None:
    sample = tale.sample
    tale.placed()
    gone, kept = sample.lines[:1], sample.lines[1:]
    gone_ids = tuple(line.line_id for line in gone)
    tale.at(6, OrderCancelled(sample.order_id, "customer", line_ids=gone_ids))
    tale.at(12, OrderRefunded(sample.order_id, sample.price(gone[0]), sample.shop.method, gone_ids))
    parcel = dispatch(tale, 14, lines=kept)
    parcel.arrives(parcel.travels(23) + 4)


def whole_cancellation(tale: Tale) -> None:
    tale.placed()
    tale.at(9, OrderCancelled(tale.sample.order_id, "customer", reason="changed_mind"))
    tale.at(18, OrderRefunded(tale.sample.order_id, tale.sample.total, tale.sample.shop.method))


def number_replaced(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3)
    after = parcel.travels(12)
    renamed = parcel._replace(number=tracking_number(tale.random))
    news = ShipmentCreated(
        shipment_id=parcel.shipment_id,
        carrier=parcel.carrier,
        tracking_number=renamed.number,
        tracking_url=renamed.tracking_url,
        replaces=parcel.number,
    )
    tale.at(after + 8, news, source=f"/carrier/{parcel.carrier}")
    renamed.arrives(after + 20)


def out_of_order(tale: Tale) -> None:
    """Scans arrive newest first, twice, and long after the parcel is at the door."""
    tale.placed()
    parcel = dispatch(tale, 3)
    parcel.scan(24, "out_for_delivery", copies=2)
    parcel.scan(26, "in_transit", happened=18, copies=3)
    parcel.scan(34, "delivered", delivered_to="mailbox", copies=2)
    parcel.scan(40, "accepted", happened=12, copies=2)
    parcel.scan(44, "out_for_delivery", happened=25)


def parcel_before_order(tale: Tale) -> None:
    """The supplier and the carrier speak before the shop does: their events wait for the order."""
    lines = tale.sample.lines
    supplier_order = tale.sample.name("so", 1)
    carrier = tale.sample.shop.carriers[0]
    parcel = Parcel.drawn(tale, carrier)
    parcel.scan(0, "accepted", happened=0)
    tale.at(2, announcement(parcel, supplier_order, lines), source=f"/carrier/{carrier}")
    tale.placed(8, happened=-1)
    order_from_supplier(tale, 12, lines=lines)
    parcel.arrives(28)


def prefers_sms(tale: Tale) -> None:
    wish = CustomerPreferences(tale.sample.customer.customer_id, channels={"T": ("sms", "email")})
    tale.placed()
    tale.at(1, wish)
    parcel = dispatch(tale, 3)
    parcel.arrives(parcel.travels(12) + 4)


def wants_quiet(tale: Tale) -> None:
    """A customer who wants no service messages at all, but for what the law asks."""
    tale.placed()
    tale.at(1, CustomerPreferences(tale.sample.customer.customer_id, channels={"T": ()}))
    parcel = dispatch(tale, 3)
    parcel.arrives(parcel.travels(12) + 4)


def no_contact(tale: Tale) -> None:
    person = tale.sample.customer
    nobody = Contact(person.customer_id, person.country, person.name, locale=person.locale)
    tale.placed(customer=nobody)
    parcel = dispatch(tale, 3)
    parcel.arrives(parcel.travels(12) + 4)


def wrong_address(tale: Tale) -> None:
    tale.placed()
    parcel = dispatch(tale, 3)
    after = parcel.travels(12)
    parcel.scan(after, "attempt_failed", reason="address", party="recipient")
    parcel.arrives(after + 28)


def old_import(tale: Tale) -> None:
    """An order of a month ago, imported today: its timeline is built, and nobody is disturbed."""
    month = -30 * 24 * 3600.0
    tale.placed(0, happened=month, promised_delivery=Window(tale.day(0), tale.day(0)))
    parcel = Parcel(
        tale, tale.sample.name("sh", 1), tale.sample.shop.carriers[0], tracking_number(tale.random)
    )
    created = ShipmentCreated(
        shipment_id=parcel.shipment_id,
        carrier=parcel.carrier,
        order_id=tale.sample.order_id,
        tracking_number=parcel.number,
    )
    tale.at(1, created, happened=month + 3600)
    for step, status in enumerate(("accepted", "in_transit", "out_for_delivery", "delivered"), 1):
        parcel.scan(1 + step / 2, status, happened=month + step * 20_000)


def unreadable(tale: Tale) -> None:
    """A happy order, beside two records that nobody can read."""
    happy(tale)
    tale.raw(5, "shipments", b"<tracking><status>OK</status></tracking>")
    tale.raw(8, "orders", _an_amount_as_a_number(tale))


def _an_amount_as_a_number(tale: Tale) -> bytes:
    """A till that writes 12.5 where the contract wants "12.50"."""
    amount = {"amount": 12.5, "currency": tale.sample.shop.currency}
    event = {
        "specversion": "1.0",
        "id": f"till-{tale.sample.order_id}",
        "source": "/shop/till",
        "type": "order.paid",
        "time": tale.moment(8),
        "data": {"order_id": tale.sample.order_id, "method": "cash", "amount": amount},
    }
    return msgspec.json.encode(event)


def locker_place(tale: Tale, after: float) -> Pickup:
    """Two days' locker, nearly: so that the reminder of its last 24 hours is seen half a minute later."""
    point, address = tale.random.choice(tale.sample.shop.lockers)
    deadline = tale.moment(after + 30) + dt.timedelta(hours=24)
    return Pickup(point, address, deadline, f"{tale.random.randrange(10**6):06d}")


class Story(NamedTuple):
    """`weight`: how often it is told, beside the others. `lines`: how many its order needs.

    `interruptible`: its parcel may be made late, or lost, by whoever watches.
    """

    title: str
    tell: Callable[[Tale], None]
    weight: int = 2
    lines: int | None = None
    interruptible: bool = False


STORIES = (
    Story("a plain, happy order", happy, 6, interruptible=True),
    Story("one order, two parcels", split, 4, lines=3),
    Story("a delay, and back on time", late_and_back, 4),
    Story("a locker with a code, a deadline and a reminder", locker, 4),
    Story("nobody at home, then delivered", failed_attempt, 3, interruptible=True),
    Story("a payment that fails, then succeeds", payment_problem, 3, interruptible=True),
    Story("a parcel that is lost", lost, 2),
    Story("the address changes", address_change, 2, interruptible=True),
    Story("one line is cancelled", partial_cancellation, 2, lines=2),
    Story("the whole order is cancelled", whole_cancellation, 1),
    Story("the tracking number is replaced", number_replaced, 2),
    Story("scans out of order, and repeated", out_of_order, 2),
    Story("a parcel heard of before its order", parcel_before_order, 2),
    Story("a customer who prefers SMS", prefers_sms, 3, interruptible=True),
    Story("a customer who wants no messages", wants_quiet, 1),
    Story("a customer without any contact", no_contact, 1),
    Story("an address that can't be found", wrong_address, 2, interruptible=True),
    Story("an old order, imported today", old_import, 1),
    Story("records that can't be read", unreadable, 1),
)
