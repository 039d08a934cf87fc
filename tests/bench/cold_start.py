"""A whole worker's start with many orders behind it: timelines, customers and references, side by side.

Its two roles with rows are processes of their own, as the supervisor runs them:
`python -m tests.bench.cold_start BOOTSTRAP ROLE` is one of them.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import uvloop

from streams.bootstrap.daemon import Daemon
from streams.bootstrap.edges import build_edges
from streams.bootstrap.kafka import engine_config
from streams.bootstrap.offline import simulation
from streams.collector import quiet_collector
from streams.settings import Settings, load_settings
from streams.simulate.entries import Entry
from streams.simulate.run import Cause, Run, Share
from streams.simulate.source import Source
from tests.bench import recovery
from tests.bench.load import AN_ORDER, PARTITIONS, backlog

PREFIX = "cold."
INPUTS = {"timeline": "order-events", "desk": "notifications", "place": "references"}
ROLES = {"intake": ("place",), "timeline": ("timeline",), "desk": ("desk",)}


class Row(NamedTuple):
    """As an agent has stored it."""

    key: bytes
    value: bytes
    due: float | None


async def measure(bootstrap: str, orders: int) -> str:
    """Writes the changelogs of so many delivered orders, and opens them. Returns sentences."""
    settings = recovery.settings_for(bootstrap, PREFIX)
    edges = build_edges(settings)
    for role in ROLES:
        await _opened(settings, role)  # makes the topics
    known = _rows_of_an_order()
    for agent, rows in known.items():
        topic = engine_config(settings).changelog(agent, INPUTS[agent])
        for number, row in enumerate(rows):
            keys = (f"{number}:{copy}".encode() for copy in range(orders))
            recovery.fill_changelog(settings, topic, row.value, row.due, keys, last=number == len(rows) - 1)
    await edges.close()
    return "\n".join(_told(bootstrap, orders, known))


def _told(bootstrap: str, orders: int, known: dict[str, list[Row]]) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.cold_start", bootstrap]
    begun = time.perf_counter()
    started = {role: subprocess.Popen([*command, role], stdout=subprocess.PIPE, text=True) for role in ROLES}
    said = {role: process.communicate()[0].split() for role, process in started.items()}
    whole = time.perf_counter() - begun
    yield f"  a worker's start with {orders:,} orders: {whole:.1f} s until its roles are open"
    for role, (seconds, peak, empty) in said.items():
        count = sum(len(known[agent]) for agent in ROLES[role])
        size = sum(len(row.value) for agent in ROLES[role] for row in known[agent])
        memory = (float(peak) - float(empty)) / orders
        yield (
            f"    {role}: {float(seconds):.1f} s, {count} rows of {size:,} bytes an order, "
            f"{memory:,.0f} bytes of memory an order at most"
        )


def _rows_of_an_order() -> dict[str, list[Row]]:
    """What each agent remembers of one order and its customer, once it is delivered."""
    parts = simulation(load_settings(None, {}, delivery="live"))
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.jsonl"
        events.write_bytes(b"\n".join(beat.value for beat in backlog(AN_ORDER)))
        run = Run(parts, Path(folder), _unheard, Share())
        run.go(Source(str(events)), None, None)
        agents = {stage.processor.name: stage.processor for stage in run._engine._stages}
        return {
            name: [
                Row(key, agents[name].encode(row), agents[name].due(row))
                for key, row in run._engine.rows(name)
            ]
            for name in INPUTS
        }


def _unheard(_cause: Cause, _entry: Entry) -> None:
    pass


async def _opened(settings: Settings, role: str) -> float:
    """Seconds until every partition of the role is open."""
    edges = build_edges(settings)
    daemon = Daemon(settings, edges, (role,))
    begun = time.perf_counter()
    await daemon.worker.start()
    try:
        async with asyncio.timeout(900):
            while not _all_open(daemon, role):
                await asyncio.sleep(0.02)
        return time.perf_counter() - begun
    finally:
        await daemon.worker.stop()
        await edges.close()


def _all_open(daemon: Daemon, role: str) -> bool:
    found = {agent.name: agent for agent in daemon.worker.status().agents}
    return all(found[name].assigned == found[name].open == PARTITIONS for name in ROLES[role])


def main() -> None:
    """One role: prints its seconds, its peak of memory and what it had before the start, in bytes."""
    bootstrap, role = sys.argv[1:]
    quiet_collector()
    before = _memory("VmRSS")
    seconds = uvloop.run(_opened(recovery.settings_for(bootstrap, PREFIX), role))
    print(seconds, _memory("VmHWM"), before)


def _memory(what: str) -> int:
    """Bytes, by Linux's own account of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


if __name__ == "__main__":
    main()
