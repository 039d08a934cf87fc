"""Parcels that make good for others: what was promised at checkout was never promised of them."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.fold.views import Case, OrderView, Parcel

_SENT_ANEW = frozenset({"replacement", "repair"})
_OUR_FAULT = frozenset({"defect", "wrong_item"})
_Owed = tuple[dt.datetime, tuple[str, ...]]  # since when, and for which lines; for none: for all of them


def owed_since(view: OrderView, parcel: Parcel) -> dt.datetime | None:
    """When goods were owed anew that this parcel, first heard of later, brings; None for any other parcel."""
    chosen = ((c.seen.time, c.lines) for c in view.chosen if c.seen.data.choice == "replacement")
    return _newest(parcel, (*chosen, *_granted(view)))


def brings_again(view: OrderView, parcel: Parcel) -> bool:
    """Whether the customer had such goods before: by a complaint or a return that was granted."""
    return _newest(parcel, tuple(_granted(view))) is not None


def _granted(view: OrderView) -> Iterator[_Owed]:
    for case in view.complaints.values():
        decided = case.steps.get("complaint.decided")
        if decided and decided.data.decision == "accepted" and decided.data.remedy in _SENT_ANEW:
            yield decided.time, _lines(case)
    for case in view.returns.values():
        accepted = case.steps.get("return.accepted")
        if accepted and case.kind in _OUR_FAULT:
            yield accepted.time, _lines(case)


def _lines(case: Case) -> tuple[str, ...]:
    return next((step.data.line_ids for step in case.steps.values() if step.data.line_ids), ())


def _newest(parcel: Parcel, owed: tuple[_Owed, ...]) -> dt.datetime | None:
    heard = parcel.heard
    if heard is None:
        return None
    times = [at for at, lines in owed if at <= heard and _may_hold(parcel, lines)]
    return max(times, default=None)


def _may_hold(parcel: Parcel, lines: tuple[str, ...]) -> bool:
    return not lines or parcel.contents is None or any(line in parcel.contents for line in lines)
