"""What counts as an address: what could not be delivered to is as good as none."""

import functools
import re

import idna

from streams.domain.world import World

_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST = 254


@functools.lru_cache(maxsize=4096)
def email(text: str) -> str | None:
    """The address with its domain in ASCII and lower case; None if no mail server would take it."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local:
        return None
    plain = _ascii(domain)
    if plain is None:
        return None
    address = f"{local}@{plain}"
    return address if len(address) <= _LONGEST else None


def ascii_domain(domain: str) -> str:
    """In ASCII, as mail servers are asked for it: `straße.de` is not `strasse.de`, which may be another's.

    By IDNA 2008; Python's own codec has that of 2003. Raises `UnicodeError`.
    """
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")


def _ascii(domain: str) -> str | None:
    try:
        plain = ascii_domain(domain).lower()
    except UnicodeError:
        return None
    labels = plain.split(".")
    named = len(labels) > 1 and not labels[-1].isdigit()
    return plain if named and all(_LABEL.fullmatch(label) for label in labels) else None


def phone(text: str, country: str, world: World) -> str | None:
    """The number in E.164, as far as `world` can tell; None where no SMS would arrive."""
    number = world.phone(re.sub(r"[\s().-]", "", text), country)
    return number if number is not None and _PHONE.fullmatch(number) else None
