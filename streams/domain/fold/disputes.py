"""Deliveries that the customer says they never got, as long as that stands: each one once."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from streams.domain.fold import repeats
from streams.domain.fold.making_good import owed_since
from streams.domain.fold.views import ARRIVED, Case, OrderView, Parcel, Seen


class Word(NamedTuple):
    """What was said of a delivery, and of which lines; none: of all. `missed`: that it isn't there."""

    seen: Seen
    lines: tuple[str, ...]
    missed: bool


def standing(view: OrderView) -> list[Seen]:
    """The first word on each missing delivery that was neither taken back nor answered since, oldest first.

    Who has all the money back has nothing left to dispute.
    """
    if view.state == "refunded" or not (view.chosen or view.complaints):
        return []
    open_: list[Word] = []
    for word in sorted(_words(view), key=lambda each: each.seen.fact.place):
        if not word.missed:
            open_ = [each for each in open_ if not _same(each, word)]
        elif known := next((each for each in open_ if _same(each, word)), None):
            repeats.note(view, known.seen, word.seen)
        else:
            open_.append(word)
    return [word.seen for word in open_ if not _has_come(view, word)]


def _words(view: OrderView) -> Iterator[Word]:
    for seen, lines, _ in view.chosen:
        if seen.data.choice in ARRIVED:
            yield Word(seen, lines, missed=seen.data.choice == "not_received")
    delivered = any(p.delivered for p in view.parcels.values())
    for case in view.complaints.values():
        if case.kind == "not_received":
            yield from _complained(case, delivered=delivered)


def _complained(case: Case, *, delivered: bool) -> Iterator[Word]:
    """A complaint disputes what is said to be delivered, until it is answered."""
    if case.is_over:
        yield Word(case.last, case.about, missed=False)
    elif delivered:
        yield Word(next(iter(case.steps.values())), case.about, missed=True)


def _same(one: Word, other: Word) -> bool:
    return not one.lines or not other.lines or not set(one.lines).isdisjoint(other.lines)


def _has_come(view: OrderView, word: Word) -> bool:
    return any(_brings(view, p, word.seen.time) for p in view.parcels.values())


def _brings(view: OrderView, parcel: Parcel, since: dt.datetime) -> bool:
    """It was found after all and delivered again, or what was sent instead has arrived."""
    again = parcel.delivered
    if again is None or again.time <= since:
        return False
    owed = owed_since(view, parcel)
    return bool(parcel.corrections) or (owed is not None and owed >= since)
