"""Parcels that make good for others: what was promised at checkout was never promised of them."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.fold.views import Case, OrderView, Parcel

_SENT_ANEW = frozenset({"replacement", "repair"})
_NEVER_HAD = frozenset({"not_received", "missing_item"})
_OUR_FAULT = frozenset({"defect", "wrong_item"})
Owed = tuple[dt.datetime, tuple[str, ...]]  # since when, and for which lines; for none: for all of them


def owed_anew(view: OrderView, parcel: Parcel) -> Owed | None:
    """The goods owed anew that this parcel, first heard of later, brings; None for any other parcel."""
    chosen = ((c.seen.time, c.lines) for c in view.chosen if c.seen.data.choice == "replacement")
    return _newest(parcel, (*chosen, *_granted(view)))


def owed_since(view: OrderView, parcel: Parcel) -> dt.datetime | None:
    """Since when what this parcel brings is owed anew; None for any other parcel."""
    owed = owed_anew(view, parcel)
    return owed[0] if owed is not None else None


def brings_again(view: OrderView, parcel: Parcel) -> bool:
    """Whether the customer had such goods before: by a complaint or a return that was granted."""
    owed = (owed for case, owed in _cases(view) if case.kind not in _NEVER_HAD)
    return _newest(parcel, tuple(owed)) is not None


def is_made_good(view: OrderView, parcel: Parcel, since: dt.datetime) -> bool:
    """Whether what was in the parcel has come in another one since, or its money has gone back."""
    lines = tuple(parcel.lines or parcel.contents or ())
    anew = ((p, owed_since(view, p)) for p in view.parcels.values() if p.delivered)
    if any(owed is not None and owed >= since and _may_hold(p, lines) for p, owed in anew):
        return True
    given_up = [view.cancelled_lines.get(line) for line in lines]
    back = max((seen.time for seen in view.refunds), default=since)
    return bool(given_up) and all(seen is not None and since <= seen.time <= back for seen in given_up)


def is_under_way(view: OrderView, case: Case) -> bool:
    """Whether a parcel that was first heard of since may bring what the case was granted."""
    owed = tuple(owed for each, owed in _cases(view) if each is case)
    parcels = (parcel for parcel in view.parcels.values() if parcel.state != "cancelled")
    return bool(owed) and any(_newest(parcel, owed) is not None for parcel in parcels)


def settle(view: OrderView) -> None:
    """Marks what was made good by a parcel that has come."""
    come = [parcel for parcel in view.parcels.values() if parcel.delivered] if view.parcels else []
    for case, owed in _cases(view) if come else ():
        if any(_newest(parcel, (owed,)) for parcel in come):
            case.made_good = True
            if case.state == "accepted" and case.id in view.complaints:
                case.state = "remedied"


def _granted(view: OrderView) -> Iterator[Owed]:
    return (owed for _, owed in _cases(view))


def _cases(view: OrderView) -> Iterator[tuple[Case, Owed]]:
    for case in view.complaints.values():
        decided = case.steps.get("complaint.decided")
        if decided and decided.data.decision == "accepted" and decided.data.remedy in _SENT_ANEW:
            yield case, (decided.time, case.about)
    for case in view.returns.values():
        accepted = case.steps.get("return.accepted")
        if accepted and case.kind in _OUR_FAULT:
            yield case, (accepted.time, case.about)


def _newest(parcel: Parcel, owed: tuple[Owed, ...]) -> Owed | None:
    heard = parcel.heard
    if heard is None:
        return None
    found = (each for each in owed if each[0] <= heard and _may_hold(parcel, each[1]))
    return max(found, key=lambda each: each[0], default=None)


def _may_hold(parcel: Parcel, lines: tuple[str, ...]) -> bool:
    return not lines or parcel.contents is None or any(line in parcel.contents for line in lines)
