"""In whose name a short message comes, by the country of the number that it goes to."""

from functools import lru_cache

import phonenumbers

from streams.domain.senders import NUMBERS_ONLY, is_number
from streams.domain.world import Brand

_PREFIXES = ("+1", "+86")  # of the countries that take numbers only, and of others besides


def sender_for(brand: Brand, number: str) -> str | None:
    """The brand's own for that country, else its usual one; None leaves it to the provider.

    So does a name where names are not taken: a provider with a number there uses that.
    """
    usual = brand.sms_sender
    if not brand.sms_senders and not number.startswith(_PREFIXES):
        return usual
    country = _country(number)
    own = brand.sms_senders.get(country)
    if own is not None:
        return own
    return usual if usual is None or country not in NUMBERS_ONLY or is_number(usual) else None


@lru_cache(maxsize=8192)  # parsing costs 100 us, and a customer's every order brings the same number
def _country(number: str) -> str:
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""
