"""Text from outside, made harmless before it reaches a header, a template or a handset.

Names and titles come from whoever filled in a form. Nothing here knows HTML: escaping is the templates' work.
"""

import re

# Controls; the marks and overrides that turn the direction of text; line and paragraph separators;
# zero-width joints that hide a word; the byte order mark; lone surrogates that no encoder takes.
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]{2,}")
_MARKS = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")

NAME, TITLE, SENTENCES = 80, 140, 2000


def clean(text: str, most: int = TITLE) -> str:
    """One line of at most `most` characters, cut with an ellipsis."""
    if len(text) <= most and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()  # as nearly all text is
    text = _SPACES.sub(" ", _MARKS.sub(r"\1", _FORBIDDEN.sub(" ", text[: most * 8]))).strip()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def cleaned(text: str | None, most: int = TITLE) -> str | None:
    """As `clean`; what is empty afterwards is absent."""
    return (clean(text, most) or None) if text else None
