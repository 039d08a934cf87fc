"""The demo's own readers end with it, however early that is."""

import asyncio
import gc

from streams.demo.scene import Scene
from streams.demo.watch import Outputs


async def test_a_reader_that_is_ended_while_it_connects_leaves_nothing_open():
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
    connected = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        following = asyncio.create_task(Outputs(Scene(seed=1), f"{host}:{port}").follow())
        await connected.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        del following
        gc.collect()
        await asyncio.sleep(0)
    assert told == []
