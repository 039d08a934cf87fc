"""How much memory the whole daemon holds while a burst comes that adds nothing to what it remembers.

Ten thousand orders are folded, and once more, as a shop that sends everything again; that is the
warm-up. Then the same events come again and again. Every process of the daemon counts.
"""

import asyncio
import itertools
import sys
import time
from pathlib import Path

from tests.bench.contenders import CONFIG, Broker, lagging, running
from tests.bench.load import INPUTS, PARTITIONS, backlog, fill, send

_ORDERS_OF = 90_000  # events
_PREFIX = "memory."
_PATIENCE = 1_200.0


async def measure(bootstrap: str, folder: Path, events: int) -> str:
    """Returns a sentence."""
    beats = backlog(_ORDERS_OF, seed=3)
    fill(bootstrap, _PREFIX, beats)
    (folder / "memory.toml").write_text(CONFIG.format(options="?unread=yes"))
    env = {
        "ORDERHERALD_BROKERS": bootstrap,
        "ORDERHERALD_TOPIC_PREFIX": _PREFIX,
        "ORDERHERALD_PARTITIONS": str(PARTITIONS),
        "ORDERHERALD_CONFIG": str(folder / "memory.toml"),
        "ORDERHERALD_WEB": "127.0.0.1:0",
    }
    begun = time.monotonic()
    async with Broker(bootstrap) as broker:
        with running([sys.executable, "-m", "streams", "worker"], folder, **env) as process:
            await _watched(broker, process.pid)
            send(bootstrap, _PREFIX, beats)
            await _watched(broker, process.pid)
            warm = _resident(process.pid)
            send(bootstrap, _PREFIX, itertools.islice(itertools.cycle(beats), events))
            most = await _watched(broker, process.pid)
            end = _resident(process.pid)
    warmed, spent = 2 * len(beats), time.monotonic() - begun
    return (
        f"  resident memory, all processes: {warm:,.0f} MB after a warm-up of {warmed:,} events; in a burst "
        f"of {events:,} more at most {most:,.0f} MB ({most / warm - 1:+.1%}), at its end {end:,.0f} MB "
        f"({end / warm - 1:+.1%}); {spent:,.0f} s in all"
    )


async def _watched(broker: Broker, pid: int) -> float:
    """Until nothing is left to do for two seconds; the most that was resident meanwhile."""
    most, quiet = 0.0, 0
    async with asyncio.timeout(_PATIENCE):
        while quiet < 4:
            await asyncio.sleep(0.5)
            most = max(most, _resident(pid))
            begun = await broker.committed(f"{_PREFIX}orderherald-ingest")
            there = sum([await broker.length(_PREFIX + name) for name in INPUTS])
            quiet = quiet + 1 if begun >= there and not await lagging(broker, _PREFIX) else 0
    return most


def _resident(pid: int) -> float:
    """In MB, of a process and its children."""
    pages = [
        int(line.split()[1])
        for each in (pid, *_children(pid))
        for line in Path(f"/proc/{each}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    ]
    return sum(pages) / 1024


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in found.split()]
