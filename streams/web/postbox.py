"""Where the pages leave events: taken means durable, and a broker that is away keeps nobody waiting."""

import asyncio
import contextlib
from typing import Protocol, Self

import structlog
from aiokafka.errors import KafkaError

from streams.codec import write_event
from streams.domain.events import Event
from streams.engine.api import Out

TOPIC = "customers"

log = structlog.get_logger("web")


class UnavailableError(Exception):
    """It may or may not lie in Kafka yet: the same event sent again settles that."""


class Sender(Protocol):
    """`streams.engine.outbox.Outbox`."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, out: Out) -> int: ...


class Postbox:
    """Opens its outbox with the first event: the pages must stand while no broker does.

    `patience`: seconds that a visitor waits. `most`: events under way, beyond which nobody waits at all.
    """

    def __init__(self, outbox: Sender, *, patience: float = 10.0, most: int = 200) -> None:
        self._outbox = outbox
        self._patience = patience
        self._most = most
        self._opening = asyncio.Lock()
        self._open = False
        self._under_way: set[asyncio.Task[int]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=1)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)  # an opening that is cut short has a client to close
        if self._open:
            await self._outbox.stop()

    async def put(self, event: Event, key: str) -> None:
        """Returns once the event is durable. Raises `UnavailableError`."""
        if len(self._under_way) >= self._most:
            raise UnavailableError
        task = asyncio.create_task(self._send(Out(TOPIC, key.encode(), write_event(event))))
        self._under_way.add(task)
        task.add_done_callback(self._done)
        # Not cancelled when the visitor's patience ends: what is on its way may still arrive.
        await asyncio.wait((task,), timeout=self._patience)
        if not task.done():
            raise UnavailableError
        with contextlib.suppress(asyncio.CancelledError):
            error = task.exception()
            if error is None:
                return
            if not isinstance(error, KafkaError):
                raise error
        raise UnavailableError

    async def _send(self, out: Out) -> int:
        async with self._opening:
            if not self._open:
                await self._outbox.start()
                self._open = True
        return await self._outbox.send(out)

    def _done(self, task: asyncio.Task[int]) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.warning("page_event_not_sent", error=type(error).__name__)
