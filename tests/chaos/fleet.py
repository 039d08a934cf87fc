"""Workers as they run at a customer's: `orderherald worker --role …`, and somebody who starts them again."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from tests.brokers import free_port

ROOT = Path(__file__).parents[2]
ROLES = ("timeline", "desk")


class Role:
    """One role's process, started again when it ends, until it is told to `leave`."""

    def __init__(self, fleet: "Fleet", name: str) -> None:
        self.name = name
        self._fleet = fleet
        self._leaving = False
        self._process: asyncio.subprocess.Process | None = None
        self._life = asyncio.create_task(self._live())

    async def _live(self) -> None:
        while not self._leaving:
            self._process = await self._fleet.start(self.name)
            if self._leaving:
                self._process.terminate()
            status = await self._process.wait()
            self._fleet.ended(self.name, status)
            if not self._leaving:
                await asyncio.sleep(1)

    def send(self, number: signal.Signals) -> bool:
        """Whether there was anybody to receive it."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.send_signal(number)
        return True

    async def leave(self, seconds: float = 30) -> None:
        """SIGTERM, and the time that a worker may take to drain; then it counts as `overrun`."""
        self._leaving = True
        self.send(signal.SIGTERM)
        done, _ = await asyncio.wait((self._life,), timeout=seconds)
        if not done:
            self._fleet.statuses["overrun"] += 1
            self.send(signal.SIGKILL)
            await self._life


class Fleet:
    """Workers of two roles each. `statuses`: how their processes ended; `deaths`: when a sender's did."""

    def __init__(self, folder: Path, environment: dict[str, str], spoil: str | None) -> None:
        self.statuses: Counter[str] = Counter()
        self.deaths: list[float] = []
        self.workers: list[tuple[Role, ...]] = []
        self._log = folder / "workers.log"
        self._environment = environment
        self._module = ("tests.chaos.spoils", spoil) if spoil else ("streams",)

    async def start(self, role: str) -> asyncio.subprocess.Process:
        own = {"ORDERHERALD_WEB": f"127.0.0.1:{free_port()}"}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *self._module,
                "worker",
                "--role",
                role,
                cwd=ROOT,
                env=os.environ | self._environment | own,
                stdout=log,
                stderr=log,
            )

    def ended(self, role: str, status: int) -> None:
        self.statuses[f"{role} {signal.Signals(-status).name if status < 0 else status}"] += 1
        if role == "desk" and status:
            self.deaths.append(time.time())

    def grow(self) -> None:
        self.workers.append(tuple(Role(self, name) for name in ROLES))

    async def shrink(self) -> None:
        """The oldest leaves: its partitions are others' then."""
        await asyncio.gather(*(role.leave() for role in self.workers.pop(0)))

    async def stop(self) -> None:
        for worker in self.workers:
            for role in worker:
                role.send(signal.SIGCONT)
        while self.workers:
            await self.shrink()
