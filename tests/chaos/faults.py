"""What may go wrong, and a seeded order of it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.engine.config import EngineConfig
from tests.brokers import Broker, Cluster
from tests.chaos.fleet import Fleet, Role
from tests.chaos.mailbox import Mailbox
from tests.smtp.scripted import DROP, HANG, TAKE_AND_DROP

BROKER_STARTS = 180.0  # seconds, at the very most
FROZEN = 14.0  # seconds: longer than the group's session


class Stage(NamedTuple):
    """What the faults act on."""

    random: Random
    fleet: Fleet
    cluster: Cluster
    mailbox: Mailbox
    brokers: asyncio.Lock  # one broker at a time: two of three must have a record


Fault = Callable[[Stage], Awaitable[None]]


def _role(stage: Stage, name: str) -> Role:
    return next(role for role in stage.random.choice(stage.fleet.workers) if role.name == name)


def kill(name: str) -> Fault:
    async def fault(stage: Stage) -> None:
        _role(stage, name).send(signal.SIGKILL)

    return fault


def terminate(name: str) -> Fault:
    async def fault(stage: Stage) -> None:
        _role(stage, name).send(signal.SIGTERM)

    return fault


def freeze(name: str) -> Fault:
    async def fault(stage: Stage) -> None:
        role = _role(stage, name)
        role.send(signal.SIGSTOP)
        await asyncio.sleep(FROZEN)
        role.send(signal.SIGCONT)

    return fault


async def rescale(stage: Stage) -> None:
    """3 → 1 → 3 workers, whatever there are now."""
    if len(stage.fleet.workers) > 1:
        await asyncio.gather(*(stage.fleet.shrink() for _ in stage.fleet.workers[1:]))
    else:
        stage.fleet.grow()
        stage.fleet.grow()


async def kill_broker(stage: Stage) -> None:
    async with stage.brokers:
        await _kill_and_start(stage, stage.random.choice(stage.cluster.brokers))


async def _kill_and_start(stage: Stage, broker: Broker) -> None:
    await asyncio.to_thread(broker.kill)
    await asyncio.sleep(stage.random.uniform(1, 6))
    broker.start()
    await asyncio.to_thread(stage.cluster.wait, BROKER_STARTS)


def kill_coordinator(agent: str) -> Fault:
    """The broker that leads an agent's group: members, offsets and rebalances move to another."""

    async def fault(stage: Stage) -> None:
        async with stage.brokers:
            node = await _coordinator(stage.cluster, agent)
            await _kill_and_start(stage, stage.cluster.brokers[node - 1])  # nodes are counted from one

    return fault


async def _coordinator(cluster: Cluster, agent: str) -> int:
    """Which node it is; after a broker's return there may be none for a moment."""
    group = EngineConfig(brokers=cluster.bootstrap).group(agent)
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(BROKER_STARTS):
            while True:
                with contextlib.suppress(KafkaError):
                    return int(await admin.find_coordinator(group))
                await asyncio.sleep(0.5)
    finally:
        await admin.close()


async def kill_all_brokers(stage: Stage) -> None:
    async with stage.brokers:
        await asyncio.gather(*(asyncio.to_thread(broker.kill) for broker in stage.cluster.brokers))
        await asyncio.sleep(20)
        for broker in stage.cluster.brokers:
            broker.start()
        await asyncio.to_thread(stage.cluster.wait, BROKER_STARTS)


def smtp(moment: str, said: str) -> Fault:
    return _mail(lambda mailbox: mailbox.rude(moment, said))


def _mail(how: Callable[[Mailbox], AbstractAsyncContextManager[None]]) -> Fault:
    async def fault(stage: Stage) -> None:
        async with how(stage.mailbox):
            await asyncio.sleep(stage.random.uniform(2, 6))

    return fault


FAULTS: dict[str, Fault] = {
    "kill -9 of timeline": kill("timeline"),
    "kill -9 of desk": kill("desk"),
    "timeline frozen past its session": freeze("timeline"),
    "desk frozen past its session": freeze("desk"),
    "SIGTERM of timeline": terminate("timeline"),
    "SIGTERM of desk": terminate("desk"),
    "workers 3 -> 1, or 1 -> 3": rescale,
    "kill -9 of a broker": kill_broker,
    "kill -9 of timeline's coordinator": kill_coordinator("timeline"),
    "kill -9 of desk's coordinator": kill_coordinator("desk"),
    "SMTP: refused": _mail(Mailbox.away),
    "SMTP: hangs up after the final dot, mail taken": smtp("content", TAKE_AND_DROP),
    "SMTP: 421 at connect": smtp("connect", "421 4.3.2 later"),
    "SMTP: hangs up at connect": smtp("connect", DROP),
    "SMTP: 451 at RCPT": smtp("RCPT", "451 4.7.1 later"),
    "SMTP: 452 at MAIL": smtp("MAIL", "452 4.3.1 full"),
    "SMTP: hangs up at MAIL": smtp("MAIL", DROP),
    "SMTP: hangs up at RCPT": smtp("RCPT", DROP),
    "SMTP: hangs up at DATA": smtp("DATA", DROP),
    "SMTP: no answer to the content": smtp("content", HANG),
}
OUTAGE = {"all brokers killed, 20 s": kill_all_brokers}


def plan(random: Random, number: int, *, outage: bool) -> list[str]:
    """Every kind in turn, in a new order each time; an outage of everything once a round."""
    names = list(FAULTS | OUTAGE if outage else FAULTS)
    planned: list[str] = []
    while len(planned) < number:
        planned += random.sample(names, len(names))
    return planned[:number]


@asynccontextmanager
async def unleashed(stage: Stage, names: list[str], every: float) -> AsyncIterator[None]:
    """One fault each `every` seconds, side by side where they last; ends with the last of them."""
    running = [asyncio.create_task(_later(stage, name, place * every)) for place, name in enumerate(names)]
    try:
        yield
        await asyncio.gather(*running)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _later(stage: Stage, name: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    print(f"    {name}", flush=True)
    await (FAULTS | OUTAGE)[name](stage)
