"""The customer's pages in a browser: on a phone, in light and dark, with nothing that runs."""

import os
from pathlib import Path

import pytest

from adapters.messages import links
from tests.browser.chrome import PROGRAM, chrome
from tests.unit.web.pages import ORDER, SECRET, open_shop

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
PAGES = {
    "order": ("order", ORDER.order_id),
    "choice": ("choice", ORDER.order_id, "n-parcel_problem"),
    "alternative": ("choice", ORDER.order_id, "n-1", "alternative:S-1", "Linen shirt, white, L"),
    "preferences": ("preferences", "meadow:c-42"),
    "unsubscribe": ("unsubscribe", "meadow:c-42", "reviews"),
    "feedback": ("feedback", ORDER.order_id, "nps"),
    "gone": ("order", "meadow:nothing"),
}
PHONE = {"width": 360, "height": 780}


def address(shop, parts):
    return str(shop.client.make_url(f"/{parts[0]}/{links.sign(SECRET, *parts)}"))


async def arrived(tab, url):
    await tab.wait_for(f"document.readyState === 'complete' && location.href === {url!r}")


@pytest.mark.parametrize("dark", [False, True])
async def test_every_page_fits_a_phone_and_keeps_to_its_own_policy(dark):
    async with open_shop() as shop, chrome() as tab:
        for name, parts in PAGES.items():
            url = address(shop, parts)
            await tab.open(url, **PHONE, dark=dark)
            await arrived(tab, url)
            assert await tab.run("document.documentElement.scrollWidth") == 360, name
            assert await tab.run("getComputedStyle(document.querySelector('.card')).borderRadius") == "8px"
            await picture(tab, f"{name}.{'dark' if dark else 'light'}")
        assert not [text for text in tab.said if "Content Security Policy" in text]
        ours = (str(shop.client.make_url("/")), "data:")  # the second is Chromium's own clock, in a form
        assert [url for url in tab.requested if not url.startswith(ours)] == []


async def test_a_form_is_sent_by_its_button_without_any_script():
    async with open_shop() as shop, chrome() as tab:
        await tab.send("Emulation.setScriptExecutionDisabled", value=True)
        await tab.open(address(shop, PAGES["choice"]), **PHONE)
        await tab.click("button[value=refund]")
        await tab.wait_for("document.querySelector('[role=status]') !== null")
        await picture(tab, "choice.done")
        await tab.open(address(shop, PAGES["feedback"]), **PHONE)
        await tab.wait_for("document.querySelectorAll('.score').length === 11")
        await tab.run("document.querySelector('input[value=\"9\"]').click()")
        await tab.click(".send")
        await tab.wait_for("document.querySelector('[role=status]') !== null")
        await tab.open(address(shop, PAGES["unsubscribe"]), **PHONE)
        await tab.wait_for("location.pathname.startsWith('/unsubscribe')")
        await tab.click(".send")
        await tab.wait_for("document.querySelector('[role=status]') !== null")
    assert [event.type for event in shop.post.events] == [
        "customer.choice",
        "feedback.given",
        "customer.consent",
    ]


async def picture(tab, name):
    """Whole, for whoever wants to look: into the folder that SCREENSHOTS names."""
    folder = os.environ.get("SCREENSHOTS")
    if folder is None:
        return
    height = await tab.run("document.documentElement.scrollHeight")
    size = {"width": PHONE["width"], "height": height, "deviceScaleFactor": 1, "mobile": True}
    await tab.send("Emulation.setDeviceMetricsOverride", **size)
    await tab.screenshot(Path(folder) / f"{name}.png")
