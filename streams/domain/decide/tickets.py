"""What a person at the shop must see to, and by when. Each cause once; closed when it goes away."""

from collections.abc import Callable, Iterator

from streams.domain import law, states
from streams.domain.decide.granted import complaint_granted
from streams.domain.decide.limit import limit_near
from streams.domain.decide.named import called, causes
from streams.domain.decide.problems import (
    action_since,
    last_seen,
    missed_since,
    problem_since,
    seller_needed,
    silent_since,
)
from streams.domain.decide.remedy import remedy_due
from streams.domain.decide.replacement import replacement_due
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.decide.scores import low_score
from streams.domain.decide.stopped import sent_though_cancelled
from streams.domain.decide.suppliers import short_shipped, supplier_rejected, supplier_silent, words
from streams.domain.decide.supply import choice_unclear, out_of_stock_unanswered
from streams.domain.fold.making_good import is_made_good
from streams.domain.fold.refunds import alike, has_gone_back, refund_counts_from
from streams.domain.fold.repeats import names_of
from streams.domain.fold.views import Seen

_REFUND = {"withdrawal": "Refund what was paid, with standard delivery."}
_MAY_WAIT = " It may wait for the goods, or for proof that they were sent."
_MAKE_GOOD = "Refund what was paid for it, or send what was agreed instead."
_CARRIERS = states.TOLD_PROBLEMS - {"damaged"}


def carrier_problem(scene: Scene) -> Iterator[Escalation]:
    """Lost, refused, undeliverable, on its way back: the claim against the carrier is the seller's."""
    for parcel in scene.parcels:
        run = problem_since(scene, parcel)
        troubles = [step for step in run or () if step.data.status in _CARRIERS]
        if troubles:
            missed = missed_since(scene, parcel, troubles[0])
            silent = (f"silent:{missed.id}",) if missed else ()
            yield Escalation(
                "carrier_problem",
                causes(parcel, *silent, *(step.id for step in troubles)),
                troubles[0].time,
                troubles[0].time + scene.limits.tickets_due_in,
                f"{called(parcel)} is {parcel.state.replace('_', ' ')}"
                f" according to {parcel.carrier or 'its carrier'}.",
                "Open a claim with the carrier, and offer a replacement or a refund.",
            )


def seller_needed_for(scene: Scene) -> Iterator[Escalation]:
    """The address, customs or a payment holds it up, and it isn't for the customer to see to that."""
    for parcel in scene.parcels:
        run = action_since(parcel, seller_needed)
        if run:
            yield Escalation(
                "carrier_problem",
                causes(parcel, *(f"needed:{step.id}" for step in run)),
                run[0].time,
                run[0].time + scene.limits.tickets_due_in,
                f"{called(parcel)} can't go on without you: {run[0].data.reason}.",
                "Give the carrier what it asks for; the customer was not asked.",
            )


def silent_parcel(scene: Scene) -> Iterator[Escalation]:
    """Not seen for longer than parcels of this carrier ever are."""
    for parcel in scene.parcels:
        since, last = silent_since(scene, parcel), last_seen(parcel)
        if since is not None and last is not None:
            yield Escalation(
                "carrier_problem",
                causes(parcel, f"silent:{last.id}"),
                since,
                since + scene.limits.tickets_due_in,
                f"{called(parcel)} was last seen on {words(scene.calendar, last.time)}: it may be lost.",
                "Ask the carrier, open a claim, and offer a replacement or a refund.",
            )


def damaged(scene: Scene) -> Iterator[Escalation]:
    """By the carrier's word; over once it is made good, or the order is none any more."""
    if scene.view.state in ("refunded", "cancelled"):
        return
    for parcel in scene.parcels:
        said = [step for step in parcel.steps if step.data.status == "damaged"]
        first = next(iter(said), None)
        if first is not None and not is_made_good(scene.view, parcel, first.time):
            yield Escalation(
                "damaged",
                causes(parcel, *(step.id for step in said)),
                first.time,
                first.time + scene.limits.tickets_due_in,
                f"{called(parcel)} was damaged on its way.",
                "Send a replacement, or refund.",
            )


def delivery_disputed(scene: Scene) -> Iterator[Escalation]:
    """The customer says that it isn't there. The risk is the seller's until they hold it."""
    for said in scene.view.disputes:
        if _is_granted(scene, said):
            continue
        # Who complained before the carrier spoke of a delivery disputes it from then on.
        delivered = (p.deliveries[0].time for p in scene.parcels if p.deliveries)
        since = max(said.time, min(delivered, default=said.time))
        yield Escalation(
            "delivery_disputed",
            names_of(scene.view, said),
            since,
            since + scene.limits.tickets_due_in,
            "The customer says that the delivery has not arrived.",
            "Ask the carrier for the proof of delivery, and answer the customer.",
        )


def _is_granted(scene: Scene, said: Seen) -> bool:
    """Whether it was said by a complaint that was accepted since: that is the answer."""
    case = scene.view.complaints.get(getattr(said.data, "complaint_id", ""))
    return case is not None and case.state == "accepted"


def refund_due(scene: Scene) -> Iterator[Escalation]:
    """Four days are left of those for giving the money back, and it hasn't gone back."""
    for case in scene.view.returns.values():
        if case.is_over or scene.view.state == "refunded" or alike(scene.view, case)[0] is not case:
            continue
        counted = refund_counts_from(case)
        if counted is None:
            continue
        calendar = scene.calendar
        by = law.refund_by(calendar, counted.time)
        due = calendar.start_of(by - scene.limits.refund_ticket_before)
        if scene.wake(f"refund:{case.id}", due):
            yield Escalation(
                "refund_due",
                case.id,
                due,
                calendar.end_of(by),
                f"The refund for return {case.id} is due on {by.isoformat()}."
                + (_MAY_WAIT if case.state in states.RETURN_BEFORE_SENDING else ""),
                _REFUND.get(case.kind, _MAKE_GOOD),
                by_law=case.kind == "withdrawal",
            )


def choice_owed(scene: Scene) -> Iterator[Escalation]:
    """The customer has chosen the money back for what never arrived: the same days hold."""
    for chosen in scene.view.owed if scene.view.confirmed is not None else ():
        seen = chosen.seen
        if has_gone_back(scene.view, chosen):
            continue
        calendar = scene.calendar
        by = law.refund_by(calendar, seen.time)
        due = calendar.start_of(by - scene.limits.refund_ticket_before)
        if scene.wake(f"owed:{seen.id}", due):
            yield Escalation(
                "refund_due",
                seen.id,
                due,
                calendar.end_of(by),
                f"The customer chose the money back; it is due on {by.isoformat()}.",
                "Refund what was paid for what did not arrive.",
                by_law=True,
            )


def complaint_undecided(scene: Scene) -> Iterator[Escalation]:
    """A week, four days and a day before the law's last day: each a ticket of its own."""
    calendar = scene.calendar if scene.view.complaints else None
    for case in scene.view.complaints.values():
        filed = case.steps.get("complaint.filed")
        if calendar is None or filed is None or case.state not in states.COMPLAINT_UNDECIDED:
            continue
        by, days = law.answer_complaint_by(calendar, filed.time), law.of(calendar).complaint
        for before in scene.limits.complaint_tickets_before:
            day = days - before.days
            due = calendar.start_of(by - before)
            if day > 0 and scene.wake(f"complaint:{case.id}:{case.anew}:{day}", due):
                yield Escalation(
                    "complaint_undecided",
                    ":".join(filter(None, (case.id, case.anew, str(day)))),
                    due,
                    calendar.end_of(by),
                    f"Complaint {case.id} must be answered by {by.isoformat()} (day {day} of {days})."
                    + (f" {silence}" if (silence := law.of(calendar).silence) else ""),
                    "Decide, with reasons.",
                    by_law=True,
                )


TICKETS: tuple[Callable[[Scene], Iterator[Escalation]], ...] = (
    carrier_problem,
    seller_needed_for,
    silent_parcel,
    damaged,
    delivery_disputed,
    supplier_silent,
    supplier_rejected,
    short_shipped,
    out_of_stock_unanswered,
    choice_unclear,
    replacement_due,
    sent_though_cancelled,
    limit_near,
)
AFTERWARDS: tuple[Callable[[Scene], Iterator[Escalation]], ...] = (
    refund_due,
    choice_owed,
    complaint_undecided,
    complaint_granted,
    low_score,
    remedy_due,
)


# What customers still say of an order that is over.
OVER = (delivery_disputed, choice_unclear)


def escalate(scene: Scene) -> list[Escalation]:
    """All that should be open now; of an order that is over, what came after."""
    first = TICKETS if scene.view.closed is None else OVER
    return [wish for ticket in (*first, *AFTERWARDS) for wish in ticket(scene)]
