"""Timers on the virtual clock of the engine in memory."""

import heapq
from typing import NamedTuple


class Timer(NamedTuple):
    """`at` is when to fire: `due`, but never in the past, and later where a fire has changed nothing.

    So what fires has no look at the clock but its own, and the order of all timers is theirs alone.
    """

    at: float
    key: bytes
    stage: int
    due: float


class Timers:
    """A heap in which only the newest entry of each row counts."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._armed: dict[tuple[int, bytes], Timer] = {}

    def arm(self, stage: int, key: bytes, due: float | None, now: float) -> None:
        """The row was written and asks for `due`. The same date again leaves a fired timer as it is."""
        armed = self._armed.get((stage, key))
        if due is None:
            self._armed.pop((stage, key), None)
        elif armed is None or armed.due != due:
            self._put(Timer(max(due, now), key, stage, due))

    def rearm(self, timer: Timer, at: float) -> None:
        """Fired; until its row asks for another date it will be so again at `at`."""
        self._put(timer._replace(at=at))

    def earliest(self) -> float | None:
        while self._heap and not self._counts(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0].at if self._heap else None

    def pop(self) -> Timer:
        """The earliest; of several, the one with the smallest key. `earliest` was asked before."""
        return heapq.heappop(self._heap)

    def _counts(self, timer: Timer) -> bool:
        return self._armed.get((timer.stage, timer.key)) == timer

    def _put(self, timer: Timer) -> None:
        self._armed[timer.stage, timer.key] = timer
        heapq.heappush(self._heap, timer)
        if len(self._heap) > 1000 + 2 * len(self._armed):  # mostly void: costs memory, not truth
            self._heap = [each for each in self._heap if self._counts(each)]
            heapq.heapify(self._heap)
