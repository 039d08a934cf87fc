"""Statutory clocks as they are written, over those that are built in."""

from typing import Any

import msgspec

from streams.domain.jurisdictions import JURISDICTIONS, Jurisdiction
from streams.settings.tables import Problems, joined, read_struct
from streams.settings.values import check_country, is_country


def read_jurisdictions(table: object, problems: Problems) -> dict[str, Jurisdiction]:
    """Country -> its clocks. A country that is built in may be changed in part; a new one says all."""
    found = dict(JURISDICTIONS)
    for country, written in (table if isinstance(table, dict) else {}).items():
        read = _jurisdiction(country, written, joined("jurisdictions", country), problems)
        if read is not None:
            found[country] = read
    return found


def _jurisdiction(country: str, written: object, path: str, problems: Problems) -> Jurisdiction | None:
    check_country(country, path, problems)
    if not is_country(country):
        return None
    if not isinstance(written, dict):
        return None  # told where the table is read as a whole
    if "country" in written:
        problems.add(joined(path, "country"), "the name of a jurisdiction's table is its country")
    known: dict[str, Any] = msgspec.structs.asdict(JURISDICTIONS[country]) if country in JURISDICTIONS else {}
    read = read_struct(Jurisdiction, {**known, **written, "country": country}, path, problems)
    if read is not None and not read.sources:
        problems.add(
            joined(path, "sources"), "missing: a clock without its source can't be checked by anybody"
        )
    return read
