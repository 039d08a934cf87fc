"""Whether, when and where: the seven steps, in their order, each refusal with its reason.

Judged when a message arrives, when a wait ends, and again at the moment of sending, always from
present facts. Coalescing (step 6) looks ahead of the waits: what a newer message of its slot replaces
must not come after it. Whether two orders' news is one message is asked at the claim (`desk/riding.py`).
"""

from collections.abc import Callable

from streams.domain.policy.allowed import allowed
from streams.domain.policy.caps import within_caps
from streams.domain.policy.case import Case, Go, Suppress, Verdict, Wait
from streams.domain.policy.channels import choose
from streams.domain.policy.hours import held, outside_quiet_hours
from streams.domain.policy.news import fresh, not_erased, not_moot, useful
from streams.domain.policy.together import not_replaced

__all__ = ["Case", "Go", "Suppress", "Verdict", "Wait", "judge"]

Step = Callable[[Case], Suppress | Wait | None]

BEFORE: tuple[Step, ...] = (not_erased, not_moot, fresh, not_replaced, held, useful, allowed)
AFTER: tuple[Step, ...] = (outside_quiet_hours, within_caps)


def judge(case: Case) -> Verdict:
    """The first refusal or wait; else the channels to go out by."""
    for step in BEFORE:
        verdict = step(case)
        if verdict is not None:
            return verdict
    chosen = choose(case)
    if not isinstance(chosen, Go) or not chosen.channels:
        return chosen
    for step in AFTER:
        verdict = step(case)
        if verdict is not None:
            return verdict
    return chosen
