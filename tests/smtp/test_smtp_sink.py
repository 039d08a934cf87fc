"""Against Postfix's smtp-sink: another author's server, with misbehaviour of its own."""

import asyncio
import contextlib
import getpass
import shutil
import socket
import subprocess
import time

import pytest

from adapters.mail.smtp import create
from adapters.options import Options
from streams.domain.ports import SendError
from tests.contract.rigs import mail


@pytest.fixture
def sink(needs, tmp_path, unused_port):
    """Starts smtp-sink with the given options; gives its URL."""
    program = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    needs(program, "smtp-sink (of Postfix)")
    running = []

    def start(*options):
        command = [program, "-u", getpass.getuser(), *options, f"127.0.0.1:{unused_port}", "100"]
        running.append(subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL))
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", unused_port), 1):
                return f"smtp://127.0.0.1:{unused_port}"
            time.sleep(0.02)
        raise AssertionError("smtp-sink did not start")

    yield start
    for process in running:
        process.kill()
        process.wait()


@contextlib.asynccontextmanager
async def smtp(url, **options):
    provider = create(Options("main", {"url": url, "hello": "me.example.com"} | options))
    try:
        yield provider
    finally:
        await provider.close()
        await asyncio.sleep(0.01)


def yes():
    return True


async def test_the_sink_stores_what_it_is_sent(sink, tmp_path):
    async with smtp(sink("-d", "mail.")) as provider:
        await provider.send(mail("m1"), yes)
        await provider.send(mail("m2"), yes)
    stored = "".join(path.read_text() for path in tmp_path.glob("mail.*"))
    assert "Body of m1." in stored
    assert "Body of m2." in stored
    assert "anna@example.com" in stored


@pytest.mark.parametrize(
    ("options", "reason", "permanent", "in_doubt"),
    [
        (("-q", "connect"), "disconnect_connect", False, False),
        (("-q", "ehlo,helo"), "disconnect_hello", False, False),
        (("-q", "mail"), "disconnect_mail", False, False),
        (("-q", "rcpt"), "disconnect_rcpt", False, False),
        (("-q", "data"), "disconnect_data", False, False),
        (("-q", "."), "disconnect_content", False, True),
        (("-Q", "."), "smtp_421_4.0.0_content", False, False),
        (("-r", "rcpt", "-b", "451 4.7.1 later"), "smtp_451_4.7.1_rcpt", False, False),
        (("-f", "rcpt", "-B", "550 5.1.1 unknown"), "smtp_550_5.1.1_rcpt", True, False),
        (("-f", ".", "-B", "554 5.7.1 refused"), "smtp_554_5.7.1_content", True, False),
    ],
)
async def test_the_sinks_misbehaviour_is_understood(sink, options, reason, permanent, in_doubt):
    async with smtp(sink(*options)) as provider:
        with pytest.raises(SendError) as caught:
            await provider.send(mail(), yes)
    assert (caught.value.reason, caught.value.permanent, caught.value.in_doubt) == (
        reason,
        permanent,
        in_doubt,
    )


async def test_a_slow_final_answer_is_in_doubt(sink):
    async with smtp(sink("-W", ".:5"), timeout=1) as provider:
        with pytest.raises(SendError, match=r"^timeout_content$") as caught:
            await provider.send(mail(), yes)
    assert caught.value.in_doubt


async def test_a_server_without_esmtp_takes_mail_too(sink):
    async with smtp(sink("-e", "-c")) as provider:
        assert await provider.send(mail(), yes)
