"""What one value may be: addresses, places, amounts. Each check tells what is wrong at its path."""

import re
from email.utils import getaddresses
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale

from streams.domain.desk.contact import ascii_domain
from streams.domain.senders import is_number
from streams.domain.values import Money
from streams.settings.tables import Problems, joined

_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@]+):([0-9]{1,5})")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def check_time_zone(name: str, path: str, problems: Problems) -> None:
    """A zone that the machine's own data knows."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder's name, an absolute path
        problems.add(path, f"no such time zone: {name!r}")


def check_web_address(url: str | None, path: str, problems: Problems) -> None:
    """An address that a browser can open, if there is any."""
    if url is not None and not _is_web_address(url):
        problems.add(path, "expected an address that begins with https://")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # brackets that don't close, a port that is none
        return False
    return parts.scheme in ("http", "https") and bool(host) and not re.search(r"[\s\x00-\x1f\x7f]", url)


def check_host(host: str, path: str, problems: Problems) -> None:
    """A host as links name it."""
    try:
        plain = ascii_domain(host)
    except UnicodeError:
        plain = host
    if not _HOST.fullmatch(plain):
        problems.add(path, f"expected the name of a host like cdn.example.com, got {host!r}")


def check_country(code: str, path: str, problems: Problems) -> None:
    """A country by its code, as ISO 3166 has them."""
    if not is_country(code):
        problems.add(path, "expected a country code of two capitals")
    elif code not in _countries():
        problems.add(path, f"no country has the code {code}")


def is_country(code: str) -> bool:
    """Whether it is written as ISO 3166 writes a country."""
    return _COUNTRY.fullmatch(code) is not None


@cache
def _countries() -> frozenset[str]:
    return frozenset(filter(is_country, Locale("en").territories)) - _NO_COUNTRIES


def check_amount(money: Money, path: str, problems: Problems) -> None:
    """Some money, in a currency that there is."""
    if float(money.amount) <= 0:
        problems.add(joined(path, "amount"), f"must be more than nothing, got {money.amount}")
    if money.currency not in Locale("en").currencies:
        problems.add(joined(path, "currency"), f"no currency has the code {money.currency}")


def check_line(text: str | None, path: str, problems: Problems) -> None:
    """Text that fits into one line: of a header, too."""
    if text is not None and _CONTROL.search(text):
        problems.add(path, "must be one line, without control characters")


def check_some(path: str, secret: str | None, problems: Problems) -> None:
    """A secret that is given is more than nothing, as a file that is empty would have it."""
    if secret is not None and not secret.strip():
        problems.add(path, "holds nothing; leave it out to keep closed what it opens")


def check_delivery(mode: str, path: str, problems: Problems) -> None:
    """One of the four delivery modes."""
    if not is_delivery(mode):
        problems.add(path, f"expected live, redirect:ADDRESS, allow:PATTERN,… or off, got {mode!r}")


def is_delivery(mode: object) -> bool:
    """Whether it is one of the four delivery modes, and what is redirected can arrive somewhere."""
    name, colon, rest = str(mode).partition(":")
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    if name == "redirect":
        return bool(parts) and all(is_mail(part) or is_number(part) for part in parts)
    return (name in ("live", "off") and not colon) or (name == "allow" and bool(parts))


def check_mail(path: str, address: str, problems: Problems) -> None:
    """One mail address, perhaps with a name before it."""
    if not is_mail(address):
        problems.add(path, f"expected a mail address, got {address!r}")


def is_mail(address: object) -> bool:
    """Whether it is one mail address, perhaps with a name before it."""
    found = getaddresses([str(address)])
    local, _, domain = found[0][1].rpartition("@") if len(found) == 1 else ("", "", "")
    bare = not any(each.isspace() for each in local + domain)
    return bool(local and domain) and bare and not _CONTROL.search(str(address))


def port(address: str) -> int | None:
    """That of host:port; None where it is none."""
    match = _HOST_PORT.fullmatch(address)
    return int(match[2]) if match and int(match[2]) < 65536 else None  # noqa: PLR2004 - ports end there
