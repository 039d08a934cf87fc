"""How long one brand's mails wait while another brand's events pour in, or its provider is deaf.

The real worker, a real Kafka, Postfix's smtp-sink. Both brands share every topic and partition.
"""

import asyncio
import contextlib
import statistics
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

from streams.demo.shops import SHOPS
from tests.bench.contenders import running
from tests.bench.latency import Course, paced, ready
from tests.bench.load import PARTITIONS, backlog, send
from tests.bench.mails import smtp_sink
from tests.brokers import free_port

NOISY, QUIET = SHOPS[0], SHOPS[1]
_CONFIG = """
delivery = "live"
mail_from = "orders@shop.example"
log = "json"
[providers]
quiet = "{quiet}"
noisy = "{noisy}"
texts = "null://sms?unread=yes"
[brands.{quiet_brand}]
mail_provider = "quiet"
[brands.{noisy_brand}]
mail_provider = "noisy"
"""
_RATE, _SECONDS = 2.0, 20.0


def measure(bootstrap: str, folder: Path, events: int) -> Iterator[str]:
    """A sentence for each of: nothing else, a burst of so many events, a provider that never answers."""
    yield asyncio.run(_nothing(bootstrap, folder))
    yield asyncio.run(_burst(bootstrap, folder, events))
    yield asyncio.run(_deaf(bootstrap, folder))


async def _nothing(bootstrap: str, folder: Path) -> str:
    return await _waits(bootstrap, folder / "alone", _Case("nothing else goes on"))


async def _burst(bootstrap: str, folder: Path, events: int) -> str:
    case = _Case(f"another brand sends {events:,} events at once", events)
    return await _waits(bootstrap, folder / "burst", case)


async def _deaf(bootstrap: str, folder: Path) -> str:
    async with _nobody_answers() as url:
        case = _Case("another brand's provider never answers, for 1,000 orders", 9_000, url)
        return await _waits(bootstrap, folder / "deaf", case)


class _Case(NamedTuple):
    """`noisy`: the provider of the brand that sends so many `events`."""

    what: str
    events: int = 0
    noisy: str = "null://noisy?unread=yes"


async def _waits(bootstrap: str, folder: Path, case: _Case) -> str:
    prefix, port = f"fairness-{folder.name}.", free_port()
    mailbox = folder / "mailbox"
    mailbox.mkdir(parents=True)
    beats = backlog(case.events, seed=9, shops=(NOISY,)) if case.events else []
    with smtp_sink("-d", f"{mailbox}/%M%S.") as quiet:
        brands = {"quiet_brand": QUIET.brand.id, "noisy_brand": NOISY.brand.id}
        (folder / "toml").write_text(_CONFIG.format(quiet=quiet, noisy=case.noisy, **brands))
        env = _env(bootstrap, prefix, port, folder)
        with running([sys.executable, "-m", "streams", "worker"], folder, **env):
            await ready(port)
            course = Course(bootstrap, mailbox, prefix, (QUIET,))
            await paced(course, _RATE, 2.0)
            await course.all_taken()
            await asyncio.to_thread(send, bootstrap, prefix, beats)
            first = len(course.sent)
            await paced(course, _RATE, _SECONDS)
            await course.all_taken()
    waits = sorted(course.taken[serial] - course.sent[serial] for serial in range(first, len(course.sent)))
    return (
        f"  while {case.what}: a brand's mails wait {statistics.median(waits):.2f} s, "
        f"at most {waits[-1]:.2f} s"
    )


def _env(bootstrap: str, prefix: str, port: int, place: Path) -> dict[str, str]:
    return {
        "ORDERHERALD_BROKERS": bootstrap,
        "ORDERHERALD_TOPIC_PREFIX": prefix,
        "ORDERHERALD_PARTITIONS": str(PARTITIONS),
        "ORDERHERALD_CONFIG": str(place / "toml"),
        "ORDERHERALD_WEB": f"127.0.0.1:{port}",
    }


@contextlib.asynccontextmanager
async def _nobody_answers() -> AsyncIterator[str]:
    """An SMTP server that takes connections and says nothing."""
    held: list[asyncio.StreamWriter] = []

    async def taken(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(taken, "127.0.0.1", 0)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        for writer in held:
            writer.close()
        server.close()
