"""What a template has written, brought into the form in which it is sent."""

import re
from collections.abc import Iterable

import jinja2

MOST_CHARACTERS = 70_000  # of one template's output, before it is encoded
_TWO_STOPS = re.compile(r"(?<!\.)\.\.(?=[\s<]|\Z)")


def block(template: jinja2.Template, name: str, context: jinja2.runtime.Context) -> str:
    """One block's words in one line."""
    return one_stop(" ".join("".join(template.blocks[name](context)).split()))


def one_stop(text: str) -> str:
    """An abbreviation's full stop also ends its sentence: Lithuanian dates end in one."""
    return _TWO_STOPS.sub(".", text) if ".." in text else text


def bounded(pieces: Iterable[str]) -> str:
    """A template that writes on and on is stopped by its size; see the sandbox for one that doesn't write."""
    collected, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_CHARACTERS:
            raise OverflowError(f"it is longer than {MOST_CHARACTERS:,} characters")
        collected.append(piece)
    return one_stop("".join(collected))


def tidied(text: str) -> str:
    """At most one empty line between paragraphs, none of a template's own spaces."""
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.strip() if line != "-- " else line
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return "\n".join(lines).strip("\n") + "\n"
