"""Which faults a run lets loose, and when: drawn from a seed, each kind in turn."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import NamedTuple

from tests.chaos.broker_faults import BROKERS, DISKS, kill_all
from tests.chaos.faults import MAIL, WORKERS, Fault, away_for
from tests.chaos.stage import Stage

LONG = 600.0  # seconds: a run so long has room for outages that last
OUTAGE = 600.0  # seconds of one provider's, or half the run where that is shorter
ONE_BROKER = "all brokers killed, 20 s"  # where there is one, that is what killing it is


class Planned(NamedTuple):
    """`after`: seconds from the beginning."""

    after: float
    name: str
    fault: Fault


def plan(random: Random, number: int, seconds: float, *, brokers: int, disks: bool = False) -> list[Planned]:
    """Every kind in turn, in a new order each time, evenly spread; in a long run two long outages besides.

    `disks`: each broker has one of its own, which may be filled.
    """
    kinds = WORKERS | MAIL | BROKERS | (DISKS if disks else {})
    if brokers == 1:
        del kinds[ONE_BROKER]
    fixed = _outages(seconds) if seconds >= LONG else []
    names: list[str] = []
    while len(names) < number - len(fixed):
        names += random.sample(list(kinds), len(kinds))
    drawn = names[: number - len(fixed)]
    every = seconds / max(1, len(drawn))
    spread = [Planned(place * every, name, kinds[name]) for place, name in enumerate(drawn)]
    return sorted([*fixed, *spread], key=lambda each: each.after)


def _outages(seconds: float) -> list[Planned]:
    """A provider that is down while mails pile up, and after it Kafka."""
    down = min(OUTAGE, seconds / 2)
    return [
        Planned(seconds * 0.1, f"SMTP: refused, {down:.0f} s", away_for(down)),
        Planned(seconds * 0.75, "all brokers killed, 60 s", kill_all(60)),
    ]


@asynccontextmanager
async def unleashed(stage: Stage, planned: list[Planned]) -> AsyncIterator[None]:
    """Side by side where they last; ends with the last of them."""
    running = [asyncio.create_task(_later(stage, each)) for each in planned]
    try:
        yield
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _later(stage: Stage, planned: Planned) -> None:
    await asyncio.sleep(planned.after)
    print(f"    {planned.name}", flush=True)
    await planned.fault(stage)
