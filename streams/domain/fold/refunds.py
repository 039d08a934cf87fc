"""Money that went back, and the return or the complaint that it was for."""

from decimal import Decimal

from streams.domain import states
from streams.domain.fold.repeats import first_refund
from streams.domain.fold.views import Case, Chosen, OrderView, Seen

_IN_MONEY = frozenset({"refund", "price_reduction"})


def refunded(view: OrderView, seen: Seen) -> None:
    """Named or not, it is the refund of the one return that it can be about. Of nothing, it is none."""
    if Decimal(seen.data.amount.amount) <= 0:
        return
    first = first_refund(view, seen)
    if first is not None:
        _learn(view, first, seen)
        return
    view.refunds.append(seen)
    case = view.returns.get(seen.data.return_id or "") or _only_return(view, seen)
    lines = frozenset(seen.data.line_ids or ())
    if case is not None:
        lines = lines or lines_of(view, case) - case.done
        end(view, case, seen, "refunded")
    for complaint in _remedied(view, seen, case):
        lines = lines or frozenset(complaint.about)
        complaint.state, complaint.last = "remedied", seen
    if lines:
        view.refunded[seen.id] = lines


def _learn(view: OrderView, first: Seen, seen: Seen) -> None:
    """What only the second word on a refund says of it: which return it was for, and which lines."""
    case = view.returns.get(seen.data.return_id or "") if first.data.return_id is None else None
    if case is not None:
        end(view, case, seen, "refunded")
    if lines := frozenset(seen.data.line_ids or (lines_of(view, case) if case is not None else ())):
        view.refunded.setdefault(first.id, lines)


def lines_of(view: OrderView, case: Case) -> frozenset[str]:
    """What it is about: all that was bought and not called off, where it never said."""
    return frozenset(case.about or view.open_lines or view.lines)


def paid_back(view: OrderView) -> set[str]:
    """Lines whose whole price went back before they came: nobody waits for them any more."""
    back: set[str] = set()
    for seen in view.refunds:
        named = view.lines.keys() if view.state == "refunded" else view.refunded.get(seen.id, ())
        lines = [view.lines[name] for name in named if name in view.lines]
        price = sum(Decimal(line.unit_price.amount) * line.quantity for line in lines)
        amount = seen.data.amount
        same = all(line.unit_price.currency == amount.currency for line in lines)
        if view.state == "refunded" or (same and Decimal(amount.amount) >= price):
            back.update(line.line_id for line in lines if not _had_come(view, line.line_id, seen))
    return back


def _had_come(view: OrderView, line: str, seen: Seen) -> bool:
    """Also where nobody knows what is in a parcel that has come; not in one whose delivery was taken back."""
    come = (p for p in view.parcels.values() if p.delivered and p.delivered.time <= seen.time)
    return any(p.contents is None or line in p.contents for p in come)


def end(view: OrderView, case: Case, seen: Seen, state: str) -> None:
    """It is over once each of its lines is refunded or turned down; a step that names none is about all."""
    lines = lines_of(view, case)
    case.done |= lines.intersection(seen.data.line_ids or ()) or lines
    if case.done >= lines and (case.state not in states.RETURN_OVER or state == "refunded"):
        for each in alike(view, case) if state == "refunded" else ():
            each.state, each.last = state, seen
        case.state, case.last = state, seen


def alike(view: OrderView, case: Case) -> list[Case]:
    """The open withdrawals from the very same goods, the first of them first: it was declared twice.

    Where there is but one piece of each: of several each may be a withdrawal of its own.
    """
    lines = lines_of(view, case)
    if case.kind != "withdrawal" or any(view.lines[n].quantity > 1 for n in lines if n in view.lines):
        return [case]
    same = (each for each in view.returns.values() if each.kind == case.kind and not each.is_over)
    return [each for each in same if lines_of(view, each) == lines] or [case]


def refund_counts_from(case: Case) -> Seen | None:
    """A withdrawal binds when it is declared; a fault or a mix-up only once the seller has granted it.

    Then the law names no day: the same days are the shop's own. Where only the goods came, they are the
    first that was heard of the withdrawal.
    """
    if case.kind != "withdrawal":
        return case.steps.get("return.accepted")
    return case.steps.get("return.declared") or next(iter(case.steps.values()))


def came_before(view: OrderView, case: Case) -> bool:
    """Whether the money that its decision promises had gone back by then."""
    filed = case.steps.get("complaint.filed")
    if filed is None or not _promises_money(case):
        return False
    return any(
        back.time >= filed.time and back.data.return_id is None and overlap(back.data.line_ids, case.about)
        for back in view.refunds
    )


def has_gone_back(view: OrderView, chosen: Chosen) -> bool:
    """Whether the price of all these lines has, since: by refunds that name them, or name nothing."""
    left = set(chosen.lines)
    for back in (back for back in view.refunds if back.time >= chosen.seen.time):
        named = back.data.line_ids or (view.refunded.get(back.id) if back.data.return_id else None)
        left = left.difference(named) if named else set()
    return not left or view.state == "refunded"


def _remedied(view: OrderView, seen: Seen, returned: Case | None) -> list[Case]:
    """What was promised money: with a return all that is about the same goods, without one the first."""
    lines = returned.about if returned is not None else seen.data.line_ids
    waiting = [
        case
        for case in view.complaints.values()
        if case.state == "accepted" and _promises_money(case) and overlap(lines, case.about)
    ]
    return waiting if returned is not None else waiting[:1]


def _promises_money(case: Case) -> bool:
    decided = case.steps.get("complaint.decided")
    return decided is not None and decided.data.remedy in _IN_MONEY


def _only_return(view: OrderView, seen: Seen) -> Case | None:
    if seen.data.return_id is not None or _is_of_the_delivery(view, seen):
        return None
    waiting = [
        case
        for case in view.returns.values()
        if case.state not in states.RETURN_OVER and overlap(seen.data.line_ids, case.about)
        if alike(view, case)[0] is case
    ]
    return waiting[0] if len(waiting) == 1 else None


def _is_of_the_delivery(view: OrderView, seen: Seen) -> bool:
    """Who gives back just what the delivery cost, and names nothing, has not paid for goods."""
    delivery = view.placed.data.delivery_price if view.placed is not None else None
    return not seen.data.line_ids and seen.data.amount == delivery


def overlap(named: tuple[str, ...] | None, about: tuple[str, ...]) -> bool:
    """Who names no lines speaks of any."""
    return not named or not about or not set(named).isdisjoint(about)
