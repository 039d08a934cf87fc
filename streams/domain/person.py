"""In which language and by which clock a customer is spoken to."""

import datetime as dt
import functools
import zoneinfo

from streams.domain.clock import first_zone
from streams.domain.customer import Customer
from streams.domain.notes import IntentRaised
from streams.domain.world import Brand, World


def zone_of(customer: Customer, intent: IntentRaised, brand: Brand, world: World) -> zoneinfo.ZoneInfo:
    """What the customer has chosen, else the order's zone, else where the goods go, else the brand's."""
    chosen, seen = customer.chosen_timezone, customer.timezone
    return first_zone(
        chosen.value if chosen is not None else None,
        intent.timezone,
        seen.value if seen is not None else None,
        world.zones.get(intent.goes_to or intent.country),
        world.zones.get(intent.country),
        brand.timezone,
    )


def locale_of(customer: Customer, intent: IntentRaised, brand: Brand, world: World) -> str:
    """The order's language, fixed when it was placed; one of `world.locales`.

    A language that the customer chose before counts before the order's own; one chosen later is for
    later orders. A language without templates gives way to the brand's, not to the country's.
    """
    wanted = (
        chosen_before(customer, intent.content.placed_at)
        or intent.locale
        or world.languages.get(intent.country)
        or brand.locale
    )
    return supported(wanted, world.locales) or supported(brand.locale, world.locales) or world.locales[0]


def chosen_before(customer: Customer, placed_at: dt.datetime | None) -> str | None:
    """The language that the customer had asked for by then, if any: that of an order placed then."""
    if placed_at is None:
        return None
    before = [known.value for known in customer.chosen_locales if known.at <= placed_at]
    return before[-1] if before else None


@functools.lru_cache(maxsize=4096)
def supported(wanted: str, locales: tuple[str, ...]) -> str | None:
    """The locale itself or its language (`pl_PL`, `pl-PL` → `pl`), if templates exist in it."""
    tag = wanted.replace("-", "_").lower()
    known = {locale.replace("-", "_").lower(): locale for locale in locales}
    return known.get(tag) or known.get(tag.partition("_")[0])
