"""Asking another process of ours through the unix socket that it serves."""

import contextlib
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec

OK = "ok"
FAILING = "failing"
# What a process may say of itself; other words become `failing`, so that a label stays bounded.
VERDICTS = frozenset({OK, FAILING, "lost_group", "folds_nothing"})


class Answer(NamedTuple):
    """An HTTP answer; status 0: there was none."""

    status: int
    body: bytes = b""

    @property
    def fine(self) -> bool:
        return self.status == HTTPStatus.OK


NO_ANSWER = Answer(0)


class There:
    """A process asked by HTTP through its socket; what takes too long is no answer."""

    def __init__(self, socket: Path, seconds: float = 2.0) -> None:
        self._socket = socket
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def ask(self, path: str) -> Answer:
        connector = aiohttp.UnixConnector(path=str(self._socket), force_close=True)
        try:
            async with (
                aiohttp.ClientSession("http://role", connector=connector, timeout=self._timeout) as session,
                session.get(path) as response,
            ):
                return Answer(response.status, await response.read())
        except (aiohttp.ClientError, OSError):  # a time-out is one of the latter
            return NO_ANSWER


class _Health(msgspec.Struct, frozen=True):
    status: str = FAILING


def verdict(answer: Answer) -> str | None:
    """What `/healthz` says: `ok`, why the process must be started again, or None where nobody answered."""
    if answer.status == 0:
        return None
    try:
        status = msgspec.json.decode(answer.body, type=_Health).status
    except msgspec.MsgspecError:
        return FAILING
    return status if status in VERDICTS else FAILING


@contextlib.contextmanager
def private_dir() -> Iterator[Path]:
    """A directory that only this user may enter, for sockets; short, since their paths have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="orderherald-", ignore_cleanup_errors=True) as name:
        yield Path(name)
