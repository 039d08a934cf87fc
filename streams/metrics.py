"""Every Prometheus name of ours, each with its help text and unit, in this one place.

Labels are bounded: agents, event types of the contract, kinds, channels, outcomes, reasons, brands
of the configuration, partitions. Never an id. Counts are added a unit of work at a time.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

# A unit is milliseconds at low load and about a second where it is longest.
UNIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
UNIT_RECORDS = (1, 3, 10, 30, 100, 300, 1000, 2000)
OPENING_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
WAIT_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)
# One attempt: a kept connection takes milliseconds, a slow provider its whole time-out.
ATTEMPT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Arrival to hand-over: our own work, then the coalescing windows (5 and 45 minutes), then the night.
ARRIVAL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 330, 900, 2760, 14_400, 46_800, 172_800)
# Event to hand-over: the same, with what carriers and shops take before they tell us.
EVENT_SECONDS = (1, 5, 15, 60, 330, 900, 2760, 7200, 14_400, 28_800, 46_800, 86_400, 172_800, 604_800)

PREFIX = "orderherald_"


class AgentFigures(Protocol):
    """One agent of this process as it stands; `behind`: records, `behind_seconds`: age of the last folded."""

    @property
    def name(self) -> str: ...

    @property
    def assigned(self) -> int: ...

    @property
    def open(self) -> int: ...

    @property
    def behind(self) -> int: ...

    @property
    def behind_seconds(self) -> float: ...

    @property
    def rows(self) -> int: ...

    @property
    def bytes(self) -> int: ...

    @property
    def timers(self) -> int: ...

    @property
    def due(self) -> int: ...

    @property
    def withheld(self) -> int: ...

    @property
    def put_off(self) -> int: ...

    @property
    def partitions(self) -> Mapping[str, int | None]:
        """Records behind by "topic-number", None while its store opens."""
        ...


class Metrics:
    """The instruments of one process, in a registry of their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it bare
        self.registry = registry if registry is not None else CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.agents = _Agents()
        self.registry.register(self.agents)
        self._engine()
        self._decisions()
        self._sending()
        self._runtime()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(PREFIX + name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Iterable[float], *labels: str) -> Histogram:
        return Histogram(PREFIX + name, text, labels, buckets=tuple(buckets), registry=self.registry)

    def _engine(self) -> None:
        count, histogram = self._counter, self._histogram
        self.records = count("records", "Records folded, durably.", "agent")
        self.folding_seconds = histogram(
            "folding_seconds", "One unit of work without its transaction.", UNIT_SECONDS, "agent"
        )
        self.transaction_seconds = histogram(
            "transaction_seconds", "The Kafka transaction of one unit.", UNIT_SECONDS, "agent"
        )
        self.unit_records = histogram("unit_records", "Records in one unit.", UNIT_RECORDS, "agent")
        self.waited_seconds = histogram(
            "waited_seconds",
            "From the log's time of a unit's oldest record to its end.",
            WAIT_SECONDS,
            "agent",
        )
        self.written_bytes = count("written_bytes", "Rows and outgoing records, in bytes.", "agent")
        self.opening_seconds = histogram(
            "opening_seconds", "Opening one store: fence, and read its changelog.", OPENING_SECONDS, "agent"
        )
        self.timers_fired = count("timers_fired", "Rows woken.", "agent")
        self.timers_overdue = self._gauge(
            "timers_overdue_seconds", "How late the earliest row is, upstream not being folded.", "agent"
        )

    def _decisions(self) -> None:
        count = self._counter
        self.events = count("events", "Events folded, by their type.", "agent", "type")
        self.decisions = count(
            "timeline_decisions", "Messages raised, revised or withdrawn.", "kind", "decision"
        )
        self.suppressions = count("suppressions", "Messages decided against, and why.", "kind", "reason")
        self.told = count("told", "What became of messages, as their timelines were told.", "kind", "outcome")
        self.parked = count("parked", "Events that wait for the order behind a reference.")
        self.released = count("released", "Parked events that found their order.")
        self.unknown_statuses = count(
            "unknown_statuses",
            "Scans whose status code means nothing to us: nobody is told.",
            "source",
            "code",
        )
        self.older_scans = count("older_scans", "Scans from before the order that their number leads to.")
        self.refused_facts = count("refused_facts", "Events beyond what an order keeps.")
        self.orders_let_go = count("orders_let_go", "Orders beyond what a customer's row holds, the oldest.")
        self.dead_letters = count("dead_letters", "Records set aside, and why.", "agent", "reason")
        self.tickets = count("tickets", "Escalations to the seller.", "kind")
        self.remedies = count(
            "remedies",
            "What was to make up for delays: granted, refused (by history or budget), or returned unsaid.",
            "remedy",
            "outcome",
        )

    def _sending(self) -> None:
        count, gauge, histogram = self._counter, self._gauge, self._histogram
        self.messages = count("messages", "Attempts to hand a message over.", "kind", "channel", "outcome")
        self.from_event = histogram(
            "event_to_handover_seconds", "From the fact in the world to hand-over.", EVENT_SECONDS, "channel"
        )
        self.from_arrival = histogram(
            "arrival_to_handover_seconds",
            "From the event's arrival to hand-over.",
            ARRIVAL_SECONDS,
            "channel",
        )
        self.attempt_seconds = histogram(
            "attempt_seconds", "One attempt: render, sign, hand over.", ATTEMPT_SECONDS, "channel", "provider"
        )
        self.segments = count("sms_segments", "Segments of the short messages handed over.", "provider")
        self.sender_slots = gauge("sender_slots", "Senders that may work at once.", "channel")
        self.sender_busy = gauge("sender_busy", "Senders at work.", "channel")
        self.sender_waiting = gauge("sender_waiting", "Messages ready that wait for a sender.", "channel")
        self.grants = count(
            "sender_grants", "Free senders offered, and what came of it.", "channel", "outcome"
        )
        self.in_doubt = count(
            "claims_in_doubt", "Attempts that went unanswered, or repeat one that did.", "channel", "what"
        )

    def _runtime(self) -> None:
        self.delivery_mode = self._gauge(
            "delivery_mode", "How a brand delivers: live, redirect, allow or off. Always 1.", "brand", "mode"
        )
        self.pages = self._counter(
            "pages", "Customers' own pages asked for or sent back, and what came of it.", "page", "outcome"
        )
        self.restarts = self._counter("restarts", "Roles started again, and why.", "of", "cause")
        self.build = Info("orderherald_build", "The running version.", registry=self.registry)

    def show_delivery(self, modes: Mapping[str, str]) -> None:
        """`modes`: brand -> its delivery setting; only the mode is shown, never an address."""
        self.delivery_mode.clear()
        for brand, setting in modes.items():
            self.delivery_mode.labels(brand, setting.partition(":")[0]).set(1)

    def show_version(self, version: str) -> None:
        self.build.info({"version": version})


class _Agents(Collector):
    """What is read when somebody asks: lag, stores and timers of the partitions held at that moment."""

    def __init__(self) -> None:
        self._read: Callable[[], Iterable[AgentFigures]] = tuple

    def watch(self, read: Callable[[], Iterable[AgentFigures]]) -> None:
        """`read` must be quick: it runs on the event loop, once a scrape."""
        self._read = read

    def collect(self) -> Iterable[Metric]:
        agents = list(self._read())
        for name, text, figure in _FIGURES:
            family = GaugeMetricFamily(PREFIX + name, text, labels=["agent"])
            for agent in agents:
                family.add_metric([agent.name], figure(agent))
            yield family
        yield _lag_by_partition(agents)


def _lag_by_partition(agents: Iterable[AgentFigures]) -> Metric:
    text = "Records of one open partition not folded yet."
    labels = ["agent", "partition"]
    family = GaugeMetricFamily(PREFIX + "partition_lag_records", text, labels=labels)
    for agent in agents:
        for partition, behind in agent.partitions.items():
            if behind is not None:
                family.add_metric([agent.name, partition], behind)
    return family


_FIGURES: tuple[tuple[str, str, Callable[[AgentFigures], float]], ...] = (
    ("partitions", "Partitions that the group has given to this process.", lambda one: one.assigned),
    ("partitions_open", "Partitions whose store is open.", lambda one: one.open),
    ("lag_records", "Records of the input not folded yet.", lambda one: one.behind),
    (
        "lag_seconds",
        "Age of the last folded record, where records wait behind it.",
        lambda one: one.behind_seconds,
    ),
    ("store_rows", "Rows of the open stores.", lambda one: one.rows),
    ("store_bytes", "Size of those rows, without what Python adds to each.", lambda one: one.bytes),
    ("timers_waiting", "Rows that wait to be woken.", lambda one: one.timers),
    ("timers_due", "Of these, rows whose time has come.", lambda one: one.due),
    (
        "timers_withheld",
        "Of those, rows that wait until everything upstream up to their time is folded.",
        lambda one: one.withheld,
    ),
    ("conclusions_put_off", "Rows that are concluded once the backlog is folded.", lambda one: one.put_off),
)
