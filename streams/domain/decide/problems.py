"""What has gone wrong with a parcel, and what the customer must do about it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import msgspec

from streams.domain import states
from streams.domain.decide.content import content, items_of, parcel_view, why
from streams.domain.decide.scene import Scene, Wanted, because, newest
from streams.domain.fold.returns import called_off
from streams.domain.fold.views import OrderView, Parcel, Seen

_replace = msgspec.structs.replace
_ON_ITS_WAY_BACK = frozenset({"returning", "returned"})
_NEEDS = frozenset({"out_for_delivery", "ready_for_pickup"})  # it moves again: nothing to be done


def needs_action(step: Seen) -> bool:
    """Whether this scan says that the customer must do something."""
    return _is_held_up(step) and step.data.party != "seller"


def seller_needed(step: Seen) -> bool:
    """Whether it says that the seller must, so that there is nothing to ask the customer for."""
    return _is_held_up(step) and step.data.party == "seller"


def _is_held_up(step: Seen) -> bool:
    data = step.data
    if data.status in states.FINISHED or data.status in _NEEDS:
        return False
    return data.reason in states.ACTION_REASONS or (data.status == "customs" and data.party == "recipient")


def action_since(parcel: Parcel, needed: Callable[[Seen], bool] = needs_action) -> list[Seen] | None:
    """The scans in a row, up to the last, that ask the customer (or who is `needed`) for the same thing."""
    last = parcel.last
    if last is None or not needed(last):
        return None
    run: list[Seen] = []
    for step in reversed(parcel.steps):
        if not needed(step) or step.data.reason != last.data.reason:
            break
        run.append(step)
    return run[::-1]


def action_required(scene: Scene) -> Iterator[Wanted]:
    """Address, customs or payment: once for each thing that is asked, whichever parcels it is asked of.

    Nobody is asked to bring home what they have called off.
    """
    asked: defaultdict[str, list[tuple[Parcel, Seen]]] = defaultdict(list)
    for parcel in scene.parcels:
        run = action_since(parcel) if not called_off(scene.view, parcel) else None
        if run and not _is_told(scene, "action", parcel, run):
            asked[run[0].data.reason or ""].append((parcel, run[0]))
    for reason, news in asked.items():
        parcels, seen = [parcel for parcel, _ in news], [step for _, step in news]
        yield Wanted(
            "action_required",
            f"action:{reason}",
            tuple(f"action:{parcel.key}:{step.id}" for parcel, step in news),
            because(seen),
            newest(seen),
            content(scene, parcels, items=items_of(scene.view, parcels), **why(parcels)),
        )


def parcel_problem(scene: Scene) -> Iterator[Wanted]:
    """Lost, damaged, refused, on its way back: once for each misfortune, with what can be chosen.

    Each parcel has a message of its own: what is chosen is chosen for what was in it. Of what was
    called off nothing is left to choose.
    """
    wanted = [parcel for parcel in scene.parcels if not called_off(scene.view, parcel)]
    yield from _lost_in_silence(scene, wanted)
    for parcel in wanted:
        run = problem_since(scene, parcel)
        if run and not _is_told(scene, "problem", parcel, [*_missed_before(parcel, run[0]), *run]):
            yield Wanted(
                "parcel_problem",
                f"problem:{parcel.key}",
                (f"problem:{parcel.key}:{run[0].id}",),
                because(run[:1]),
                run[0].time,
                content(
                    scene,
                    [parcel],
                    items=items_of(scene.view, [parcel]),
                    reason=parcel.reason or parcel.state,
                    party=parcel.party,
                    next_update=_seen_to_by(scene, max(run[0].time, run[0].arrived)),
                ),
            )


def _lost_in_silence(scene: Scene, parcels: Iterable[Parcel]) -> Iterator[Wanted]:
    """Nobody has said so, but nobody has seen it for longer than its carrier is known to take."""
    for parcel in parcels:
        since, last = lost_since(scene, parcel), parcel.last
        if since is None or last is None or scene.news("problem", parcel, last.id) is None:
            continue
        yield Wanted(
            "parcel_problem",
            f"silent:{parcel.key}",
            (f"problem:{parcel.key}:{last.id}",),
            (f"timer:silent:{parcel.key}",),
            since,
            _replace(
                content(
                    scene,
                    items=items_of(scene.view, [parcel]),
                    reason="lost",
                    party="carrier",
                    next_update=_seen_to_by(scene, max(since, last.arrived)),
                ),
                parcels=(_replace(parcel_view(scene, parcel), state="lost"),),
            ),
        )


def _seen_to_by(scene: Scene, known: dt.datetime) -> str:
    """By when the customer hears from a person without having chosen: the ticket is due then."""
    return scene.calendar.answered_by(known + scene.limits.tickets_due_in).isoformat()


def problem_since(scene: Scene, parcel: Parcel) -> list[Seen] | None:
    """The scans in a row, up to the last, that tell of one misfortune.

    A customer's own return is none, and that nobody took what was called off isn't one either.
    """
    told = states.TOLD_PROBLEMS - _expected(scene.view, parcel)
    if parcel.state not in told:
        return None
    run: list[Seen] = []
    for step in reversed(parcel.steps):
        if step.data.status not in states.PROBLEM:
            break
        run.append(step)
    return [step for step in run[::-1] if step.data.status in told]


def _expected(view: OrderView, parcel: Parcel) -> frozenset[str]:
    if called_off(view, parcel):
        return _ON_ITS_WAY_BACK | {"refused"}
    returned = any(case.concerns(parcel) for case in view.returns.values())
    return _ON_ITS_WAY_BACK if returned else frozenset()


def _missed_before(parcel: Parcel, step: Seen) -> list[Seen]:
    """Where the carrier says that it is lost: the scan since which it was missed, as may have been told."""
    if step.data.status != "lost":
        return []
    earlier = parcel.steps[: parcel.steps.index(step)]
    return [each for each in earlier[-1:] if each.data.status not in states.PROBLEM]


def lost_since(scene: Scene, parcel: Parcel) -> dt.datetime | None:
    """Since when the customer must be told that it is lost, for its silence alone.

    Where that was not measured a person looks first: carriers that scan twice lose few of the silent.
    And where tracking has ended, since then not even its arrival would show. What is held up until
    somebody gives the carrier what it asks for is not lost.
    """
    measured = scene.world.silence(parcel.carrier or "", scene.view.country)
    last = parcel.last
    if measured is None or parcel.state == "tracking_ended" or (last is not None and _is_held_up(last)):
        return None
    return silent_since(scene, parcel)


def found_again(scene: Scene, parcel: Parcel) -> Seen | None:
    """The first scan after the customer was told that it is lost by which it is somewhere all the same."""
    if not scene.ledger.sent("parcel_problem"):
        return None
    told = [place for place, step in enumerate(parcel.steps) if _is_told_lost(scene, parcel, step)]
    after = parcel.steps[told[-1] + 1 :] if told else []
    return next((step for step in after if step.data.status not in states.PROBLEM | states.PAPER), None)


def _is_told_lost(scene: Scene, parcel: Parcel, step: Seen) -> bool:
    """By its carrier's word, or for its silence since this scan."""
    if step.data.status in states.PROBLEM - {"lost"}:
        return False
    return any(f"problem:{name}:{step.id}" in scene.ledger.told for name in parcel.names)


def silent_since(scene: Scene, parcel: Parcel) -> dt.datetime | None:
    """Since when it must be held for lost for its silence."""
    last = last_seen(parcel)
    if last is None or parcel.state in states.NOT_MISSED:
        return None
    due = _missed_from(scene, parcel, last)
    return due if scene.wake(f"silent:{parcel.key}", due) else None


def missed_since(scene: Scene, parcel: Parcel, lost: Seen) -> Seen | None:
    """The scan since which it was held for lost already when the carrier said that it is."""
    earlier = next(iter(_missed_before(parcel, lost)), None)
    known = earlier is not None and _missed_from(scene, parcel, earlier) <= lost.arrived
    return earlier if known else None


def _missed_from(scene: Scene, parcel: Parcel, last: Seen) -> dt.datetime:
    """After longer without a scan than parcels of its carrier ever are.

    Only once the day that the customer was told is over: before it nothing is amiss.
    """
    measured = scene.world.silence(parcel.carrier or "", scene.view.country)
    lost = last.time + (measured or scene.limits.lost_after)
    told = scene.ledger.told_window(parcel.names, scene.first_promise)
    by = told and (told.latest or told.earliest)
    return max(lost, scene.calendar.instant(by)) if by else lost


def last_seen(parcel: Parcel) -> Seen | None:
    """The last scan by which it was anywhere."""
    return next((step for step in reversed(parcel.steps) if step.data.status not in states.PAPER), None)


def _is_told(scene: Scene, topic: str, parcel: Parcel, run: list[Seen]) -> bool:
    return any(scene.news(topic, parcel, step.id) is None for step in run)
