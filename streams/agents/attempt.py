"""One bounded attempt of one claim: lease checked, time bounded, an answer in any case."""

import asyncio
import datetime as dt
from collections.abc import Callable

from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.domain.ports import Courier


async def attempt(
    courier: Courier,
    claim: Claim,
    *,
    still_ours: Callable[[], bool],
    clock: Callable[[], dt.datetime],
    timeout: float,  # noqa: ASYNC109  # it bounds an answer, not the caller's patience
) -> Attempted:
    """`still_ours`: the partition has not been given up. In doubt only past the point of no return."""
    passed = False

    def may_start() -> bool:
        nonlocal passed
        passed = still_ours() and clock() < claim.lease_until
        return passed

    if not still_ours() or clock() >= claim.lease_until:
        return failed(claim, "not_started")
    try:
        async with asyncio.timeout(timeout):
            return await courier.deliver(claim, may_start)
    except TimeoutError:
        return failed(claim, "timeout", in_doubt=passed)


def failed(claim: Claim, reason: str, *, in_doubt: bool = False) -> Attempted:
    """An attempt that ended here and not at the provider."""
    return Attempted(
        notification_id=claim.notification_id,
        customer_id=claim.customer_id,
        channel=claim.channel,
        attempt=claim.attempt,
        result="failed",
        provider=claim.provider or "",
        reason=reason,
        in_doubt=in_doubt,
    )
