"""A brand's colour, made readable: WCAG 2 contrast, at least 4.5 to 1 for words."""

import re
from functools import lru_cache

ENOUGH = 4.5
_LINEAR_BELOW = 0.04045  # where sRGB is a straight line
FALLBACK = "#1f5f8b"
_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _mixed(colour: str, towards: str, share: float) -> str:
    mix = (round(a + (b - a) * share) for a, b in zip(_channels(colour), _channels(towards), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mix)


@lru_cache(maxsize=1024)
def readable(colour: str, background: str, towards: str = "#000000") -> str:
    """The colour itself, or the nearest towards black (or white) that can be read on the background."""
    colour = colour.lower() if _HEX.match(colour) else FALLBACK
    for step in range(21):
        candidate = _mixed(colour, towards, step / 20)
        if contrast(candidate, background) >= ENOUGH:
            return candidate
    return towards
