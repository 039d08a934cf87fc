"""Returns and complaints, and the parcels that go back."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from streams.domain import states
from streams.domain.fold import refunds
from streams.domain.fold.contents import Pieces
from streams.domain.fold.identity import normal
from streams.domain.fold.views import Case, OrderView, Parcel, Seen

_UNKNOWN = "unknown"
_INSTRUCTIONS = "return.instructions_sent"
# Who begins it and names no lines means all of them; a verdict may be about a part.
_BEGINNINGS = frozenset({"return.declared", "complaint.filed"})
_VERDICTS = frozenset({"return.accepted", "return.rejected", "complaint.decided"})
_UNDER_REVIEW = "under_review"  # also what a decision comes to that does not say which


def _learn(case: Case, seen: Seen) -> None:
    if case.kind == _UNKNOWN and seen.data.kind is not None:
        case.kind = seen.data.kind
    if not case.steps or (_BEGINNINGS.isdisjoint(case.steps) and seen.fact.type not in _VERDICTS):
        case.about = case.about or seen.data.line_ids or ()


def returned(view: OrderView, seen: Seen) -> None:
    """A step of a return. What is over isn't opened again by another, but a refusal may be taken back."""
    state, name = states.RETURN[seen.fact.type], seen.data.return_id
    case = view.returns.get(name)
    early = [back for back in view.refunds if back.data.return_id == name] if case is None else []
    if case is None:
        case = view.returns[name] = Case(name, state, _UNKNOWN, {}, seen)
    _add(case, seen)
    _learn(case, seen)
    _instruct(case, seen)
    case.steps.setdefault(seen.fact.type, seen)
    if state == "rejected":
        refunds.end(view, case, seen, state)
    elif case.state not in states.RETURN_OVER or (case.state, state) == ("rejected", "accepted"):
        case.state, case.last = state, seen
    for back in early:  # its clock was behind, or the return's ahead
        refunds.end(view, case, back, "refunded")


def _add(case: Case, seen: Seen) -> None:
    """Who declares more goods under the same name has made another declaration."""
    more = [line for line in seen.data.line_ids or () if line not in case.about]
    if seen.fact.type == "return.declared" and seen.fact.type in case.steps and case.about and more:
        case.about += tuple(more)
        case.more.append(seen)
        case.state, case.last = states.RETURN[seen.fact.type], seen


def _instruct(case: Case, seen: Seen) -> None:
    """The last word on how and by when to send it; the same once more changes nothing."""
    label, by = seen.data.label_url, seen.data.ship_by
    known = case.ship_by.data.ship_by if case.ship_by else None
    says_otherwise = label not in (None, case.label_url) or by not in (None, known)
    if seen.fact.type == _INSTRUCTIONS and _INSTRUCTIONS in case.steps and says_otherwise:
        case.steps[_INSTRUCTIONS], case.anew = seen, seen.id
    case.label_url = label or case.label_url
    case.ship_by = seen if by else case.ship_by


def complained(view: OrderView, seen: Seen) -> None:
    """A step of a complaint; what is over may be filed again, what is decided may be decided otherwise."""
    data, step = seen.data, seen.fact.type
    state = states.COMPLAINT.get(step) or data.decision or _UNDER_REVIEW
    case = view.complaints.get(data.complaint_id)
    if case is None:
        case = view.complaints[data.complaint_id] = Case(data.complaint_id, state, _UNKNOWN, {}, seen)
    _learn(case, seen)
    if _takes_up_again(case, seen):
        case.steps = {} if step == "complaint.filed" else {k: s for k, s in case.steps.items() if k != step}
        case.state, case.last, case.anew = state, seen, seen.id
    case.steps.setdefault(step if state != _UNDER_REVIEW else state, seen)
    if case.state not in states.COMPLAINT_OVER or state == "closed":
        case.state, case.last = state, seen
    if case.state == "accepted" and refunds.came_before(view, case):
        case.state = "remedied"


def _takes_up_again(case: Case, seen: Seen) -> bool:
    if seen.fact.type == "complaint.filed":
        return case.state in states.COMPLAINT_OVER and seen.time > case.last.time
    decided = case.steps.get(seen.fact.type)
    if seen.fact.type != "complaint.decided" or decided is None:
        return False
    said, says = decided.data, seen.data  # who doesn't say it, doesn't say otherwise
    return says.decision not in (None, said.decision) or says.remedy not in (None, said.remedy)


class GoingBack(NamedTuple):
    """Whose return a tracking number belongs to; `since` when, where it had brought the goods before."""

    return_id: str
    since: dt.datetime | None


def returned_numbers(seen: Iterable[Seen], mentions: Iterable[Seen]) -> dict[str, GoingBack]:
    """Tracking numbers of parcels that go back to the seller; some under the number that brought them."""
    steps = [s for s in seen if s.fact.type in states.RETURN]
    named = {normal(s.data.tracking_number): s.data.return_id for s in steps if s.data.tracking_number}
    if not named:
        return {}
    declared = {s.data.return_id: s.time for s in reversed(steps) if s.fact.type == "return.declared"}
    brought = {
        normal(s.data.tracking_number)
        for s in mentions
        if s.fact.type == "shipment.status" and s.data.tracking_number and s.data.status not in states.PAPER
        if s.time < declared.get(named.get(normal(s.data.tracking_number), ""), s.time)
    }
    return {
        number: GoingBack(name, declared[name] if number in brought else None)
        for number, name in named.items()
    }


def sent_back(view: OrderView, seen: Seen, going: GoingBack | None) -> bool:
    """Whether it is a scan of the customer's own return: no delivery to them, but proof that it was sent."""
    if going is None or (going.since is not None and seen.time < going.since):
        return False
    _prove(view.returns.get(going.return_id), seen)
    return True


def _prove(case: Case | None, seen: Seen) -> None:
    if case is None or seen.fact.type != "shipment.status" or seen.data.status in states.PAPER:
        return
    if seen.data.status in states.PARCEL and case.state in states.RETURN_BEFORE_SENDING:
        case.state, case.last = "in_transit", seen


def awaited(view: OrderView) -> Pieces:
    """What the customer still wants to come: not what was withdrawn from, or paid back."""
    done = {
        line
        for case in view.returns.values()
        if "return.declared" in case.steps and case.kind == "withdrawal" and case.state != "rejected"
        for line in refunds.lines_of(view, case)
    }
    if view.refunds:
        done |= refunds.paid_back(view)
    return {line: count for line, count in view.open_lines.items() if line not in done}


def called_off(view: OrderView, parcel: Parcel) -> bool:
    """Whether the customer wants nothing of it any more: cancelled, given up, withdrawn from, paid back."""
    wanted = awaited(view)
    return view.cancelled is not None or not any(line in wanted for line in parcel.contents or wanted)
