"""A supplier has none of it: the customer chooses, and nothing is replaced without their word."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from streams.domain import law
from streams.domain.calendar import Calendar
from streams.domain.decide.content import content, items, span
from streams.domain.decide.delivery import withdraw_until
from streams.domain.decide.scene import Escalation, Scene, Wanted
from streams.domain.fold.choices import ALTERNATIVE
from streams.domain.fold.contents import Pieces, contents_of, has_left, minus
from streams.domain.fold.repeats import names_of
from streams.domain.fold.returns import awaited
from streams.domain.fold.views import Chosen, OrderView, Seen, SupplierOrder
from streams.domain.values import Moment, Window

_UNSEEN = frozenset({"received"})  # an answer to a question of ours that needs none in return
_AT_ONCE = dt.timedelta(hours=24)  # the same once more is a button pressed twice


def out_of_stock(scene: Scene) -> Iterator[Wanted]:
    """Alternatives, waiting and the money back, for what can't be had; asked once more before a person is."""
    if not scene.view.suppliers:
        return
    for supplier, seen, pieces in _missing(scene):
        cover, again, names = f"stock:{seen.id}", f"stock_again:{seen.id}", names_of(scene.view, seen)
        if not scene.ledger.is_settled("stock", names):
            yield _ask(scene, supplier, seen, pieces, cover)
            continue
        covers = {f"stock:{name}" for name in names}
        sent = scene.ledger.sent("out_of_stock_choice")
        asked = next((entry for entry in sent if not covers.isdisjoint(entry.covers)), None)
        if asked is None or scene.ledger.is_settled("stock_again", names):
            continue
        due = asked.at + scene.limits.stock_remind_after
        if scene.wake(again, due):
            wish = _ask(scene, supplier, seen, pieces, again)
            told = msgspec.structs.replace(wish.content, count=2)
            yield wish._replace(slot=cover, because=(f"timer:{again}",), caused_at=due, content=told)


def _ask(scene: Scene, supplier: SupplierOrder, seen: Seen, pieces: Pieces, cover: str) -> Wanted:
    return Wanted(
        "out_of_stock_choice",
        cover,
        (cover,),
        (seen.id,),
        seen.time,
        content(
            scene,
            items=items(scene.view, pieces),
            whole_order=not minus(scene.view.open_lines, pieces),
            alternatives=seen.data.alternatives or (),
            expected=waiting(scene, supplier, pieces),
            deadline=_choose_by(scene, seen),
        ),
    )


def _choose_by(scene: Scene, seen: Seen) -> str:
    """The day of the answer that is waited for; then a person asks."""
    due = max(seen.time, seen.arrived) + scene.limits.stock_answer_within
    return scene.calendar.day(due).isoformat()


def out_of_stock_unanswered(scene: Scene) -> Iterator[Escalation]:
    """Two thirds of the time for an answer are over."""
    for _, seen, pieces in _missing(scene):
        due = seen.time + scene.limits.stock_ticket_after
        if scene.wake(f"stock:{seen.id}", due):
            yield Escalation(
                "out_of_stock_unanswered",
                names_of(scene.view, seen),
                due,
                seen.time + scene.limits.stock_answer_within,
                f"The customer has not chosen what to do about {', '.join(pieces)}, which can't be had.",
                "Call the customer, or refund what is missing.",
            )


def choices(scene: Scene) -> Iterator[Wanted]:
    """Every choice is acknowledged with what it comes to; one that can't be followed goes to a person."""
    for place, chosen in enumerate(scene.view.chosen):
        seen = chosen.seen
        cover = f"choice:{seen.id}"
        if not chosen.done or seen.data.choice in _UNSEEN or cover in scene.ledger.settled:
            continue
        if any(_says_the_same(before, chosen) for before in scene.view.chosen[:place][-1:]):
            continue
        expected = _waited_for(scene, chosen)
        yield Wanted(
            "choice_ack",
            cover,
            (cover, *(f"date:line:{line}" for line in chosen.lines if expected)),
            (seen.id,),
            seen.time,
            content(
                scene,
                items=items(scene.view, _whole(scene.view, chosen.lines)),
                decision=seen.data.choice,
                expected=expected,
                occurred_at=seen.time,
                withdraw_until=withdraw_until(scene) if _gave_up(scene.view, seen) else None,
                **_by_when(scene, seen),
            ),
        )


def _by_when(scene: Scene, seen: Seen) -> dict[str, Any]:
    """When a person has looked for a missing parcel or sent another; when the law has the money back."""
    if seen.data.choice in ("not_received", "replacement"):
        due = max(seen.time, seen.arrived) + scene.limits.tickets_due_in
        return {"next_update": scene.calendar.answered_by(due).isoformat()}
    day = law.refund_by(scene.calendar, seen.time)
    owed = any(chosen.seen is seen for chosen in scene.view.owed)
    stands = owed and scene.view.confirmed is not None and day >= scene.today
    return {"deadline": day.isoformat()} if stands else {}


def _gave_up(view: OrderView, seen: Seen) -> bool:
    """Whether it ended the wait for something, so that nothing more may be to come."""
    return any(said is seen for said in view.cancelled_lines.values())


def _says_the_same(before: Chosen, chosen: Chosen) -> bool:
    first, again = before.seen, chosen.seen
    same = (first.data.about, first.data.choice) == (again.data.about, again.data.choice)
    return same and again.time - first.time < _AT_ONCE


def _is_followed(chosen: Chosen) -> bool:
    """The money back for nobody knows what is acknowledged, but a person must see to it."""
    return chosen.done and (bool(chosen.lines) or chosen.seen.data.choice != "refund")


def choice_unclear(scene: Scene) -> Iterator[Escalation]:
    """What the customer chose last can't be followed as it stands; another choice settles it."""
    chosen = scene.view.chosen[-1:]
    if chosen and not _is_followed(chosen[0]) and scene.view.cancelled is None:
        seen = chosen[0].seen
        about = seen.data.about if isinstance(seen.data.about, str) else ", ".join(seen.data.about)
        yield Escalation(
            "choice_unclear",
            seen.id,
            seen.time,
            seen.time + scene.limits.stock_answer_within,
            f"The customer chose {seen.data.choice} about {about}, which can't be done as it stands.",
            "Ask the customer what they would like.",
        )


def _waited_for(scene: Scene, chosen: Chosen) -> Window | None:
    if chosen.seen.data.choice != "wait":
        return None
    about = set(chosen.lines)
    found = (s for s in scene.view.suppliers.values() if not about.isdisjoint(s.troubles))
    return next((window for s in found if (window := waiting(scene, s, about & s.troubles.keys()))), None)


def held(view: OrderView, supplier: SupplierOrder, line: str) -> Seen | None:
    """Why this supplier can't send the line yet, or at all; None once it was exchanged for another item."""
    seen = supplier.troubled(line)
    if seen is None or line not in supplier.troubles:
        return seen
    choice = view.last_choice(line, seen.time)
    return None if choice is not None and choice.startswith(ALTERNATIVE) else seen


def waits(view: OrderView, asked: Seen, lines: Iterable[str]) -> bool:
    """Whether the customer has chosen to wait for what could not be had of these lines."""
    about = set(lines).intersection(asked.data.line_ids)
    return any(view.last_choice(line, asked.time) == "wait" for line in about)


def is_ordered_elsewhere(view: OrderView, supplier: SupplierOrder, line: str, since: dt.datetime) -> bool:
    """Whether another was asked for it since then, or since it was first said that it can't be had here.

    Of a single piece any later order will do: of several, two may each send their part.
    """
    said, first = supplier.troubles.get(line), supplier.ordered
    after = min(since, said.time) if said is not None else since
    if first is not None and view.open_lines.get(line) == 1:
        after = min(after, first.time)
    others = (s for s in view.suppliers.values() if s.id != supplier.id and line in s.line_ids)
    return any(
        other.ordered is not None
        and other.ordered.time >= after
        and (first is None or other.ordered.fact.place > first.fact.place)
        for other in others
    )


def _missing(scene: Scene) -> Iterator[tuple[SupplierOrder, Seen, Pieces]]:
    """What can't be had, and of which no word has come from the customer since: by what was said of it.

    What another was asked for since, or has left since from somewhere, can be had.
    """
    view, wanted = scene.view, awaited(scene.view)
    for supplier in view.suppliers.values():
        for seen in dict.fromkeys(supplier.troubles.values()):
            if seen.fact.type != "supplier.out_of_stock":
                continue
            pieces = {
                line: wanted[line]
                for line, said in supplier.troubles.items()
                if said is seen and line in wanted and view.last_choice(line, seen.time) is None
                if not is_ordered_elsewhere(view, supplier, line, seen.time)
            }
            if pieces := minus(pieces, *_left_since(view, seen.time)):
                yield supplier, seen, pieces


def _left_since(view: OrderView, when: dt.datetime) -> list[Pieces]:
    left = (p for p in view.parcels.values() if has_left(p) and p.first_scan and p.first_scan.time > when)
    return contents_of(left)


def waiting(scene: Scene, supplier: SupplierOrder, lines: Iterable[str]) -> Window | None:
    """When all of it comes if the customer waits: by the supplier's word, and as long as parcels travel."""
    back = [supplier.expected.get(line) for line in lines]
    known = [when for when in back if when is not None]
    return span(arrival(scene, when) for when in known) if known and len(known) == len(back) else None


def arrival(scene: Scene, leaves: Moment) -> Window:
    """By when goods that leave on that day are reckoned to arrive."""
    calendar: Calendar = scene.calendar
    day = calendar.add_business(calendar.day(leaves), scene.limits.transit_days)
    return Window(latest=day.isoformat())


def _whole(view: OrderView, lines: tuple[str, ...]) -> Pieces:
    return {line: view.lines[line].quantity for line in lines if line in view.lines}
