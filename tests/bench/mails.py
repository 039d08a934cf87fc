"""Mails a second into Postfix's smtp-sink: `python -m tests.bench.mails`.

Twice: the SMTP provider alone, and the whole way from `Ready` to the emitted outcome (pool, courier,
provider; the desk answers at once and the mail is rendered already). One core, plain SMTP on loopback.
"""

import asyncio
import contextlib
import datetime as dt
import getpass
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import uvloop

from adapters.courier import SendingCourier
from adapters.registry import Providers, build_providers
from streams.agents.senders import Errand, SenderPool, errands
from streams.domain.effects import Claim, DeskEffects, Ready
from streams.domain.notes import Content
from streams.domain.ports import Mail, Sms
from streams.domain.world import Brand
from streams.engine.api import Local

SIZE = 25_000  # of an order mail with its HTML
CONNECTIONS = 8
RAW = (
    b"Subject: Your order\r\n\r\n"
    + b"An order mail of its usual size, seventy-two characters to a line.\r\n" * (SIZE // 68)
)


@contextlib.contextmanager
def smtp_sink(*options: str) -> Iterator[str]:
    """Its URL; ends with the context. `options` of its own, such as `-d` to keep what it takes."""
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        sys.exit("smtp-sink is missing: it comes with Postfix")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([program, "-u", getpass.getuser(), *options, f"127.0.0.1:{port}", "100"])
    try:
        _wait_for(port)
        yield f"smtp://127.0.0.1:{port}?connections={CONNECTIONS}"
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    sys.exit("smtp-sink does not start")


def _mail(number: int) -> Mail:
    return Mail(
        RAW, "shop@example.com", "anna@example.com", f"<m{number}@example.com>", "Your order", f"m{number}"
    )


async def provider_alone(url: str, count: int) -> float:
    """Mails a second through the provider."""
    provider = build_providers({"main": url}).mail["main"]
    numbers = iter(range(count))

    async def sender() -> None:
        for number in numbers:
            await provider.send(_mail(number), lambda: True)

    began = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(CONNECTIONS)))
    rate = count / (time.perf_counter() - began)
    await provider.close()
    return rate


async def through_the_pool(url: str, count: int) -> float:
    """Messages a second from ready to the emitted outcome."""
    course = _Course(build_providers({"main": url}), count)
    began = time.perf_counter()
    course.begin()
    await course.done.wait()
    rate = count / (time.perf_counter() - began)
    await course.pool.close()
    await course.courier.close()
    return rate


class _Course:
    """A desk that claims whatever it is granted, and counts what comes back."""

    def __init__(self, providers: Providers, count: int) -> None:
        self.left = count
        self.done = asyncio.Event()
        self.count = count
        self.courier = SendingCourier(self, providers, brand=lambda shop: Brand(id=shop))
        self.pool = SenderPool(
            self.courier,
            {"email": CONNECTIONS},
            emit=self.emit,
            fail=lambda error: sys.exit(str(error)),
            clock=lambda: dt.datetime.now(dt.UTC),
            per_brand=CONNECTIONS,
        )
        self.pool.opened(0, self.grant)

    def begin(self) -> None:
        now = dt.datetime.now(dt.UTC)
        for number in range(self.count):
            self.pool.after(0, [Errand(b"c", Ready(f"m{number}", "acme", "email", now))])

    def grant(self, local: Local) -> None:
        asyncio.get_running_loop().call_soon(self.fold, local)

    def fold(self, local: Local) -> None:
        effects = DeskEffects(claims=[_claim(local.item.message_key)])
        self.pool.after(0, errands(local.key, local.item, effects))

    async def emit(self, attempted: object, claim: Claim) -> None:
        self.left -= 1
        if not self.left:
            self.done.set()

    def mail(self, claim: Claim) -> Mail:
        return _mail(int(claim.message_key[1:]))

    def sms(self, claim: Claim) -> Sms:
        raise NotImplementedError


def _claim(key: str) -> Claim:
    now = dt.datetime.now(dt.UTC)
    return Claim(
        notification_id=key,
        message_key=key,
        attempt=1,
        channel="email",
        provider=None,
        to="anna@example.com",
        intended_for="anna@example.com",
        customer_id="c",
        order_id="o",
        shop="acme",
        kind="shipped",
        locale="en",
        timezone="UTC",
        country="PL",
        customer_name=None,
        address=None,
        content=Content(number="1", order_state="shipped"),
        because=(),
        caused_at=now,
        decided_at=now,
        claimed_at=now,
        lease_until=now + dt.timedelta(seconds=60),
    )


async def measure(count: int = 5000) -> dict[str, float]:
    """What is measured -> messages a second."""
    with smtp_sink() as url:
        await provider_alone(url, 200)
        return {
            "SMTP provider alone": await provider_alone(url, count),
            "from ready to outcome": await through_the_pool(url, count),
        }


if __name__ == "__main__":
    for what, rate in uvloop.run(measure()).items():
        print(f"{what:<24} {rate:8.0f} mails/s of {len(RAW):,} bytes")
