"""hunspell in each language, over all that a customer reads: mail and SMS."""

import re
import subprocess
from collections import defaultdict

from tests.messages.corpus import Message

DICTIONARIES = {"en": "en_GB", "pl": "pl_PL", "lt": "lt_LT", "de": "de_DE"}
# Names of people, places, shops and carriers in the samples, and codes: no dictionary has them.
NAMES = frozenset(
    {
        "Brzęczyszczykiewicz", "DHL", "InPost", "KRA", "Kraków", "Łucja", "Meadow", "Müßig", "Polna",
        "Rūta", "VNO", "VVTAT", "Warszawa", "Žemaitienė", "plain", "LON", "Paczkomat", "Lindenplatz",
        "Co", "Paštomatas", "ul",
    }
)  # fmt: skip
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\w-]*\d[\w-]*|^-- $", re.MULTILINE)


def findings(found: list[Message]) -> list[str]:
    """A sentence for each word that its language doesn't have."""
    told = []
    for locale, texts in _texts(found).items():
        words = _unknown(DICTIONARIES[locale], "\n".join(sorted(texts)))
        told += [f"{locale}: {word}" for word in sorted(words - NAMES)]
    return told


def _texts(found: list[Message]) -> dict[str, set[str]]:
    texts = defaultdict(set)
    for message in found:
        # Transliterated SMS have no letters with marks, on purpose: their words stand in the mail too.
        short = {message.sms.text} if message.locale == "en" else set()
        texts[message.locale] |= {str(message.mail["Subject"]), *message.text.splitlines(), *short}
    return texts


def _unknown(dictionary: str, text: str) -> set[str]:
    done = subprocess.run(
        ["hunspell", "-l", "-i", "utf-8", "-d", dictionary],
        input=_NOISE.sub(" ", text).replace("’", "'"),  # noqa: RUF001  # dictionaries know the straight one
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return {word.strip(".-") for word in done.stdout.split()} - {""}
