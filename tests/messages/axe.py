"""axe-core in Chromium: each mail in light and dark, on a phone and in a window."""

from pathlib import Path
from typing import Any

from tests.browser.chrome import Tab, chrome
from tests.messages.tools import AXE

WIDTHS = (360, 800)
SCHEMES = ("light", "dark")
GRAVE = ("serious", "critical")
_RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


async def findings(pages: list[Path]) -> tuple[list[str], list[str]]:
    """Serious and critical violations, and lesser ones; a sentence each."""
    axe = AXE.read_text("utf-8")
    grave, lesser = [], []
    async with chrome() as tab:
        for page in pages:
            await _load(tab, page, axe)
            for width in WIDTHS:
                for scheme in SCHEMES:
                    await _look(tab, width, scheme)
                    for violation in await tab.run(_RUN):
                        told = _told(page, width, scheme, violation)
                        (grave if violation["impact"] in GRAVE else lesser).append(told)
                    if await tab.run(f"document.documentElement.scrollWidth > {width}"):
                        grave.append(f"{page.stem}: wider than a window of {width} px")
    return grave, lesser


async def _load(tab: Tab, page: Path, axe: str) -> None:
    await tab.send("Network.enable")
    await tab.send("Network.setBlockedURLs", urls=["http://*", "https://*"])
    await tab.open(page.as_uri())
    address = page.as_uri().rpartition("/")[2]
    await tab.wait_for(f"document.readyState === 'complete' && location.href.endsWith({address!r})")
    await tab.run(axe + "; true")


async def _look(tab: Tab, width: int, scheme: str) -> None:
    await tab.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
    )
    feature = {"name": "prefers-color-scheme", "value": scheme}
    await tab.send("Emulation.setEmulatedMedia", features=[feature])


def _told(page: Path, width: int, scheme: str, violation: dict[str, Any]) -> str:
    where = violation["nodes"][0]
    return (
        f"{page.stem} at {width} px, {scheme}: {violation['id']} ({violation['impact']}), "
        f"{len(violation['nodes'])} times, first {where['target']}: {where['failureSummary']!r}"
    )


async def shoot(pages: list[Path], folder: Path, width: int = 360) -> None:
    """A picture of each page, whole, in light and in dark, into a folder that is there."""
    async with chrome() as tab:
        for page in pages:
            await _load(tab, page, "")
            for scheme in SCHEMES:
                await _look(tab, width, scheme)
                height = await tab.run("document.documentElement.scrollHeight")
                await tab.send(
                    "Emulation.setDeviceMetricsOverride",
                    width=width,
                    height=height,
                    deviceScaleFactor=1,
                    mobile=True,
                )
                await tab.screenshot(folder / f"{page.stem}.{scheme}.png")
