"""What aiokafka's own ways to start, to wait and to end would do to whoever uses it."""

import asyncio
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

_AGAIN = 0.5  # seconds
_FINISH = 1.0  # seconds

Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient)


def _have_patience(client: Client) -> None:
    """From now on it waits a moment where no broker tells it how the cluster is laid out.

    aiokafka 0.14 asks again at once, wherever it has something to send or to fetch: with nobody there a
    process would take a whole core, and write thousands of lines a second (*measured*).
    """
    inner: Any = getattr(client, "client", None) or getattr(client, "_client", None)
    ask = getattr(inner, "_metadata_update", None)
    if ask is None:  # one of another kind, or of a later version: it waits as it will
        return

    async def ask_again_later(*arguments: Any) -> bool:
        if await ask(*arguments):
            return True
        await asyncio.sleep(_AGAIN)
        return False

    inner._metadata_update = ask_again_later  # noqa: SLF001 - it offers no public way


async def start_client(client: Client) -> None:
    """Starts it, and has it patient from then on.

    A cancellation lets it finish, for a second at most: aiokafka 0.14 forgets a connection that it is just
    making, which would stay open until it is collected. The caller stops the client, as always.
    """
    _have_patience(client)
    starting = asyncio.create_task(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([starting], timeout=_FINISH)
        finally:
            starting.cancel()
            await asyncio.wait([starting])  # whoever stops the client next must not meet it
        raise


async def stop_client(consumer: AIOKafkaConsumer) -> None:
    """Stops it, and no more than it.

    Where a fetch has failed a moment before, aiokafka 0.14 cancels its own task and lets that escape: taken
    for a cancellation of the caller's, it would end an opening in silence, and a drain before its end.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        await consumer._client.close()  # noqa: SLF001 - what it had left to do
        if asked_to_end():
            raise


def asked_to_end() -> bool:
    """Whether somebody has cancelled the current task: else a `CancelledError` in it is a stray one."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
