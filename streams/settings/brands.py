"""Brands and kinds of message as they are written, over what they leave out."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from streams.domain.kinds import KINDS, Kind
from streams.domain.world import Brand
from streams.settings import rules
from streams.settings.own import read_own_limits
from streams.settings.quiet import check_kind_hours
from streams.settings.tables import Problems, hint, joined, read_struct, read_value
from streams.settings.values import is_delivery, is_mail

_NULLABLE = {field.name for field in msgspec.structs.fields(Kind) if field.default is None}
_IN_PARTS = ("kinds", "limits", "jurisdictions", "calendars")
_KIND_FIELDS = {field.name: field.type for field in msgspec.structs.fields(Kind) if field.name != "name"}


def read_brands(
    table: dict[str, Any], delivery: str, problems: Problems
) -> tuple[Brand | None, dict[str, Brand]]:
    """What an unknown shop gets, and the brands over it."""
    common = _common(table, delivery)
    own = table.get("defaults")
    own = own if isinstance(own, dict) else {}
    before = len(problems.sentences)
    defaults = _brand("", {**common, **own}, "defaults", problems)
    # A mistake in what is common is told once, not again for each brand.
    common = {**common, **own} if len(problems.sentences) == before else {}
    named = table.get("brands")
    brands = {
        name: _brand(name, _merged(common, each), joined("brands", name), problems)
        for name, each in (named.items() if isinstance(named, dict) else ())
        if isinstance(each, dict)
    }
    return defaults, {name: brand for name, brand in brands.items() if brand is not None}


def read_kind(name: str, table: object, path: str, problems: Problems) -> Kind | None:
    """A kind of message as this installation has it."""
    override = _override(name, table, path, problems)
    if name not in KINDS:
        return None
    kind = msgspec.structs.replace(KINDS[name], **_given(override))
    rules.check_kind(kind, path, problems)
    return kind


def _given(override: dict[str, object]) -> dict[str, Any]:
    """Without what couldn't be read, which is told already."""
    return {key: value for key, value in override.items() if value is not None or key in _NULLABLE}


def check_overrides(
    brands: Iterable[tuple[str, Brand]], kinds: Mapping[str, Kind], problems: Problems
) -> None:
    """A brand's kinds as they come out of its own words and the installation's. The first is the defaults."""
    shared: dict[str, dict[str, object]] | None = None
    for where, brand in brands:
        for name, kind in kinds.items():
            path, override = joined(where, f"kinds.{name}"), brand.kinds.get(name)
            if override:
                kind = msgspec.structs.replace(kind, **override)  # noqa: PLW2901 - as this brand has it
                if shared is None or override != shared.get(name):
                    rules.check_kind(kind, path, problems)
            check_kind_hours(kind, brand, joined(path, "quiet"), problems)
        shared = brand.kinds if shared is None else shared


def _common(table: dict[str, Any], delivery: str) -> dict[str, Any]:
    """What every brand has unless it says otherwise. What is wrong is told elsewhere."""
    mode = table.get("delivery") or delivery
    common = {"delivery": mode if is_delivery(mode) else delivery}
    sender = table.get("mail_from")
    return {**common, "mail_from": sender} if sender and is_mail(sender) else common


def _merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What a brand says, over what all brands say: of their tables, setting by setting."""
    merged = {**common, **own}
    for name in _IN_PARTS:
        if isinstance(common.get(name), dict) and isinstance(own.get(name), dict):
            merged[name] = _laid_over(common[name], own[name])
    return merged


def _laid_over(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {
        **common,
        **{
            key: {**common[key], **value}
            if isinstance(value, dict) and isinstance(common.get(key), dict)
            else value
            for key, value in own.items()
        },
    }


def _brand(name: str, table: dict[str, Any], path: str, problems: Problems) -> Brand | None:
    if "id" in table:
        problems.add(joined(path, "id"), "the name of a brand's table is its id")
    overrides = _overrides(table.get("kinds", {}), joined(path, "kinds"), problems)
    limits = read_own_limits(table.get("limits", {}), joined(path, "limits"), problems)
    read = read_struct(Brand, {**table, "id": name, "kinds": {}, "limits": {}}, path, problems)
    if read is None:
        return None
    rules.check_brand(read, path, problems)
    return msgspec.structs.replace(read, kinds=overrides, limits=limits)


def _overrides(table: object, path: str, problems: Problems) -> dict[str, dict[str, object]]:
    if not isinstance(table, dict):
        problems.add(path, "expected a table")
        return {}
    return {kind: _override(kind, each, joined(path, kind), problems) for kind, each in table.items()}


def _override(name: str, table: object, path: str, problems: Problems) -> dict[str, object]:
    if name not in KINDS:
        problems.add(path, "no such kind of message" + hint(name, KINDS))
        return {}
    if not isinstance(table, dict):
        problems.add(path, "expected a table")
        return {}
    for key in table:
        if key not in _KIND_FIELDS:
            problems.add(joined(path, key), "no such setting" + hint(key, _KIND_FIELDS))
    return {
        key: read_value(_KIND_FIELDS[key], value, joined(path, key), problems)
        for key, value in table.items()
        if key in _KIND_FIELDS
    }
