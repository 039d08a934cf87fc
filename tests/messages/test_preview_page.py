"""The preview's page in a real browser: the drawer, the data, and a template saved while it is open."""

import shutil
import threading

import pytest

from adapters.messages.environment import TEMPLATES
from adapters.preview_server import Server
from tests.browser.chrome import chrome
from tests.messages.__main__ import missing_chromium
from tests.messages.test_messages import need


@pytest.fixture
def served(tmp_path):
    folder = shutil.copytree(TEMPLATES, tmp_path / "templates")
    server = Server(("127.0.0.1", 0), [("delay", "en")], folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_the_page_shows_why_lets_data_be_changed_and_reloads_on_save(served):
    need(missing_chromium())
    folder, url = served
    async with chrome() as tab:
        await tab.open(url)
        await tab.wait_for("document.readyState === 'complete' && document.querySelector('summary') !== null")
        await tab.click("summary")
        drawer = await tab.wait_for("document.querySelector('details[open]')?.innerText")
        assert "the earliest delivery is a business day or more after the latest date told" in drawer
        await tab.wait_for("typeof seen !== 'undefined' && seen")
        template = folder / "kinds" / "delay.j2"
        template.write_text(
            template.read_text().replace("it will arrive later than we said", "a new headline")
        )
        await tab.wait_for("document.body?.innerText.includes('a new headline')")
        assert tab.said == []
        await tab.open(f"{url}edit/delay.en")
        await tab.wait_for("document.querySelector('textarea') !== null")
        data = '{"number": "77", "order_state": "shipped"}'
        await tab.run(f"document.querySelector('textarea').value = '{data}'")
        shown = """(async () => {
            const form = document.querySelector('form');
            const body = new URLSearchParams(new FormData(form));
            const answer = await fetch(form.action, {method: 'POST', body});
            return await answer.text(); })()"""
        assert "order 77" in await tab.run(shown)
