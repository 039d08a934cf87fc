"""Calendars, zones, languages and phone numbers, from the libraries that keep them up to date."""

import datetime as dt
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import holidays
import phonenumbers
from babel.core import get_global
from babel.languages import get_official_languages
from phonenumbers import PhoneNumberType

from adapters.messages.environment import languages
from streams.domain.jurisdictions import JURISDICTIONS, Jurisdiction
from streams.domain.kinds import KINDS, Kind
from streams.domain.notes import Channel
from streams.domain.world import Brand, Limits, World

# Where a country has several zones, the one that most of its people live by (CLDR's primaryZones,
# and for those that CLDR leaves open the zone of the largest city). All other countries have one.
PRINCIPAL = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
# Premium numbers and landlines are valid numbers too, but no SMS arrives there.
TAKES_SMS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def principal_zones() -> dict[str, str]:
    """Country -> its principal time zone; countries without any settled one are left out."""
    known: Mapping[str, list[str]] = get_global("territory_zones")
    single = {country: zones[0] for country, zones in known.items() if len(zones) == 1}
    return {country: zone for country, zone in (single | PRINCIPAL).items() if _is_country(country)}


def country_languages() -> dict[str, str]:
    """Country -> the official language that most of its people speak, as an ISO 639 code."""
    found = {}
    for country in get_global("territory_languages"):
        official = get_official_languages(country, de_facto=True)
        if official and _is_country(country):
            found[country] = official[0].partition("_")[0]
    return found


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "UN")  # noqa: PLR2004  # ISO 3166-1


@lru_cache(maxsize=512)
def public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """The days on which business rests; none where the library does not know the country."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "no data before 1990": then there are none to tell
        try:
            return frozenset(holidays.country_holidays(country, years=year))
        except NotImplementedError:
            return frozenset()


@lru_cache(maxsize=8192)  # a customer's every order brings the same number, and parsing it costs 100 us
def normalise_phone(number: str, country: str) -> str | None:
    """In E.164, as dialled from `country` where it has no prefix; None where no SMS arrives."""
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.number_type(parsed) not in TAKES_SMS:  # the type of an invalid number is unknown
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def build_world(
    *,
    brands: Mapping[str, Brand],
    defaults: Brand,
    limits: Limits | None = None,
    kinds: Mapping[str, Kind] = KINDS,
    locales: tuple[str, ...] | None = None,
    channels: Callable[[str], tuple[Channel, ...]] | None = None,
    repeats_safely: Callable[[str, Channel], bool] | None = None,
    holidays: Callable[[str, int], frozenset[dt.date]] = public_holidays,
    version: str = "default",
    jurisdictions: Mapping[str, Jurisdiction] = JURISDICTIONS,
    silence: Callable[[str, str], dt.timedelta | None] | None = None,
) -> World:
    """All that decisions may know. Without `channels`, every shop has both; without `locales`, all words."""
    given: dict[str, Any] = {"channels": channels, "repeats_safely": repeats_safely, "silence": silence}
    return World(
        version=version,
        brands=dict(brands),
        defaults=defaults,
        kinds=dict(kinds),
        limits=limits or Limits(),
        zones=principal_zones(),
        languages=country_languages(),
        locales=languages() if locales is None else locales,
        holidays=holidays,
        phone=normalise_phone,
        jurisdictions=jurisdictions,
        **{name: value for name, value in given.items() if value is not None},
    )
