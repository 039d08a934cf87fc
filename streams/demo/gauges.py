"""The demo's own figures: what the engine, the agents and the senders count, as numbers for a page."""

import statistics
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from streams.demo.policy import HOLDS
from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Channel
from streams.engine.hooks import NoHooks, UnitDone

_WINDOW = 10.0  # seconds over which a rate is taken
_LATEST = 1000  # messages over which latency is taken


class _Engine(NoHooks):
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.records = 0
        self._recent: deque[tuple[float, int]] = deque()

    def unit_done(self, unit: UnitDone) -> None:
        """Events are counted once, where they come in."""
        if unit.agent == "ingest":
            self.records += unit.records
            self._recent.append((self._clock(), unit.records))

    def rate(self) -> float:
        """Events a second, over the last seconds."""
        begin = self._clock() - _WINDOW
        while self._recent and self._recent[0][0] < begin:
            self._recent.popleft()
        return sum(count for _, count in self._recent) / _WINDOW


class _Agents:
    def count(self, agent: str, tallies: Mapping[Any, int]) -> None:
        """The page reads what became of messages from the topics, as others would."""


class _Senders:
    def __init__(self) -> None:
        self.latest: deque[float] = deque(maxlen=_LATEST)
        self.attempts: Counter[str] = Counter()

    def attempted(self, claim: Claim, attempted: Attempted, seconds: float) -> None:
        self.attempts[attempted.result] += 1

    def handed(self, claim: Claim, since_cause: float, since_arrival: float | None) -> None:
        """Arrival to hand-over, of those messages that wait for nothing by design."""
        if claim.kind not in HOLDS and since_arrival is not None:
            self.latest.append(since_arrival)

    def load(self, channel: Channel, slots: int, in_use: int, waiting: int) -> None:
        """The demo's senders are never busy."""

    def granted(self, channel: Channel, outcome: Any) -> None:
        """The demo's senders are never refused."""


class DemoMeters:
    """What the daemon counts with, as `bootstrap.Daemon` takes it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.engine = _Engine(clock)
        self.agents = _Agents()
        self.senders = _Senders()

    def figures(self) -> dict[str, float | int | None]:
        """Events, their rate, and the median and 99th percentile of latency in seconds."""
        p50, p99 = _percentiles(self.senders.latest)
        return {
            "events": self.engine.records,
            "events_per_second": round(self.engine.rate(), 1),
            "p50": p50,
            "p99": p99,
        }


def _percentiles(values: deque[float]) -> tuple[float | None, float | None]:
    if len(values) < 2:  # noqa: PLR2004 - quantiles need two
        return (values[0], values[0]) if values else (None, None)
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return round(cuts[49], 4), round(cuts[98], 4)
