"""Which addresses a message may point to, and the signed links of our own pages."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from adapters.messages.carriers import HOSTS
from streams.domain.pages import SHORT
from streams.domain.world import Brand

LONGEST = 1000
_SIGNATURE = 16
_MARK = 11  # characters of base64: 66 bits, which nobody guesses by asking a web server
_LETTERS = {"csat": "c", "nps": "n", "ces": "e", "review": "r"}
_ASKED = {letter: asked for asked, letter in _LETTERS.items()}
_PLAIN_ID = re.compile(r"[A-Za-z0-9._~:-]{1,60}")


@lru_cache(maxsize=4096)
def host_of(url: str | None) -> str | None:
    """The host of an https address without credentials or odd characters; None for anything else."""
    if not url or len(url) > LONGEST or not url.isascii() or not url.isprintable():
        return None
    if any(character in url for character in " \"'<>\\`{}|^"):
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return host.lower() if parts.scheme == "https" and host and "@" not in parts.netloc else None


def _listed(host: str, hosts: Collection[str]) -> bool:
    """An entry stands for itself; with a leading dot or `*.`, for every host below it."""
    return host in hosts or any(
        host.endswith(entry.lstrip("*")) for entry in hosts if entry.startswith((".", "*."))
    )


def own_hosts(brand: Brand) -> frozenset[str]:
    """The brand's list, with the hosts of the addresses it has configured itself."""
    configured = (brand.public_url, brand.short_url, brand.logo_url, brand.support_url)
    own = (host_of(url) for url in configured)
    return frozenset(host.lower() for host in (*brand.hosts, *own) if host)


def allowed(url: str | None, hosts: Collection[str]) -> str | None:
    """The address if it may be linked or shown, else None."""
    host = host_of(url)
    return url if host and _listed(host, hosts) else None


def shops_own(url: str | None, brand: Brand) -> str | None:
    """An address that the shop itself gave for this customer: where to pay, a label, a recall's page.

    Held against the brand's list where it has one. Without a list it stands: a customer whose payment
    failed must have a way to pay.
    """
    return allowed(url, own_hosts(brand)) if brand.hosts else url if host_of(url) else None


def tracking(url: str | None, hosts: Collection[str]) -> str | None:
    """As `allowed`, and the carriers' own tracking pages."""
    host = host_of(url)
    if not host:
        return None
    below = host.split(".")
    known = any(".".join(below[start:]) in HOSTS for start in range(len(below) - 1))
    return url if known or _listed(host, hosts) else None


def sign(secret: bytes, *parts: str) -> str:
    """A token that our own pages can read back: what it is for, then whom or what it is about."""
    payload = msgspec.json.encode(parts)
    mark = hmac.digest(secret, payload, hashlib.sha256)[:_SIGNATURE]
    return base64.urlsafe_b64encode(mark + payload).rstrip(b"=").decode()


def read(secret: bytes, token: str) -> tuple[str, ...] | None:
    """The parts of a token that `sign` or `brief` made with this secret; None if neither did."""
    found = _read_brief(secret, token)
    return found if found is not None else _read_signed(secret, token)


def _read_signed(secret: bytes, token: str) -> tuple[str, ...] | None:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mark, payload = raw[:_SIGNATURE], raw[_SIGNATURE:]
        good = hmac.compare_digest(mark, hmac.digest(secret, payload, hashlib.sha256)[:_SIGNATURE])
        return msgspec.json.decode(payload, type=tuple[str, ...]) if good else None
    except (ValueError, msgspec.DecodeError):
        return None


def brief(secret: bytes, *parts: str) -> str | None:
    """As `sign` for a question, in as few characters as a text message has room for; None for all else.

    A mark, the order's id as it is, a letter for what is asked. It ends in a letter, since programs that
    find addresses in a text leave out a sign at their end.
    """
    page, about, *asked = parts
    letter = _LETTERS.get(asked[0]) if page == "feedback" and len(asked) == 1 else None
    if letter is None or not _PLAIN_ID.fullmatch(about):
        return None
    return _mark(secret, about + letter) + about + letter


def _read_brief(secret: bytes, token: str) -> tuple[str, ...] | None:
    mark, said = token[:_MARK], token[_MARK:]
    asked, about = _ASKED.get(said[-1:]), said[:-1]
    if asked is None or not _PLAIN_ID.fullmatch(about) or not mark.isascii():
        return None
    return ("feedback", about, asked) if hmac.compare_digest(mark, _mark(secret, said)) else None


def _mark(secret: bytes, said: str) -> str:
    # What `sign` puts its mark on begins with a bracket, so that neither can pass for the other.
    digest = hmac.digest(secret, b"brief " + said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:9]).decode()[:_MARK]


def page(brand: Brand, secret: bytes, *parts: str) -> str | None:
    """A page of ours, `PUBLIC_URL/PURPOSE/TOKEN`; None where the brand has no public address."""
    if not secret or not host_of(brand.public_url):
        return None
    return f"{(brand.public_url or '').rstrip('/')}/{parts[0]}/{sign(secret, *parts)}"


def short_page(brand: Brand, secret: bytes, *parts: str) -> str | None:
    """The same page behind a shorter address, `SHORT_URL/s/TOKEN`, where there can be one."""
    base = brand.short_url or brand.public_url
    token = brief(secret, *parts) if secret and host_of(base) else None
    return f"{(base or '').rstrip('/')}/{SHORT}/{token}" if token else page(brand, secret, *parts)
