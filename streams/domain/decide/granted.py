"""What an accepted complaint has promised: the seller's to give, and nothing shows it but what follows."""

from collections.abc import Iterator

from streams.domain import law
from streams.domain.decide.scene import Escalation, Scene
from streams.domain.fold.making_good import is_under_way
from streams.domain.fold.refunds import overlap, refund_counts_from
from streams.domain.fold.views import Case, OrderView

_ACCEPTED = "accepted"
_GIVE = {
    "repair": "Repair it, and send it back.",
    "replacement": "Send the replacement.",
    "price_reduction": "Refund the difference.",
    "refund": "Refund what was paid for it.",
}
_AGREED = "Give what was agreed, or close the complaint."


def complaint_granted(scene: Scene) -> Iterator[Escalation]:
    """Four days are left of as many as money may take to go back, and nothing is under way.

    The law names no day for goods, only a reasonable time: the same days are the shop's own.
    """
    for case in scene.view.complaints.values():
        decided = case.steps.get("complaint.decided")
        if case.state != _ACCEPTED or decided is None or _is_seen_to(scene.view, case):
            continue
        calendar, remedy = scene.calendar, decided.data.remedy
        by = law.refund_by(calendar, decided.time)
        due = calendar.start_of(by - scene.limits.refund_ticket_before)
        cause = ":".join(filter(None, ("complaint", case.id, case.anew)))
        if scene.wake(f"granted:{cause}", due):
            promised = (remedy or "what was agreed").replace("_", " ")
            yield Escalation(
                "remedy_due",
                cause,
                due,
                calendar.end_of(by),
                f"Complaint {case.id} was accepted on {calendar.day(decided.time).isoformat()}"
                f" ({promised}), and nothing has come of it yet.",
                _GIVE.get(remedy or "", _AGREED),
            )


def _is_seen_to(view: OrderView, case: Case) -> bool:
    """Sent, or to be paid back for a return of the same goods, which has days of its own."""
    if case.made_good or view.state == "refunded" or is_under_way(view, case):
        return True
    return any(
        not each.is_over and refund_counts_from(each) is not None and overlap(each.about, case.about)
        for each in view.returns.values()
    )
