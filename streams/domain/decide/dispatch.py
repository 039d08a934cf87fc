"""That parcels have left, and that a number which was told holds no longer."""

from collections.abc import Iterator

from streams.domain import states
from streams.domain.decide.content import content, estimate, items_of, remaining, span
from streams.domain.decide.late import in_doubt, told_of
from streams.domain.decide.scene import Scene, Wanted, because, first_arrival, newest
from streams.domain.decide.stopped import cancelled_since
from streams.domain.fold.contents import everything_in, has_left
from streams.domain.fold.views import Parcel, Seen
from streams.domain.values import Window


def shipped(scene: Scene) -> Iterator[Wanted]:
    """At the first scan, and not before; together with what leaves within the next minutes.

    Not of what was cancelled: nobody waits for it, and stopping it is the seller's.
    """
    left = [p for p in scene.parcels if _is_news(p) and cancelled_since(scene.view, p) is None]
    news = [p for p in left if scene.news("shipped", p)]
    if not news:
        return
    scans = [p.first_scan for p in news if p.first_scan is not None]
    gone = [p for p in scene.parcels if has_left(p)]
    whole = everything_in(scene.view, gone)
    expected = _expected(scene, news)
    yield Wanted(
        "shipped",
        "shipped",
        (*_covers(news), *(f"date:{p.key}" for p in news if expected)),
        because(scans),
        newest(scans),
        content(
            scene,
            news,
            items=items_of(scene.view, news),
            remaining=remaining(scene.view, gone),
            expected=expected,
        ),
        hold_until=None if whole else first_arrival(scans) + scene.kind("shipped").hold,
    )


def tracking_changed(scene: Scene) -> Iterator[Wanted]:
    """A number that the customer was told is replaced, and the parcel is still under way."""
    news = [p for p in scene.parcels if _number_changed(scene, p)]
    if not news:
        return
    causes = [_replacement(p) for p in news]
    yield Wanted(
        "tracking_changed",
        "tracking_changed",
        tuple(f"number:{p.number}" for p in news),
        because(causes),
        newest(causes),
        content(scene, news, items=items_of(scene.view, news)),
    )


def _is_news(parcel: Parcel) -> bool:
    # Once it is at the customer's door, or in trouble, other messages say more than this one.
    return parcel.first_scan is not None and parcel.reached <= states.BEFORE_ARRIVING


def _covers(news: list[Parcel]) -> Iterator[str]:
    for parcel in news:
        yield f"shipped:{parcel.key}"
        if parcel.number:
            yield f"number:{parcel.number}"


def _expected(scene: Scene, news: list[Parcel]) -> Window | None:
    """When these come. A date later than promised isn't slipped in: that is the delay's to say.

    Nor is one promised again that was said to be in doubt, unless the carrier names it.
    """
    calendar, windows = scene.calendar, []
    for parcel in news:
        told = told_of(scene, parcel)
        window = estimate(parcel) or (None if in_doubt(scene, parcel) else told)
        latest = window and (window.latest or window.earliest)
        promised = told and (told.latest or told.earliest)
        if not latest or calendar.day(latest) < scene.today:
            return None
        if promised and calendar.is_later(calendar.day(latest), calendar.day(promised)):
            return None
        windows.append(window)
    return span(windows)


def _number_changed(scene: Scene, parcel: Parcel) -> bool:
    if parcel.state in states.FINISHED or not parcel.replaced or parcel.number is None:
        return False
    if f"number:{parcel.number}" in scene.ledger.settled:
        return False
    return any(f"number:{number}" in scene.ledger.told for number in parcel.replaced)


def _replacement(parcel: Parcel) -> Seen:
    return max(parcel.replaced.values(), key=lambda seen: seen.fact.place)
