"""Where a return or a complaint stands, as it is shown: by what happened, what was told, and the day.

The fold knows what happened. That a declaration was acknowledged the ledger knows, and that the goods
should be on their way, or the money back, the calendar.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from streams.domain import law, states
from streams.domain.decide.aftersales import never_came, send_by
from streams.domain.decide.scene import Scene
from streams.domain.decide.tickets import refund_counts_from
from streams.domain.fold.views import Case, OrderView
from streams.domain.ledger import Ledger
from streams.domain.order import Order
from streams.domain.values import Value
from streams.domain.world import World

Reports = tuple["CaseReport", ...]

_UNDER_WAY = frozenset({"in_transit", "received", "accepted"})


class CaseReport(Value, frozen=True):
    """A return or a complaint. `by`: the day by which its next step is due, where one is."""

    id: str
    state: str
    kind: str
    since: dt.datetime
    by: str | None = None


def cases_of(order: Order, view: OrderView, world: World) -> tuple[Reports, Reports]:
    """Returns and complaints, as of the last time that the order was heard of, or woken."""
    if not view.returns and not view.complaints:
        return (), ()
    if view.placed is None or order.now is None:
        return _reports(view.returns.values(), _as_folded), _reports(view.complaints.values(), _as_folded)
    scene = Scene(view, Ledger(order.ledger), order.now, world)
    return (
        _reports(
            view.returns.values(), lambda case: (state_of_return(scene, case), _day_of_return(scene, case))
        ),
        _reports(
            view.complaints.values(),
            lambda case: (state_of_complaint(scene, case), _day_of_complaint(scene, case)),
        ),
    )


def _reports(cases: Iterable[Case], standing: Callable[[Case], tuple[str, str | None]]) -> Reports:
    found = []
    for case in cases:
        state, by = standing(case)
        found.append(CaseReport(case.id, state, case.kind, case.last.time, by))
    return tuple(found)


def _as_folded(case: Case) -> tuple[str, str | None]:
    return case.state, None


def state_of_return(scene: Scene, case: Case) -> str:
    """One of the domain's states of a return.

    `refund_due` from the day on which the seller has a ticket of that name, once the goods are proved to
    be on their way, for which the money may wait.
    """
    if case.state in states.RETURN_BEFORE_SENDING:
        by = send_by(scene, case)
        if by is not None and scene.now >= scene.calendar.instant(by) and not never_came(scene, case):
            return "not_sent_back"
        told = f"withdrawal_ack:{case.id}" in scene.ledger.told
        return "acknowledged" if told and case.state == "declared" else case.state
    counted = refund_counts_from(case) if case.state in _UNDER_WAY and not case.is_over else None
    if counted is None or scene.view.state == "refunded":
        return case.state
    by_law = law.refund_by(scene.calendar, counted.time)
    since = scene.calendar.start_of(by_law - scene.limits.refund_ticket_before)
    return "refund_due" if scene.now >= since else case.state


def state_of_complaint(scene: Scene, case: Case) -> str:
    """One of the domain's states of a complaint."""
    cover = f"complaint_ack:{case.id}" + (f":{case.anew}" if case.anew else "")
    return "acknowledged" if case.state == "filed" and cover in scene.ledger.told else case.state


def _day_of_return(scene: Scene, case: Case) -> str | None:
    """By when the next step is due: the goods sent back, then the money of a withdrawal returned."""
    if case.state in states.RETURN_BEFORE_SENDING:
        return send_by(scene, case)
    counted = refund_counts_from(case) if case.kind == "withdrawal" and not case.is_over else None
    return law.refund_by(scene.calendar, counted.time).isoformat() if counted is not None else None


def _day_of_complaint(scene: Scene, case: Case) -> str | None:
    """By when it must be decided, while it isn't."""
    filed = case.steps.get("complaint.filed")
    if filed is None or case.state not in states.COMPLAINT_UNDECIDED:
        return None
    return law.answer_complaint_by(scene.calendar, filed.time).isoformat()
