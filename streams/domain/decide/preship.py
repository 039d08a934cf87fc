"""What has still not left, and what was promised of it that is thereby at risk.

A supplier is silent, late, or has nothing: for us that is a ticket. The customer hears of it once the
day that they were told can't be kept any more, by the days that parcels travel, and before it is over.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from streams.domain.calendar import Calendar
from streams.domain.decide.late import Late, Part, is_about, latest_day
from streams.domain.decide.scene import Scene
from streams.domain.decide.supply import arrival, held, waits
from streams.domain.fold.views import Seen, SupplierOrder
from streams.domain.order import Entry
from streams.domain.values import Moment, moment

_SENT = frozenset({"dispatched", "short_shipped"})
_DAY = dt.timedelta(days=1)
_FRESH = dt.timedelta(hours=24)


class Trouble(NamedTuple):
    """Why goods haven't left. `leaves`: when they will by the supplier's word, None if nobody knows."""

    since: dt.datetime
    leaves: Moment | None
    said: Seen | None


def at_risk(scene: Scene, waiting: Sequence[Part]) -> list[Late]:
    """The parts that can't come as told, though the day is still ahead."""
    if not scene.view.suppliers:
        return []
    return [found for part in waiting if _has_not_left(part) and (found := _risk(scene, part))]


def dated(scene: Scene, late: Late) -> Late:
    """What is late and hasn't left, with the day on which it is reckoned to come, if anybody says."""
    if late.window is not None or not _has_not_left(late.part):
        return late
    cause = trouble(scene, late.part) or _unanswered(scene, late.part)
    if cause is None or cause.leaves is None:
        return late
    because = (cause.said,) if cause.said else ()
    known = max(late.known, cause.since)
    return Late(late.part, known, known, arrival(scene, cause.leaves), because)


def again(scene: Scene, waiting: Sequence[Part], told: Entry, since: Sequence[Entry]) -> list[Late]:
    """Of what was told, and not told of since, the parts that still haven't left some business days later."""
    found = [
        (part, trouble(scene, part))
        for part in waiting
        if part.supplier
        and _has_not_left(part)
        and is_about(told, part)
        and not any(is_about(later, part) for later in since)
    ]
    due = scene.calendar.later(told.at, scene.limits.preship_again_days)
    late = [_late(scene, part, cause, due) for part, cause in found if cause]
    return late if late and scene.wake("preship_again", due) else []


def trouble(scene: Scene, part: Part) -> Trouble | None:
    """Why this part hasn't left though it should, or will not; None while all is well."""
    supplier = part.supplier
    if supplier is None:
        return None
    seen = _said_of(scene, supplier, part)
    if seen is None:
        if part.parcel is None and supplier.state == "short_shipped" and supplier.since is not None:
            return Trouble(supplier.since.time, None, supplier.since)
        return _silent(scene, supplier) or _planned(scene, supplier)
    if seen.fact.type == "supplier.out_of_stock" and not waits(scene.view, seen, part.pieces):
        return None
    return Trouble(seen.time, _leaves(scene, supplier, part, seen), seen)


def _unanswered(scene: Scene, part: Part) -> Trouble | None:
    """What can't be had and may be waited for, as the customer was told and has not answered yet."""
    seen = _said_of(scene, part.supplier, part) if part.supplier is not None else None
    if seen is None or part.supplier is None or seen.fact.type != "supplier.out_of_stock":
        return None
    if any(scene.view.last_choice(line, seen.time) for line in part.pieces):
        return None
    return Trouble(seen.time, _leaves(scene, part.supplier, part, seen), seen)


def _said_of(scene: Scene, supplier: SupplierOrder, part: Part) -> Seen | None:
    """The newest word of why it hasn't left: of any of its lines, or of all that they send."""
    said = [held(scene.view, supplier, line) for line in part.pieces] or [supplier.trouble]
    return max((seen for seen in said if seen is not None), key=lambda seen: seen.fact.place, default=None)


def _leaves(scene: Scene, supplier: SupplierOrder, part: Part, seen: Seen) -> Moment | None:
    """When all of it will leave, by a word that hasn't been broken yet."""
    if seen.fact.type == "supplier.rejected":
        return None
    if seen.fact.type == "supplier.delayed":
        return _ahead(scene, supplier.dispatch_by)
    lines = [line for line in part.pieces if held(scene.view, supplier, line)]
    words = [supplier.expected.get(line) for line in lines]
    known = [word for word in words if word]
    return (
        _ahead(scene, max(known, key=scene.calendar.instant)) if known and len(known) == len(words) else None
    )


def deadline(calendar: Calendar, when: Moment) -> dt.datetime:
    """When a supplier's term is over: a day at its end, and always on a day on which business is done."""
    value = moment(when)
    if isinstance(value, dt.datetime):
        return calendar.in_business(value)
    return calendar.end_of(calendar.business_on_or_after(value))


def _silent(scene: Scene, supplier: SupplierOrder) -> Trouble | None:
    """No answer, or no parcel, by its day."""
    answer = supplier.acknowledge_by if supplier.answered is None else None
    terms = [answer.isoformat() if answer else None, supplier.dispatch_by]
    dues = [deadline(scene.calendar, term) for term in terms if term]
    if supplier.state in _SENT and supplier.since is not None:
        # Said to have left: its carrier has a day to see it, however late that was said.
        dues = [max(due, supplier.since.time + _FRESH) for due in dues]
    over = [due for due in dues if scene.wake(f"term:{supplier.id}", due)]
    return Trouble(min(over), _ahead(scene, supplier.dispatch_by), None) if over else None


def _planned(scene: Scene, supplier: SupplierOrder) -> Trouble | None:
    """Its term is after the promise, and the day is over on which it had to leave before that."""
    promised, term = latest_day(scene, scene.view.promise), supplier.dispatch_by
    if promised is None or term is None or supplier.state in _SENT or scene.calendar.day(term) <= promised:
        return None
    since = _last_moment(scene, promised)
    return Trouble(since, _ahead(scene, term), None) if scene.wake(f"term:{supplier.id}", since) else None


def _ahead(scene: Scene, word: Moment | None) -> Moment | None:
    """A word that has been broken already is none."""
    return word if word and deadline(scene.calendar, word) > scene.now else None


def _has_not_left(part: Part) -> bool:
    return part.supplier is not None and (part.parcel is None or part.parcel.first_scan is None)


def _risk(scene: Scene, part: Part) -> Late | None:
    cause = trouble(scene, part)
    if cause is None or part.told is None or part.told < scene.today or _is_kept(scene, part, part.told):
        return None
    since = cause.since if cause.leaves else max(cause.since, _last_moment(scene, part.told))
    if cause.leaves is not None:
        day = scene.calendar.day(arrival(scene, cause.leaves).latest or cause.leaves)
        if not scene.calendar.is_later(day, part.told):
            scene.wake(f"preship:{part.key}", deadline(scene.calendar, cause.leaves))
            return None
    elif not part.ends or not scene.wake(f"preship:{part.key}", since):
        return None
    return _late(scene, part, cause, since)


def _is_kept(scene: Scene, part: Part, told: dt.date) -> bool:
    """The carrier's own fresh word that keeps the promise outweighs what we reckon."""
    if part.parcel is None or not part.parcel.estimates:
        return False
    said = part.parcel.estimates[-1]
    day = latest_day(scene, said.data.estimated_delivery)
    stale = scene.wake(f"word:{part.key}", said.time + _FRESH)
    return not stale and day is not None and day <= told


def _last_moment(scene: Scene, told: dt.date) -> dt.datetime:
    """The start of the first day on which leaving is too late to arrive as told."""
    calendar, day = scene.calendar, told
    while calendar.add_business(day - _DAY, scene.limits.transit_days) > told:
        day -= _DAY
    return calendar.start_of(day)


def _late(scene: Scene, part: Part, cause: Trouble, since: dt.datetime) -> Late:
    window = arrival(scene, cause.leaves) if cause.leaves else None
    because = (cause.said,) if cause.said is not None and cause.said.time >= since else ()
    return Late(part, since, since, window, because)
