"""Step 5: when. The hold for what may come with it, then quiet hours by the customer's clock."""

import datetime as dt

from streams.domain.clock import quiet_until
from streams.domain.policy.case import Case, Suppress, Wait
from streams.domain.policy.news import useful_until
from streams.domain.policy.together import held_for_other_orders
from streams.domain.values import QuietHours


def held(case: Case) -> Wait | None:
    """Waiting for what may happen together with it, in its order or in another."""
    intent = case.intent
    until = intent.not_before if case.boarding else intent.hold_until or held_for_other_orders(case)
    return Wait(until, "hold") if until is not None and until > case.now else None


def outside_quiet_hours(case: Case) -> Suppress | Wait | None:
    """Held until they end, unless it is urgent or answers the customer; not beyond its usefulness."""
    until = _open_from(case)
    if until == case.now:
        return None
    ends = useful_until(case)
    return (
        Suppress("quiet_hours_expired") if ends is not None and until >= ends else Wait(until, "quiet_hours")
    )


def _open_from(case: Case) -> dt.datetime:
    """The first instant from now on at which none of the hours that hold is quiet."""
    at, hours = case.now, _hours(case)
    for _ in hours:  # the end of one may lie within another
        for each in hours:
            at = quiet_until(at, case.zone, each) or at
    return at


def _hours(case: Case) -> tuple[QuietHours, ...]:
    own = (case.kind.quiet,) if case.kind.quiet is not None else ()
    if case.kind.urgent or case.kind.answers:
        return own
    chosen = case.customer.quiet_hours
    return (chosen.hours if chosen is not None else case.brand.quiet_hours, *own)
