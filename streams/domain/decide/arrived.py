"""Once it has arrived: whether the customer really has it, and what is said and asked afterwards."""

import datetime as dt
import zlib
from collections.abc import Iterator

from streams.domain import states
from streams.domain.decide import remedy
from streams.domain.decide.content import content, items, items_of
from streams.domain.decide.scene import Scene, Wanted
from streams.domain.decide.scores import is_low
from streams.domain.events import Metric
from streams.domain.fold.contents import Pieces
from streams.domain.fold.refunds import lines_of
from streams.domain.fold.views import Parcel

_UNKNOWN = "unknown"

# No other decision asks whether these were told. Most are refused for want of consent: each of them
# would else be a third of what is decided about an order that has arrived.
OF_NO_CONSEQUENCE = frozenset({"care_tips", "survey", "review_request", "feedback_thanks"})


def delivery_check(scene: Scene) -> Iterator[Wanted]:
    """It was left where the customer was not, and they have said nothing since."""
    for parcel in scene.parcels:
        scan = parcel.delivered
        if scan is None or not _left_alone(scene, parcel) or _has_spoken(scene, scan.time):
            continue
        due = scene.calendar.later(scan.time, scene.limits.check_after_days)
        said = [s.id for s in parcel.steps if s.data.status == scan.data.status and s.time >= scan.time]
        cover = scene.news("check", parcel, scan.id)
        if any(scene.news("check", parcel, each) is None for each in said):
            continue  # by whichever source's word
        if cover and scene.wake(f"check:{parcel.key}", due):
            yield Wanted(
                "delivery_check",
                f"check:{parcel.key}",
                (cover,),
                (f"timer:check:{parcel.key}",),
                due,
                content(scene, [parcel], items=items_of(scene.view, [parcel])),
            )


def _left_alone(scene: Scene, parcel: Parcel) -> bool:
    """What waited at a pickup point was handed out against its code."""
    if "ready_for_pickup" in parcel.reached or parcel.delivered is None:
        return False
    return (parcel.delivered_to or _UNKNOWN) in scene.limits.check_left_with


def _has_spoken(scene: Scene, since: dt.datetime) -> bool:
    """By an answer, or by what only somebody does who has it, or misses it."""
    view = scene.view
    cases = (case.last.time for cases in (view.returns, view.complaints) for case in cases.values())
    said = (seen.time for seen in (*(c.seen for c in view.chosen), *view.feedback))
    return any(time >= since for time in (*cases, *said))


def apology(scene: Scene) -> Iterator[Wanted]:
    """For a promise that was broken, once all has arrived. Once, with the remedy that was granted."""
    found = remedy.broken(scene) if "apology" not in scene.ledger.settled else None
    if found is None:
        return
    answer = scene.grant.answer if scene.grant is not None else None
    if answer is None and (scene.grant is not None or remedy.question(scene) is not None):
        return  # it is asked for, and the answer is on its way
    granted = answer if answer is not None and answer.refused is None else None
    yield Wanted(
        "apology",
        "apology",
        ("apology",),
        (found.last.id,),
        found.last.time,
        content(
            scene,
            items=items(scene.view, scene.view.open_lines),
            remedy=granted.remedy if granted else None,
            amount=granted.amount if granted else None,
        ),
    )


def opinions(scene: Scene) -> Iterator[Wanted]:
    """Tips, a question, a request for a review: of an order with which all is well."""
    view = scene.view
    if view.state != states.DELIVERED or not _is_well(scene):
        return
    limits = scene.limits
    at = max(p.deliveries[-1].time for p in scene.parcels if p.delivered)
    kept = _kept(scene)
    if kept:
        yield from _ask(scene, "care_tips", kept, at + limits.tips_after, None)
    yield from _ask(scene, "survey", view.open_lines, at + limits.survey_after, at + limits.ask_within)
    if kept:
        yield from _ask(scene, "review_request", kept, at + limits.review_after, at + limits.ask_within)


def _kept(scene: Scene) -> Pieces:
    """Nobody is asked how they like what they have sent back."""
    view = scene.view
    gone = {
        line for case in view.returns.values() if case.state == "refunded" for line in lines_of(view, case)
    }
    return {line: count for line, count in view.open_lines.items() if line not in gone}


def _ask(
    scene: Scene, kind: str, about: Pieces, due: dt.datetime, until: dt.datetime | None
) -> Iterator[Wanted]:
    if kind in scene.ledger.settled or not scene.wake(kind, due) or (until and scene.now > until):
        return
    view = scene.view
    metric = _metric(scene) if kind == "survey" else None
    if kind == "survey" and (metric is None or any(seen.data.metric == metric for seen in view.feedback)):
        return
    yield Wanted(
        kind,
        kind,
        (kind,),
        (f"timer:{kind}",),
        max(due, _well_since(scene)) if until else due,
        content(scene, items=items(view, about), metric=metric),
        useful_until=until,
    )


def _well_since(scene: Scene) -> dt.datetime:
    """A question that had to wait until all was well is not old for that."""
    view = scene.view
    cases = (*view.returns.values(), *view.complaints.values())
    times = (*(case.last.time for case in cases), *(c.seen.time for c in view.chosen))
    return max(times, default=view.placed.time if view.placed else scene.now)


def _metric(scene: Scene) -> Metric | None:
    """Effort where there was trouble to sort out; else the shop's other questions take turns by order."""
    asked = scene.world.brand(scene.shop).surveys
    view = scene.view
    if "ces" in asked and (view.returns or view.complaints):
        return "ces"
    others = [metric for metric in asked if metric != "ces"]
    return others[zlib.crc32(view.order_id.encode()) % len(others)] if others else None


def _is_well(scene: Scene) -> bool:
    view = scene.view
    cases = (*view.returns.values(), *view.complaints.values())
    return not view.disputed and not view.recalls and all(case.is_over for case in cases)


def thanks(scene: Scene) -> Iterator[Wanted]:
    """For an answer to our question, once. A bad one gets an answer from a person, who has a ticket."""
    for seen in scene.view.feedback:
        cover = f"thanks:{seen.data.metric}"
        if cover not in scene.ledger.settled and not is_low(seen.data.metric, seen.data.score):
            yield Wanted(
                "feedback_thanks",
                cover,
                (cover,),
                (seen.id,),
                seen.time,
                content(scene, metric=seen.data.metric, occurred_at=seen.time),
            )
