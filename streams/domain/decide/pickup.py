"""A parcel that waits for the customer: the code and the place, and reminders before it goes back."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator

from streams.domain.decide.content import content, items_of
from streams.domain.decide.scene import Scene, Wanted, because, newest
from streams.domain.fold.returns import called_off
from streams.domain.fold.views import Parcel, Seen

_HOUR = dt.timedelta(hours=1)
_APART = 6 * _HOUR


def ready_for_pickup(scene: Scene) -> Iterator[Wanted]:
    """Place, code and deadline; again when one of them is another than the customer was told.

    One message for each of these: a short one has room for one place and one code.
    """
    there: defaultdict[str, list[tuple[Parcel, Seen, str]]] = defaultdict(list)
    for parcel in scene.parcels:
        since, what = parcel.pickup_since, _print(parcel)
        if parcel.state == "ready_for_pickup" and since and (cover := scene.news("pickup", parcel, what)):
            there[what].append((parcel, parcel.last or since, cover))
    for news in there.values():
        parcels, seen = [parcel for parcel, _, _ in news], [step for _, step, _ in news]
        yield Wanted(
            "ready_for_pickup",
            f"pickup:{parcels[0].key}",
            tuple(cover for _, _, cover in news),
            because(seen),
            newest(seen),
            content(scene, parcels, items=items_of(scene.view, parcels), deadline=_deadline(parcels[0])),
            # By then it is on its way back, and who was told so late would go in vain.
            useful_until=parcels[0].pickup.deadline if parcels[0].pickup else None,
        )


def pickup_reminder(scene: Scene) -> Iterator[Wanted]:
    """Twice before the deadline that the carrier named; none where it named none, or it was called off."""
    there: defaultdict[str, list[tuple[Parcel, Wanted]]] = defaultdict(list)
    for parcel in scene.parcels:
        if not called_off(scene.view, parcel) and (wish := _reminder(scene, parcel)):
            there[_print(parcel)].append((parcel, wish))
    for found in there.values():
        parcels, wish = [parcel for parcel, _ in found], found[0][1]
        yield wish._replace(
            covers=tuple(cover for _, each in found for cover in each.covers),
            content=content(
                scene,
                parcels,
                items=items_of(scene.view, parcels),
                deadline=wish.content.deadline,
                count=wish.content.count,
            ),
        )


def _reminder(scene: Scene, parcel: Parcel) -> Wanted | None:
    since, pickup = parcel.pickup_since, parcel.pickup
    if parcel.state != "ready_for_pickup" or since is None or pickup is None or pickup.deadline is None:
        return None
    deadline = pickup.deadline
    name = f"pickup:{parcel.key}"
    due = [
        (deadline - before, before // _HOUR)
        for before in sorted(_before(scene, deadline - since.time), reverse=True)
        # One that is due when the parcel is first heard of would only repeat that message.
        if deadline - before > since.arrived
    ]
    passed = [(at, hours) for at, hours in due if scene.wake(f"{name}:{hours}", at)]
    if not passed or scene.now >= deadline:
        return None
    at, hours = passed[-1]
    if _was_just_told(scene, parcel, at):
        return None
    cover = scene.news("reminder", parcel, deadline.isoformat(), str(hours))
    if cover is None:
        return None
    return Wanted(
        "pickup_reminder",
        f"reminder:{parcel.key}",
        (cover,),
        (f"timer:{name}:{hours}",),
        at,
        content(
            scene, [parcel], items=items_of(scene.view, [parcel]), deadline=_deadline(parcel), count=hours
        ),
        useful_until=deadline,
    )


def _before(scene: Scene, waits: dt.timedelta) -> tuple[dt.timedelta, ...]:
    """How long before the deadline: where a parcel waits for two days at most, and where it waits longer."""
    limits = scene.limits
    return limits.pickup_reminders_short if waits <= limits.pickup_short else limits.pickup_reminders


def _was_just_told(scene: Scene, parcel: Parcel, due: dt.datetime) -> bool:
    """That it waits, and until when, is being said now, or was within hours: the night holds a reminder."""
    if scene.news("pickup", parcel, _print(parcel)) is not None:
        return True
    about = tuple(f"{topic}:{name}:" for topic in ("reminder", "pickup") for name in parcel.names)
    told = scene.ledger.sent("pickup_reminder", "ready_for_pickup")
    return any(due - _APART < each.at and any(c.startswith(about) for c in each.covers) for each in told)


def _deadline(parcel: Parcel) -> str | None:
    deadline = parcel.pickup.deadline if parcel.pickup else None
    return deadline.isoformat() if deadline else None


def _print(parcel: Parcel) -> str:
    """Tells one place, code and deadline from another."""
    pickup = parcel.pickup
    parts = (pickup.point, pickup.code or "", _deadline(parcel) or "") if pickup else ()
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=6).hexdigest()
