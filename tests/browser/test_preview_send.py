"""*Send this to me* by hand in a browser: typed once, pressed on a message, answered beside it."""

import threading

import pytest

from adapters import samples
from adapters.preview_send import ByHand
from adapters.preview_server import Server
from adapters.registry import build_providers
from streams.domain.ports import SendError
from tests.browser.chrome import PROGRAM, chrome

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
TOLD = "document.querySelector('#shipped\\\\.en output').textContent"


@pytest.fixture
def serve():
    running = []

    def begin(by_hand=None):
        server = Server(("127.0.0.1", 0), [("delay", "en"), ("shipped", "en")], by_hand=by_hand)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield begin
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


async def pressed(tab, to):
    await tab.run(f"document.querySelector('#me input[name=to]').value = {to!r}")
    await tab.click("#shipped\\.en button")
    return await tab.wait_for(f"!{TOLD}.startsWith('Sending') && {TOLD}")


async def test_a_message_is_sent_from_the_page_and_a_failure_is_told_beside_it(serve):
    providers = build_providers({"post": "memory:"})
    url = serve(ByHand(samples.WORLD, lambda: providers))
    async with chrome() as tab:
        await tab.open(url)
        await tab.wait_for("document.readyState === 'complete' && document.querySelector('#me') !== null")
        assert await pressed(tab, "me@example.org") == "Handed to post for me@example.org."
        assert "no mobile number" in await pressed(tab, "12")
        providers.mail["post"].failing = SendError("timeout")
        assert await pressed(tab, "me@example.org") == "Not sent: it does not answer in time (timeout)."
        await tab.open(url)
        await tab.wait_for("document.querySelector('#me')?.to.value === 'me@example.org'")
    (mail,) = providers.mail["post"].taken.values()
    assert mail.subject == "Order 1001: your parcel is on its way"


async def test_a_message_is_sent_as_it_was_changed_and_is_shown_so(serve):
    providers = build_providers({"post": "memory:"})
    url = serve(ByHand(samples.WORLD, lambda: providers))
    async with chrome() as tab:
        await tab.open(f"{url}edit/shipped.en")
        await tab.wait_for("document.readyState === 'complete' && document.querySelector('#data') !== null")
        await tab.run("document.querySelector('#me input[name=to]').value = 'me@example.org'")
        await tab.run("data.value = data.value.replaceAll('Linen shirt', 'Felt hat')")
        await tab.click("header button[formaction]")
        told = "document.querySelector('output').textContent"
        assert await tab.wait_for(f"!{told}.startsWith('Sending') && {told}") == (
            "Handed to post for me@example.org."
        )
    (mail,) = providers.mail["post"].taken.values()
    assert b"Felt hat" in mail.raw
    assert b"Linen shirt" not in mail.raw


async def test_without_a_provider_there_is_nothing_to_press(serve):
    async with chrome() as tab:
        await tab.open(serve())
        assert "no provider is configured" in await tab.wait_for(
            "document.readyState === 'complete' && document.body.innerText"
        )
        assert await tab.run("document.querySelector('button')") is None
