"""Where a return or a complaint stands, as it is shown: by what happened, what was told, and the day.

The fold knows what happened. That a declaration was acknowledged the ledger knows, and that the goods
should be on their way, or the money back, the calendar.
"""

import datetime as dt
from collections.abc import Callable

from streams.domain import law, states
from streams.domain.decide.aftersales import never_came, send_by
from streams.domain.decide.scene import Scene
from streams.domain.fold.refunds import lines_of, refund_counts_from
from streams.domain.fold.views import Case, OrderView
from streams.domain.ledger import Ledger
from streams.domain.order import Order
from streams.domain.values import Value
from streams.domain.world import World

Reports = tuple["CaseReport", ...]

_UNDER_WAY = frozenset({"in_transit", "received", "accepted"})


class CaseReport(Value, frozen=True):
    """A return or a complaint. `by`: the day by which its next step is due, where one is.

    `line_ids`: what it is about; all that was bought, where nobody said.
    """

    id: str
    state: str
    kind: str
    since: dt.datetime
    by: str | None = None
    line_ids: tuple[str, ...] = ()


def cases_of(order: Order, view: OrderView, world: World) -> tuple[Reports, Reports]:
    """Returns and complaints, as of the last time that the order was heard of, or woken."""
    if not view.returns and not view.complaints:
        return (), ()
    now = order.now if view.placed is not None else None
    scene = Scene(view, Ledger(order.ledger), now, world) if now is not None else None
    returns, complaints = view.returns.values(), view.complaints.values()
    return (
        tuple(_reported(view, scene, case, state_of_return, _day_of_return) for case in returns),
        tuple(_reported(view, scene, case, state_of_complaint, _day_of_complaint) for case in complaints),
    )


def _reported(
    view: OrderView,
    scene: Scene | None,
    case: Case,
    state: Callable[[Scene, Case], str],
    day: Callable[[Scene, Case], str | None],
) -> CaseReport:
    """Before its order is placed, no more than what happened is known of it."""
    return CaseReport(
        case.id,
        case.state if scene is None else state(scene, case),
        case.kind,
        case.last.time,
        None if scene is None else day(scene, case),
        tuple(line for line in view.lines if line in lines_of(view, case)),
    )


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
