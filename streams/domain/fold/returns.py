"""Returns and complaints, and the parcels that go back."""

from collections.abc import Iterable

from streams.domain import states
from streams.domain.fold.identity import normal
from streams.domain.fold.views import Case, OrderView, Seen

_UNKNOWN = "unknown"


def _say_kind(case: Case, seen: Seen) -> None:
    if case.kind == _UNKNOWN and seen.data.kind is not None:
        case.kind = seen.data.kind


def returned(view: OrderView, seen: Seen) -> None:
    """A step of a return; what is over isn't opened again by a step that comes late."""
    state = states.RETURN[seen.fact.type]
    case = view.returns.setdefault(seen.data.return_id, Case(seen.data.return_id, state, _UNKNOWN, {}, seen))
    _say_kind(case, seen)
    case.steps.setdefault(seen.fact.type, seen)
    if case.state not in states.RETURN_OVER:
        case.state, case.last = state, seen


def complained(view: OrderView, seen: Seen) -> None:
    """A step of a complaint."""
    data = seen.data
    state = states.COMPLAINT.get(seen.fact.type) or data.decision or "under_review"
    case = view.complaints.setdefault(data.complaint_id, Case(data.complaint_id, state, _UNKNOWN, {}, seen))
    _say_kind(case, seen)
    case.steps.setdefault(seen.fact.type, seen)
    if case.state not in states.COMPLAINT_OVER or state == "closed":
        case.state, case.last = state, seen


def returned_numbers(seen: Iterable[Seen]) -> dict[str, str]:
    """Tracking numbers of parcels that go back to the seller, and the return each belongs to."""
    steps = [s for s in seen if s.fact.type in states.RETURN]
    return {normal(s.data.tracking_number): s.data.return_id for s in steps if s.data.tracking_number}


def sent_back(view: OrderView, seen: Seen, return_id: str) -> None:
    """A scan of the customer's own return: it is no delivery to them, and proves that it was sent."""
    case = view.returns.get(return_id)
    if case is None or seen.fact.type != "shipment.status" or seen.data.status in states.PAPER:
        return
    if seen.data.status in states.PARCEL and case.state in states.RETURN_BEFORE_SENDING:
        case.state, case.last = "in_transit", seen
