"""What an event costs the timeline with a thousand live orders, and with a million."""

import asyncio
import datetime as dt
import statistics
import time
from random import Random

from confluent_kafka import Producer

from streams.agents.shell import ORDER_EVENTS, record_of
from streams.bootstrap.daemon import Daemon
from streams.bootstrap.edges import build_edges
from streams.domain.events import Event, ShipmentStatus
from tests.bench import recovery

_ON_ITS_WAY = 6  # of an order's nine events: placed, three of its supplier, announced, first scan
_A_ROUND = 1_000
_ROUNDS = 9
_PATIENCE = 300.0


async def measure(bootstrap: str, most: int) -> str:
    """With a thousand and with `most`. Returns a sentence."""
    few, many = await cost(bootstrap, _A_ROUND, _ROUNDS), await cost(bootstrap, most, _ROUNDS)
    return (
        f"  an event costs the timeline {few:.0f} us of CPU among {_A_ROUND:,} live orders, "
        f"{many:.0f} us among {most:,} ({many / few:.2f} x)"
    )


async def cost(bootstrap: str, rows: int, rounds: int) -> float:
    """Microseconds of CPU an event: rounds of a thousand scans, each of another order among so many."""
    prefix = f"growth{rows}."
    settings = recovery.settings_for(bootstrap, prefix)
    edges = build_edges(settings)
    await recovery.opened(settings, edges)  # makes the topics
    recovery.fill(settings, edges, rows, _ON_ITS_WAY)
    scans = _Scans(bootstrap, prefix, rows)
    daemon = Daemon(settings, edges, ("timeline",))
    await daemon.worker.start()
    try:
        await recovery.until_open(daemon)
        spent = [await _round(daemon, scans) for _ in range(rounds)]
        return statistics.median(spent) / _A_ROUND * 1e6
    finally:
        await daemon.worker.stop()
        await edges.close()


async def _round(daemon: Daemon, scans: "_Scans") -> float:
    scans.write()
    before = time.process_time()
    scans.show()
    await _folded(daemon)
    return time.process_time() - before


class _Scans:
    """A producer in whose open transaction a round lies in the log already, to be seen all at once."""

    def __init__(self, bootstrap: str, prefix: str, rows: int) -> None:
        self._topic, self._rows = prefix + ORDER_EVENTS, rows
        self._random, self._number = Random(5), 0
        settings = {"transactional.id": f"{prefix}scans", "partitioner": "murmur2_random"}
        self._producer = Producer({"bootstrap.servers": bootstrap, **settings})
        self._producer.init_transactions()

    def write(self) -> None:
        self._producer.begin_transaction()
        for row in self._random.sample(range(self._rows), _A_ROUND):
            out = record_of(ORDER_EVENTS, f"shop:{row}", self._scan(f"shop:{row}"))
            self._producer.produce(self._topic, out.value, out.key)
        self._producer.flush(120)

    def show(self) -> None:
        self._producer.commit_transaction()

    def _scan(self, order: str) -> Event:
        self._number += 1
        now = dt.datetime.now(dt.UTC)
        scan = ShipmentStatus(status="in_transit", location="Łódź", tracking_number="1")
        return Event(f"scan-{self._number}", "/carrier/dpd", "shipment.status", now, now, scan, order)


async def _folded(daemon: Daemon) -> None:
    """Until it has begun, and nothing is left."""
    async with asyncio.timeout(_PATIENCE):
        while not _behind(daemon):
            await asyncio.sleep(0.005)
        while _behind(daemon):
            await asyncio.sleep(0.02)


def _behind(daemon: Daemon) -> int:
    return {agent.name: agent for agent in daemon.worker.status().agents}["timeline"].behind
