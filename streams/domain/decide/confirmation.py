"""That the order stands, and that its payment failed."""

from collections.abc import Iterator

from streams.domain import states
from streams.domain.decide.content import content, items
from streams.domain.decide.late import latest_day
from streams.domain.decide.scene import Scene, Wanted, because
from streams.domain.ledger import EVERY_DATE


def confirmation(scene: Scene) -> Iterator[Wanted]:
    """Once, when the order is confirmed. It tells the order as it is, so earlier changes are told too."""
    view = scene.view
    if view.confirmed is None or view.cancelled is not None or "confirmed" in scene.ledger.settled:
        return
    order, causes = view.order, [view.placed, view.confirmed]
    day = latest_day(scene, view.promise)
    # The payment may have come only after that day, or after the goods.
    over = view.state == states.DELIVERED or (day is not None and day < scene.today)
    yield Wanted(
        "order_confirmation",
        "order_confirmation",
        ("confirmed", *(f"change:{c.seen.id}" for c in view.changes), EVERY_DATE),
        because([seen for seen in causes if seen is not None]),
        view.confirmed.time,
        content(
            scene,
            items=items(view, view.open_lines),
            total=view.total,
            delivery_price=order.delivery_price,
            expected=None if over else view.promise,
        ),
    )


def payment_problem(scene: Scene) -> Iterator[Wanted]:
    """Once for each failure that nothing has mended since."""
    view = scene.view
    if view.paid is not None or view.cancelled is not None:
        return
    fresh = [seen for seen in view.failures if f"payment:{seen.id}" not in scene.ledger.settled]
    if not fresh:
        return
    last = fresh[-1]
    yield Wanted(
        "payment_problem",
        "payment_problem",
        tuple(f"payment:{seen.id}" for seen in fresh),
        because(fresh),
        last.time,
        content(
            scene,
            items=items(view, view.open_lines),
            total=view.total,
            amount=last.data.amount,
            pay_url=last.data.pay_url,
        ),
    )
