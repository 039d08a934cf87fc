"""What the shop says of the order itself: bought, paid, changed, cancelled, recalled, refunded."""

from typing import Any

from streams.domain.events import OrderPlaced
from streams.domain.fold.repeats import first_recall
from streams.domain.fold.views import Change, OrderView, Seen

_CHOICE = "customer.choice"


def placed(view: OrderView, seen: Seen) -> None:
    """The first one counts; a shop that says it again has nothing new to say."""
    if view.placed is not None:
        return
    order: OrderPlaced = seen.data
    view.placed = seen
    view.lines = {line.line_id: line for line in order.lines}
    view.total = order.total
    view.promise = order.promised_delivery
    view.country = order.shipping_address.country
    if order.payment is None:
        view.confirmed = seen


def paid(view: OrderView, seen: Seen) -> None:
    view.paid = view.paid or seen


def payment_failed(view: OrderView, seen: Seen) -> None:
    view.failures.append(seen)


def changed(view: OrderView, seen: Seen) -> None:
    """Each field that is given replaces the whole; what is the same as before is no change."""
    data = seen.data
    before: dict[str, Any] = {}
    if data.lines is not None:
        lines = {line.line_id: line for line in data.lines}
        if lines != view.lines:
            before["lines"], view.lines, view.exchanged = view.lines, lines, {}
    if data.shipping_address is not None:
        before["shipping_address"], view.country = None, data.shipping_address.country
    if data.promised_delivery is not None and data.promised_delivery != view.promise:
        before["promised_delivery"], view.promise = view.promise, data.promised_delivery
    if data.total is not None and data.total != view.total:
        before["total"], view.total = view.total, data.total
    if before:
        view.changes.append(Change(seen, tuple(before), before))


def cancelled(view: OrderView, seen: Seen) -> None:
    """A whole order once; a line once, however many say so. Where the shop says it too, it is final."""
    lines = seen.data.line_ids
    fresh = [line for line in lines or () if line not in view.cancelled_lines]
    view.cancelled_lines.update(dict.fromkeys((*fresh, *_chosen(view, lines)), seen))
    whole = lines is None or (bool(view.lines) and view.lines.keys() <= view.cancelled_lines.keys())
    if fresh or (whole and view.cancelled is None):
        view.changes.append(Change(seen, ("cancelled",), {}))
    if whole and (view.cancelled is None or view.cancelled.fact.type == _CHOICE):
        view.cancelled = seen


def _chosen(view: OrderView, lines: tuple[str, ...] | None) -> list[str]:
    """Lines that the customer has given up by their own choice."""
    given_up = (line for line, said in view.cancelled_lines.items() if said.fact.type == _CHOICE)
    return [line for line in given_up if lines is None or line in lines]


def recalled(view: OrderView, seen: Seen) -> None:
    if first_recall(view, seen) is None:
        view.recalls.append(seen)


def answered(view: OrderView, seen: Seen) -> None:
    view.feedback.append(seen)
