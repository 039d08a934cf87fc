"""The promise that was told: that it can't be kept, and what comes of that."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.decide import preship
from streams.domain.decide.content import content, items, span, why
from streams.domain.decide.late import Late, Part, is_about, lateness, latest_day, parts
from streams.domain.decide.relief import back_on_time
from streams.domain.decide.scene import Scene, Wanted
from streams.domain.fold.contents import Pieces, minus, plus
from streams.domain.ledger import EVERY_DATE, SETTLED, TOLD
from streams.domain.order import Entry
from streams.domain.values import Window

# Business days after which a delay without a date is spoken of again: ever longer, and in the end
# nothing more is promised (the parcel is then the carrier's problem, and a ticket).
UPDATES_AFTER = (2, 3, 5)

# No carrier's own reasons.
_UNDONE, _FOUND = "told_delivered", "told_lost"

Again = tuple[str, list[Late]]


def promises(scene: Scene) -> Iterator[Wanted]:
    """All messages about dates; an order that isn't confirmed, or is cancelled, has been promised none."""
    if scene.view.confirmed is None or scene.view.cancelled is not None:
        return
    waiting = list(parts(scene))
    if not waiting:
        return
    late = [preship.dated(scene, found) for part in waiting if (found := lateness(scene, part))]
    kept = [part for part in waiting if all(found.part is not part for found in late)]
    risky = preship.at_risk(scene, kept)
    again = list(_again(scene, waiting))
    update = _followup(scene, waiting, late, risky, again)
    if update is not None:  # it says all that there is to say, so nothing else says it in the same minute
        yield update
        return
    yield from _delay(scene, late)
    yield from _preship(scene, risky, again)
    if not late and not risky:
        yield from back_on_time(scene, waiting)


def _delay(scene: Scene, late: list[Late]) -> Iterator[Wanted]:
    """Once it has stayed so for some hours, and not twice within a day."""
    news = [found for found in late if is_news(scene, found)]
    if not news:
        return
    limits = scene.limits
    settled = [found for found in news if scene.wake("delay", found.known + limits.delay_settles)]
    if not settled or not _gap_is_over(scene):
        return
    told = [found for found in news if found in settled or scene.ledger.open("delay")]
    wish = _wanted(scene, "delay", told)
    due_today = any(_is_due_today(scene, found.part) for found in told)
    yield wish._replace(also_by=("sms",)) if due_today else wish


def _is_due_today(scene: Scene, part: Part) -> bool:
    """Asked anew when that day begins: the night may hold the message until then."""
    began = part.told is not None and scene.wake("delay_today", scene.calendar.start_of(part.told))
    return began and part.told == scene.today


def _preship(scene: Scene, risky: list[Late], again: list[Again]) -> Iterator[Wanted]:
    """Before the promise is over, and again when it still hasn't left some business days later.

    What is due at the same time is one message: it keeps every word that an earlier one gave.
    """
    sent = scene.ledger.sent("preship_delay")
    news = [found for found in risky if is_news(scene, found)]
    told = {found.part.key: found for _, late in again for found in late}
    gap = sent[-1].at + scene.limits.delay_gap if sent else scene.now
    if news and (again or scene.wake("preship_gap", gap)):
        about = told | {found.part.key: found for found in news}
        yield _about_leaving(scene, "preship_delay", list(about.values()), *(cover for cover, _ in again))
    elif again:
        yield _about_leaving(scene, "preship_delay_2", list(told.values()), *(cover for cover, _ in again))


def _again(scene: Scene, waiting: list[Part]) -> Iterator[Again]:
    """The words given before it left that are due now: the cover of each, and what it is about."""
    sent = scene.ledger.sent("preship_delay")
    for place, entry in enumerate(sent):
        cover = f"preship:{entry.id}"
        if cover not in scene.ledger.settled:
            late = preship.again(scene, waiting, entry, sent[place + 1 :])
            if late:
                yield cover, late


def _about_leaving(scene: Scene, kind: str, late: list[Late], *covers: str) -> Wanted:
    wish = _wanted(scene, kind, late, *covers)
    timer = "preship_again" if kind == "preship_delay_2" else f"preship:{late[0].part.key}"
    seen = tuple(dict.fromkeys(s.id for found in late for s in found.because))
    return wish._replace(
        slot="preship_delay",
        because=seen or (f"timer:{timer}",),
        caused_at=max(found.caused for found in late),
    )


def _gap_is_over(scene: Scene) -> bool:
    if scene.ledger.open("delay"):
        return True
    sent = scene.ledger.sent("delay")
    return not sent or scene.wake("delay_gap", sent[-1].at + scene.limits.delay_gap)


def _wanted(scene: Scene, kind: str, late: list[Late], *covers: str) -> Wanted:
    limits = scene.limits
    seen = [s for found in late for s in found.because]
    parcels = [found.part.parcel for found in late if found.part.parcel is not None]
    expected = span(found.window for found in late)
    told = span(found.part.window for found in late)
    pieces = plus(found.part.pieces for found in late)
    shown = why(parcels)
    if all(found.undone for found in late):
        told, shown = None, {**shown, "reason": _UNDONE if any(map(_is_undone, late)) else _FOUND}
    return Wanted(
        kind,
        kind,
        (*_settles(scene, late), *covers),
        tuple(dict.fromkeys(s.id for s in seen)) or (f"timer:promise:{late[0].part.key}",),
        max(_caused(found, limits.delay_settles) for found in late),
        content(
            scene,
            parcels,
            items=items(scene.view, pieces),
            whole_order=_is_all(scene, pieces),
            expected=expected,
            told=None if told == expected else told,
            next_update=_next_update(scene, kind, expected),
            **shown,
        ),
    )


def _is_undone(late: Late) -> bool:
    """Whether it is a delivery that is taken back."""
    return late.part.parcel is not None and late.undone in late.part.parcel.corrections


def _followup(
    scene: Scene, waiting: list[Part], late: list[Late], risky: list[Late], again: list[Again]
) -> Wanted | None:
    """An update that was promised is due, and there is still nothing better to say."""
    better = any(found.undone is not None and is_news(scene, found) for found in late)
    if better or not (late or risky):
        return None
    promised = {
        f"followup:{entry.id}": scene.calendar.start_of(scene.calendar.day(entry.next_update or ""))
        for entry in _promised_updates(scene, waiting)
    }
    due = {cover: when for cover, when in promised.items() if scene.wake("delay_followup", when)}
    if not due or not scene.kind("delay_followup").enabled:
        return None
    about = {found.part.key: found for found in (*(f for _, found in again for f in found), *late, *risky)}
    covers = (*due, *(cover for cover, _ in again))
    wish = _wanted(scene, "delay_followup", list(about.values()), *covers)
    return wish._replace(because=("timer:delay_followup",), caused_at=max(due.values()))


def _promised_updates(scene: Scene, waiting: list[Part]) -> Iterator[Entry]:
    """The messages about a delay that promised to write again, and have not been followed by another."""
    sent = scene.ledger.sent("delay", "preship_delay_2", "delay_followup", "back_on_time")
    for place, entry in enumerate(sent):
        if not entry.next_update or f"followup:{entry.id}" in scene.ledger.settled:
            continue
        about = [part for part in waiting if is_about(entry, part)]
        if any(not any(is_about(later, part) for later in sent[place + 1 :]) for part in about):
            yield entry


def is_news(scene: Scene, late: Late) -> bool:
    """Whether this was not told of the part yet, or another day has been told of it since.

    That there is no date: once for each told day.
    """
    names = {f"{_topic(scene, late)}:{name}" for name in late.part.names}
    if names.isdisjoint(scene.ledger.settled):
        return True
    last = max(e.at for e in scene.ledger.entries if e.status in SETTLED and not names.isdisjoint(e.covers))
    return any(
        e.status in TOLD and e.at > last and e.expected and (is_about(e, late.part) or EVERY_DATE in e.covers)
        for e in scene.ledger.entries
    )


def _settles(scene: Scene, late: list[Late]) -> Iterator[str]:
    for found in late:
        if is_news(scene, found):
            yield from (f"{_topic(scene, found)}:{mark}" for mark in found.part.marks)
    yield from (f"date:{mark}" for found in late for mark in found.part.marks)


def _topic(scene: Scene, late: Late) -> str:
    if late.undone is not None:
        return f"undone:{late.undone.id}"
    day = latest_day(scene, late.window)
    return f"late:{day}" if day else f"lapsed:{late.part.told}"


def _next_update(scene: Scene, kind: str, expected: Window | None) -> str | None:
    """By when we write again. A new date is the next word, except of what hasn't even left."""
    if kind == "preship_delay" or (kind == "preship_delay_2" and not expected):
        days = scene.limits.preship_again_days
    else:
        spoken = len(scene.ledger.sent("delay_followup")) + 1 if kind == "delay_followup" else 0
        if expected or spoken >= len(UPDATES_AFTER):
            return None
        days = UPDATES_AFTER[spoken]
    return scene.calendar.add_business(scene.today, days).isoformat()


def _is_all(scene: Scene, pieces: Pieces) -> bool:
    """Whether this is the whole order; where nobody knows what is in it, nothing else must have come."""
    if pieces:
        return not minus(scene.view.open_lines, pieces)
    return scene.view.state != "partially_delivered"


def _caused(late: Late, settles: dt.timedelta) -> dt.datetime:
    """It is as old as the moment from which it had stayed so, or as the newest word on it."""
    return max((late.caused + settles, *(seen.time for seen in late.because)))
