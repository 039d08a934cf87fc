"""What is in which parcel, what is still to come, and the order's state from that."""

from collections.abc import Iterable
from decimal import Decimal

from streams.domain import states
from streams.domain.fold.making_good import owed_anew
from streams.domain.fold.views import OrderView, Parcel

Pieces = dict[str, int]


def resolve(view: OrderView) -> None:
    """Fills in what follows about each parcel's contents, and the order's state."""
    for parcel in view.parcels.values():
        _said(view, parcel)
    if len(view.suppliers) <= 1:
        _follow(view)
    view.state = _state(view)


def _follow(view: OrderView) -> None:
    """One parcel, and no sign of another: it holds what no other parcel does.

    What is sent anew takes nothing out of those before it, and holds what is owed unless there is a rest.
    """
    parcels = [p for p in view.parcels.values() if p.state != "cancelled"]
    first = [p for p in parcels if owed_anew(view, p) is None]
    unsaid = [p for p in first if p.contents is None]
    if len(unsaid) == 1:
        unsaid[0].contents = minus(_as_it_left(view, unsaid[0]), *contents_of(first))
    anew = [p for p in parcels if p.contents is None]
    if len(anew) == 1:
        rest = minus(_as_it_left(view, anew[0]), *contents_of(parcels))
        anew[0].contents = rest or _owed_to(view, anew[0])


def _owed_to(view: OrderView, parcel: Parcel) -> Pieces | None:
    """None where it may be anything."""
    owed = owed_anew(view, parcel)
    lines = owed[1] if owed is not None else ()
    return {line: view.open_lines[line] for line in lines if line in view.open_lines} or None


def _as_it_left(view: OrderView, parcel: Parcel) -> Pieces:
    """What is open, but for what was only added once the parcel was on its way."""
    left, pieces = parcel.first_scan, _still_wanted(view, parcel)
    after = (
        c.before["lines"] for c in view.changes if left and "lines" in c.before and c.seen.time > left.time
    )
    then = next(after, None)
    if then is None or then.keys().isdisjoint(pieces):  # other names for the same goods add nothing
        return pieces
    return {line: min(count, then[line].quantity) for line, count in pieces.items() if line in then}


def _still_wanted(view: OrderView, parcel: Parcel) -> Pieces:
    """What is open; of an order that was cancelled only once the parcel had left, what was open then.

    Lines of an order that goes on are as a rule cancelled because they can't be sent: they never left. What
    the customer gives up can.
    """
    whole, left = view.cancelled, parcel.first_scan
    if whole is None or left is None or left.time > whole.time:
        return view.open_lines
    stayed = {
        name
        for name, said in view.cancelled_lines.items()
        if said.time < left.time or (said is not whole and said.fact.type != "customer.choice")
    }
    return {name: line.quantity for name, line in view.lines.items() if name not in stayed}


def _said(view: OrderView, parcel: Parcel) -> None:
    if parcel.lines is not None:
        parcel.contents, parcel.certain = dict(parcel.lines), True
        return
    supplier = view.suppliers.get(parcel.supplier_order or "")
    siblings = [p for p in view.parcels.values() if p.supplier_order == parcel.supplier_order]
    if supplier is not None and supplier.line_ids and len(siblings) == 1:
        known = _still_wanted(view, parcel)
        parcel.contents = {line: known[line] for line in supplier.line_ids if line in known}


def contents_of(parcels: object) -> list[Pieces]:
    """What the given parcels are known to hold; cancelled labels hold nothing."""
    return [p.contents for p in parcels if p.contents is not None and p.state != "cancelled"]  # type: ignore[attr-defined]


def minus(pieces: Pieces, *taken: Pieces) -> Pieces:
    """The pieces that are left, lines with none left out."""
    left = dict(pieces)
    for other in taken:
        for line, count in other.items():
            if line in left:
                left[line] -= count
    return {line: count for line, count in left.items() if count > 0}


def plus(several: Iterable[Pieces]) -> Pieces:
    """All of them together."""
    total: Pieces = {}
    for pieces in several:
        for line, count in pieces.items():
            total[line] = total.get(line, 0) + count
    return total


def has_left(parcel: Parcel) -> bool:
    """A carrier has scanned it, and it isn't a cancelled label."""
    return parcel.first_scan is not None and parcel.state != "cancelled"


def still_to_come(view: OrderView, arrived: list[Parcel]) -> Pieces | None:
    """What the customer still waits for beside these parcels; None where nobody can tell."""
    if any(p.contents is None for p in arrived):
        return None
    return minus(view.open_lines, *contents_of(arrived))


def everything_in(view: OrderView, parcels: list[Parcel]) -> bool:
    """Whether these parcels provably hold all that is open: said, or one piece that can't be split."""
    wanted = view.open_lines
    if not parcels or not wanted:
        return False
    if sum(wanted.values()) == 1:
        return True
    certain = [p for p in parcels if p.certain]
    return not minus(wanted, *contents_of(certain))


def _state(view: OrderView) -> str | None:
    if view.closed is not None:
        return view.closed.state
    if view.placed is None:
        return None
    if _refunded(view):
        return "refunded"
    if view.cancelled is not None:
        return "cancelled"
    progress = _progress(view)
    return next((state for state, condition in states.ORDER if progress[condition]), "placed")


def _progress(view: OrderView) -> dict[str, bool]:
    live = [p for p in view.parcels.values() if p.state != "cancelled"]
    left = [p for p in live if has_left(p)]
    delivered = [p for p in live if p.state == states.DELIVERED]
    return {
        "all_delivered": _all(view, live, delivered),
        "some_delivered": bool(delivered),
        "all_shipped": _all(view, live, left),
        "some_shipped": bool(left),
        "some_cancelled": bool(view.cancelled_lines),
        "begun": bool(live or view.suppliers),
        "confirmed": view.confirmed is not None,
        "unpaid": view.confirmed is None,
    }


def _all(view: OrderView, live: list[Parcel], done: list[Parcel]) -> bool:
    if not done:
        return False
    rest = still_to_come(view, done)
    if rest is None:
        waiting = any(not _has_parcel(view, supplier) for supplier in view.suppliers)
        come = {parcel.key for parcel in done}
        return not waiting and all(p.key in come or _is_seen_to(view, p) for p in live)
    return not rest


def _is_seen_to(view: OrderView, parcel: Parcel) -> bool:
    """Whether something was sent, given up or paid back since it went wrong; what was in it nobody knows."""
    if parcel.state not in states.PROBLEM:
        return False
    began = next(step.time for step in parcel.steps if step.data.status in states.PROBLEM)
    anew = (p.heard for p in view.parcels.values() if p.heard is not None)
    undone = (seen.time for seen in (*view.cancelled_lines.values(), *view.refunds))
    return any(time > began for time in (*anew, *undone))


def _has_parcel(view: OrderView, supplier_order: str) -> bool:
    return any(p.supplier_order in (supplier_order, None) for p in view.parcels.values())


def _refunded(view: OrderView) -> bool:
    total = view.total
    if not view.refunds or total is None or Decimal(total.amount) <= 0:
        return False
    amounts = (seen.data.amount for seen in view.refunds)
    back = sum(Decimal(each.amount) for each in amounts if each.currency == total.currency)
    return back >= Decimal(total.amount)
