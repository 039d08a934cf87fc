"""What a person at the shop must see to, and by when. Each cause once; closed when it goes away."""

import datetime as dt
from collections.abc import Callable, Iterator

from streams.domain import states
from streams.domain.calendar import Calendar
from streams.domain.decide.problems import problem_since
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.fold.views import SupplierOrder
from streams.domain.values import Moment

_DAY = dt.timedelta(hours=24)
_ANSWERED = frozenset({"dispatched", "short_shipped", "rejected", "out_of_stock", "cancelled"})
_CARRIERS = states.TOLD_PROBLEMS - {"damaged"}


def carrier_problem(scene: Scene) -> Iterator[Escalation]:
    """Lost, refused, undeliverable, on its way back: the claim against the carrier is the seller's."""
    for parcel in scene.parcels:
        run = problem_since(scene, parcel)
        troubles = [step for step in run or () if step.data.status in _CARRIERS]
        if troubles:
            yield Escalation(
                "carrier_problem",
                f"{parcel.key}:{troubles[0].id}",
                troubles[0].time,
                troubles[0].time + _DAY,
                f"Parcel {parcel.number or parcel.key} is {parcel.state.replace('_', ' ')}"
                f" according to {parcel.carrier or 'its carrier'}.",
                "Open a claim with the carrier, and offer a replacement or a refund.",
            )


def damaged(scene: Scene) -> Iterator[Escalation]:
    """By the carrier's word."""
    for parcel in scene.parcels:
        first = next((step for step in parcel.steps if step.data.status == "damaged"), None)
        if first is not None:
            yield Escalation(
                "damaged",
                f"{parcel.key}:{first.id}",
                first.time,
                first.time + _DAY,
                f"Parcel {parcel.number or parcel.key} was damaged on its way.",
                "Send a replacement, or refund.",
                passing=False,
            )


def delivery_disputed(scene: Scene) -> Iterator[Escalation]:
    """The customer says that it isn't there. The risk is the seller's until they hold it."""
    said = scene.view.disputed
    if said is not None:
        yield Escalation(
            "delivery_disputed",
            said.id,
            said.time,
            said.time + _DAY,
            "The customer says that the delivery has not arrived.",
            "Ask the carrier for the proof of delivery, and answer the customer.",
        )


def supplier_silent(scene: Scene) -> Iterator[Escalation]:
    """Neither an answer by its deadline, nor a parcel by its own word."""
    if scene.view.cancelled is not None:
        return
    for supplier in scene.view.suppliers.values():
        found = _silent_since(scene, supplier)
        if found is None:
            continue
        what, deadline = found
        if scene.wake(f"supplier:{supplier.id}:{what}", deadline):
            yield Escalation(
                "supplier_silent",
                f"{supplier.id}:{what}:{deadline.isoformat()}",
                deadline,
                deadline + _DAY,
                f"Supplier order {supplier.id} was to be {what} by {_words(scene.calendar, deadline)}.",
                "Ask the supplier, and tell the customer if the promise is at risk.",
            )


def _silent_since(scene: Scene, supplier: SupplierOrder) -> tuple[str, dt.datetime] | None:
    left = any(
        p.supplier_order == supplier.id and p.first_scan is not None for p in scene.view.parcels.values()
    )
    if left or supplier.state in _ANSWERED:
        return None
    if supplier.answered is None and supplier.acknowledge_by is not None:
        return "accepted", supplier.acknowledge_by
    if supplier.dispatch_by is not None and supplier.state != "backordered":
        return "dispatched", _business(scene.calendar, supplier.dispatch_by)
    return None


def _business(calendar: Calendar, when: Moment) -> dt.datetime:
    """A deadline on a day without business is over with the next day that has some."""
    due = calendar.instant(when)
    if len(when) > len("2026-01-01"):
        return due
    return calendar.end_of(calendar.business_on_or_after(calendar.day(when)))


def _words(calendar: Calendar, when: dt.datetime) -> str:
    return when.astimezone(calendar.zone).strftime("%Y-%m-%d %H:%M")


TICKETS: tuple[Callable[[Scene], Iterator[Escalation]], ...] = (
    carrier_problem,
    damaged,
    delivery_disputed,
    supplier_silent,
)


def escalate(scene: Scene) -> list[Escalation]:
    """All that should be open now; an order that is over calls for nobody."""
    if scene.view.closed is not None:
        return []
    return [wish for ticket in TICKETS for wish in ticket(scene)]
