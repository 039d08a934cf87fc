"""One role of a worker, in this process."""

import asyncio
import contextlib
import faulthandler
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from importlib import metadata
from pathlib import Path

import structlog
from aiohttp import web

from streams.bootstrap import WEB
from streams.bootstrap.daemon import Daemon
from streams.bootstrap.edges import build_edges
from streams.bootstrap.kafka import engine_config
from streams.bootstrap.pages import answering, customer_pages
from streams.counting import Meters
from streams.domain.ports import ConfigurationError
from streams.engine.fatal import UNREACHABLE
from streams.engine.lifeline import hold_lifeline
from streams.engine.outbox import Outbox
from streams.engine.supervisor import CONTROL, PEERS
from streams.engine.topics import TopicsError, UnreachableError
from streams.logs import bind_process
from streams.metrics import Metrics
from streams.settings import Settings
from streams.supervision import warn_of_silence
from streams.web.answers import add_answer_routes
from streams.web.control import Alone, Asked, Here, peers_of, serve_control
from streams.web.customer import Doors, add_customer_routes
from streams.web.ops import serve_web
from streams.web.orders import add_timeline_routes
from streams.web.postbox import Postbox
from streams.web.state import WorkerState
from streams.web.timelines import KafkaTimelines

LONGEST_STOP = 27.0  # seconds; the contract promises 30


def _version() -> str:
    try:
        return metadata.version("orderherald")
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"


log = structlog.get_logger("roles")


async def run_role(settings: Settings, role: str) -> int:
    """One role in this process, with its own figures and its own way to be asked."""
    faulthandler.enable()  # a supervisor that finds us stalled asks where, by SIGABRT
    hold_lifeline()
    bind_process({"role": role})
    metrics = Metrics()
    metrics.show_version(_version())
    metrics.show_delivery({name: brand.delivery for name, brand in settings.every_brand.items()})
    stop, state = _stop_on_signals(), Alone() if role == WEB else WorkerState()
    try:
        # Asked first: a start that takes long, with Kafka away or a large store, is no stall.
        async with _asked(settings, role, Here(metrics.registry, state), metrics):
            await (stop.wait() if isinstance(state, Alone) else _work(settings, role, metrics, state, stop))
    except UnreachableError as error:
        log.warning("kafka_unreachable", reason=str(error))
        return UNREACHABLE
    except TopicsError as error:
        raise ConfigurationError(str(error)) from error
    return 0


async def _work(
    settings: Settings, role: str, metrics: Metrics, state: WorkerState, stop: asyncio.Event
) -> None:
    if CONTROL not in os.environ:
        warn_of_silence(settings)
    daemon = Daemon(settings, build_edges(settings), (role,), meters=Meters(metrics))
    stopping = asyncio.ensure_future(stop.wait())
    starting = asyncio.ensure_future(daemon.start())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():  # nothing is joined or folded yet that the next owner would have to wait for
        starting.cancel()
        await asyncio.wait((starting,))
        return
    await starting
    state.watch(daemon.worker.status)
    metrics.agents.watch(lambda: daemon.worker.status().agents)
    log.info("role_started")
    await stopping
    log.info("role_stopping")
    await daemon.stop()


@contextlib.asynccontextmanager
async def _asked(settings: Settings, role: str, here: Here, metrics: Metrics) -> AsyncIterator[None]:
    """The role's own socket under a supervisor; the port, where it is this role's to hold."""
    control = os.environ.get(CONTROL)
    async with AsyncExitStack() as stack:
        if control is not None:
            await stack.enter_async_context(serve_control(Path(control), here))
        if control is None or role == WEB:
            others = peers_of(os.environ.get(PEERS, ""))
            roles: dict[str, Asked] = {**others, role: here}
            await stack.enter_async_context(_port(settings, role, roles, metrics))
        yield


@contextlib.asynccontextmanager
async def _port(
    settings: Settings, role: str, roles: dict[str, Asked], metrics: Metrics
) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        extend = await _pages(settings, metrics, stack) if role == WEB else None
        host, port = settings.web_address
        await stack.enter_async_context(serve_web(host, port, roles, extend=extend))
        yield


async def _pages(
    settings: Settings, metrics: Metrics, stack: AsyncExitStack
) -> Callable[[web.Application], None] | None:
    """The seller's pages where there is a token for them, the customers' where links can be signed."""
    token = settings.web_token
    if token is None and settings.link_secret is None:
        return None
    timelines = await stack.enter_async_context(KafkaTimelines(engine_config(settings)))
    doors = await _doors(settings, metrics, timelines, stack) if settings.link_secret else None

    def extend(app: web.Application) -> None:
        if token is not None:
            add_timeline_routes(app, timelines, token)
            add_answer_routes(app, timelines, answering(settings), token)
        if doors is not None:
            add_customer_routes(app, doors)

    return extend


async def _doors(
    settings: Settings, metrics: Metrics, timelines: KafkaTimelines, stack: AsyncExitStack
) -> Doors:
    read, pages = customer_pages(settings)
    post = await stack.enter_async_context(Postbox(Outbox(engine_config(settings))))
    return Doors(
        read, pages, timelines, post, lambda page, outcome: metrics.pages.labels(page, outcome).inc()
    )


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if not stop.is_set():
            loop.call_later(LONGEST_STOP, _leave)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    return stop


def _leave() -> None:
    """Kafka's clients wait for goodbyes that brokers far away never answer.

    What is not durable by now is done again by the next owner, which fences this process off.
    """
    log.warning("role_overran")
    sys.stderr.flush()
    os._exit(0)
