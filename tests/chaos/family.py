"""What `/proc` says of processes that this one did not start."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
LOOKS = 0.2  # seconds between two looks at a process


async def ends(seconds: float, is_over: Callable[[], bool], is_frozen: Callable[[], bool]) -> bool:
    """Whether it is over within so many seconds; those in which another fault has it frozen don't count."""
    deadline = time.monotonic() + seconds
    while not is_over():
        looked = time.monotonic()
        if looked > deadline:
            return False
        await asyncio.sleep(LOOKS)
        deadline += time.monotonic() - looked if is_frozen() else 0
    return True


def alive(pid: int) -> bool:
    """One that has ended and waits for its parent to notice is not."""
    return _parent(pid) is not None


def stopped(pid: int) -> bool:
    """Whether it is frozen: then it can't end either."""
    state, _ = _stat(pid)
    return state == "T"


def child_of(parent: int, role: str) -> int | None:
    """The child of a supervisor that runs this role."""
    wanted = ["--role", role]
    for pid in _pids():
        if _parent(pid) == parent and _arguments(pid)[-2:] == wanted:
            return pid
    return None


def _pids() -> list[int]:
    return [int(each.name) for each in PROC.iterdir() if each.name.isdigit()]


def _parent(pid: int) -> int | None:
    state, parent = _stat(pid)
    return None if state in "ZX" else parent


def _stat(pid: int) -> tuple[str, int]:
    """Its state and its parent; that of the dead where it has ended meanwhile."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    state, parent = stat.rpartition(")")[2].split()[:2]
    return state, int(parent)


def _arguments(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_text().rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
