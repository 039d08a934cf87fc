"""The configuration file as a JSON Schema, for editors and for whoever makes such files by machine."""

import datetime as dt
import re
from typing import Any

import msgspec

from streams.domain.jurisdictions import Jurisdiction
from streams.domain.kinds import KINDS, Kind
from streams.domain.world import OWN_LIMITS, Brand, Limits
from streams.settings.model import Written

TITLE = "Orderherald"
DESCRIPTION = (
    "The file that --config or ORDERHERALD_CONFIG names. Every setting may come from the environment too."
)
_SPAN = r"^([0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)\s*)+$"
_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
_ISO = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9.]+)S)?)?")


def schema() -> dict[str, Any]:
    """Draft 2020-12. Unknown keys are wrong everywhere but among a provider's own options."""
    kind = _partial("KindSettings", Kind, "name")
    kinds = msgspec.defstruct("Kinds", [(name, kind, msgspec.field(default_factory=dict)) for name in KINDS])
    others = tuple(each.name for each in msgspec.structs.fields(Limits) if each.name not in OWN_LIMITS)
    limits = _partial("BrandLimits", Limits, *others)
    brand = _partial("BrandSettings", Brand, "id", kinds=kinds, limits=limits)
    clocks = _partial("JurisdictionSettings", Jurisdiction, "country")
    root = _partial(
        "Settings",
        Written,
        kinds=kinds,
        defaults=brand,
        brands=dict[str, brand],  # type: ignore[valid-type]  # made at run time
        jurisdictions=dict[str, clocks],  # type: ignore[valid-type]  # made at run time
        providers=dict[str, str | dict[str, Any]],
    )
    (_,), parts = msgspec.json.schema_components([root], ref_template="#/$defs/{name}")
    parts = {name: _strict(part) for name, part in sorted(parts.items())}
    whole = parts.pop("Settings") | {"description": DESCRIPTION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        **{key: value for key, value in whole.items() if key != "title"},
        "$defs": parts,
    }


def printed() -> str:
    """As `deploy/orderherald.schema.json` has it."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _partial(name: str, struct: type[msgspec.Struct], *without: str, **instead: Any) -> type[msgspec.Struct]:
    """The struct as it is written: nothing need be, what isn't written has a default or is common."""
    fields: list[tuple[str, Any, Any]] = []
    renamed: dict[str, str] = {}
    for field in msgspec.structs.fields(struct):
        if field.name in without:
            continue
        kind = instead.get(field.name, field.type)
        default = field.default if field.name not in instead else msgspec.NODEFAULT
        known = default is not msgspec.NODEFAULT
        fields.append((field.name, kind, default if known else msgspec.field(default_factory=dict)))
        renamed[field.name] = field.encode_name
    made = msgspec.defstruct(name, fields, rename=renamed, kw_only=True)
    made.__doc__ = struct.__doc__
    return made


def _strict(part: Any) -> Any:
    """Durations as people write them, and no key that nobody reads."""
    if isinstance(part, list):
        return [_strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: _strict(value) for key, value in part.items()}
    if made.get("format") == "duration":
        made = {"type": "string", "pattern": _SPAN, **_default_of(made)}
    if isinstance(part.get("items"), dict) and part["items"].get("format") == "duration":
        made["default"] = [spelt(each) for each in made.get("default", ())]
    if isinstance(made.get("properties"), dict) and "type" in made:
        made["additionalProperties"] = False
    if "description" in made:
        made["description"] = " ".join(str(made["description"]).split())
    return _without_null(made)


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    """TOML knows none: what isn't said is left out."""
    some = [each for each in part.get("anyOf", ()) if each != {"type": "null"}]
    made = {key: value for key, value in part.items() if key not in ("anyOf", "default", "required")}
    if len(some) == 1:
        made |= some[0]
    elif some:
        made["anyOf"] = some
    if part.get("default") not in (None, {}, []):
        made["default"] = part["default"]
    if part.get("required"):
        made["required"] = part["required"]
    return made


def _default_of(part: dict[str, Any]) -> dict[str, str]:
    default = part.get("default")
    return {"default": spelt(default)} if isinstance(default, str) else {}


def spelt(iso: str) -> str:
    """`PT45M` as `45m`, which is how the file says it."""
    match = _ISO.fullmatch(iso)
    assert match is not None, iso
    days, hours, minutes, seconds = (float(each or 0) for each in match.groups())
    left = round(dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds())
    text = ""
    for unit, length in _UNITS:
        count, left = divmod(left, length)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
