"""Which parts of an order will come later than the customer was told, since when, and how we know.

A part is a parcel, or what no parcel holds yet. It is late when the earliest day on which it can now
come is a business day or more after the latest day that was told: because the carrier says so, or
because the told day is over and it has not come.
"""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from streams.domain import states
from streams.domain.decide.problems import action_since, found_again, lost_since
from streams.domain.decide.scene import Scene
from streams.domain.decide.supply import held
from streams.domain.fold.contents import Pieces, contents_of, minus
from streams.domain.fold.making_good import owed_since
from streams.domain.fold.returns import awaited, called_off
from streams.domain.fold.views import OrderView, Parcel, Seen, SupplierOrder
from streams.domain.ledger import EVERY_DATE, REST, TOLD
from streams.domain.order import Entry
from streams.domain.values import Window

DELAYS = frozenset({"delay", "preship_delay", "preship_delay_2", "delay_followup"})


class Part(NamedTuple):
    """A part of the order that the customer still waits for. `told`: the day it was to come by.

    `marks`: what a message about it settles. `names`, which include them, are all by which it was
    told of: those of its lines, and of the rest while it was part of it. `supplier`: who sends it.
    """

    key: str
    marks: tuple[str, ...]
    names: frozenset[str]
    parcel: Parcel | None
    supplier: SupplierOrder | None
    pieces: Pieces
    told: dt.date | None
    window: Window | None  # what was told

    @property
    def ends(self) -> bool:
        """Whether what was told comes to an end: "from Thursday" is over on no day."""
        return self.window is not None and self.window.latest is not None


class Late(NamedTuple):
    """`known`: since when we know it. `caused`: when the newest word on it was said.

    `window`: when the carrier says it comes; None where nobody knows. `because`: the events behind
    it, none where only time has passed. `undone`: the scan that takes back a delivery or a loss which was
    told.
    """

    part: Part
    known: dt.datetime
    caused: dt.datetime
    window: Window | None
    because: tuple[Seen, ...]
    undone: Seen | None = None


def parts(scene: Scene) -> Iterator[Part]:
    """What the customer waits for. What has reached their door, or is in trouble, is told of elsewhere."""
    live, wanted = scene.parcels, awaited(scene.view)
    for parcel in live:
        if (
            parcel.state not in states.NO_LONGER_AWAITED
            and not called_off(scene.view, parcel)  # it may still come, but nobody was promised it
            and action_since(parcel) is None
            and lost_since(scene, parcel) is None
        ):
            yield _of_parcel(scene, parcel)
    if all(p.contents is not None for p in live):
        rest = minus(wanted, *contents_of(live))
        if rest:
            yield from _of_rest(scene, rest)


def is_about(told: Entry, part: Part) -> bool:
    """Whether the message told a date of the part, or that there is none."""
    return any(f"date:{name}" in told.covers for name in part.names)


def _of_parcel(scene: Scene, parcel: Parcel) -> Part:
    pieces = parcel.contents or {}
    names = frozenset(parcel.names.union((REST,), _lines(pieces)))
    window = told_of(scene, parcel)
    supplier = scene.view.suppliers.get(parcel.supplier_order or "")
    told = latest_day(scene, window)
    return Part(parcel.key, (parcel.key,), names, parcel, supplier, pieces, told, window)


def told_of(scene: Scene, parcel: Parcel) -> Window | None:
    """What the customer was told of a parcel: of itself, its lines, or the rest while it was part of it."""
    owed = owed_since(scene.view, parcel)
    return scene.ledger.told_window(_called(parcel), scene.first_promise, _left(parcel), owed)


def all_told_of(scene: Scene, parcel: Parcel) -> list[Window]:
    """All that they were told of it at any time, the promise at checkout first."""
    said = [entry.expected for entry in scene.ledger.dated(_called(parcel), _left(parcel))]
    return [window for window in (scene.first_promise, *said) if window is not None]


def _called(parcel: Parcel) -> set[str]:
    return parcel.names.union(_lines(parcel.contents or {}))


def _left(parcel: Parcel) -> dt.datetime | None:
    return parcel.first_scan.time if parcel.first_scan else parcel.since


def in_doubt(scene: Scene, parcel: Parcel) -> bool:
    """Whether the customer heard last that there is no date for what is in it."""
    part, doubt = _of_parcel(scene, parcel), False
    for entry in scene.ledger.entries:
        if entry.status in TOLD and (is_about(entry, part) or EVERY_DATE in entry.covers):
            doubt = entry.expected is None and (doubt or entry.kind in DELAYS)
    return doubt


def _of_rest(scene: Scene, rest: Pieces) -> Iterator[Part]:
    """In one, or by who sends it and why they can't yet: what is true of one isn't of the others."""
    groups: dict[tuple[str, str | None], Pieces] = {}
    for line, count in rest.items():
        groups.setdefault(_source(scene.view, line), {})[line] = count
    for (supplier, _), pieces in groups.items():
        marks = (REST,) if len(groups) == 1 else _lines(pieces)
        names = frozenset((REST, *_lines(pieces)))
        window = scene.ledger.told_window(names, scene.first_promise)
        sender = scene.view.suppliers.get(supplier)
        yield Part(marks[0], marks, names, None, sender, pieces, latest_day(scene, window), window)


def _source(view: OrderView, line: str) -> tuple[str, str | None]:
    """Who was asked last to send the line, and by what word they can't yet."""
    found = next((s for s in reversed(view.suppliers.values()) if line in s.line_ids), None)
    if found is None and len(view.suppliers) == 1:
        only = next(iter(view.suppliers.values()))
        found = None if only.line_ids else only  # nobody said what it is to send: all of it
    if found is None:
        return "", None
    seen = held(view, found, line)
    return found.id, seen.id if seen is not None else None


def _lines(pieces: Pieces) -> tuple[str, ...]:
    return tuple(f"line:{line}" for line in pieces)


def lateness(scene: Scene, part: Part) -> Late | None:
    """Whether the part is late now; asks to be woken when its told day ends."""
    said = part.parcel.estimates if part.parcel else []
    undone = _undone(scene, part)
    if undone is not None:
        dated = [each for each in said[-1:] if each.fact.place >= undone.fact.place]
        if not dated or not scene.ledger.is_settled(f"undone:{undone.id}", part.names):
            return _after_all(scene, part, undone, dated)
    if part.told is None:
        return None
    coming = _day_of(scene, said[-1].data.estimated_delivery) if said else None
    if coming is not None and coming >= scene.today:
        run = _late_run(scene, said, part.told)
        if not run:
            scene.wake(f"promise:{part.key}", scene.calendar.end_of(max(part.told, coming)))
            return None
        window = run[-1].data.estimated_delivery
        return Late(part, min(s.arrived for s in run), run[0].time, window, (run[-1],))
    over = scene.calendar.end_of(max(part.told, coming) if coming else part.told)
    if not part.ends or not scene.wake(f"promise:{part.key}", over):
        return None
    assert scene.view.placed is not None
    still = _still_said(scene, said)
    window = Window(latest=still.data.estimated_delivery.latest) if still else None
    return Late(part, max(over, scene.view.placed.arrived), over, window, (still,) if still else ())


def _undone(scene: Scene, part: Part) -> Seen | None:
    """What takes back the delivery, or the loss, that the customer was told of and nothing else since."""
    parcel = part.parcel
    if parcel is None:
        return None
    back = _taken_back(scene, parcel) or found_again(scene, parcel)
    if back is None:
        return None
    since = {step.id for step in parcel.steps if step.fact.place >= back.fact.place}
    other = (e for e in scene.ledger.entries if e.status in TOLD and e.kind not in DELAYS)
    return back if all(since.isdisjoint(entry.because) for entry in other) else None


def _taken_back(scene: Scene, parcel: Parcel) -> Seen | None:
    if not parcel.corrections:
        return None
    names = {f"delivered:{name}" for name in parcel.names}
    told = any(cover in names or cover.rpartition(":")[0] in names for cover in scene.ledger.told)
    return parcel.corrections[-1] if told else None


def _after_all(scene: Scene, part: Part, undone: Seen, dated: list[Seen]) -> Late:
    """With the day that the carrier has named since then, if that is still ahead."""
    window = dated[0].data.estimated_delivery if dated else None
    day = latest_day(scene, window)
    ahead = window if day is not None and day >= scene.today else None
    return Late(part, undone.arrived, undone.time, ahead, (undone,), undone)


def _still_said(scene: Scene, said: list[Seen]) -> Seen | None:
    """The carrier's last word, where only its window's first day is over: what is left of it is the date."""
    end = said[-1].data.estimated_delivery.latest if said else None
    return said[-1] if end and scene.calendar.day(end) >= scene.today else None


def _late_run(scene: Scene, said: list[Seen], told: dt.date) -> list[Seen]:
    """The carrier's last words in a row that all break what was told, oldest first."""
    run: list[Seen] = []
    for seen in reversed(said):
        day = _day_of(scene, seen.data.estimated_delivery)
        if day is None or not scene.calendar.is_later(day, told):
            break
        run.append(seen)
    return run[::-1]


def kept_run(said: list[Seen], scene: Scene, promised: dt.date) -> list[Seen]:
    """The carrier's last words in a row that all keep the promise, oldest first."""
    run: list[Seen] = []
    for seen in reversed(said):
        day = latest_day(scene, seen.data.estimated_delivery)
        if day is None or day > promised:
            break
        run.append(seen)
    return run[::-1]


def latest_day(scene: Scene, window: Window | None) -> dt.date | None:
    """The last day of a window; a date on one side only is the day itself."""
    when = window and (window.latest or window.earliest)
    return scene.calendar.day(when) if when else None


def _day_of(scene: Scene, window: Window | None) -> dt.date | None:
    when = window and (window.earliest or window.latest)
    return scene.calendar.day(when) if when else None
