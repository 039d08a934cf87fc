"""What no type can say: checks of single values, and of values against one another."""

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from streams.domain.kinds import Kind
from streams.domain.senders import NUMBERS_ONLY, is_name, is_number
from streams.domain.values import Money
from streams.domain.world import Brand, Remedy, Tip
from streams.settings.limits import check_limits
from streams.settings.model import Carrier, Spec, Written
from streams.settings.tables import Problems, hint, joined

_HOST_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@]+):([0-9]{1,5})")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,150}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SMTP = ("smtp", "smtp+starttls", "smtps")


def check_installation(written: Written, problems: Problems) -> None:
    """Everything outside the brands."""
    if written.delivery is not None:
        _delivery(written.delivery, "delivery", problems)
    if written.mail_from is not None:
        _mail("mail_from", written.mail_from, problems)
    if _port(written.web) is None:
        problems.add("web", f"expected host:port, got {written.web!r}")
    for broker in (written.brokers or "").split(","):
        if broker.strip() and _port(broker.strip()) is None:
            problems.add("brokers", f"expected host:port, separated by commas, got {broker.strip()!r}")
    if not _PREFIX.fullmatch(written.topic_prefix):
        problems.add("topic_prefix", "may hold letters, digits, dots, underscores and dashes only")
    if written.smtp_url is not None and urlsplit(written.smtp_url).scheme not in _SMTP:
        problems.add("smtp_url", "must begin with smtp://, smtp+starttls:// or smtps://")
    for country in written.calendars:
        check_country(country, joined("calendars", country), problems)
    check_carriers(written.carriers, problems)
    check_limits(written.limits, "limits", problems)
    _kafka(written, problems)


def check_carriers(carriers: Mapping[str, Carrier], problems: Problems) -> None:
    """What was measured of them."""
    for name, carrier in carriers.items():
        path = joined("carriers", name)
        for country in carrier.countries:
            check_country(country, joined(path, f"countries.{country}"), problems)
        for where, silence in (("silence", carrier.silence), *carrier.countries.items()):
            if silence is not None and silence <= dt.timedelta(0):
                place = where if where == "silence" else f"countries.{where}"
                problems.add(joined(path, place), "must be longer than nothing")


def check_providers(
    written: Written, providers: Mapping[str, Spec], brands: Mapping[str, Brand], problems: Problems
) -> None:
    """Whoever names a provider names one that there is."""
    named = [("mail_provider", written.mail_provider), ("sms_provider", written.sms_provider)]
    for brand in brands.values():
        named.append((f"brands.{brand.id}.mail_provider", brand.mail_provider))
        named.append((f"brands.{brand.id}.sms_provider", brand.sms_provider))
    for path, name in named:
        if name is not None and name not in providers:
            problems.add(path, f"no provider is called {name!r}" + hint(name, providers))


def check_brand(brand: Brand, path: str, problems: Problems) -> None:
    """One brand's values."""
    _delivery(brand.delivery, joined(path, "delivery"), problems)
    _time_zone(brand.timezone, joined(path, "timezone"), problems)
    if not _LOCALE.fullmatch(brand.locale):
        problems.add(joined(path, "locale"), f"expected a language like pl or en-GB, got {brand.locale!r}")
    if not _COLOUR.fullmatch(brand.colour):
        problems.add(joined(path, "colour"), f"expected a colour like #1f5f8b, got {brand.colour!r}")
    for name in ("public_url", "short_url", "logo_url", "support_url"):
        _web_address(getattr(brand, name), joined(path, name), problems)
    for name in ("support_email", "mail_from", "marketing_from", "reply_to", "return_path"):
        if getattr(brand, name) is not None:
            _mail(joined(path, name), getattr(brand, name), problems)
    if brand.mail_in_doubt not in ("resend", "hold"):
        problems.add(joined(path, "mail_in_doubt"), f"expected resend or hold, got {brand.mail_in_doubt!r}")
    for locale, how in brand.sms_transliterate.items():
        if how not in ("auto", "never", "always"):
            where = joined(path, f"sms_transliterate.{locale}")
            problems.add(where, f"expected auto, never or always, got {how!r}")
    _senders(brand, path, problems)
    _remedies(brand, path, problems)
    for place, tip in enumerate(brand.tips):
        _tip(tip, joined(path, f"tips.{place}"), problems)


def _senders(brand: Brand, path: str, problems: Problems) -> None:
    if brand.sms_sender is not None:
        _sender(brand.sms_sender, joined(path, "sms_sender"), problems)
    for country, sender in brand.sms_senders.items():
        where = joined(path, f"sms_senders.{country}")
        check_country(country, where, problems)
        _sender(sender, where, problems)
        if country in NUMBERS_ONLY and is_name(sender):
            problems.add(where, f"{country} takes no names: a number that was rented there is needed")


def _sender(sender: str, path: str, problems: Problems) -> None:
    if not is_name(sender) and not is_number(sender):
        what = "a name of at most 11 plain letters, digits and spaces, or a number of 3 to 15 digits"
        problems.add(path, f"expected {what}, got {sender!r}")


def _tip(tip: Tip, path: str, problems: Problems) -> None:
    _web_address(tip.url, joined(path, "url"), problems)
    for locale in tip.text:
        if not _LOCALE.fullmatch(locale):
            problems.add(joined(path, f"text.{locale}"), "expected a language like pl or en-GB")


def _remedies(brand: Brand, path: str, problems: Problems) -> None:
    bound = brand.remedy_budget or brand.remedy_cap
    if bound and brand.remedy_cap and brand.remedy_cap.currency != bound.currency:
        problems.add(joined(path, "remedy_budget"), "must be in the currency of remedy_cap")
    for place, remedy in enumerate(brand.remedies):
        _remedy(remedy, bound, joined(path, f"remedies.{place}"), problems)


def _remedy(remedy: Remedy, bound: Money | None, path: str, problems: Problems) -> None:
    """A voucher says what it is worth; the delivery is worth what it cost."""
    worth = (remedy.percent is not None) + (remedy.amount is not None)
    if remedy.remedy == "free_delivery" and worth:
        problems.add(path, "free_delivery refunds what it cost: it takes no percent and no amount")
    if remedy.remedy != "free_delivery" and worth != 1:
        problems.add(path, f"{remedy.remedy} needs a percent or an amount, and not both")
    if remedy.percent is not None and not 1 <= remedy.percent <= 100:  # noqa: PLR2004 - of a hundred
        problems.add(joined(path, "percent"), f"expected 1 to 100, got {remedy.percent}")
    for name in ("late_days", "orders"):
        if getattr(remedy, name) < 1:
            problems.add(joined(path, name), f"expected at least 1, got {getattr(remedy, name)}")
    if remedy.gap is not None and remedy.gap <= dt.timedelta(0):
        problems.add(joined(path, "gap"), "must be longer than nothing")
    if bound is not None and remedy.amount is not None and remedy.amount.currency != bound.currency:
        problems.add(joined(path, "amount"), f"in another currency than its bound, {bound.currency}")


def check_kind(kind: Kind, path: str, problems: Problems) -> None:
    """What a kind's values say of one another."""
    nothing = dt.timedelta(0)
    if kind.hold < nothing or kind.hold >= kind.max_age:
        problems.add(joined(path, "hold"), "must be shorter than max_age, or it is stale before it is sent")
    if kind.useful_for is not None and kind.useful_for <= kind.hold:
        problems.add(joined(path, "useful_for"), "must be longer than hold, or it is never sent")
    if not kind.channels:
        problems.add(joined(path, "channels"), "needs a channel; enabled = false switches a kind off")
    if kind.category == "C" and not kind.purpose:
        problems.add(joined(path, "purpose"), "missing: what is sent by consent alone needs a purpose")
    if kind.max_segments < 1:
        problems.add(joined(path, "max_segments"), f"expected at least 1, got {kind.max_segments}")


def _time_zone(name: str, path: str, problems: Problems) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder's name, an absolute path
        problems.add(path, f"no such time zone: {name!r}")


def _web_address(url: str | None, path: str, problems: Problems) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        problems.add(path, "expected an address that begins with https://")


def check_country(code: str, path: str, problems: Problems) -> None:
    """A country by its code, as ISO 3166 has them."""
    if not is_country(code):
        problems.add(path, "expected a country code of two capitals")


def is_country(code: str) -> bool:
    """Whether it is written as ISO 3166 writes a country."""
    return _COUNTRY.fullmatch(code) is not None


def is_delivery(mode: object) -> bool:
    """Whether it is one of the four delivery modes, and what is redirected can arrive somewhere."""
    name, colon, rest = str(mode).partition(":")
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    if name == "redirect":
        return bool(parts) and all(is_mail(part) or is_number(part) for part in parts)
    return (name in ("live", "off") and not colon) or (name == "allow" and bool(parts))


def is_mail(address: object) -> bool:
    """Whether it is a mail address, perhaps with a name before it."""
    local, _, domain = parseaddr(str(address))[1].rpartition("@")
    return bool(local and domain) and not any(each.isspace() for each in local + domain)


def _delivery(mode: str, path: str, problems: Problems) -> None:
    if not is_delivery(mode):
        problems.add(path, f"expected live, redirect:ADDRESS, allow:PATTERN,… or off, got {mode!r}")


def _mail(path: str, address: str, problems: Problems) -> None:
    if not is_mail(address):
        problems.add(path, f"expected a mail address, got {address!r}")


def _port(address: str) -> int | None:
    match = _HOST_PORT.fullmatch(address)
    return int(match[2]) if match and int(match[2]) < 65536 else None  # noqa: PLR2004 - ports end there


def _kafka(written: Written, problems: Problems) -> None:
    kafka = written.kafka
    if kafka.security_protocol.startswith("SASL"):
        for name in ("sasl_username", "sasl_password"):
            if getattr(kafka, name) is None:
                problems.add(f"kafka.{name}", f"missing: {kafka.security_protocol} needs it")
    for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
        file = getattr(kafka, name)
        if file is not None and not Path(file).is_file():
            problems.add(f"kafka.{name}", f"no such file: {file}")
