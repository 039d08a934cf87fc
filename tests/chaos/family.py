"""What `/proc` says of processes that this one did not start."""

from pathlib import Path

PROC = Path("/proc")


def alive(pid: int) -> bool:
    """One that has ended and waits for its parent to notice is not."""
    return _parent(pid) is not None


def stopped(pid: int) -> bool:
    """Whether it is frozen: then it can't end either."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "T"
    except (FileNotFoundError, ProcessLookupError):
        return False


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
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return None if state in "ZX" else int(parent)


def _arguments(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_text().rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
