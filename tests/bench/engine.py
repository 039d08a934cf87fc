"""What the engine itself costs: `python -m tests.bench.engine [EVENTS]`, on a real Kafka of its own.

Prints microseconds an event (trivial fold, batches of 2,000, four partitions; beside it the fold's
own share) and rows a second when the stores are opened again.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from streams.collector import quiet_collector
from streams.engine.api import NOTHING, Folded, Local, Record, Rows
from streams.engine.config import EngineConfig
from streams.engine.hooks import NoHooks, Opened, UnitDone
from streams.engine.worker import Worker
from tests.brokers import Cluster
from tests.kafka.support import Ledger, eventually, ready, write

ROW = b"\x01" + b"r" * 800


class Trivial(Ledger):
    """Every record replaces its key's row of 801 bytes; nothing is decoded."""

    name = "bench"

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        rows.set(record.key or b"", ROW)
        return NOTHING

    def encode(self, row: Any) -> bytes:
        return row

    def decode(self, data: bytes) -> Any:
        return data

    def due(self, row: Any) -> float | None:
        return None


class Meter(NoHooks):
    def __init__(self) -> None:
        self.units: list[UnitDone] = []
        self.opened_: list[Opened] = []

    def unit_done(self, unit: UnitDone) -> None:
        self.units.append(unit)

    def opened(self, opened: Opened) -> None:
        self.opened_.append(opened)


async def run(bootstrap: str, events: int) -> None:
    config = EngineConfig(brokers=bootstrap, prefix="engine.", partitions=4)
    worker = Worker([Trivial()], config)
    await worker.start()
    await eventually(lambda: ready(worker))
    await worker.stop()
    for keys, what in ((200, "200 keys"), (events, "a key an event")):
        await write(
            bootstrap, "engine.events", [(f"k{n % keys}".encode(), b"v" * 300) for n in range(events)]
        )
        await fold_all(config, events, what)
    await open_again(config)


async def fold_all(config: EngineConfig, events: int, what: str) -> None:
    meter = Meter()
    worker = Worker([Trivial()], config, hooks=meter)
    started_cpu = time.process_time()
    await worker.start()
    await eventually(lambda: meter.units, 60)
    started = time.perf_counter()
    await eventually(lambda: sum(unit.records for unit in meter.units) >= events, 120)
    wall = time.perf_counter() - started
    cpu = time.process_time() - started_cpu
    records = sum(unit.records for unit in meter.units)
    folding = sum(unit.folding for unit in meter.units)
    await worker.stop()
    print(
        f"  {what}: {records} events in {len(meter.units)} units, {wall / records * 1e6:.1f} µs an event "
        f"({records / wall:,.0f}/s), of which folding {folding / records * 1e6:.1f} µs; "
        f"CPU with the start {cpu / records * 1e6:.1f} µs"
    )


async def open_again(config: EngineConfig) -> None:
    meter = Meter()
    worker = Worker([Trivial()], config, hooks=meter)
    await worker.start()
    started, cpu = time.perf_counter(), time.process_time()
    await eventually(lambda: ready(worker), 120)
    wall, cpu = time.perf_counter() - started, time.process_time() - cpu
    read, rows = sum(o.records for o in meter.opened_), sum(o.rows for o in meter.opened_)
    print(
        f"  opening: {read} records into {rows} rows in {wall:.2f} s, {read / wall:,.0f} rows/s; "
        f"by CPU {read / cpu:,.0f}"
    )
    await worker.stop()


def main() -> None:
    quiet_collector()
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "kafka")
        try:
            cluster.start()
            uvloop.run(run(cluster.bootstrap, events))
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
