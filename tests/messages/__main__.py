"""Looks at every message with the tools that mail people trust: `python -m tests.messages [FOLDER]`.

Prints a table of what was looked at and what was found, and ends with 1 where something was. With a
folder, it leaves the pages and their pictures there.
"""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.browser.chrome import PROGRAM
from tests.messages import axe, caniemail, mime, nu, segments, spam, spelling
from tests.messages.corpus import Message, messages, pages
from tests.messages.tools import AXE, CANIEMAIL, NU, from_npm, program


class Row(NamedTuple):
    """One tool: what it looked at, what it found."""

    tool: str
    looked_at: str
    result: str
    findings: list[str]


Check = Callable[[list[Message], list[Path]], Row]


def missing_chromium() -> str | None:
    """Why there is no browser, or None."""
    return None if PROGRAM else "chromium is missing"


def by_axe(found: list[Message], files: list[Path]) -> Row:
    """Light and dark, 360 and 800 px."""
    grave, lesser = asyncio.run(axe.findings(files))
    rules = sorted({told.split(": ", 1)[1].split(" ")[0] for told in lesser})
    result = f"{len(grave)} serious or critical; lesser rules: {', '.join(rules) or 'none'}"
    return Row("axe-core", f"{len(files)} mails, light and dark, 360 and 800 px", result, grave)


def by_nu(found: list[Message], files: list[Path]) -> Row:
    """HTML and CSS."""
    errors, warnings = nu.findings(files)
    return Row(
        "Nu HTML checker", f"{len(files)} mails", f"{len(errors)} errors, {len(warnings)} warnings", errors
    )


def by_spamassassin(found: list[Message], files: list[Path]) -> Row:
    """Without the network."""
    told, highest = spam.findings(found)
    return Row("SpamAssassin", f"{len(found)} mails, offline", f"highest score {highest}", told)


def by_parser(found: list[Message], files: list[Path]) -> Row:
    """Python's own parser, and the RFCs' limits."""
    told = mime.findings(found)
    return Row("headers and MIME", f"{len(found)} mails", f"{len(told)} defects", told)


def by_hunspell(found: list[Message], files: list[Path]) -> Row:
    """Every language, names left out."""
    told = spelling.findings(found)
    languages = ", ".join(sorted({message.locale for message in found}))
    return Row("hunspell", f"{languages}: subjects and text parts", f"{len(told)} unknown words", told)


def by_caniemail(found: list[Message], files: list[Path]) -> Row:
    """Gmail, Apple Mail and Outlook, all their programs."""
    told, covered = caniemail.findings(files)
    result = f"{len(told)} features without a fallback, {covered} with one"
    return Row("caniemail", "Gmail, Apple Mail, Outlook", result, told)


def by_count(found: list[Message], files: list[Path]) -> Row:
    """Class T and C: one segment."""
    told = segments.findings(found)
    result = f"{len(told)} beyond their limit; {segments.plain(found)} GSM-7, the others within 70 characters"
    return Row("SMS segments", f"{len(found)} SMS", result, told)


CHECKS: tuple[tuple[Check, Callable[[], str | None]], ...] = (
    (by_axe, lambda: missing_chromium() or from_npm(AXE)),
    (by_nu, lambda: program("java") or from_npm(NU)),
    (by_spamassassin, lambda: program("spamassassin")),
    (by_parser, lambda: None),
    (by_hunspell, lambda: program("hunspell")),
    (by_caniemail, lambda: program("node") or from_npm(CANIEMAIL)),
    (by_count, lambda: None),
)


def main(folder: Path | None) -> int:
    """0 where every tool was there and found nothing."""
    found = list(messages())
    with tempfile.TemporaryDirectory() as temporary:
        files = pages(found, folder or Path(temporary))
        rows = [_row(check, missing, found, files) for check, missing in CHECKS]
        if folder:
            asyncio.run(axe.shoot(files, folder))
    print("\n| tool | looked at | found |\n|---|---|---|")
    for row in rows:
        print(f"| {row.tool} | {row.looked_at} | {row.result} |")
    print("\n" + "\n".join(told for row in rows for told in row.findings))
    return int(any(row.findings for row in rows))


def _row(check: Check, missing: Callable[[], str | None], found: list[Message], files: list[Path]) -> Row:
    name = check.__name__.removeprefix("by_")
    print(f"{name} …", flush=True)
    why = missing()
    return Row(name, "nothing", why, [f"{name}: {why}"]) if why else check(found, files)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
