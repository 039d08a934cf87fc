"""What one order with ten thousand scans costs, and one customer with five thousand orders.

`python -m tests.bench.bounds`. All agents in memory, on a virtual clock, decoding each row anew at each
touch, as a worker does after a restart; CPU time of the last tenth of the events.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from streams.agents.desk import DeskAgent, attempted
from streams.agents.shell import Tally
from streams.bootstrap.daemon import upstream_agents
from streams.bootstrap.edges import simulated_world
from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.engine.memory import MemoryEngine
from streams.settings import load_settings
from streams.simulate.run import InstantSenders
from tests.agents.events import event, placed

START = dt.datetime(2026, 3, 5, 10, 0, tzinfo=dt.UTC)
SCANS = (10, 1_000, 10_000)
ORDERS = (10, 1_000, 5_000)
Line = tuple[float, str, bytes]  # when it arrives, in which topic, what it says


class Cost(NamedTuple):
    """Of the last tenth: CPU and folds an event, with all that it leads to, timers too.

    Of the end: the largest row of each agent in bytes, and what was counted.
    """

    events: int
    microseconds: float
    folds: float
    timeline: int
    desk: int
    counted: Counter[Tally]

    def __str__(self) -> str:
        refused, let_go = self.counted[Tally("fact_refused")], self.counted[Tally("order_let_go")]
        return (
            f"{self.microseconds:7,.0f} us each, in {self.folds:.1f} folds; order's row "
            f"{self.timeline:>7,} bytes, customer's {self.desk:>7,}; "
            f"counted: {refused:,} scans refused, {let_go:,} orders let go"
        )


class _Counting:
    def __init__(self) -> None:
        self.seen: Counter[Tally] = Counter()

    def count(self, agent: str, tallies: Counter[Tally]) -> None:
        self.seen += tallies


def measure() -> Iterator[str]:
    """One line for each size."""
    for number in SCANS:
        yield f"  one order, {number:>6,} scans:  {cost(scans(number))}"
    for number in ORDERS:
        yield f"  one customer, {number:>6,} orders: {cost(orders(number))}"


def scans(number: int) -> Iterator[Line]:
    """A parcel whose carrier can't stop talking, a scan every six seconds."""
    yield 0.0, "orders", placed()
    shipped = {"shipment_id": "s-1", "order_id": "acme:1001", "carrier": "inpost", "tracking_number": "PL1"}
    yield 1.0, "shipments", event("shipment.created", shipped)
    for count in range(number):
        at = 60.0 + 6 * count
        seen = {
            "carrier": "inpost",
            "tracking_number": "PL1",
            "status": "in_transit",
            "location": f"Hub {count}",
        }
        yield (
            at,
            "shipments",
            event("shipment.status", seen, id=f"scan-{count}", source="/carrier/inpost", time=_time(at)),
        )


def orders(number: int) -> Iterator[Line]:
    """A customer who orders every ten minutes."""
    for count in range(number):
        at, order = 600.0 * count, f"acme:{count}"
        yield (
            at,
            "orders",
            placed(order_id=order, number=f"{count}")
            .replace(b'"order.placed-1"', b'"placed-%d"' % count)
            .replace(b"2026-03-05T10:00:00+00:00", _time(at).encode()),
        )


def _time(seconds: float) -> str:
    return (START + dt.timedelta(seconds=seconds)).isoformat()


def cost(lines: Iterable[Line]) -> Cost:
    """Folds them all."""
    meter = _Counting()
    engine = _engine(meter)
    lines = list(lines)
    last = len(lines) - max(1, len(lines) // 10)
    for number, (at, topic, value) in enumerate(lines):
        if number == last:
            begun, before = time.process_time(), engine.folded
        engine.approach(START.timestamp() + at)
        engine.append(topic, None, value)
        engine.run()
    spent = time.process_time() - begun
    rest = len(lines) - last
    folds = (engine.folded - before) / rest
    largest = {name: _largest(engine, name) for name in ("timeline", "desk")}
    return Cost(len(lines), spent / rest * 1e6, folds, **largest, counted=meter.seen)


def _engine(meter: _Counting) -> MemoryEngine:
    world = simulated_world(load_settings(env={}, delivery="live"))
    engine: MemoryEngine

    def send(claim: Claim) -> None:
        sent = Attempted(
            claim.notification_id,
            claim.customer_id,
            claim.channel,
            claim.attempt,
            "sent",
            claim.provider or "bench",
        )
        out = attempted(sent, claim, engine.now)
        engine.append(out.topic, out.key, out.value, headers=out.headers)

    agents = [*upstream_agents(world, meter), DeskAgent(world, InstantSenders(send), meter)]
    engine = MemoryEngine(agents, START.timestamp(), room=0)
    return engine


def _largest(engine: MemoryEngine, name: str) -> int:
    return max((len(data) for data in engine._stage(name).store._bytes.values()), default=0)


if __name__ == "__main__":
    for line in measure():
        print(line, flush=True)
