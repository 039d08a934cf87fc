"""What the customer has chosen to be sent anew: nobody but a person at the shop can send it."""

from collections.abc import Iterator

from streams.domain.decide.scene import Escalation, Scene
from streams.domain.fold.making_good import owed_since
from streams.domain.fold.refunds import overlap
from streams.domain.fold.views import ARRIVED, Chosen, OrderView, Parcel

_REPLACEMENT = "replacement"


def replacement_due(scene: Scene) -> Iterator[Escalation]:
    """From the customer's word until something is under way for it, or they choose otherwise."""
    view = scene.view
    if view.state in ("cancelled", "refunded"):
        return
    for chosen in _standing(view):
        about = ", ".join(chosen.lines) or "what did not arrive"
        yield Escalation(
            "replacement_due",
            chosen.seen.id,
            chosen.seen.time,
            chosen.seen.time + scene.limits.tickets_due_in,
            f"The customer chose a replacement for {about}, and none is under way.",
            "Send it, or agree something else with the customer.",
        )


def _standing(view: OrderView) -> list[Chosen]:
    """The first word for each; said again before anything came of it, it is the same."""
    standing: list[Chosen] = []
    for chosen in view.chosen:
        choice = chosen.seen.data.choice
        if not chosen.done or choice in ARRIVED:
            continue
        if choice != _REPLACEMENT:
            standing = [each for each in standing if not overlap(each.lines, chosen.lines)]
        elif not _is_seen_to(view, chosen) and not any(overlap(s.lines, chosen.lines) for s in standing):
            standing.append(chosen)
    return standing


def _is_seen_to(view: OrderView, chosen: Chosen) -> bool:
    """Sent or ordered anew since, no longer wanted, or what it was chosen for has come after all."""
    since, lines = chosen.seen.time, chosen.lines
    if lines and not any(line in view.open_lines for line in lines):
        return True
    if any(
        s.ordered and s.ordered.time >= since and overlap(lines, s.line_ids) for s in view.suppliers.values()
    ):
        return True
    return any(
        _brings(view, parcel, chosen) for parcel in view.parcels.values() if parcel.state != "cancelled"
    )


def _brings(view: OrderView, parcel: Parcel, chosen: Chosen) -> bool:
    owed, delivered, since = owed_since(view, parcel), parcel.delivered, chosen.seen.time
    if owed is not None and owed >= since:
        return True
    return (
        delivered is not None
        and delivered.time > since
        and overlap(chosen.lines, tuple(parcel.contents or ()))
    )
