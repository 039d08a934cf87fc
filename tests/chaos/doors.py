"""The way of one worker to the brokers: a door before each, which may be held shut or slammed.

A broker tells its clients where to come back, so each has a listener that gives its door's address.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import NamedTuple, Self

PIECE = 65_536


class Way(NamedTuple):
    """`outer`: the port that a client knows; `inner`: the broker's own."""

    outer: int
    inner: int


class Doors:
    """Of all brokers; open for as long as the context lasts, but for what the faults do to them."""

    def __init__(self, ways: Iterable[Way]) -> None:
        self._ways = tuple(ways)
        self._servers: list[asyncio.Server] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{way.outer}" for way in self._ways)

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._slam()
        await asyncio.sleep(0.01)  # the ends of connections are noticed on this loop

    @contextlib.asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        """What is said on either side waits; nobody learns of it."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    @contextlib.asynccontextmanager
    async def slammed(self) -> AsyncIterator[None]:
        """Connections are cut, and new ones refused."""
        self._slam()
        try:
            yield
        finally:
            await self._open()

    async def _open(self) -> None:
        for way in self._ways:
            self._servers.append(await asyncio.start_server(self._through(way), "127.0.0.1", way.outer))

    def _slam(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        for writer in self._writers:
            writer.transport.abort()

    def _through(self, way: Way) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):  # the broker's end, or the client's: both know already
                theirs, ours = await asyncio.open_connection("127.0.0.1", way.inner)
                self._writers |= {writer, ours}
                await asyncio.gather(self._carry(reader, ours), self._carry(theirs, writer))
            self._writers -= {writer}
            writer.close()

        return serve

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction; its end is the other side's end too."""
        try:
            while piece := await reader.read(PIECE):
                await self._passes.wait()
                writer.write(piece)
                await writer.drain()
        finally:
            writer.close()
            self._writers.discard(writer)
