"""Every Prometheus name of ours, each with its help text and unit, in this one place.

Labels are bounded: agents, event types of the contract, kinds, channels, outcomes, reasons, brands
of the configuration, partitions. Never an id. Counts are added a batch at a time.
"""

from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)

# A unit is milliseconds at low load and about a second where it is longest.
UNIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
UNIT_RECORDS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
# One attempt: a kept connection takes milliseconds, a slow provider its whole time-out.
ATTEMPT_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Arrival to hand-over: our own work, then the coalescing windows (5 and 45 minutes), then the night.
ARRIVAL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 330, 900, 2760, 14_400, 46_800, 172_800)
# Event to hand-over: the same, with what carriers and shops take before they tell us.
EVENT_SECONDS = (1, 5, 15, 60, 330, 900, 2760, 7200, 14_400, 28_800, 46_800, 86_400, 172_800, 604_800)
OPENING_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The instruments of one process, in a registry of their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client leaves it bare
        self.registry = registry if registry is not None else CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._engine()
        self._decisions()
        self._sending()
        self._runtime()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"orderherald_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"orderherald_{name}", text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: Iterable[float], *labels: str) -> Histogram:
        return Histogram(f"orderherald_{name}", text, labels, buckets=tuple(buckets), registry=self.registry)

    def _engine(self) -> None:
        count, gauge, histogram = self._counter, self._gauge, self._histogram
        self.events = count("events", "Events folded, by their type.", "agent", "type")
        self.lag = gauge("lag_records", "Records of the input not folded yet.", "agent", "partition")
        self.unit_seconds = histogram(
            "unit_seconds", "One unit of work: decode, fold, encode and commit.", UNIT_SECONDS, "agent"
        )
        self.unit_records = histogram("unit_records", "Records in one unit.", UNIT_RECORDS, "agent")
        self.transaction_seconds = histogram(
            "transaction_seconds", "The Kafka transaction of one unit.", UNIT_SECONDS, "agent"
        )
        self.opening_seconds = histogram(
            "opening_seconds", "Opening one store: fence and read its changelog.", OPENING_SECONDS, "agent"
        )
        self.partitions = gauge("partitions", "Partitions held, by their state.", "agent", "state")
        self.store_rows = gauge("store_rows", "Rows of the open stores.", "agent")
        self.store_bytes = gauge("store_bytes", "Encoded size of these rows in bytes.", "agent")
        self.timers_waiting = gauge("timers_waiting", "Rows that wait to be woken.", "agent")
        self.timers_due = gauge("timers_due", "Rows whose time has come, not woken yet.", "agent")
        self.timers_withheld = gauge(
            "timers_withheld", "Rows due that wait for what is upstream to be folded.", "agent"
        )
        self.timers_fired = count("timers_fired", "Rows woken.", "agent")
        self.rebalances = count("rebalances", "Assignments received from the group.", "agent")
        self.fold_failures = count("fold_failures", "Records whose fold raised: each a dead letter.", "agent")

    def _decisions(self) -> None:
        count = self._counter
        self.decisions = count(
            "timeline_decisions", "Messages that a timeline raised, revised or withdrew.", "decision", "kind"
        )
        self.suppressions = count("suppressions", "Messages decided against, and why.", "kind", "reason")
        self.dead_letters = count("dead_letters", "Records set aside, and why.", "agent", "reason")
        self.tickets = count("tickets", "Escalations to the seller.", "kind")
        self.unknown_statuses = count(
            "unknown_statuses", "Carrier statuses that we have no word for.", "carrier"
        )

    def _sending(self) -> None:
        count, gauge, histogram = self._counter, self._gauge, self._histogram
        self.messages = count(
            "messages", "Attempts to hand a message over, by their outcome.", "kind", "channel", "outcome"
        )
        self.from_event = histogram(
            "event_to_handover_seconds",
            "From what happened in the world to hand-over.",
            EVENT_SECONDS,
            "channel",
        )
        self.from_arrival = histogram(
            "arrival_to_handover_seconds",
            "From the event's arrival here to hand-over.",
            ARRIVAL_SECONDS,
            "channel",
        )
        self.attempt_seconds = histogram(
            "attempt_seconds",
            "One attempt: render, sign and hand over.",
            ATTEMPT_SECONDS,
            "channel",
            "provider",
        )
        self.segments = count("sms_segments", "Segments of the short messages handed over.", "provider")
        self.sender_slots = gauge("sender_slots", "Senders that may work at once.", "channel")
        self.sender_busy = gauge("sender_busy", "Senders at work.", "channel")
        self.sender_waiting = gauge("sender_waiting", "Messages ready that wait for a sender.", "channel")
        self.in_doubt = count(
            "claims_in_doubt",
            "Claims whose outcome was never learnt, and what was done.",
            "channel",
            "decision",
        )

    def _runtime(self) -> None:
        self.delivery_mode = self._gauge(
            "delivery_mode", "How a brand delivers: live, redirect, allow or off. Always 1.", "brand", "mode"
        )
        self.restarts = self._counter("restarts", "Roles started again, and why.", "of", "cause")
        self.build = Info("orderherald_build", "The running version.", registry=self.registry)

    def show_delivery(self, modes: Mapping[str, str]) -> None:
        """`modes`: brand -> its delivery setting; only the mode is shown, never an address."""
        self.delivery_mode.clear()
        for brand, setting in modes.items():
            self.delivery_mode.labels(brand, setting.partition(":")[0]).set(1)


def add_counts(counter: Counter, agent: str, counts: Mapping[str, int]) -> None:
    """Adds one batch's counts by their second label: a type, a reason."""
    for label, count in counts.items():
        counter.labels(agent, label).inc(count)
