import asyncio
import os
import signal
import socket
import time
from pathlib import Path

import aiohttp
import pytest

from tests.browser.chrome import PROGRAM, chrome
from tests.browser.demo_process import demo, free_port

SHOTS = os.environ.get("SCREENSHOTS")


async def test_the_demo_says_three_lines_and_ends_cleanly_on_ctrl_c():
    async with demo() as running:
        assert len(running.said) == 3
        async with aiohttp.ClientSession() as session, session.get(running.url) as answer:
            assert answer.status == 200
        begun = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        status = await asyncio.wait_for(running.process.wait(), 15)
        assert status == 0
        assert time.monotonic() - begun < 10
        assert running.process.stdout is not None
        assert await running.process.stdout.read() == b""


async def test_the_demo_ends_by_itself_and_takes_the_next_port_where_its_own_is_taken():
    taken = free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", taken))
        holder.listen()
        async with demo("--port", str(taken), "--for", "2") as running:
            assert running.said[0] == f"Port {taken} is taken: the page is on {taken + 1} instead."
            assert await asyncio.wait_for(running.process.wait(), 20) == 0


async def test_a_watched_demo_shows_mail_sms_timelines_and_why(needs, tmp_path):
    needs(PROGRAM, "Chromium (Debian's package chromium)")
    shots = Path(SHOTS) if SHOTS else tmp_path
    async with demo("--seed", "3") as running, chrome() as tab:
        await tab.open(running.url)
        await tab.wait_for("document.querySelectorAll('#list .card').length >= 3", 60)
        await tab.wait_for("document.querySelector('iframe.mail[sandbox=\"\"]') !== null")
        await tab.wait_for("document.querySelectorAll('#bubbles .bubble').length > 0", 60)
        await tab.wait_for("document.querySelector('.pane .why')?.textContent.includes('Why:')", 30)
        await tab.screenshot(shots / "demo-1280.png")

        await tab.click('[data-try="order-lt"]')
        await tab.wait_for("document.querySelector('.toast.on')?.textContent.startsWith('Rasos lentyna')")

        await tab.click("#tab-orders")
        await tab.click("#list .card:last-of-type")
        await tab.wait_for("document.querySelectorAll('.trail li.told').length >= 2", 60)
        seller = await tab.run("document.querySelector('.pane a').href")
        await tab.screenshot(shots / "demo-order-1280.png")

        await tab.click("#tab-figures")
        await tab.wait_for("document.querySelectorAll('.bars li').length > 0")
        await tab.screenshot(shots / "demo-figures-1280.png")
        assert tab.said == []
        assert all(url.startswith((running.url, "data:")) for url in tab.requested)

        await tab.open(seller)
        await tab.wait_for("document.body?.textContent.toLowerCase().includes('order confirmation')")


@pytest.mark.parametrize("dark", [False, True])
async def test_a_phone_reads_it_without_scrolling_sideways(needs, tmp_path, dark):
    needs(PROGRAM, "Chromium (Debian's package chromium)")
    shots = Path(SHOTS) if SHOTS else tmp_path
    async with demo() as running, chrome() as tab:
        await tab.open(running.url, width=360, height=740, dark=dark)
        await tab.wait_for("document.querySelectorAll('#list .card').length >= 3", 60)
        assert await tab.run("document.documentElement.scrollWidth") <= 360
        await tab.screenshot(shots / f"demo-360-{'dark' if dark else 'light'}.png")
        await tab.click("#list .card")
        await tab.wait_for("document.querySelector('.pane .back')?.offsetParent != null")
        await tab.screenshot(shots / f"demo-mail-360-{'dark' if dark else 'light'}.png")
        await tab.click(".pane .back")
        await tab.wait_for("document.querySelector('.pane').offsetParent === null")
        assert tab.said == []
