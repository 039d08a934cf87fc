"""From an event in Kafka to its mail handed over, at half the rate at which mails go out in the same run.

The real worker, a real Kafka, Postfix's smtp-sink; `order.placed` in, its confirmation out, which waits
for no window. The sink writes each mail to a file, whose time is when its final dot was answered.
"""

import asyncio
import contextlib
import datetime as dt
import re
import statistics
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from confluent_kafka import Producer

from streams.demo.shops import SHOPS, Shop
from streams.demo.tale import Tale, draw_sample
from tests.bench.contenders import running
from tests.bench.load import PARTITIONS
from tests.bench.mails import smtp_sink
from tests.brokers import free_port

_PREFIX = "latency."
_PATIENCE = 120.0
_CUSTOMER = re.compile(rb"X-Rcpt-Args: <customer-(\d+)@")


class Course:
    """Orders by serial: when each was sent in, and when its mail was taken."""

    def __init__(
        self, bootstrap: str, mailbox: Path, prefix: str = _PREFIX, shops: Sequence[Shop] = SHOPS
    ) -> None:
        self._prefix, self._shops = prefix, shops
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        self._mailbox, self._random, self._serial = mailbox, Random(7), 0
        self._read: set[str] = set()
        self.sent: dict[int, float] = {}
        self.taken: dict[int, float] = {}

    def place(self) -> None:
        """One more order."""
        shop, serial = self._shops[self._serial % len(self._shops)], self._serial
        tale = Tale(draw_sample(self._random, shop, serial), dt.datetime.now(dt.UTC), self._random)
        tale.placed()
        self.sent[serial] = time.time()
        self._producer.produce(f"{self._prefix}orders", tale.beats[0].value, tale.sample.order_id)
        self._producer.poll(0)
        self._serial += 1

    async def all_taken(self) -> None:
        self._producer.flush(30)
        async with asyncio.timeout(_PATIENCE):
            while len(self.taken) < len(self.sent):
                self._look()
                await asyncio.sleep(0.2)

    def _look(self) -> None:
        for file in self._mailbox.iterdir():
            found = None if file.name in self._read else _CUSTOMER.search(file.read_bytes())
            if found:
                self._read.add(file.name)
                self.taken[int(found[1])] = file.stat().st_mtime


async def measure(bootstrap: str, folder: Path, burst: int, seconds: float) -> str:
    """A burst gives the rate; then half of it for so long. Returns a sentence."""
    mailbox = folder / "mailbox"
    mailbox.mkdir()
    with smtp_sink("-d", f"{mailbox}/%M%S.") as url, _worker(bootstrap, folder, url) as port:
        await ready(port)
        course = Course(bootstrap, mailbox)
        for _ in range(burst):
            course.place()
        await course.all_taken()
        rate = burst / (max(course.taken.values()) - min(course.sent.values()))
        first = len(course.sent)
        await paced(course, rate / 2, seconds)
        await course.all_taken()
    waits = sorted(course.taken[serial] - course.sent[serial] for serial in range(first, len(course.sent)))
    return (
        f"  event in Kafka to mail handed over: median {statistics.median(waits) * 1000:.0f} ms, "
        f"p99 {waits[int(len(waits) * 0.99)] * 1000:.0f} ms at {rate / 2:.0f} orders a second "
        f"({len(waits):,} of them; a burst of {burst:,} went out at {rate:.0f} mails/s)"
    )


async def paced(course: Course, rate: float, seconds: float) -> None:
    """So many orders a second."""
    begun = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        course.place()


@contextlib.contextmanager
def _worker(bootstrap: str, folder: Path, smtp: str) -> Iterator[int]:
    port = free_port()
    env = {
        "ORDERHERALD_BROKERS": bootstrap,
        "ORDERHERALD_TOPIC_PREFIX": _PREFIX,
        "ORDERHERALD_PARTITIONS": str(PARTITIONS),
        "ORDERHERALD_SMTP_URL": smtp,
        "ORDERHERALD_DELIVERY": "live",
        "ORDERHERALD_MAIL_FROM": "orders@shop.example",
        "ORDERHERALD_WEB": f"127.0.0.1:{port}",
    }
    with running([sys.executable, "-m", "streams", "worker"], folder, **env):
        yield port


async def ready(port: int) -> None:
    """Until the worker says that it has caught up."""
    async with asyncio.timeout(_PATIENCE):
        while not await asyncio.to_thread(_answers, port):
            await asyncio.sleep(0.2)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False
