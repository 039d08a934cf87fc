"""What the faults of a run act on, and how they say when senders were concerned."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.brokers import Broker, Cluster
from tests.chaos.doors import Doors
from tests.chaos.fleet import Fleet, Found
from tests.chaos.incidents import Incidents
from tests.chaos.mailbox import Mailbox
from tests.chaos.sender import Sender

BROKER_STARTS = 180.0  # seconds, at the very most
SOMEBODY = 90.0  # seconds until there is somebody to be hit: a supervisor waits up to 60 s itself
KAFKA_AWAY = "Kafka was away"


@dataclass
class Stage:
    """`brokers`: one of them at a time, as two of three must have a record."""

    random: Random
    folder: Path
    fleet: Fleet
    cluster: Cluster
    doors: Doors
    mailbox: Mailbox
    sender: Sender
    incidents: Incidents
    brokers: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def somebody(self, name: str, kind: str | None = None) -> Found:
        """A process that runs: nobody is hit by what hits nobody."""
        deadline = time.monotonic() + SOMEBODY
        while not (found := self.fleet.found(name, kind)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {name} of {kind or 'any worker'} has run for {SOMEBODY:.0f} s")
            await asyncio.sleep(0.2)
        return self.random.choice(found)

    @contextlib.asynccontextmanager
    async def trouble_at_the_brokers(self) -> AsyncIterator[None]:
        """Nobody else touches them meanwhile; at its end all of them answer."""
        async with self.brokers:
            with self.incidents.during(KAFKA_AWAY):
                yield
                await asyncio.to_thread(self.cluster.wait, BROKER_STARTS)

    async def down(self, brokers: list[Broker], seconds: float) -> None:
        """Killed, and started again after so long."""
        await asyncio.gather(*(asyncio.to_thread(broker.kill) for broker in brokers))
        await asyncio.sleep(seconds)
        for broker in brokers:
            broker.start()
