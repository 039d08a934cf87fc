"""What comes back and what is complained of: acknowledged at once, with the dates that the law sets."""

from collections.abc import Iterator
from typing import Any

from streams.domain import law
from streams.domain.decide.content import content, items
from streams.domain.decide.scene import Scene, Wanted
from streams.domain.fold.contents import Pieces
from streams.domain.fold.views import Case, Seen

_BEFORE_SENDING = frozenset({"declared", "acknowledged", "instructions_sent"})


def returns(scene: Scene) -> Iterator[Wanted]:
    """Every step of every return that the customer must know of."""
    for case in scene.view.returns.values():
        declared = case.steps.get("return.declared")
        if declared and case.kind == "withdrawal":
            yield from _step(
                scene,
                "withdrawal_ack",
                case,
                declared,
                deadline=law.send_back_by(scene.calendar, declared.time).isoformat(),
                occurred_at=declared.time,
            )
        yield from _steps(scene, case)
        yield from _reminder(scene, case)


def _steps(scene: Scene, case: Case) -> Iterator[Wanted]:
    if sent := case.steps.get("return.instructions_sent"):
        yield from _step(
            scene, "return_steps", case, sent, deadline=_send_by(scene, case), label_url=sent.data.label_url
        )
    if received := case.steps.get("return.received"):
        yield from _step(scene, "return_received", case, received, next_update=_money_by(scene, case))
    if rejected := case.steps.get("return.rejected"):
        yield from _step(scene, "return_rejected", case, rejected, reasoning=rejected.data.reason)


def _reminder(scene: Scene, case: Case) -> Iterator[Wanted]:
    """Some days before it must be on its way, unless it is."""
    by = _send_by(scene, case)
    if case.state not in _BEFORE_SENDING or by is None:
        return
    due = scene.calendar.start_of(scene.calendar.day(by) - law.REMIND_BEFORE)
    name = f"return:{case.id}"
    if not scene.wake(name, due) or scene.now > scene.calendar.instant(by):
        return
    label = case.steps.get("return.instructions_sent")
    for wish in _step(
        scene,
        "return_reminder",
        case,
        case.last,
        deadline=by,
        label_url=label.data.label_url if label else None,
    ):
        yield wish._replace(because=(f"timer:{name}",), caused_at=due)


def _send_by(scene: Scene, case: Case) -> str | None:
    """By when the goods must be on their way: as instructed, else as the law has it."""
    named = next((s.data.ship_by for s in reversed(list(case.steps.values())) if s.data.ship_by), None)
    declared = case.steps.get("return.declared")
    if named or declared is None:
        return named
    return law.send_back_by(scene.calendar, declared.time).isoformat()


def _money_by(scene: Scene, case: Case) -> str | None:
    declared = case.steps.get("return.declared")
    if declared is None or case.kind != "withdrawal":
        return None
    return law.refund_by(scene.calendar, declared.time).isoformat()


def refunds(scene: Scene) -> Iterator[Wanted]:
    """Each refund once: how much, which way."""
    for seen in scene.view.refunds:
        if f"refund:{seen.id}" not in scene.ledger.settled:
            yield _wanted(
                scene,
                "refund_done",
                f"refund:{seen.id}",
                seen,
                amount=seen.data.amount,
                method=seen.data.method,
                reference=seen.data.return_id,
            )


def complaints(scene: Scene) -> Iterator[Wanted]:
    """Received, with the day of the decision; decided, with reasons."""
    for case in scene.view.complaints.values():
        filed, decided = case.steps.get("complaint.filed"), case.steps.get("complaint.decided")
        if filed and decided is None:
            by = law.answer_complaint_by(scene.calendar, filed.time)
            yield from _step(
                scene, "complaint_ack", case, filed, deadline=by.isoformat(), occurred_at=filed.time
            )
        if decided:
            yield from _step(
                scene,
                "complaint_decision",
                case,
                decided,
                decision=decided.data.decision,
                remedy=decided.data.remedy,
                reasoning=decided.data.reasoning,
            )


def recalls(scene: Scene) -> Iterator[Wanted]:
    """A danger is told whatever else has become of the order."""
    for seen in scene.view.recalls:
        if f"recall:{seen.id}" not in scene.ledger.settled:
            yield _wanted(
                scene, "safety_recall", f"recall:{seen.id}", seen, advice=seen.data.advice, url=seen.data.url
            )


def _step(scene: Scene, kind: str, case: Case, seen: Seen, **more: Any) -> Iterator[Wanted]:
    """One message of its kind for each case."""
    cover = f"{kind}:{case.id}"
    if cover not in scene.ledger.settled:
        yield _wanted(scene, kind, cover, seen, reference=case.id, subject_kind=case.kind, **more)


def _wanted(scene: Scene, kind: str, cover: str, seen: Seen, **more: Any) -> Wanted:
    return Wanted(
        kind,
        cover,
        (cover,),
        (seen.id,),
        seen.time,
        content(scene, items=items(scene.view, _pieces(scene, seen)), **more),
    )


def _pieces(scene: Scene, seen: Seen) -> Pieces:
    named = _named(scene, seen)
    return {
        line.line_id: line.quantity
        for line in scene.view.lines.values()
        if named is None or line.line_id in named
    }


def _named(scene: Scene, seen: Seen) -> tuple[str, ...] | None:
    """The lines it names, else those that its return or complaint named before; None for all."""
    data, view = seen.data, scene.view
    case = view.returns.get(getattr(data, "return_id", None) or "") or view.complaints.get(
        getattr(data, "complaint_id", None) or ""
    )
    known = (seen, *(case.steps.values() if case else ()))
    return next((step.data.line_ids for step in known if step.data.line_ids is not None), None)
