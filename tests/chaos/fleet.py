"""Workers as they run at a customer's, each in its own way, and somebody who starts them again.

One is a supervisor with its roles, one reaches the brokers through doors that can be shut, one has a clock
that can be set. The latter two are a process for each role, started again here.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from streams.bootstrap import AGENTS
from tests.brokers import free_port
from tests.chaos.family import LOOKS, alive, child_of, ends, stopped
from tests.chaos.incidents import Incidents

ROOT = Path(__file__).parents[2]
CLOCKED, DOORED, SUPERVISED = KINDS = ("clocked", "doored", "supervised")
SUPERVISOR = "supervisor"


class Command(NamedTuple):
    """How a worker of some kind is started: before its arguments, and with what in its environment."""

    module: tuple[str, ...] = ("streams",)
    environment: tuple[tuple[str, str], ...] = ()


class Found(NamedTuple):
    """A process that runs right now; `sender`: what it calls itself to the mailbox."""

    pid: int
    sender: str


class Kept:
    """One process, started again when it ends, until it is told to `leave`."""

    def __init__(self, fleet: "Fleet", kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        self._fleet = fleet
        self._leaving = False
        self._process: asyncio.subprocess.Process | None = None
        self._sender = ""
        self._life = asyncio.create_task(self._live())

    async def _live(self) -> None:
        while not self._leaving:
            self._sender = self._fleet.baptise(self.kind, self.name)
            self._process = await self._fleet.start(self.kind, self.name, self._sender)
            if self._leaving:
                self._process.terminate()
            status = await self._process.wait()
            self._fleet.ended(self.name, status, self._sender)
            if not self._leaving:
                await asyncio.sleep(1)

    def found(self, name: str) -> Found | None:
        """This process, or the child of that role; None while it isn't there."""
        if self._process is None or self._process.returncode is not None:
            return None
        if name == self.name:
            return Found(self._process.pid, self._sender)
        child = child_of(self._process.pid, name) if self.name == SUPERVISOR else None
        return None if child is None else Found(child, self._sender)

    async def leave(self, seconds: float = 30) -> None:
        """SIGTERM, and the time that a worker may take to drain; then it is said to have overrun."""
        self._leaving = True
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
        if not await ends(seconds, self._life.done, self._is_frozen):
            self._fleet.statuses[f"{self.name} overran"] += 1
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
        await self._life

    def _is_frozen(self) -> bool:
        return self._process is not None and stopped(self._process.pid)


class Worker(NamedTuple):
    kind: str
    kept: tuple[Kept, ...]


class Fleet:
    """`commands`: by kind; `statuses`: how processes ended; `smtp`: the mailbox's address for a sender.

    `senders`: what each process has called itself so far.
    """

    def __init__(
        self, folder: Path, commands: dict[str, Command], incidents: Incidents, smtp: Callable[[str], str]
    ) -> None:
        self.statuses: Counter[str] = Counter()
        self.senders: set[str] = set()
        self.workers: list[Worker] = []
        self._log = folder / "workers.log"
        self._commands, self._incidents, self._smtp = commands, incidents, smtp
        self._lives: Counter[tuple[str, str]] = Counter()
        self._watching = asyncio.create_task(self._watch())

    # -- its processes

    def baptise(self, kind: str, name: str) -> str:
        """What it calls itself in its EHLO, and what its incidents are noted under."""
        self._lives[kind, name] += 1
        sender = f"{kind}-{name}-{self._lives[kind, name]}.example"
        self.senders.add(sender)
        return sender

    async def start(self, kind: str, name: str, sender: str) -> asyncio.subprocess.Process:
        command = self._commands[kind]
        role = () if name == SUPERVISOR else ("--role", name)
        own = {"ORDERHERALD_WEB": f"127.0.0.1:{free_port()}", "ORDERHERALD_SMTP_URL": self._smtp(sender)}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *command.module,
                "worker",
                *role,
                cwd=ROOT,
                env=os.environ | dict(command.environment) | own,
                stdout=log,
                stderr=log,
            )

    def ended(self, name: str, status: int, sender: str) -> None:
        self.statuses[f"{name} {signal.Signals(-status).name if status < 0 else status}"] += 1
        if name == "desk" and status:
            self._incidents.died(sender)

    async def _watch(self) -> None:
        """A supervisor's desk has no parent here, so its end is noted once it is seen to be gone."""
        known: dict[int, str] = {}
        while True:
            found = [kept.found("desk") for kept in self._kept() if kept.name == SUPERVISOR]
            known |= {each.pid: each.sender for each in found if each is not None}
            for pid in [pid for pid in known if not alive(pid)]:
                self._incidents.died(known.pop(pid))
            await asyncio.sleep(LOOKS)

    # -- its workers

    def _kept(self) -> Iterator[Kept]:
        return (kept for worker in self.workers for kept in worker.kept)

    def found(self, name: str, kind: str | None = None) -> list[Found]:
        """Every process of that name which runs, of one kind of worker or of any."""
        asked = (kept.found(name) for kept in self._kept() if kind in (None, kept.kind))
        return [each for each in asked if each is not None]

    def grow(self) -> None:
        """By a worker of a kind that there is none of."""
        there = {worker.kind for worker in self.workers}
        kind = next((each for each in self._commands if each not in there), KINDS[0])
        names = (SUPERVISOR,) if kind == SUPERVISED else AGENTS
        self.workers.append(Worker(kind, tuple(Kept(self, kind, name) for name in names)))

    async def shrink(self) -> None:
        """The oldest leaves: its partitions are others' then."""
        await asyncio.gather(*(kept.leave() for kept in self.workers.pop(0).kept))

    async def stop(self) -> None:
        self._watching.cancel()
        for name in AGENTS:
            for each in self.found(name):
                os.kill(each.pid, signal.SIGCONT)
        while self.workers:
            await self.shrink()
        await asyncio.gather(self._watching, return_exceptions=True)
