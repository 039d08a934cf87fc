"""Which addresses a message may point to, and the signed links of our own pages."""

import base64
import hashlib
import hmac
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from adapters.messages.carriers import HOSTS
from streams.domain.world import Brand

LONGEST = 1000
_SIGNATURE = 16


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
    own = (host_of(url) for url in (brand.public_url, brand.logo_url, brand.support_url))
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
    """The parts of a token that `sign` made with this secret; None if it didn't."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mark, payload = raw[:_SIGNATURE], raw[_SIGNATURE:]
        good = hmac.compare_digest(mark, hmac.digest(secret, payload, hashlib.sha256)[:_SIGNATURE])
        return msgspec.json.decode(payload, type=tuple[str, ...]) if good else None
    except (ValueError, msgspec.DecodeError):
        return None


def page(brand: Brand, secret: bytes, *parts: str) -> str | None:
    """A page of ours, `PUBLIC_URL/PURPOSE/TOKEN`; None where the brand has no public address."""
    if not brand.public_url or not secret or not host_of(brand.public_url):
        return None
    return f"{brand.public_url.rstrip('/')}/{parts[0]}/{sign(secret, *parts)}"
