"""What an SMS costs: GSM 03.38 and UCS-2 counted as networks count them, and letters that cost less."""

# ruff: noqa: RUF001  # look-alike characters are this module's subject

import unicodedata
from typing import Literal

from streams.domain.values import Value

Policy = Literal["auto", "never", "always"]

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")  # each is two septets
_BEYOND_BMP = 0xFFFF
_PLAIN = str.maketrans(
    {
        "„": '"', "“": '"', "”": '"', "«": '"', "»": '"', "‚": "'", "‘": "'", "’": "'", "`": "'",
        "–": "-", "—": "-", "‑": "-", "−": "-", "…": "...", "·": "-", "•": "-", "×": "x",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe", "Œ": "OE", "þ": "th", "ð": "d",
        "₽": "RUB", "™": "", "®": "", "©": "", "№": "No",
    }
)  # fmt: skip
GSM_ONE, GSM_MANY, UCS_ONE, UCS_MANY = 160, 153, 70, 67


class Measure(Value, frozen=True):
    """`units`: septets of GSM-7, or 16-bit units of UCS-2."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    segments: int


def _segments(costs: list[int], one: int, many: int) -> int:
    """A character that costs two units is never split across segments."""
    if sum(costs) <= one:
        return 1
    count, room = 1, many
    for cost in costs:
        if cost > room:
            count, room = count + 1, many
        room -= cost
    return count


def measure(text: str) -> Measure:
    """What the text costs as it stands."""
    if all(character in _BASIC or character in _ESCAPED for character in text):
        costs = [2 if character in _ESCAPED else 1 for character in text]
        return Measure("gsm7", sum(costs), _segments(costs, GSM_ONE, GSM_MANY))
    costs = [2 if ord(character) > _BEYOND_BMP else 1 for character in text]
    return Measure("ucs2", sum(costs), _segments(costs, UCS_ONE, UCS_MANY))


def transliterate(text: str) -> str:
    """The same in GSM-7 as far as it goes: marks fall, signs become plain; other scripts stay."""
    return "".join(map(_letter, text.translate(_PLAIN)))


def _letter(character: str) -> str:
    if character in _BASIC or character in _ESCAPED:
        return character
    bare = "".join(
        part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)
    )
    return bare if all(part in _BASIC or part in _ESCAPED for part in bare) else character


def economical(text: str, policy: Policy = "auto") -> str:
    """`auto`: plain letters where they save a segment; `always`; `never`."""
    if policy == "never":
        return text
    plain = transliterate(text)
    if policy == "always":
        return plain
    return plain if measure(plain).segments < measure(text).segments else text


def shortened(text: str, most: int) -> str:
    """Cut at a word so that it fits into `most` segments."""
    if measure(text).segments <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle] + "...").segments <= most else (low, middle - 1)
    cut = text[:low]
    return (cut.rsplit(" ", 1)[0] if " " in cut[-40:] else cut).rstrip(" ,.;:-") + "..."
