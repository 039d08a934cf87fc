"""A partition that has a backlog folds first, and concludes later.

An order whose nine events lie in the backlog is concluded once from all of them, not five times from a
part: that is less work, and says nothing that has stopped being true. A row whose conclusion is put off
says so in its changelog (`AT_ONCE`), so that whoever owns the partition next draws it.
"""

from collections.abc import Callable

from streams.engine.api import AT_ONCE, NOWHERE, Processor, Record
from streams.engine.config import EngineConfig
from streams.engine.owed import Owed, Put
from streams.engine.store import Store
from streams.engine.unit import Choose, Unit


class CatchingUp:
    """`upstream`: by how many seconds what has come through everything before this processor is late."""

    def __init__(
        self, config: EngineConfig, processor: Processor, store: Store, upstream: Callable[[], float]
    ) -> None:
        self.left = 0  # records known to lie behind the newest batch
        self._config, self._processor, self._store, self._upstream = config, processor, store, upstream
        share = getattr(processor, "share", None)  # `Deferring`, or not
        self._can = share is not None
        self._owed = Owed(store.timers.put_off(), share or bytes)
        self._woken: list[bytes] = []

    def __len__(self) -> int:
        """Rows whose conclusion is put off."""
        return len(self._owed)

    def settled(self, reached: int) -> int | None:
        """Rule 18: up to where all is folded and what follows is said; None where nobody here knows."""
        return self._owed.since if self._owed else reached

    def has_work(self, now: float) -> bool:
        return bool(self._owed) and self._owed.ripe(self._until(now))

    def wakings(self, now: float) -> list[Record]:
        """As their timers would wake them, but for the way through the topic."""
        if not self._owed:
            return []
        self._woken = self._owed.take(self._config.wakes_a_unit, self._until(now))
        return [self._waking(key, now) for key in self._woken]

    def _waking(self, key: bytes, now: float) -> Record:
        wake = self._processor.wake(key, now)
        where = self._store.topic, self._store.partition, NOWHERE
        return Record(*where, key, wake.value, int(now * 1000), wake.headers)

    def choose(self) -> Choose | None:
        """Which of a unit's rows to put off; None: none, there is no backlog."""
        return self._owed.choose if self._has_backlog() else None

    def note(self, unit: Unit, before: int, now: float) -> None:
        """Once it is durable. `before`: up to where all was folded without it.

        A waking that failed is a dead letter by now; its row is tried again at its next event or opening.
        """
        for key in self._woken:
            self._owed.discard(key)
        self._woken = []
        for key, (_, due) in unit.rows.items():
            if due == AT_ONCE:
                self._owed.add(key, Put(before, now))
            elif self._owed:
                self._owed.discard(key)

    def _has_backlog(self) -> bool:
        if not self._can:
            return False
        return self.left >= self._config.backlog or self._upstream() > self._config.upstream_late

    def _until(self, now: float) -> float:
        """What was put off by then is concluded now."""
        return now - self._config.put_off_for if self._has_backlog() else now
