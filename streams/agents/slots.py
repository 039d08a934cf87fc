"""How many may send at once, and how much of that one brand may have."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from streams.agents.waiting import FairQueue
from streams.domain.notes import Attempted

# So many temporary failures in a row, and a brand holds one slot until something of it gets through.
BRAKE_AFTER = 3
OURS = frozenset({"lease_over", "not_started"})  # say nothing about the provider


class Pace:
    """At most so many a second, evenly. Times are the event loop's."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self.free_at = 0.0

    def take(self, now: float) -> None:
        """One of them is used."""
        self.free_at = max(now, self.free_at) + self._gap


class Slots:
    """The slots of one channel: who holds them, and who waits.

    The last quarter goes only to brands that hold nothing; among several brands one has at most
    half, or always at most `per_brand`; and a brand whose attempts keep failing is down to one. So no
    brand occupies them all by hanging.
    """

    def __init__(self, slots: int, per_brand: int | None) -> None:
        self.slots = slots
        self._kept_back = slots // 4 if (per_brand or 1) < slots else 0
        self._alone = per_brand or slots
        self._among_others = per_brand or max(1, slots // 2)
        self.queue = FairQueue()
        self.late: deque[Any] = deque()  # claimed, though their grant had been given up
        self.in_use = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._held: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    @property
    def free(self) -> int:
        """May be below nothing for a moment, never for long."""
        return self.slots - self.in_use

    def allows(self, shop: str) -> bool:
        """Whether this brand may take one more of the free slots."""
        held = self._held[shop]
        if held == 0:
            return True
        alone = self.queue.brands == 1 and len(self._held) == 1
        if self._failures[shop] >= BRAKE_AFTER or held >= (self._alone if alone else self._among_others):
            return False
        return self.free > self._kept_back

    def take(self, shop: str) -> None:
        """The brand holds one more."""
        self.in_use += 1
        self._held[shop] += 1

    def give_back(self, shop: str) -> None:
        """The brand holds one less."""
        self.in_use -= 1
        self._held[shop] -= 1
        if not self._held[shop]:
            del self._held[shop]

    def learn(self, shop: str, attempted: Attempted) -> None:
        """A recipient's refusal speaks for the provider; what failed for now speaks against it."""
        if attempted.result == "sent" or attempted.permanent:
            self._failures.pop(shop, None)
        elif attempted.reason not in OURS:
            self._failures[shop] += 1

    def look_again(self, when: float, look: Callable[[], None]) -> None:
        """Calls `look` then, by the event loop's clock. Of several times the first counts: it asks anew."""
        if self._alarm is not None and self._alarm.when() > when:
            self.silence()
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_at(when, self._ring, look)

    def _ring(self, look: Callable[[], None]) -> None:
        self._alarm = None
        look()

    def silence(self) -> None:
        """Nobody is called any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
