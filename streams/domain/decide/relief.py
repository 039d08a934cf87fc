"""That a delay which was told is over: it will come as first promised after all."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.decide.content import content, estimate, items, span
from streams.domain.decide.late import DELAYS, Part, is_about, kept_run, latest_day
from streams.domain.decide.scene import Scene, Wanted
from streams.domain.fold.contents import plus
from streams.domain.fold.views import Seen
from streams.domain.ledger import TOLD
from streams.domain.order import Entry

_DAY = dt.timedelta(days=1)
_EVE = "arriving_tomorrow"


def back_on_time(scene: Scene, waiting: list[Part]) -> Iterator[Wanted]:
    """By the carrier's word of some hours all of what a delay was told of will come as first promised."""
    delayed = [(part, entry) for part in waiting if (entry := _delay_of(scene, part))]
    runs = [_kept(scene, part, entry) for part, entry in delayed]
    covers = tuple(dict.fromkeys(f"back:{entry.id}" for _, entry in delayed))
    if not runs or not all(runs) or scene.ledger.settled.issuperset(covers):
        return
    settles = scene.limits.delay_settles
    known = max(min(seen.arrived for seen in run) for run in runs)
    if not scene.wake("back_on_time", known + settles):
        return
    parcels = [part.parcel for part, _ in delayed if part.parcel]
    yield Wanted(
        "back_on_time",
        "back_on_time",
        (*covers, *(f"date:{mark}" for part, _ in delayed for mark in part.marks)),
        tuple(dict.fromkeys(run[-1].id for run in runs)),
        max(run[0].time for run in runs) + settles,
        content(
            scene,
            parcels,
            items=items(scene.view, plus(part.pieces for part, _ in delayed)),
            expected=span(estimate(parcel) for parcel in parcels),
            told=span(entry.expected for _, entry in delayed),
        ),
    )


def _delay_of(scene: Scene, part: Part) -> Entry | None:
    """The last message that told of its delay, unless a day within the promise was told of it since.

    A text on the eve says when it comes, not that the delay is over.
    """
    last: Entry | None = None
    for entry in scene.ledger.entries:
        if entry.status not in TOLD or entry.kind == _EVE or not is_about(entry, part):
            continue
        if entry.kind in DELAYS:
            last = entry
        elif last is not None and (day := latest_day(scene, entry.expected)):
            promised = _good_enough(scene, last)
            last = None if promised is not None and day <= promised else last
    return last


def _kept(scene: Scene, part: Part, delay: Entry) -> list[Seen]:
    promised = _good_enough(scene, delay)
    if promised is None or promised < scene.today or part.parcel is None:
        return []
    run = kept_run(part.parcel.estimates, scene, promised)
    return [seen for seen in run if seen.arrived > delay.at]  # what was known by then has not become better


def _good_enough(scene: Scene, delay: Entry) -> dt.date | None:
    """The last day that is as first promised, and earlier than the delay has said: else nothing is over."""
    days = [latest_day(scene, window) for window in (scene.first_promise, scene.view.promise)]
    told = latest_day(scene, delay.expected)
    known = [day for day in (*days, told - _DAY if told else None) if day is not None]
    return min(known) if days[0] is not None else None
