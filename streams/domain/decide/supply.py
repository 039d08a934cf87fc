"""A supplier has none of it: the customer chooses, and nothing is replaced without their word."""

import datetime as dt
from collections.abc import Iterator

from streams.domain.decide.content import content, items
from streams.domain.decide.scene import Escalation, Scene, Wanted
from streams.domain.fold.contents import Pieces
from streams.domain.fold.views import Seen
from streams.domain.ledger import Ledger
from streams.domain.values import Window

ASK_AGAIN, ANSWER_WITHIN = dt.timedelta(hours=8), dt.timedelta(hours=12)


def out_of_stock(scene: Scene) -> Iterator[Wanted]:
    """Alternatives, waiting and the money back, for what can't be had."""
    for seen, pieces in _missing(scene):
        cover = f"stock:{seen.id}"
        if cover in scene.ledger.settled:
            continue
        yield Wanted(
            "out_of_stock_choice",
            cover,
            (cover,),
            (seen.id,),
            seen.time,
            content(
                scene,
                items=items(scene.view, pieces),
                alternatives=seen.data.alternatives,
                expected=_waiting(scene, seen),
            ),
        )


def out_of_stock_unanswered(scene: Scene) -> Iterator[Escalation]:
    """Two thirds of the time for an answer are over."""
    for seen, pieces in _missing(scene):
        due = seen.time + ASK_AGAIN
        if scene.wake(f"stock:{seen.id}", due):
            yield Escalation(
                "out_of_stock_unanswered",
                seen.id,
                due,
                seen.time + ANSWER_WITHIN,
                f"The customer has not chosen what to do about {', '.join(pieces)}, which can't be had.",
                "Call the customer, or refund what is missing.",
            )


def _missing(scene: Scene) -> Iterator[tuple[Seen, Pieces]]:
    """What can't be had, and of which no word has come from the customer since."""
    view = scene.view
    for supplier in view.suppliers.values():
        seen = supplier.trouble
        if seen is None or seen.fact.type != "supplier.out_of_stock":
            continue
        wanted = view.open_lines
        pieces = {line: wanted[line] for line in seen.data.line_ids if line in wanted}
        if pieces and not _answered(scene, seen, pieces):
            yield seen, pieces


def _answered(scene: Scene, seen: Seen, pieces: Pieces) -> bool:
    names = _notifications(scene.ledger, f"stock:{seen.id}")
    return any(
        choice.time >= seen.time and _is_about(choice.data.about, names, pieces)
        for choice in scene.view.choices
        if choice.data.choice not in ("received", "not_received")
    )


def _is_about(about: str | tuple[str, ...], names: set[str], pieces: Pieces) -> bool:
    if isinstance(about, str):
        return about in names or about in pieces
    return not set(about).isdisjoint(pieces)


def _notifications(ledger: Ledger, cover: str) -> set[str]:
    return {entry.id for entry in ledger.entries if entry.slot == cover}


def _waiting(scene: Scene, seen: Seen) -> Window | None:
    """When it could come if the customer waits: by the supplier's word on the same goods."""
    said = [
        s.data.expected_at
        for s in scene.view.seen
        if s.fact.type == "supplier.backordered"
        and s.data.supplier_order_id == seen.data.supplier_order_id
        and s.data.expected_at
    ]
    return Window(earliest=said[-1]) if said else None
