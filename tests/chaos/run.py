"""One run: brokers, workers, a mailbox, a load and faults; and at its end the checker's word."""

import asyncio
import contextlib
import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient

from streams.engine.config import EngineConfig
from tests.brokers import Cluster
from tests.chaos import disks
from tests.chaos.checker import Checker, Seen, Verdict
from tests.chaos.doors import Doors, Way
from tests.chaos.fleet import CLOCKED, DOORED, SUPERVISED, Command, Fleet
from tests.chaos.incidents import Incidents
from tests.chaos.load import load
from tests.chaos.mailbox import Mailbox
from tests.chaos.plan import Planned, plan, unleashed
from tests.chaos.sender import Sender
from tests.chaos.settings import smtp_url, write_settings
from tests.chaos.stage import Stage

FLUSH = 120.0  # seconds in which brokers that are all up must take what an outage held up
QUIET = 15.0  # longer than a claim's lease and attempt: whatever is said twice has been said by then
LAST_TOPIC = "orderherald-desk-notifications-changelog"


class Options(NamedTuple):
    seconds: float = 120.0
    faults: int = 10
    brokers: int = 1
    workers: int = 3
    rate: float = 4.0  # orders a second
    seed: int = 1
    spoil: str | None = None
    settle: float = 240.0  # seconds for what is still owed after the last fault
    disks: bool = False  # a small one for each broker, which may be filled


class Times(NamedTuple):
    """In seconds: the longest that an event waited for Kafka, and from the last fault to the verdict."""

    behind: float
    settled: float


class Result(NamedTuple):
    verdict: Verdict
    faults: Counter[str]
    statuses: Counter[str]
    times: Times


async def run(options: Options, folder: Path) -> Result:
    """Everything that is started ends with it."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers that come and go are its business here
    with disks.Disks() as own:
        disk = {"disk": own.mount} if options.disks else {}
        cluster = Cluster(folder / "brokers", options.brokers, **disk)
        try:
            await asyncio.to_thread(cluster.start)
            async with _stage(options, folder, cluster) as stage:
                return await _run(options, stage)
        finally:
            cluster.stop()


@contextlib.asynccontextmanager
async def _stage(options: Options, folder: Path, cluster: Cluster) -> AsyncIterator[Stage]:
    incidents = Incidents()
    ways = (Way(broker.ports.outer, broker.ports.inner) for broker in cluster.brokers)
    async with Mailbox(folder) as mailbox, Doors(ways) as doors:
        commands = _commands(options, folder, doors)
        fleet = Fleet(
            folder, commands, incidents, lambda name: smtp_url(mailbox.port, mailbox.authority, name)
        )
        sender = Sender(cluster.bootstrap)
        try:
            yield Stage(Random(options.seed), folder, fleet, cluster, doors, mailbox, sender, incidents)
        finally:
            await fleet.stop()


def _commands(options: Options, folder: Path, doors: Doors) -> dict[str, Command]:
    """How each kind of worker is started. The supervised one's roles are never spoilt."""
    spoilt = ("tests.chaos.spoils", options.spoil or "")
    config = ("ORDERHERALD_CONFIG", str(folder / "orderherald.toml"))
    behind = ("ORDERHERALD_BROKERS", doors.bootstrap)
    clock = ("CHAOS_CLOCK", str(folder / "clock"))
    commands = {
        CLOCKED: Command(("tests.chaos.clock",), (config, clock)),
        DOORED: Command(("streams",), (config, behind)),
        SUPERVISED: Command(("streams",), (config,)),
    }
    if options.spoil:
        for kind in (CLOCKED, DOORED):
            commands[kind] = commands[kind]._replace(module=spoilt)
    return commands


async def _run(options: Options, stage: Stage) -> Result:
    mailbox = stage.mailbox
    settings = write_settings(
        stage.folder, stage.cluster.bootstrap, smtp_url(mailbox.port, mailbox.authority, "nobody.example")
    )
    checker = Checker(EngineConfig(brokers=stage.cluster.bootstrap), settings, stage.folder)
    planned = plan(
        stage.random, options.faults, options.seconds, brokers=options.brokers, disks=options.disks
    )
    for _ in range(options.workers):
        stage.fleet.grow()
    await _topics(stage.cluster)
    await _storm(options, stage, planned)
    began = time.monotonic()
    verdict = await _settle(options.settle, checker, stage)
    times = Times(stage.sender.behind, time.monotonic() - began)
    return Result(verdict, Counter(each.name for each in planned), stage.fleet.statuses, times)


async def _topics(cluster: Cluster) -> None:
    """The workers make them; a load before that would have nowhere to go."""
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(120):
            while LAST_TOPIC not in await admin.list_topics():
                await asyncio.sleep(0.5)
    finally:
        await admin.close()


async def _storm(options: Options, stage: Stage, planned: list[Planned]) -> None:
    """Load and faults, until both have ended and Kafka has taken all of the load."""
    records = load(options.seed, options.seconds, options.rate, dt.datetime.now(dt.UTC))
    async with unleashed(stage, planned):
        await stage.sender.send(records)
    await stage.sender.flush(FLUSH)


async def _settle(seconds: float, checker: Checker, stage: Stage) -> Verdict:
    """Asks until nothing is owed, or the time is over; then once more, for what comes too often."""
    deadline = time.monotonic() + seconds
    while True:
        verdict = await _checked(checker, stage)
        if verdict.clean or time.monotonic() > deadline:
            await asyncio.sleep(QUIET)
            return await _checked(checker, stage)
        print("    left:", {name: len(found) for name, found in verdict.faults.items() if found}, flush=True)
        await asyncio.sleep(5)


async def _checked(checker: Checker, stage: Stage) -> Verdict:
    """On a loop of its own: reading a long run takes minutes, in which the mailbox must answer."""
    sender, mailbox = stage.sender, stage.mailbox
    seen = Seen(
        sender.acknowledged,
        sender.poisoned,
        tuple(mailbox.mails),
        frozenset(mailbox.refused),
        tuple(stage.incidents),
        frozenset(stage.fleet.senders),
    )
    return await asyncio.to_thread(lambda: asyncio.run(checker.check(seen)))
