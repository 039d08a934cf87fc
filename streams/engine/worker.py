"""Puts the parts together: a Faust app whose agents read what our own consumers fetch."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import faust
from aiokafka.errors import KafkaError
from faust.app.base import BootStrategy

from streams.engine.api import Processor
from streams.engine.config import EngineConfig, Stage, TopicSpec
from streams.engine.fatal import Fatal, OnFatal
from streams.engine.hooks import Hooks, NoHooks
from streams.engine.horizon import Horizon
from streams.engine.outbox import Outbox
from streams.engine.partition import Partition
from streams.engine.source import Source
from streams.engine.status import Status, status_of
from streams.engine.topics import UnreachableError, prepare_topics

log = logging.getLogger("streams.engine")


class _WithoutKafka(BootStrategy):
    """Faust's own consumer, producer and tables lose records at rebalances; its agents do not."""

    enable_kafka = False
    enable_web = False


class _App(faust.App):
    BootStrategy = _WithoutKafka

    def _create_directories(self) -> None:
        """For Faust's tables; a worker has none, and may stand in a folder that it can't write to."""


class Worker:
    """`start`, `stop`, `status`; `outbox` may be handed out before the start."""

    def __init__(
        self,
        processors: Sequence[Processor],
        config: EngineConfig,
        *,
        topics: Iterable[TopicSpec] = (),
        stages: Mapping[str, Sequence[Stage]] | None = None,
        hooks: Hooks | None = None,
        on_fatal: OnFatal | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.outbox = Outbox(config)
        self._processors, self._config = processors, config
        self._topics, self._clock = tuple(topics), clock
        self._hooks = NoHooks() if hooks is None else hooks
        self._fatal = Fatal(on_fatal, self._hooks.fatal)
        self._horizon = Horizon(config, stages or {}, clock)
        self._sources: list[Source] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._app: Any = None

    async def start(self) -> None:
        """Raises `TopicsError`, before anything is joined; `UnreachableError` where Kafka goes away."""
        try:
            await prepare_topics(self._config, self._processors, self._topics)
            await self.outbox.start()
            await self._start()
        except BaseException as error:
            await self._abandon()
            if isinstance(error, KafkaError):
                raise UnreachableError(f"Kafka went away meanwhile: {type(error).__name__}") from error
            raise

    async def _abandon(self) -> None:
        """A start that failed must not leave tasks behind: Faust's outlive even the end of the loop."""
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(self._config.drain_timeout):
                await self.stop()

    async def _start(self) -> None:
        self._app = _App(
            f"{self._config.prefix}orderherald",
            broker=f"kafka://{self._config.brokers}",
            web_enabled=False,
            autodiscover=False,
            loop=asyncio.get_running_loop(),
        )
        channels = [self._agent(processor) for processor in self._processors]
        await self._app.start()
        self._app.flow_control.resume()  # nobody else does, without Faust's consumer
        await self._subscribed(channels)
        # Side by side: each of them waits for its group.
        await asyncio.gather(*(self._app.add_runtime_dependency(source) for source in self._sources))
        self._tasks = [
            asyncio.create_task(self._guarded("horizon", self._horizon.run)),
            asyncio.create_task(self._guarded("timers", self._fire)),
        ]

    def _agent(self, processor: Processor) -> Any:
        channel = self._app.channel()
        source = Source(
            self._config,
            processor,
            lambda batch: channel.send(value=batch),
            fatal=self._fatal,
            hooks=self._hooks,
            clock=self._clock,
            upstream=lambda: self._horizon.late(processor.name),
        )
        self._sources.append(source)

        async def agent(batches: Any) -> None:
            try:
                async for batch in batches:
                    source.fold(batch)
            except Exception as error:  # noqa: BLE001 - Faust would log it and go on without the batch
                self._fatal(f"agent {processor.name}", error)

        self._app.agent(channel, name=processor.name)(agent)
        return channel

    async def _subscribed(self, channels: Sequence[Any]) -> None:
        """Rule 8: a channel that nobody reads drops what it is sent, in silence."""
        async with asyncio.timeout(10):
            while not all(channel.subscriber_count for channel in channels):  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)

    async def _guarded(self, what: str, work: Callable[[], Any]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - rule 5: an exception in any task of ours ends the process
            self._fatal(what, error)

    def fail(self, cause: str, error: BaseException | None) -> None:
        """For work that belongs to this process though not to the engine: ends it, as any fault of ours."""
        self._fatal(cause, error)

    async def stop(self) -> None:
        """Sources drain and leave side by side, bounded by `drain_timeout`; what is not done is others'."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(source.stop() for source in self._sources))
        if self._app is not None:
            await self._end_faust(self._app)
        await self.outbox.stop()

    async def _end_faust(self, app: Any) -> None:
        await app.stop()
        app.consumer._thread.thread_loop.close()  # noqa: SLF001 - Faust opened it for a consumer we do not use

    # -- timers

    async def _fire(self) -> None:
        while True:
            await asyncio.sleep(self._config.timer_every)
            for source in self._sources:
                await self._fire_of(source)

    async def _fire_of(self, source: Source) -> None:
        """Rule 17: through the outbox, bounded a tick, never through a partition's own producer."""
        clock, processor = self._clock(), source.processor
        horizon = self._horizon.of(processor.name)
        left = self._config.timers_a_tick
        waiting, overdue = 0, 0.0
        sends: list[Coroutine[Any, Any, None]] = []
        for partition in source.partitions.values():
            timers = partition.store.timers
            for key, due in timers.take(clock, horizon, partition.store.position, left - len(sends)):
                sends.append(self._wake(source, partition, key, due))
            waiting += len(timers)
            overdue = max(overdue, timers.overdue(clock))
        await asyncio.gather(*sends)
        self._hooks.timers(processor.name, waiting=waiting, overdue=overdue, fired=len(sends))

    async def _wake(self, source: Source, partition: Partition, key: bytes, due: float) -> None:
        """To the very partition that holds the row, so that its offset can be compared with the position."""
        offset = await self.outbox.send(source.processor.wake(key, due), partition.store.partition)
        partition.store.timers.asked(key, offset)

    # -- what is going on

    def status(self) -> Status:
        clock = self._clock()
        agents = tuple(
            status_of(source, self._horizon.of(source.processor.name), clock) for source in self._sources
        )
        return Status(all(agent.open == agent.assigned for agent in agents), agents)


async def run_processors(
    processors: Sequence[Processor], config: EngineConfig, stop: asyncio.Event, **rest: Any
) -> None:
    """Starts a `Worker` (its keywords in `rest`), waits for `stop`, and stops it."""
    worker = Worker(processors, config, **rest)
    await worker.start()
    try:
        await stop.wait()
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await worker.stop()
