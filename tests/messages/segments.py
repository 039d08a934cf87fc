"""SMS of class T or C are one segment, those of class S within their kind's limit.

One segment is 160 units of GSM-7; what fits into 70 characters may keep the letters that GSM-7 lacks.
"""

import unicodedata

from streams.domain.kinds import KINDS
from tests.messages.corpus import Message

# GSM 03.38 by its table's own rows, apart from what the program counts with.
_ROWS = (
    "@£$¥èéùìòÇ\nØø\rÅå", "Δ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ", " !\"#¤%&'()*+,-./", "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO", "PQRSTUVWXYZÄÖÑÜ§", "¿abcdefghijklmno", "pqrstuvwxyzäöñüà",
)  # fmt: skip
_BASIC, _PAIRS = frozenset("".join(_ROWS)), frozenset("^{}\\[~]|€\f")


def findings(found: list[Message]) -> list[str]:
    """A sentence for each SMS that costs more than it may, or that this count disagrees with."""
    told = []
    for message in found:
        kind, text = KINDS[message.kind], message.sms.text
        strange = {unicodedata.name(c, "?") for c in text if c not in _BASIC | _PAIRS}
        units = sum(2 if character in _PAIRS else 1 for character in text)
        segments = message.sms.segments
        one = len(text.encode("utf-16-be")) <= 140 if strange else units <= 160
        if kind.category != "S" and (not one or text.endswith("...")):
            told.append(f"{message.name}: {units} units, {sorted(strange)}: {text!r}")
        if segments > kind.max_segments or one is not (segments == 1):
            told.append(f"{message.name}: {segments} segments of {kind.max_segments}: {text!r}")
    return told


def plain(found: list[Message]) -> int:
    """How many SMS are GSM-7 throughout."""
    return sum(not set(message.sms.text) - _BASIC - _PAIRS for message in found)
