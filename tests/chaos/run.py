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

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.engine.config import EngineConfig
from tests.brokers import Cluster
from tests.chaos.checker import Checker, Verdict
from tests.chaos.faults import Stage, plan, unleashed
from tests.chaos.fleet import Fleet
from tests.chaos.load import Sent, load
from tests.chaos.mailbox import Mailbox
from tests.chaos.settings import write_settings

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


class Result(NamedTuple):
    verdict: Verdict
    faults: Counter[str]
    statuses: Counter[str]
    settled: float  # seconds from the last fault to the last mail


async def run(options: Options, folder: Path) -> Result:
    """Everything that is started ends with it."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers that come and go are its business here
    cluster = Cluster(folder / "brokers", options.brokers)
    try:
        await asyncio.to_thread(cluster.start)
        async with Mailbox() as mailbox:
            return await _run(options, folder, cluster, mailbox)
    finally:
        cluster.stop()


async def _run(options: Options, folder: Path, cluster: Cluster, mailbox: Mailbox) -> Result:
    settings = write_settings(folder, cluster.bootstrap, mailbox.port)
    fleet = Fleet(folder, {"ORDERHERALD_CONFIG": str(settings)}, options.spoil)
    checker = Checker(EngineConfig(brokers=cluster.bootstrap), settings, folder)
    stage = Stage(Random(options.seed), fleet, cluster, mailbox, asyncio.Lock())
    names = plan(stage.random, options.faults, outage=options.brokers > 1)
    for _ in range(options.workers):
        fleet.grow()
    try:
        async with _unrest(stage) as unrest:
            await _topics(cluster)
            await _storm(options, stage, names)
            began = time.monotonic()
            verdict = await _settle(options.settle, checker, mailbox, unrest)
            return Result(verdict, Counter(names), fleet.statuses, time.monotonic() - began)
    finally:
        await fleet.stop()


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


async def _storm(options: Options, stage: Stage, names: list[str]) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=stage.cluster.bootstrap,
        enable_idempotence=True,
        linger_ms=5,
        request_timeout_ms=120_000,  # an outage makes it late, not lost
    )
    await producer.start()
    try:
        records = load(options.seed, options.seconds, options.rate, dt.datetime.now(dt.UTC))
        async with unleashed(stage, names, options.seconds / max(1, len(names))):
            await _send(producer, records)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, records: list[Sent]) -> None:
    """In step with the clock, whatever becomes of them."""
    began = time.monotonic()
    sent: list[asyncio.Task[None]] = []
    for record in records:
        await asyncio.sleep(max(0.0, began + record.after - time.monotonic()))
        sent.append(asyncio.create_task(_put(producer, record)))
    await asyncio.gather(*sent)


async def _put(producer: AIOKafkaProducer, record: Sent) -> None:
    """Until it is taken. Where that was twice, the checker counts the copies that it finds."""
    while True:
        try:
            await producer.send_and_wait(record.topic, record.value, record.key)
        except KafkaError:
            await asyncio.sleep(1)
        else:
            return


async def _settle(seconds: float, checker: Checker, mailbox: Mailbox, unrest: list[float]) -> Verdict:
    deadline = time.monotonic() + seconds
    while True:
        verdict = await _checked(checker, mailbox, unrest)
        if verdict.clean or time.monotonic() > deadline:
            await asyncio.sleep(5)  # what comes too often may come late
            return await _checked(checker, mailbox, unrest)
        print("    left:", {name: len(found) for name, found in verdict.faults.items() if found}, flush=True)
        await asyncio.sleep(5)


async def _checked(checker: Checker, mailbox: Mailbox, unrest: list[float]) -> Verdict:
    """On a loop of its own: reading a long run takes minutes, in which the mailbox must answer."""
    mails, moments = tuple(mailbox.mails), tuple(unrest)
    return await asyncio.to_thread(lambda: asyncio.run(checker.check(mails, moments)))


@contextlib.asynccontextmanager
async def _unrest(stage: Stage) -> AsyncIterator[list[float]]:
    """Moments in which an outcome may not have been written: a sender died, or a broker was away."""
    moments: list[float] = stage.fleet.deaths

    async def watch() -> None:
        while True:
            if stage.brokers.locked():
                moments.append(time.time())
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    try:
        yield moments
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
