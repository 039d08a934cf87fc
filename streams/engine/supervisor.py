"""Roles as processes: started, watched, started again with back-off, and stopped in time.

Each child answers `/healthz` on a unix socket of its own from the event loop that does its work, so a
stalled loop is seen. Nothing is known here of what a role does.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import structlog

from streams.engine.fatal import FENCED, TRANSACTION, UNREACHABLE
from streams.engine.health import OK, VERDICTS, There, verdict
from streams.engine.lifeline import LIFELINE, Lifeline

CONTROL = "ORDERHERALD_CONTROL"  # in a child's environment: the path of its own socket
PEERS = "ORDERHERALD_PEERS"  # name=path,…: everybody's, the supervisor's too
SUPERVISOR = "supervisor"
MISCONFIGURED = 2

_STATUSES = {FENCED: "fenced", TRANSACTION: "transaction", UNREACHABLE: "kafka_away"}
CAUSES = ("ended", "killed", "stalled", "not_started", *_STATUSES.values(), *sorted(VERDICTS - {OK}))

log = structlog.get_logger("supervisor")


class Timing(NamedTuple):
    """In seconds. `starting`: until the first answer; `stalled`: without an answer afterwards."""

    poll: float = 2.0
    answer: float = 2.0
    starting: float = 60.0
    stalled: float = 15.0
    stop: float = 25.0
    back_off_first: float = 1.0
    back_off_most: float = 60.0
    settled: float = 300.0


class SupervisorHooks(Protocol):
    """What a supervisor tells of its work; must not raise."""

    def restarting(self, role: str, cause: str) -> None: ...


class Misconfigured(Exception):  # noqa: N818 - a verdict of the child, not a fault of ours
    """A child ended with status 2: starting it again would change nothing."""


class BackOff:
    """How long to wait before the next start: doubled each time, forgotten once a child has settled."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._delay = timing.back_off_first

    def after(self, ran: float) -> float:
        if ran >= self._timing.settled:
            self._delay = self._timing.back_off_first
        delay = self._delay
        self._delay = min(delay * 2, self._timing.back_off_most)
        return delay


class Supervisor:
    """Keeps `roles` running until a signal comes. `command(role)` is the child's argument vector."""

    def __init__(
        self,
        roles: Sequence[str],
        command: Callable[[str], Sequence[str]],
        run_dir: Path,
        hooks: SupervisorHooks,
        timing: Timing = Timing(),  # noqa: B008 - immutable
    ) -> None:
        self._roles = tuple(roles)
        self._command = command
        self._dir = run_dir
        self._hooks = hooks
        self._timing = timing
        self._stopping = asyncio.Event()
        self._impatient = asyncio.Event()
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._lifeline = Lifeline()

    async def run(self) -> int:
        """Returns the exit status: 0 after SIGTERM or SIGINT, 2 when a child was misconfigured."""
        with self._signals():
            keepers = [asyncio.create_task(self._keep(role), name=role) for role in self._roles]
            stopping = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait([*keepers, stopping], return_when=asyncio.FIRST_COMPLETED)
                return await self._stop(keepers)
            finally:
                stopping.cancel()
                self._kill()
                self._lifeline.close()

    async def _stop(self, keepers: Sequence[asyncio.Task[None]]) -> int:
        self._stopping.set()
        self._signal_all(signal.SIGTERM)
        impatient = asyncio.ensure_future(self._impatient.wait())
        ended = asyncio.gather(*keepers, return_exceptions=True)
        either: set[asyncio.Future[Any]] = {ended, impatient}
        await asyncio.wait(either, timeout=self._timing.stop, return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        if not ended.done():
            log.warning("roles_overran", roles=sorted(self._running))
            self._kill()
        return _status(await ended)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Ends all roles; said twice, it waits for none of them."""
        if self._stopping.is_set():
            self._impatient.set()
        self._stopping.set()

    async def _keep(self, role: str) -> None:
        back_off = BackOff(self._timing)
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            began = clock()
            cause = await self._one_life(role)
            if self._stopping.is_set():
                return
            delay = back_off.after(clock() - began)
            log.error("role_restarting", of=role, cause=cause, seconds=delay)
            self._hooks.restarting(role, cause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _one_life(self, role: str) -> str:
        process = await self._start(role)
        self._running[role] = process
        if self._stopping.is_set():  # while it was being started
            process.terminate()
        try:
            cause = await self._watch(process, There(self._socket(role), self._timing.answer))
            if process.returncode is None:
                await self._end(process, cause)
        finally:
            del self._running[role]
        if process.returncode == MISCONFIGURED:
            raise Misconfigured(role)
        return cause

    async def _start(self, role: str) -> asyncio.subprocess.Process:
        self._socket(role).unlink(missing_ok=True)
        log.info("role_starting", of=role)
        return await asyncio.create_subprocess_exec(
            *self._command(role),
            stdin=asyncio.subprocess.DEVNULL,
            env=os.environ | self._environment(role),
            pass_fds=(self._lifeline.reader,),
            start_new_session=True,  # Ctrl-C reaches a child once, through us
        )

    def _environment(self, role: str) -> Mapping[str, str]:
        peers = ",".join(f"{name}={self._socket(name)}" for name in (*self._roles, SUPERVISOR))
        return {
            CONTROL: str(self._socket(role)),
            PEERS: peers,
            LIFELINE: str(self._lifeline.reader),
        }

    def _socket(self, name: str) -> Path:
        return self._dir / f"{name}.sock"

    async def _watch(self, process: asyncio.subprocess.Process, child: There) -> str:
        """Returns why this life is over: it has ended, or must be."""
        clock = asyncio.get_running_loop().time
        patience, cause = self._timing.starting, "not_started"
        heard = clock()
        while not await _ended_within(process, self._timing.poll):
            if self._stopping.is_set():
                continue
            answer = verdict(await child.ask("/healthz"))
            if answer is not None and answer != OK:
                return answer
            if answer is not None:
                heard, patience, cause = clock(), self._timing.stalled, "stalled"
            elif clock() - heard > patience:
                return cause
        return _ended(process.returncode)

    async def _end(self, process: asyncio.subprocess.Process, cause: str) -> None:
        """A loop that stalls hears no SIGTERM; on SIGABRT it says at least where it hangs."""
        stalled = cause in ("stalled", "not_started")
        process.send_signal(signal.SIGABRT if stalled else signal.SIGTERM)
        if not await _ended_within(process, self._timing.answer if stalled else self._timing.stop):
            process.kill()
            await process.wait()

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._running.values():
            if process.returncode is None:
                process.send_signal(number)

    def _kill(self) -> None:
        self._signal_all(signal.SIGKILL)


def _ended(status: int | None) -> str:
    """Why a process ended by itself, as far as its status tells."""
    if status is not None and status < 0:
        return "killed"
    return _STATUSES.get(status or 0, "ended")


def _status(results: Sequence[BaseException | None]) -> int:
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Misconfigured):
            raise result
    return MISCONFIGURED if any(results) else 0


async def _ended_within(process: asyncio.subprocess.Process, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    return process.returncode is not None
