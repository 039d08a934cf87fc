"""What may befall workers and mailbox; see `broker_faults` for what may befall Kafka."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, ExitStack

from streams.bootstrap import AGENTS
from tests.chaos.family import alive, ends, stopped
from tests.chaos.fleet import CLOCKED, DOORED, SUPERVISED, SUPERVISOR
from tests.chaos.stage import Stage
from tests.smtp.scripted import DROP, HANG, LATE, TAKE_AND_DROP

DRAINS = 30.0  # seconds
FROZEN = 14.0  # seconds: longer than the group's session, and than a transaction may take
ALONE = 15.0  # seconds with one worker
JUMP = 5.0  # seconds: what a clock that was left alone for a while is set by

Fault = Callable[[Stage], Awaitable[None]]


def kill(name: str, kind: str | None = None) -> Fault:
    async def fault(stage: Stage) -> None:
        os.kill((await stage.somebody(name, kind)).pid, signal.SIGKILL)

    return fault


def terminate(name: str) -> Fault:
    """It has 30 s to drain; one that takes longer is killed, as by whoever runs containers."""

    async def fault(stage: Stage) -> None:
        pid = (await stage.somebody(name)).pid
        os.kill(pid, signal.SIGTERM)
        if not await ends(DRAINS, lambda: not alive(pid), lambda: stopped(pid)):
            stage.fleet.statuses[f"{name} overran"] += 1
            os.kill(pid, signal.SIGKILL)

    return fault


def freeze(name: str) -> Fault:
    async def fault(stage: Stage) -> None:
        await frozen(stage, name)

    return fault


async def frozen(stage: Stage, name: str) -> None:
    """A supervisor may lose patience with its child: then nobody is left to be thawed."""
    found = await stage.somebody(name)
    with stage.incidents.during("its sender was frozen", found.sender):
        os.kill(found.pid, signal.SIGSTOP)
        await asyncio.sleep(FROZEN)
        if found in stage.fleet.found(name):
            os.kill(found.pid, signal.SIGCONT)


async def rescale(stage: Stage) -> None:
    """3 → 1 → 3 workers."""
    fleet = stage.fleet
    leaving = len(fleet.workers) - 1
    await asyncio.gather(*(fleet.shrink() for _ in range(leaving)))
    await asyncio.sleep(ALONE)
    for _ in range(leaving):
        fleet.grow()


def shut(how: Callable[[Stage], AbstractAsyncContextManager[None]], most: float) -> Fault:
    """One worker's way to the brokers, for a moment or longer than its session."""

    async def fault(stage: Stage) -> None:
        with ExitStack() as concerned:
            for each in stage.fleet.found("desk", DOORED):
                concerned.enter_context(stage.incidents.during("its sender was cut off", each.sender))
            async with how(stage):
                await asyncio.sleep(stage.random.uniform(2, most))

    return fault


def set_clock(seconds: float) -> Fault:
    """By so much at once, and as suddenly back."""

    async def fault(stage: Stage) -> None:
        with ExitStack() as concerned:
            for each in stage.fleet.found("desk", CLOCKED):
                concerned.enter_context(stage.incidents.during("its sender's clock was wrong", each.sender))
            clock_of(stage, seconds)
            await asyncio.sleep(stage.random.uniform(5, 10))
            clock_of(stage, 0)

    return fault


def clock_of(stage: Stage, wrong: float) -> None:
    file = stage.folder / "clock"
    new = file.with_suffix(".new")
    new.write_text(str(wrong))
    new.replace(file)


def smtp(moment: str, said: str) -> Fault:
    return mail(lambda stage: stage.mailbox.rude(moment, said))


def mail(how: Callable[[Stage], AbstractAsyncContextManager[None]], longest: float = 6) -> Fault:
    async def fault(stage: Stage) -> None:
        async with how(stage):
            await asyncio.sleep(stage.random.uniform(longest / 3, longest))

    return fault


def away_for(seconds: float) -> Fault:
    """The provider is down while mails pile up."""

    async def fault(stage: Stage) -> None:
        async with stage.mailbox.away():
            await asyncio.sleep(seconds)

    return fault


async def poison(stage: Stage) -> None:
    """Two records that nobody can read, among those that somebody can."""
    serial = str(stage.random.randrange(10**9))
    stage.sender.poison("orders", serial, b"\xffnot JSON")
    stage.sender.poison("shipments", serial, b'{"specversion": "1.0", "id": "half an event"}')


WORKERS: dict[str, Fault] = {
    **{f"kill -9 of {name}": kill(name) for name in AGENTS},
    **{f"SIGTERM of {name}": terminate(name) for name in AGENTS},
    **{f"{name} frozen past its session": freeze(name) for name in AGENTS},
    "kill -9 of a supervisor": kill(SUPERVISOR, SUPERVISED),
    "workers 3 -> 1 -> 3": rescale,
    "a worker's network is silent": shut(lambda stage: stage.doors.silent(), 20),
    "a worker's network is cut": shut(lambda stage: stage.doors.slammed(), 8),
    "a worker's clock is set ahead": set_clock(JUMP),
    "a worker's clock is set back": set_clock(-JUMP),
    "poison": poison,
}
MAIL: dict[str, Fault] = {
    "SMTP: refused": mail(lambda stage: stage.mailbox.away()),
    "SMTP: 421 at connect": smtp("connect", "421 4.3.2 later"),
    "SMTP: 451 at RCPT": smtp("RCPT", "451 4.7.1 later"),
    "SMTP: 452 at MAIL": smtp("MAIL", "452 4.3.1 full"),
    "SMTP: 451 to the content": smtp("content", "451 4.3.0 later"),
    "SMTP: 550 to the content": smtp("content", "550 5.7.1 not this one"),
    "SMTP: hangs up at connect": smtp("connect", DROP),
    "SMTP: hangs up at MAIL": smtp("MAIL", DROP),
    "SMTP: hangs up at RCPT": smtp("RCPT", DROP),
    "SMTP: hangs up at DATA": smtp("DATA", DROP),
    "SMTP: hangs up after the final dot, mail taken": smtp("content", TAKE_AND_DROP),
    "SMTP: no answer to the content": smtp("content", HANG),
    "SMTP: answers the content too late": smtp("content", LATE),
    "SMTP: no TLS just now": mail(lambda stage: stage.mailbox.rude_about_tls("454 4.7.0 not now")),
    "SMTP: hangs up at STARTTLS": mail(lambda stage: stage.mailbox.rude_about_tls(DROP)),
    "SMTP: a certificate of nobody's": mail(lambda stage: stage.mailbox.strange()),
}
