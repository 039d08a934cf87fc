"""The demo as a person starts it: a process of its own, on a port of its own."""

import asyncio
import contextlib
import re
import socket
import sys
from collections.abc import AsyncIterator


class Demo:
    def __init__(self, process: asyncio.subprocess.Process, said: list[str], url: str) -> None:
        self.process = process
        self.said = said
        self.url = url


@contextlib.asynccontextmanager
async def demo(*options: str) -> AsyncIterator[Demo]:
    """Started and open; killed afterwards should it still be there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "streams", "demo", "--port", str(free_port()), *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
    )
    try:
        yield await _opened(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        assert process.stdout is not None
        await process.stdout.read()


async def _opened(process: asyncio.subprocess.Process) -> Demo:
    assert process.stdout is not None
    said: list[str] = []
    async with asyncio.timeout(60):
        while not said or "Ctrl-C" not in said[-1]:
            line = (await process.stdout.readline()).decode().strip()
            assert line or not process.stdout.at_eof(), said
            said.append(line)
    found = re.search(r"http://127\.0\.0\.1:\d+/", "\n".join(said))
    assert found is not None
    return Demo(process, said, found[0])


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
