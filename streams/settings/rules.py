"""What no type can say: checks of single values, and of values against one another."""

import datetime as dt
import math
import re
from collections.abc import Mapping

from streams.domain.kinds import PURPOSES, Kind
from streams.domain.senders import NUMBERS_ONLY, is_name, is_number
from streams.domain.values import Money
from streams.domain.world import Brand, Remedy, Tip
from streams.settings.kafka import check_kafka
from streams.settings.limits import check_limits
from streams.settings.model import Carrier, Spec, Written
from streams.settings.tables import Problems, hint, joined
from streams.settings.values import (
    check_amount,
    check_country,
    check_delivery,
    check_host,
    check_line,
    check_mail,
    check_some,
    check_time_zone,
    check_web_address,
    port,
)

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,150}")
_MOST_SEGMENTS = 255  # of one concatenated SMS (3GPP 23.040)
_DKIM = ("dkim_domain", "dkim_selector", "dkim_key_file")
# What becomes part of a header or of an SMS; the address and the signature may have several lines.
_LINES = ("name", "support_phone", "dkim_domain", "dkim_selector")
_SMTP = ("smtp", "smtp+starttls", "smtps")


def check_installation(written: Written, problems: Problems) -> None:
    """Everything outside the brands."""
    if written.delivery is not None:
        check_delivery(written.delivery, "delivery", problems)
    if written.mail_from is not None:
        check_mail("mail_from", written.mail_from, problems)
    if port(written.web) is None:
        problems.add("web", f"expected host:port, got {written.web!r}")
    for broker in written.brokers.split(",") if written.brokers else ():
        if port(broker.strip()) is None:
            problems.add("brokers", f"expected host:port, separated by commas, got {broker.strip()!r}")
    if not _PREFIX.fullmatch(written.topic_prefix):
        problems.add("topic_prefix", "may hold letters, digits, dots, underscores and dashes only")
    check_some("web_token", written.web_token, problems)
    check_some("link_secret", written.link_secret, problems)
    if written.smtp_url is not None and written.smtp_url.partition("://")[0] not in _SMTP:
        problems.add("smtp_url", "must begin with smtp://, smtp+starttls:// or smtps://")
    for country in written.calendars:
        check_country(country, joined("calendars", country), problems)
    check_carriers(written.carriers, problems)
    check_limits(written.limits, "limits", problems)
    check_kafka(written.kafka, problems)


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
    """Whoever names a provider names one that there is, and at a pace that there can be."""
    for name, rate in written.senders.rates.items():
        path = joined("senders.rates", name)
        if not 0 < rate < math.inf:
            problems.add(path, f"expected more than 0 messages a second, got {rate:g}")
        if name not in (*providers, "email", "sms"):
            problems.add(path, "no such provider or channel" + hint(name, (*providers, "email", "sms")))
    named = [("mail_provider", written.mail_provider), ("sms_provider", written.sms_provider)]
    for brand in brands.values():
        named.append((f"brands.{brand.id}.mail_provider", brand.mail_provider))
        named.append((f"brands.{brand.id}.sms_provider", brand.sms_provider))
    for path, provider in named:
        if provider is not None and provider not in providers:
            problems.add(path, f"no provider is called {provider!r}" + hint(provider, providers))


def check_brand(brand: Brand, path: str, problems: Problems) -> None:
    """One brand's values."""
    _texts(brand, path, problems)
    check_delivery(brand.delivery, joined(path, "delivery"), problems)
    check_time_zone(brand.timezone, joined(path, "timezone"), problems)
    if not _LOCALE.fullmatch(brand.locale):
        problems.add(joined(path, "locale"), f"expected a language like pl or en-GB, got {brand.locale!r}")
    if not _COLOUR.fullmatch(brand.colour):
        problems.add(joined(path, "colour"), f"expected a colour like #1f5f8b, got {brand.colour!r}")
    if brand.mail_in_doubt not in ("resend", "hold"):
        problems.add(joined(path, "mail_in_doubt"), f"expected resend or hold, got {brand.mail_in_doubt!r}")
    for locale, how in brand.sms_transliterate.items():
        if how not in ("auto", "never", "always"):
            where = joined(path, f"sms_transliterate.{locale}")
            problems.add(where, f"expected auto, never or always, got {how!r}")
    _senders(brand, path, problems)
    _remedies(brand, path, problems)
    if len(set(brand.surveys)) < len(brand.surveys):
        problems.add(joined(path, "surveys"), "names one of them twice")
    for place, tip in enumerate(brand.tips):
        _tip(tip, joined(path, f"tips.{place}"), problems)


def _texts(brand: Brand, path: str, problems: Problems) -> None:
    """Names and addresses: what becomes part of a header, a link or a signature."""
    if path == "brands.":
        problems.add("brands", "a brand's table needs a name: the id of the shop")
    for name in _LINES:
        check_line(getattr(brand, name), joined(path, name), problems)
    for name in ("public_url", "short_url", "logo_url", "support_url"):
        check_web_address(getattr(brand, name), joined(path, name), problems)
    for name in ("support_email", "mail_from", "marketing_from", "reply_to", "return_path"):
        if getattr(brand, name) is not None:
            check_mail(joined(path, name), getattr(brand, name), problems)
    for host in brand.hosts:
        check_host(host, joined(path, "hosts"), problems)
    given = [name for name in _DKIM if getattr(brand, name) is not None]
    for name in _DKIM if given else ():
        if name not in given:
            problems.add(joined(path, name), f"missing: {given[0]} is of no use without it")


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
    check_web_address(tip.url, joined(path, "url"), problems)
    if not any(text.strip() for text in tip.text.values()):
        problems.add(joined(path, "text"), "needs its words in one language at least")
    if not tip.skus:
        problems.add(joined(path, "skus"), 'needs a pattern; ["*"] fits any goods')
    for locale in tip.text:
        if not _LOCALE.fullmatch(locale):
            problems.add(joined(path, f"text.{locale}"), "expected a language like pl or en-GB")


def _remedies(brand: Brand, path: str, problems: Problems) -> None:
    bound = brand.remedy_budget or brand.remedy_cap
    for name in ("remedy_cap", "remedy_budget"):
        if (money := getattr(brand, name)) is not None:
            check_amount(money, joined(path, name), problems)
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
    if remedy.amount is not None:
        check_amount(remedy.amount, joined(path, "amount"), problems)
    if float(remedy.total) < 0:
        problems.add(joined(path, "total"), f"expected 0 or more, got {remedy.total}")
    if bound is not None and remedy.amount is not None and remedy.amount.currency != bound.currency:
        problems.add(joined(path, "amount"), f"in another currency than its bound, {bound.currency}")


def check_kind(kind: Kind, path: str, problems: Problems) -> None:
    """What a kind's values say of one another."""
    nothing = dt.timedelta(0)
    if kind.hold < nothing or nothing < kind.max_age <= kind.hold:
        problems.add(joined(path, "hold"), "must be shorter than max_age, or it is stale before it is sent")
    if kind.useful_for is not None and kind.useful_for <= kind.hold:
        problems.add(joined(path, "useful_for"), "must be longer than hold, or it is never sent")
    if len(set(kind.channels)) < len(kind.channels):
        problems.add(joined(path, "channels"), "names one of them twice")
    for name in ("max_age", "gap"):
        if getattr(kind, name) == nothing:
            problems.add(joined(path, name), "must be longer than nothing")
    if kind.purpose is not None and kind.purpose not in PURPOSES and kind.purpose:
        problems.add(joined(path, "purpose"), f"expected any of {', '.join(PURPOSES)}, got {kind.purpose!r}")
    if not kind.channels:
        problems.add(joined(path, "channels"), "needs a channel; enabled = false switches a kind off")
    if kind.category == "C" and not kind.purpose:
        problems.add(joined(path, "purpose"), "missing: what is sent by consent alone needs a purpose")
    if not 1 <= kind.max_segments <= _MOST_SEGMENTS:
        problems.add(joined(path, "max_segments"), f"expected 1 to {_MOST_SEGMENTS}, got {kind.max_segments}")
