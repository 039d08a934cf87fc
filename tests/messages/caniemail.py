"""caniemail: what Gmail, Apple Mail or Outlook lack, and what a reader sees there instead."""

import json
import subprocess
from pathlib import Path

from tests.messages.tools import CANIEMAIL, HERE

_INLINE = "all rules but those of dark mode and of narrow screens are in style attributes"
_LIGHT = "the mail stays in its light colours, which the client may turn around by itself"
_PLAIN = "square or unclipped, and as readable"
_OUTLOOK = "Outlook for Windows gets its width, margin and padding from a table of its own"
# Feature -> what happens where it is missing or works in part. One that is not here is a finding.
FALLBACKS = {
    "!important keyword": _INLINE,
    "<body> element": "the wrapper inside repeats language, direction and background",
    "<style> element": _INLINE,
    "@media": _INLINE,
    "Attribute selector": _INLINE,
    "Class selector": _INLINE,
    "Descendant combinator": _INLINE,
    "aria-hidden attribute": "the steps are read out after the sentence that says the same",
    "aria-label attribute": "the heading says the same",
    "background": "only background-color is used",
    "border": "none is wider than 8 px",
    "border-radius": _PLAIN,
    "color-scheme CSS property": _LIGHT,
    "color-scheme meta tag": _LIGHT,
    "dir attribute": "never on a link",
    "display": "a button is a block or a VML shape; nothing else depends on it",
    "display:none": "the preview line is hidden by its height too",
    "font-size": "all sizes are in px",
    "font-weight": "600 and 700 are both shown as bold",
    "height attribute": "in px, for pictures of that very size",
    "height property": "in px, for pictures of that very size",
    "letter-spacing": "positive, and only between the digits of a code",
    "line-height": "every line has room",
    "margin": "none is negative",
    "max-height property": "Outlook for Windows hides the preview line by a property of its own",
    "max-width": _OUTLOOK,
    "object-fit": "pictures have a fixed width and height",
    "opacity": "the preview line is hidden by its height too",
    "overflow": "the preview line is hidden, nothing else is clipped",
    "overflow-wrap": "a long number may be wider than its box",
    "padding": _OUTLOOK,
    "role attribute": "a layout table is read as a table",
    "table-layout": "the steps are as wide as their names",
    "text-align": "only left and right are used",
    "text-decoration": "only one value is used",
    "white-space": "a price may break between number and currency",
    "width attribute": "in px",
    "width property": "tables have it too, and clients honour it there",
}


def findings(pages: list[Path]) -> tuple[list[str], int]:
    """A sentence for each feature without a fallback, and how many features have one."""
    command = ["node", str(HERE / "caniemail.mjs"), str(CANIEMAIL), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lacking: dict[str, list[str]] = {}
    for name, found in json.loads(done.stdout).items():
        lacking.setdefault(name.partition(":")[2], []).extend(found["clients"])
    told = [f"{name}: {', '.join(clients)}" for name, clients in lacking.items() if name not in FALLBACKS]
    return told, len(lacking.keys() & FALLBACKS.keys())
