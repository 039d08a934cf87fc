"""Steps 1 and 2: whether it is still true, still news, and still of use."""

import datetime as dt

from streams.domain.policy.case import Case, Suppress


def not_erased(case: Case) -> Suppress | None:
    """An erasure covers the orders placed before it; a customer who came back is served."""
    erased = case.customer.erased_at
    if erased is None:
        return None
    placed = case.intent.content.placed_at
    if placed is None:
        link = case.customer.orders.get(case.intent.order_id)
        placed = link.at if link is not None else None
    return None if placed is not None and placed > erased else Suppress("erased")


def not_moot(case: Case) -> Suppress | None:
    """What the timeline has taken back is not said."""
    return Suppress(case.pending.withdrawn) if case.pending.withdrawn else None


def fresh(case: Case) -> Suppress | None:
    """Older than its kind's limit. A wait that we imposed on it ourselves doesn't make it old."""
    age = case.now - case.pending.basis
    return Suppress("stale_backfill") if age > case.kind.max_age else None


def useful(case: Case) -> Suppress | None:
    """Past its usefulness, by our quiet hours or without them."""
    until = useful_until(case)
    if until is None or case.now < until:
        return None
    return Suppress("quiet_hours_expired" if case.pending.quieted else "expired")


def useful_until(case: Case) -> dt.datetime | None:
    """The end that the timeline knows, else the kind's own."""
    if case.intent.useful_until is not None:
        return case.intent.useful_until
    lasts = case.kind.useful_for
    return case.intent.caused_at + lasts if lasts is not None else None
