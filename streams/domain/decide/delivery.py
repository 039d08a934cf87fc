"""At the customer's door: out for delivery, waiting to be fetched, missed, delivered."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from streams.domain import states
from streams.domain.calendar import Calendar
from streams.domain.decide.content import content, estimate, items_of, remaining, why
from streams.domain.decide.problems import action_since, problem_since
from streams.domain.decide.scene import Scene, Wanted, because, first_arrival, newest
from streams.domain.fold.making_good import brings_again
from streams.domain.fold.returns import awaited
from streams.domain.fold.views import Chosen, Parcel, Seen
from streams.domain.law import withdrawal_ends

Found = tuple[Parcel, Seen, str]
_DAY = dt.timedelta(days=1)
_OUT = frozenset({"out_for_delivery"})
_STILL_WANTED = frozenset({"wait", "replacement"})
_FRESH = dt.timedelta(hours=24)  # before the eve of the day that it names


def out_for_delivery(scene: Scene) -> Iterator[Wanted]:
    """Once a day for each parcel; of use for half a day, or until it has arrived."""
    news = _by_day(scene, "out_for_delivery")
    if not news:
        return
    useful = scene.kind("out_for_delivery").useful_for
    wish = with_its_like(scene, _wanted(scene, "out_for_delivery", news), news, states.ON_ITS_WAY)
    yield wish._replace(useful_until=wish.caused_at + useful) if useful else wish


def arriving_tomorrow(scene: Scene) -> Iterator[Wanted]:
    """Where the carrier itself names exactly tomorrow, and has said so lately."""
    news = [found for parcel in scene.parcels if parcel.estimates and (found := _tomorrow(scene, parcel))]
    if news:
        wish = _wanted(scene, "arriving_tomorrow", news, expected=estimate(news[-1][0]))
        dates = (f"date:{parcel.key}" for parcel, _, _ in news)
        yield wish._replace(covers=(*wish.covers, *dates), useful_until=scene.calendar.end_of(scene.today))


def _tomorrow(scene: Scene, parcel: Parcel) -> Found | None:
    said = parcel.estimates[-1]
    window = said.data.estimated_delivery
    if parcel.state not in states.ON_ITS_WAY or action_since(parcel) is not None:
        return None
    days = {scene.calendar.day(when) for when in (window.earliest, window.latest) if when}
    if window.latest is None or len(days) != 1:
        return None
    eve = scene.calendar.start_of(days.pop() - _DAY)
    cover = scene.news("tomorrow", parcel, window.latest)
    if cover is None or not scene.wake(f"tomorrow:{parcel.key}", eve) or scene.now >= eve + _DAY:
        return None
    return (parcel, said, cover) if eve - said.time <= _FRESH else None


def attempt_failed(scene: Scene) -> Iterator[Wanted]:
    """Once a day for each parcel, unless there is something that the customer must do about it."""
    news = [found for found in _by_day(scene, "attempt_failed") if action_since(found[0]) is None]
    if news:
        yield _wanted(scene, "attempt_failed", news)


def delivered(scene: Scene) -> Iterator[Wanted]:
    """Once for each parcel. Again after a correction only if the customer knows of that."""
    news = [found for p in scene.parcels if p.delivered and (found := _delivery(scene, p))]
    if not news:
        return
    arrived = [p for p in scene.parcels if p.state == states.DELIVERED]
    failed = [p for p in scene.parcels if _is_given_over(scene, p)]
    wish = _wanted(
        scene,
        "delivered",
        news,
        remaining=remaining(scene.view, [*arrived, *failed]),
        whole_order=scene.view.state == states.DELIVERED,
        withdraw_until=withdraw_until(scene),
    )
    yield with_its_like(scene, wish, news, _OUT)


def _is_given_over(scene: Scene, parcel: Parcel) -> bool:
    """It won't come, and the customer has not chosen to have it all the same: that has its own message."""
    run = problem_since(scene, parcel)
    if not run:
        return False
    since = run[0].time
    chosen = (c for c in scene.view.chosen if c.seen.time >= since and _may_be_about(c, parcel))
    return all(c.seen.data.choice not in _STILL_WANTED for c in chosen)


def _may_be_about(chosen: Chosen, parcel: Parcel) -> bool:
    return not chosen.lines or not set(chosen.lines).isdisjoint(parcel.contents or ())


def _wanted(scene: Scene, kind: str, news: list[Found], **more: Any) -> Wanted:
    seen = [scan for _, scan, _ in news]
    parcels = [parcel for parcel, _, _ in news]
    return Wanted(
        kind,
        kind,
        tuple(cover for _, _, cover in news),
        because(seen),
        newest(seen),
        content(scene, parcels, items=items_of(scene.view, parcels), **why(parcels), **more),
    )


def with_its_like(scene: Scene, wish: Wanted, news: list[Found], states_: frozenset[str]) -> Wanted:
    """Held for the kind's moment, where another parcel that is in these states may come to the same.

    One courier brings several parcels to a door: that is one message.
    """
    told = [parcel for parcel, _, _ in news]
    others = [p for p in scene.parcels if p.state in states_ and p not in told]
    carriers = {parcel.carrier for parcel in told}
    if not any(other.carrier in carriers for other in others):
        return wish
    return wish._replace(hold_until=first_arrival([scan for _, scan, _ in news]) + scene.kind(wish.kind).hold)


def _by_day(scene: Scene, state: str) -> list[Found]:
    """Parcels in this state with the scan that began today's episode; repeats that day are no news."""
    found = []
    for parcel in scene.parcels:
        if parcel.state != state:
            continue
        scan = _first_of_day(parcel, state, scene.calendar)
        cover = scene.news(state, parcel, scene.calendar.day(scan.time).isoformat())
        if cover:
            found.append((parcel, scan, cover))
    return found


def _first_of_day(parcel: Parcel, state: str, calendar: Calendar) -> Seen:
    scans = [step for step in parcel.steps if step.data.status == state]
    day = calendar.day(scans[-1].time)
    return next(step for step in scans if calendar.day(step.time) == day)


def _delivery(scene: Scene, parcel: Parcel) -> Found | None:
    scan = parcel.deliveries[-1]
    if scene.news("delivered", parcel) is not None:
        return parcel, scan, f"delivered:{parcel.key}"
    if len(parcel.deliveries) == 1:
        return None
    again = scene.news("delivered", parcel, str(len(parcel.deliveries)))
    return (parcel, scan, again) if again and _corrected_aloud(scene, parcel) else None


def _corrected_aloud(scene: Scene, parcel: Parcel) -> bool:
    """The customer was told that it had not arrived after all, or it was left elsewhere this time."""
    first, last = parcel.deliveries[0], parcel.deliveries[-1]
    if last.data.delivered_to not in (None, first.data.delivered_to):
        return True
    taken_back = {step.id for step in parcel.corrections}
    taken_back |= {s.id for s in parcel.steps if first.time < s.time < last.time}
    if any(
        first.time < c.seen.time < last.time and c.seen.data.choice == "not_received"
        for c in scene.view.chosen
    ):
        return True
    told = (e for e in scene.ledger.sent("attempt_failed", "parcel_problem", "out_for_delivery",
                                         "ready_for_pickup", "action_required", "delay"))  # fmt: skip
    return any(not taken_back.isdisjoint(entry.because) for entry in told)


def withdraw_until(scene: Scene) -> dt.date | None:
    """Counted from the day on which the last parcel arrived of what was bought: no repair begins it anew.

    None while something is still to come. Who has withdrawn from all of it has nothing left to withdraw from.
    """
    if scene.view.state != states.DELIVERED or not awaited(scene.view):
        return None
    arrived = (parcel for parcel in scene.parcels if parcel.delivered)
    bought = (p.deliveries[-1].time for p in arrived if not brings_again(scene.view, p))
    last = max(bought, default=None)
    ends = withdrawal_ends(scene.calendar, scene.calendar.day(last)) if last else None
    return ends if ends and ends >= scene.today else None
