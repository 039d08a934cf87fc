"""What comes back and what is complained of: acknowledged at once, with the dates that the law sets."""

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

from streams.domain import law, states
from streams.domain.decide.content import content, items
from streams.domain.decide.scene import Scene, Wanted
from streams.domain.fold.refunds import alike, lines_of
from streams.domain.fold.repeats import names_of
from streams.domain.fold.views import Case, Seen

_SENT = frozenset({"return.in_transit", "return.received"})


def returns(scene: Scene) -> Iterator[Wanted]:
    """Every step of every return that the customer must know of."""
    for case in scene.view.returns.values():
        declared = case.steps.get("return.declared")
        if declared and case.kind == "withdrawal":
            yield from _acknowledged(scene, case, declared)
            for seen in case.more:
                yield from _acknowledged(scene, case, seen, seen.id)
        yield from _steps(scene, case)
        yield from _reminder(scene, case)
        _watch_sending(scene, case)


def _acknowledged(scene: Scene, case: Case, seen: Seen, anew: str = "") -> Iterator[Wanted]:
    """What was declared, and when."""
    by = law.send_back_by(scene.calendar, seen.time).isoformat()
    yield from _step(
        scene,
        "withdrawal_ack",
        case,
        seen,
        anew,
        deadline=by,
        next_update=_money_by(scene, seen),
        occurred_at=seen.time,
    )


def _steps(scene: Scene, case: Case) -> Iterator[Wanted]:
    """What is over by the time that it would be said, is not said."""
    steps = case.steps
    sent, received, refused = (
        steps.get(f"return.{s}") for s in ("instructions_sent", "received", "rejected")
    )
    if sent and case.state != "in_transit" and _SENT.isdisjoint(steps) and not _since(refused, sent):
        by = send_by(scene, case)
        by = by if by is not None and scene.now <= scene.calendar.instant(by) else None
        yield from _step(scene, "return_steps", case, sent, case.anew, deadline=by, label_url=case.label_url)
    if received and not _since(refused, received):
        declared = steps.get("return.declared")
        owed = declared is not None and case.kind == "withdrawal" and case.state != "refunded"
        by = _money_by(scene, declared) if declared is not None and owed else None
        yield from _step(scene, "return_received", case, received, next_update=by, decision=case.state)
    if refused and not _is_taken_back(scene, case, refused):
        yield from _step(scene, "return_rejected", case, refused, reasoning=refused.data.reason)


def _since(later: Seen | None, step: Seen) -> bool:
    return later is not None and later.time >= step.time


def _is_taken_back(scene: Scene, case: Case, refused: Seen) -> bool:
    """By the seller's word or their money, where all of it had been refused."""
    whole = lines_of(scene.view, case) <= set(refused.data.line_ids or scene.view.lines)
    return whole and case.state in ("accepted", "refunded") and _since(case.last, refused)


def _reminder(scene: Scene, case: Case) -> Iterator[Wanted]:
    """Some days before it must be on its way, unless it is, or the customer hears only now by when."""
    by, told = send_by(scene, case), _said_by_when(case)
    if by is None or told is None or case.state not in states.RETURN_BEFORE_SENDING:
        return
    due, name = scene.calendar.start_of(_remind_on(scene, told)), f"return:{case.id}"
    if told.arrived >= due or scene.now > scene.calendar.instant(by) or never_came(scene, case):
        return
    if _goes_as_another(scene, case):
        return
    if not scene.wake(name, due):
        return
    for wish in _step(
        scene, "return_reminder", case, case.last, case.anew, deadline=by, label_url=case.label_url
    ):
        yield wish._replace(because=(f"timer:{name}",), caused_at=due)


def _goes_as_another(scene: Scene, case: Case) -> bool:
    """Whether the same goods are reminded of, or on their way, under another name."""
    declared = alike(scene.view, case)
    return declared[0] is not case or any(each.state not in states.RETURN_BEFORE_SENDING for each in declared)


def never_came(scene: Scene, case: Case) -> bool:
    """Nobody sends back what was called off before it arrived, or what a carrier still has."""
    view = scene.view
    if "return.instructions_sent" in case.steps or any(p.delivered for p in scene.parcels):
        return False
    lines = lines_of(view, case)
    return view.cancelled is not None or lines <= view.cancelled_lines.keys() or bool(scene.parcels)


def _watch_sending(scene: Scene, case: Case) -> None:
    """The order is looked at again once that day is over: what was not sent by then shows as such."""
    by = send_by(scene, case) if case.state in states.RETURN_BEFORE_SENDING else None
    if by is not None:
        scene.wake(f"return:{case.id}:over", scene.calendar.instant(by))


def _said_by_when(case: Case) -> Seen | None:
    """The last step that named a day for sending; else the declaration, from which the law counts."""
    return case.ship_by or case.steps.get("return.declared")


def _remind_on(scene: Scene, told: Seen) -> dt.date:
    if told.data.ship_by:
        return scene.calendar.day(told.data.ship_by) - scene.limits.send_back_remind_before
    return law.remind_to_send(scene.calendar, told.time)


def send_by(scene: Scene, case: Case) -> str | None:
    """By when the goods must be on their way: as instructed, else as the law has it."""
    told = _said_by_when(case)
    if told is None or told.data.ship_by:
        return told.data.ship_by if told else None
    return law.send_back_by(scene.calendar, told.time).isoformat()


def _money_by(scene: Scene, declared: Seen) -> str | None:
    """The law's day, unless it is over: then the goods are late, too."""
    day = law.refund_by(scene.calendar, declared.time)
    return day.isoformat() if day >= scene.today else None


def refunds(scene: Scene) -> Iterator[Wanted]:
    """Each refund once: how much, which way; for what, where anybody said or nothing else is possible."""
    view = scene.view
    for seen in view.refunds:
        cover = f"refund:{seen.id}"
        if scene.ledger.is_settled("refund", names_of(view, seen)):
            continue
        data = seen.data
        more = {"amount": data.amount, "method": data.method, "reference": data.return_id}
        everything = view.lines if view.state in ("refunded", "cancelled") else ()
        yield _wanted(scene, "refund_done", cover, seen, view.refunded.get(seen.id, everything), **more)


def complaints(scene: Scene) -> Iterator[Wanted]:
    """Received, with the day of the decision; decided, with reasons."""
    for case in scene.view.complaints.values():
        filed, decided = case.steps.get("complaint.filed"), case.steps.get("complaint.decided")
        if filed and decided is None and case.state not in states.COMPLAINT_OVER:
            by = law.answer_complaint_by(scene.calendar, filed.time)
            yield from _step(
                scene,
                "complaint_ack",
                case,
                filed,
                case.anew,
                deadline=by.isoformat(),
                occurred_at=filed.time,
            )
        if decided:
            yield from _step(
                scene,
                "complaint_decision",
                case,
                decided,
                case.anew,
                decision=decided.data.decision,
                remedy=decided.data.remedy,
                reasoning=decided.data.reasoning,
            )


def recalls(scene: Scene) -> Iterator[Wanted]:
    """A danger is told whatever else has become of the order."""
    for seen in scene.view.recalls:
        cover, data = f"recall:{seen.id}", seen.data
        if not scene.ledger.is_settled("recall", names_of(scene.view, seen)):
            lines = data.line_ids or scene.view.lines
            yield _wanted(scene, "safety_recall", cover, seen, lines, advice=data.advice, url=data.url)


def _step(scene: Scene, kind: str, case: Case, seen: Seen, anew: str = "", **more: Any) -> Iterator[Wanted]:
    """One message of its kind for each case, and one more for what was said or decided anew."""
    cover = f"{kind}:{case.id}" + (f":{anew}" if anew else "")
    if cover not in scene.ledger.settled:
        lines = seen.data.line_ids or lines_of(scene.view, case)
        yield _wanted(scene, kind, cover, seen, lines, reference=case.id, subject_kind=case.kind, **more)


def _wanted(scene: Scene, kind: str, cover: str, seen: Seen, lines: Collection[str], **more: Any) -> Wanted:
    pieces = {line.line_id: line.quantity for line in scene.view.lines.values() if line.line_id in lines}
    about = items(scene.view, pieces)
    return Wanted(kind, cover, (cover,), (seen.id,), seen.time, content(scene, items=about, **more))
