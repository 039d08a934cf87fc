"""The same thing told under another id: two systems each say it, or one says it again.

A repeat under its own id is known before this. Of refunds and recalls only what can hardly be two is held
for one: it is worse to keep a refund from a customer than to tell it twice.
"""

import datetime as dt
from collections.abc import Iterable

from streams.domain.fold.views import OrderView, Seen

_BY_ANOTHER = dt.timedelta(hours=1)  # two systems hear of one refund at different times
_BY_ITSELF = dt.timedelta(minutes=5)
_RECALL = dt.timedelta(hours=24)


def first_refund(view: OrderView, seen: Seen) -> Seen | None:
    """The word on this very refund that was before it: as much, by the same way, for the same."""
    return _note(view, seen, (known for known in view.refunds if _is_same_refund(known, seen)))


def first_recall(view: OrderView, seen: Seen) -> Seen | None:
    """The word on this very recall that was before it: the same advice, for the same goods."""
    return _note(view, seen, (known for known in view.recalls if _is_same_recall(view, known, seen)))


def note(view: OrderView, first: Seen, seen: Seen) -> None:
    """That `seen` says what `first` has said."""
    known = view.repeats.setdefault(first.id, [])
    if seen.id not in known:
        known.append(seen.id)


def names_of(view: OrderView, seen: Seen) -> tuple[str, ...]:
    """The ids by which it was told of: whichever came first may have been told."""
    return (seen.id, *view.repeats.get(seen.id, ()))


def _note(view: OrderView, seen: Seen, found: Iterable[Seen]) -> Seen | None:
    first = next(iter(found), None)
    if first is not None:
        note(view, first, seen)
    return first


def _is_same_refund(known: Seen, seen: Seen) -> bool:
    """Who hears of it from elsewhere may know less of what it was for; who says it again knows as much."""
    one, other = known.data, seen.data
    elsewhere = known.fact.source != seen.fact.source
    if one.amount != other.amount or seen.time - known.time > (_BY_ANOTHER if elsewhere else _BY_ITSELF):
        return False
    pairs = (
        (one.method, other.method),
        (one.return_id, other.return_id),
        (sorted(one.line_ids or ()), sorted(other.line_ids or ())),
    )
    return all(a == b or (elsewhere and not (a and b)) for a, b in pairs)


def _is_same_recall(view: OrderView, known: Seen, seen: Seen) -> bool:
    one, other = known.data, seen.data
    if (one.advice, one.url) != (other.advice, other.url) or seen.time - known.time > _RECALL:
        return False
    return set(other.line_ids or view.lines) == set(one.line_ids or view.lines)
