"""One partition of the senders', from its opening until it is drained."""

import asyncio
import datetime as dt
from collections.abc import Callable, Coroutine
from typing import Any

from streams.agents.attempt import Attempt
from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.domain.ports import Courier
from streams.engine.api import Local

Submit = Callable[[Local], Any]


class Lane:
    """What is under way for the partition. Without `submit` it was never open, or has been forgotten."""

    def __init__(self, submit: Submit | None) -> None:
        self.submit = submit
        self.open = submit is not None
        self._attempts: set[Attempt] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Nothing more is started; what has not passed the point of no return is called back."""
        self.open = False
        for attempt in self._attempts:
            attempt.call_back()

    async def attempt(
        self,
        claim: Claim,
        courier: Courier,
        clock: Callable[[], dt.datetime],
        timeout: float,  # noqa: ASYNC109  # it bounds an answer
    ) -> Attempted:
        """One attempt, which ends early where the partition is given up."""
        attempt = Attempt(claim, clock)
        if not self.open:
            attempt.call_back()
        self._attempts.add(attempt)
        try:
            return await attempt.make(courier, timeout)
        finally:
            self._attempts.discard(attempt)

    def spawn(self, work: Coroutine[Any, Any, None], ended: Callable[[asyncio.Task[None]], None]) -> None:
        """Runs it beside all else; `ended` is called with the finished task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(ended)

    async def idle(self, patience: float) -> None:
        """Returns when nothing is under way any more; what still is after so many seconds is cut off."""
        if self._tasks:
            await asyncio.wait(self._tasks.copy(), timeout=patience)
        for attempt in self._attempts:
            attempt.cut_off()
        while self._tasks:
            await asyncio.wait(self._tasks.copy())
