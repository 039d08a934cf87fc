"""What a brand has of its own over the installation: caps and waits, clocks, days on which it rests."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from streams.domain.jurisdictions import Clocks, Jurisdiction
from streams.domain.world import OWN_LIMITS, Brand, Limits
from streams.settings.limits import check_limits
from streams.settings.tables import Problems, hint, joined, read_value
from streams.settings.values import check_country

_TYPES = {field.name: field.type for field in msgspec.structs.fields(Limits)}
# A shop may give its customers longer for these, and itself shorter for the others.
_THE_CUSTOMERS = frozenset({"withdrawal", "send_back"})


def read_own_limits(table: object, path: str, problems: Problems) -> dict[str, object]:
    """Those of a brand's limits that could be read."""
    if not isinstance(table, dict):
        problems.add(path, "expected a table")
        return {}
    read = {key: _limit(key, value, joined(path, key), problems) for key, value in table.items()}
    return {key: value for key, value in read.items() if value is not None}


def _limit(name: str, value: object, path: str, problems: Problems) -> object:
    if name in OWN_LIMITS:
        return read_value(_TYPES[name], value, path, problems)
    if name in _TYPES:
        problems.add(path, "is for all brands alike: it stands in [limits]")
    else:
        problems.add(path, "no such setting" + hint(name, OWN_LIMITS))
    return None


def check_own(
    brands: Iterable[tuple[str, Brand]],
    limits: Limits,
    jurisdictions: Mapping[str, Jurisdiction],
    problems: Problems,
) -> None:
    """Each brand's, with its path, as they come out over the installation's. The first is the defaults.

    What a brand has from the defaults is told there alone.
    """
    shared: Brand | None = None
    for path, brand in brands:
        own: dict[str, Any] = brand.limits
        if own and (shared is None or own != shared.limits):
            check_limits(msgspec.structs.replace(limits, **own), joined(path, "limits"), problems, own)
        for country, clocks in brand.jurisdictions.items():
            if shared is None or clocks != shared.jurisdictions.get(country):
                where = joined(path, f"jurisdictions.{country}")
                _clocks(clocks, country, jurisdictions, where, problems)
        for country in brand.calendars:
            if shared is None or country not in shared.calendars:
                check_country(country, joined(path, f"calendars.{country}"), problems)
        shared = brand if shared is None else shared


def _clocks(
    clocks: Clocks, country: str, known: Mapping[str, Jurisdiction], path: str, problems: Problems
) -> None:
    law = known.get(country)
    if law is None:
        problems.add(path, f"no clocks are known for {country}: they stand in [jurisdictions.{country}]")
        return
    for name, days in msgspec.structs.asdict(clocks).items():
        least: int = getattr(law, name)
        if days is None or (days >= least if name in _THE_CUSTOMERS else days <= least):
            continue
        than = "fewer" if name in _THE_CUSTOMERS else "more"
        problems.add(joined(path, name), f"{than} days than the {least} of the law")
