"""Where the figures come from: what engine, agents, senders and supervisor tell, counted."""

from collections.abc import Iterable, Mapping
from typing import Any

from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.engine.hooks import Opened, UnitDone
from streams.engine.supervisor import CAUSES
from streams.metrics import Metrics

MOST_FOREIGN, MOST_LETTERS = 200, 60


class EngineMetrics:
    """`streams.engine.hooks.Hooks`: once a unit, an opening, a tick."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def unit_done(self, unit: UnitDone) -> None:
        metrics, agent = self._metrics, unit.agent
        metrics.records.labels(agent).inc(unit.records)
        metrics.unit_records.labels(agent).observe(unit.records)
        metrics.folding_seconds.labels(agent).observe(unit.folding)
        metrics.written_bytes.labels(agent).inc(unit.written)
        if unit.records:
            metrics.waited_seconds.labels(agent).observe(max(0.0, unit.waited))
        if unit.transaction:
            metrics.transaction_seconds.labels(agent).observe(unit.transaction)

    def opened(self, opened: Opened) -> None:
        self._metrics.opening_seconds.labels(opened.agent).observe(opened.seconds)

    def closed(self, agent: str, topic: str, partition: int) -> None:
        """The partitions held are read when somebody asks."""

    def timers(self, agent: str, *, waiting: int, overdue: float, fired: int) -> None:
        self._metrics.timers_overdue.labels(agent).set(overdue)
        self._metrics.timers_fired.labels(agent).inc(fired)

    def fatal(self, cause: str) -> None:
        """The process ends before anybody could read it; the supervisor counts the restart."""


class AgentMetrics:
    """`streams.agents.shell.Meter`: a unit's tallies at a time; a tally is (what, labels)."""

    def __init__(self, metrics: Metrics) -> None:
        self._by_agent = {"event": metrics.events, "dead": metrics.dead_letters}
        self._plain = {
            "decision": metrics.decisions,
            "suppressed": metrics.suppressions,
            "told": metrics.told,
            "ticket": metrics.tickets,
            "parked": metrics.parked,
            "released": metrics.released,
            "unknown_status": metrics.unknown_statuses,
            "older_scan": metrics.older_scans,
            "fact_refused": metrics.refused_facts,
            "order_let_go": metrics.orders_let_go,
            "remedy": metrics.remedies,
        }
        self._foreign: set[tuple[str, ...]] = set()

    def count(self, agent: str, tallies: Mapping[Any, int]) -> None:
        """Raises `KeyError` for a tally that has no metric: a fault of the program, found by its tests."""
        for (what, labels), count in tallies.items():
            if what == "unknown_status":
                labels = self._bounded(labels)  # noqa: PLW2901 - as it is counted
            if what in self._by_agent:
                self._by_agent[what].labels(agent, *labels).inc(count)
            else:
                metric = self._plain[what]
                (metric.labels(*labels) if labels else metric).inc(count)

    def _bounded(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Sources and codes are written by others: so many and so long, the rest is counted together."""
        labels = tuple(label[:MOST_LETTERS] for label in labels)
        if labels not in self._foreign and len(self._foreign) >= MOST_FOREIGN:
            return ("other",) * len(labels)
        self._foreign.add(labels)
        return labels


class SenderMetrics:
    """`streams.agents.errands.SenderHooks`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def attempted(self, claim: Claim, attempted: Attempted, seconds: float) -> None:
        metrics = self._metrics
        metrics.attempt_seconds.labels(claim.channel, attempted.provider).observe(seconds)
        metrics.messages.labels(claim.kind, claim.channel, _outcome(attempted)).inc()
        if claim.repeat:
            metrics.in_doubt.labels(claim.channel, "repeated").inc()
        if attempted.in_doubt:
            metrics.in_doubt.labels(claim.channel, "unanswered").inc()
        if attempted.segments and attempted.result == "sent":
            metrics.segments.labels(attempted.provider).inc(attempted.segments)

    def handed(self, claim: Claim, since_cause: float, since_arrival: float | None) -> None:
        self._metrics.from_event.labels(claim.channel).observe(max(0.0, since_cause))
        if since_arrival is not None:
            self._metrics.from_arrival.labels(claim.channel).observe(max(0.0, since_arrival))

    def load(self, channel: str, slots: int, in_use: int, waiting: int) -> None:
        self._metrics.sender_slots.labels(channel).set(slots)
        self._metrics.sender_busy.labels(channel).set(in_use)
        self._metrics.sender_waiting.labels(channel).set(waiting)

    def granted(self, channel: str, outcome: str) -> None:
        self._metrics.grants.labels(channel, outcome).inc()


def _outcome(attempted: Attempted) -> str:
    if attempted.result == "sent":
        return "sent"
    if attempted.in_doubt:
        return "in_doubt"
    return "refused" if attempted.permanent else "deferred"


class SupervisorMetrics:
    """`streams.engine.supervisor.SupervisorHooks`."""

    def __init__(self, metrics: Metrics, roles: Iterable[str] = ()) -> None:
        """`roles`: shown as never restarted, or the first time would be no increase to an alert."""
        self._metrics = metrics
        for role in roles:
            for cause in CAUSES:
                metrics.restarts.labels(role, cause)

    def restarting(self, role: str, cause: str) -> None:
        self._metrics.restarts.labels(role, cause).inc()


class Meters:
    """All that a process counts by."""

    def __init__(self, metrics: Metrics) -> None:
        self.engine = EngineMetrics(metrics)
        self.agents = AgentMetrics(metrics)
        self.senders = SenderMetrics(metrics)
