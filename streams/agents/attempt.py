"""One bounded attempt of one claim: lease checked, time bounded, an answer in any case."""

import asyncio
import datetime as dt
from collections.abc import Callable

from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.domain.ports import Courier


class Attempt:
    """Can be called back until the point of no return; from there on it may be in doubt."""

    def __init__(self, claim: Claim, clock: Callable[[], dt.datetime]) -> None:
        self.claim = claim
        self._clock = clock
        self._ours = True
        self._passed = False
        self._deadline: asyncio.Timeout | None = None

    def call_back(self) -> None:
        """The partition is given up: another process may soon send this."""
        self._ours = False
        if not self._passed:
            self.cut_off()

    def cut_off(self) -> None:
        """It ends now, wherever it stands: beyond the point of no return, in doubt."""
        if self._deadline and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def make(self, courier: Courier, timeout: float) -> Attempted:  # noqa: ASYNC109  # it bounds an answer
        """The outcome, whatever happens. `timeout`: seconds."""
        if not self._granted():
            return failed(self.claim, "not_started")
        try:
            async with asyncio.timeout(timeout) as self._deadline:
                return await courier.deliver(self.claim, self._may_start)
        except TimeoutError:
            reason = "timeout" if self._ours or self._passed else "not_started"
            return failed(self.claim, reason, in_doubt=self._passed)

    def _granted(self) -> bool:
        return self._ours and self._clock() < self.claim.lease_until

    def _may_start(self) -> bool:
        self._passed = self._granted()
        return self._passed


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
