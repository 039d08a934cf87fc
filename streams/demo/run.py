"""Everything on one machine: broker, sinks, daemon, stories and page, from start to Ctrl-C."""

import asyncio
import contextlib
import datetime as dt
import errno
import functools
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from aiokafka import AIOKafkaProducer

from streams.demo.broker import MockBroker
from streams.demo.director import Director
from streams.demo.gauges import DemoMeters
from streams.demo.inbox import MailSink
from streams.demo.page import SellerPages, build_page
from streams.demo.policy import NOTES, demo_settings
from streams.demo.scene import Scene
from streams.demo.schedule import Schedule
from streams.demo.tale import Beat
from streams.demo.watch import Outputs, Phones
from streams.domain.ports import ConfigurationError
from streams.engine.clients import start_client
from streams.settings import Settings

PORT = 8800
_PORTS_TRIED = 50
_FIGURES_EVERY = 1.0
_GOODBYE = 3.0  # seconds that open pages get to hear that it is over


class Crew(Protocol):
    """The daemon, in this process."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


Fatal = Callable[[str, BaseException | None], None]
Hire = Callable[[Settings, Any, Fatal], Crew]


async def run_demo(
    *,
    hire: Hire,
    port: int = PORT,
    seed: int = 1,
    seconds: float | None = None,
    say: Callable[[str], None] = print,
    seller: SellerPages | None = None,
) -> int:
    """Runs until Ctrl-C, SIGTERM or `seconds` are over; returns the exit status.

    `hire` makes the daemon from settings, meters and what to call when it can't go on.
    """
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _end_on_signals(ended)
    scene = Scene(seed=seed, notes=NOTES)
    async with contextlib.AsyncExitStack() as stack:
        brokers = await _work(stack, hire, scene, ended)
        director = await _play(stack, brokers, scene, ended)
        found = await stack.enter_async_context(_serving(build_page(scene, director, seller), scene, port))
        if found != port:
            say(f"Port {port} is taken: the page is on {found} instead.")
        say(f"Open http://127.0.0.1:{found}/ : mails, short messages, each order's timeline, and why.")
        say("Try its buttons: place an order in Polish, make a parcel late, lose one.")
        say(f"Everything is made up (--seed {seed}) and goes nowhere. Ctrl-C ends it.")
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(ended, seconds)
        return 0


async def _work(
    stack: contextlib.AsyncExitStack, hire: Hire, scene: Scene, ended: asyncio.Future[int]
) -> str:
    """Broker, sinks and the daemon between them. Returns the broker's address."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="orderherald-demo-")))
    broker = MockBroker()
    broker.start()
    stack.callback(broker.stop)
    sink = MailSink(scene.receive, _utc)
    await sink.start()
    stack.push_async_callback(sink.stop)
    meters = DemoMeters()
    settings = demo_settings(broker.address, sink.url, folder)
    crew = hire(settings, meters, functools.partial(_give_up, ended))
    stack.push_async_callback(crew.stop)
    await crew.start()
    spawn = await stack.enter_async_context(_tasks(ended))
    spawn(Outputs(scene, broker.address).follow())
    spawn(Phones(scene, folder, _utc).follow())
    spawn(_measure(scene, meters))
    return broker.address


async def _play(
    stack: contextlib.AsyncExitStack, brokers: str, scene: Scene, ended: asyncio.Future[int]
) -> Director:
    """The shops' own side: a producer, and the stories that it is given."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, enable_idempotence=True)
    await start_client(producer)
    stack.push_async_callback(producer.stop)

    async def append(beat: Beat) -> None:
        await producer.send_and_wait(beat.topic, beat.value, beat.key.encode())

    director = Director(scene, Schedule(scene.seed, _utc()), append)
    spawn = await stack.enter_async_context(_tasks(ended))
    spawn(director.play())
    return director


@contextlib.asynccontextmanager
async def _tasks(ended: asyncio.Future[int]) -> AsyncIterator[Callable[[Any], None]]:
    """Tasks beside the demo: whichever fails ends it, and none outlives it."""
    running: set[asyncio.Task[None]] = set()

    def spawn(work: Any) -> None:
        task = asyncio.create_task(work)
        running.add(task)
        task.add_done_callback(lambda done: _failed(done, ended))

    try:
        yield spawn
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _failed(task: asyncio.Task[None], ended: asyncio.Future[int]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None and not ended.done():
        ended.set_exception(error)


@contextlib.asynccontextmanager
async def _serving(app: web.Application, scene: Scene, port: int) -> AsyncIterator[int]:
    """The page, on `port` or the next one that is free. Yields where."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GOODBYE)
    await runner.setup()
    try:
        yield await _listen(runner, port)
    finally:
        scene.close()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> int:
    for candidate in range(port, min(port + _PORTS_TRIED, 65_536)):
        try:
            await web.TCPSite(runner, "127.0.0.1", candidate).start()
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return candidate
    raise ConfigurationError(f"--port: {port} and the {_PORTS_TRIED} ports after it are taken")


async def _measure(scene: Scene, meters: DemoMeters) -> None:
    while True:
        scene.set_figures(meters.figures())
        await asyncio.sleep(_FIGURES_EVERY)


def _end_on_signals(ended: asyncio.Future[int]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _finish, ended, 0)


def _finish(ended: asyncio.Future[int], status: int) -> None:
    if not ended.done():
        ended.set_result(status)


def _give_up(ended: asyncio.Future[int], cause: str, error: BaseException | None) -> None:
    if not ended.done():
        ended.set_exception(RuntimeError(f"the daemon can't go on: {cause}, {type(error).__name__}"))


def _utc() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
