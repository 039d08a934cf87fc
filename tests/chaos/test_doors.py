"""The harness's own way between a worker and the brokers, before an echo."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.brokers import free_port
from tests.chaos.doors import Doors, Way


@pytest.fixture
async def way() -> AsyncIterator[Way]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(100):
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", free_port())
    yield Way(free_port(), server.sockets[0].getsockname()[1])
    server.close()


async def test_what_is_said_comes_through(way: Way):
    async with Doors([way]) as doors:
        assert doors.bootstrap == f"127.0.0.1:{way.outer}"
        reader, writer = await asyncio.open_connection("127.0.0.1", way.outer)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.close()


async def test_in_silence_nothing_comes_and_nothing_is_lost(way: Way):
    async with Doors([way]) as doors:
        reader, writer = await asyncio.open_connection("127.0.0.1", way.outer)
        async with doors.silent():
            writer.write(b"hello")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readexactly(5), 0.1)
        assert await reader.readexactly(5) == b"hello"
        writer.close()


async def test_a_slammed_door_cuts_and_refuses_and_opens_again(way: Way):
    async with Doors([way]) as doors:
        reader, writer = await asyncio.open_connection("127.0.0.1", way.outer)
        writer.write(b"hello")
        await reader.readexactly(5)
        async with doors.slammed():
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", way.outer)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
        writer.close()
        again, writer = await asyncio.open_connection("127.0.0.1", way.outer)
        writer.write(b"hello")
        assert await again.readexactly(5) == b"hello"
        writer.close()
