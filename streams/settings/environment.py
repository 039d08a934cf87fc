"""The environment over the file: which variable is which setting."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from streams.domain.kinds import KINDS, Kind
from streams.domain.world import Brand, Closures
from streams.settings.model import Written
from streams.settings.tables import Problems, hint

PREFIX = "ORDERHERALD_"
# Kubernetes gives every pod such variables about a service that is called orderherald-anything.
_CLUSTER = re.compile(r"(.*_)?(SERVICE_(HOST|PORT(_.+)?)|PORT(_[0-9]+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)")
# Which file to read, and what a supervisor tells its children: no settings.
_OWN = {"CONFIG", "CONTROL", "PEERS", "LIFELINE"}


class _NoSuchSetting(Exception):  # noqa: N818 - the name says it
    pass


def lay_over(table: dict[str, Any], variables: Mapping[str, str], problems: Problems) -> None:
    """Puts every `ORDERHERALD_…` variable where it belongs in `table`. An empty one is none."""
    for variable in sorted(variables):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in _OWN or not variables[variable] or _CLUSTER.fullmatch(name):
            continue
        try:
            path, text = _located(name, variables[variable], table)
        except _NoSuchSetting:
            problems.add(variable, "no such setting" + hint(variable, map(PREFIX.__add__, _fixed())))
        except (OSError, UnicodeDecodeError):
            problems.add(variable, "the file that it names can't be read")
        else:
            _put(table, path, _value(text), variable, problems)


def _located(name: str, text: str, table: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    path = _path(name, table)
    if path is None and name.endswith("_FILE"):
        path = _path(name.removesuffix("_FILE"), table)
        text = Path(text).read_text(encoding="utf-8").strip() if path else text
    if path is None:
        raise _NoSuchSetting
    return path, text


def _path(name: str, table: dict[str, Any]) -> tuple[str, ...] | None:
    fixed = _fixed().get(name)
    if fixed is not None:
        return fixed
    section, _, rest = name.partition("_")
    if not rest:
        return None
    if section == "BRANDS":
        return _member("brands", rest, _names(Brand), table)
    if section == "CALENDARS":
        return _member("calendars", rest, _names(Closures), table, str.upper)
    if section == "KINDS":
        found = _member("kinds", rest, _names(Kind), table)
        return found if found is not None and found[1] in KINDS else None
    return _provider(rest, table) if section == "PROVIDERS" else None


def _member(
    section: str, rest: str, fields: Iterable[str], table: dict[str, Any], spelt: Any = str.lower
) -> tuple[str, ...] | None:
    for field in sorted(fields, key=len, reverse=True):
        which = rest.removesuffix("_" + field.upper())
        if which not in (rest, ""):
            return section, _known(which, table.get(section)) or spelt(which), field
    return None


def _provider(rest: str, table: dict[str, Any]) -> tuple[str, ...]:
    written = table.get("providers")
    for name in written if isinstance(written, dict) else ():
        option = rest.removeprefix(_spelt(name) + "_")
        if option != rest:
            return "providers", name, option.lower()
    return "providers", _known(rest, written) or rest.lower()


def _known(which: str, section: object) -> str | None:
    names = section if isinstance(section, dict) else ()
    return next((name for name in names if _spelt(name) == which), None)


def _spelt(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def _names(struct: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def _fixed() -> dict[str, tuple[str, ...]]:
    """The variables whose names don't depend on what is configured."""
    found: dict[str, tuple[str, ...]] = {}
    for field in msgspec.structs.fields(Written):
        found[field.name.upper()] = (field.name,)
        inner = Brand if field.name == "defaults" else field.type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            for name in _names(inner):
                found[f"{field.name}_{name}".upper()] = (field.name, name)
    return found


def _value(text: str) -> object:
    if text.startswith(("{", "[")):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
    return text


def _put(
    table: dict[str, Any], path: tuple[str, ...], value: object, variable: str, problems: Problems
) -> None:
    *above, last = path
    for step in above:
        table = table.setdefault(step, {})
        if not isinstance(table, dict):
            problems.add(variable, f"{step} is no table in the file, so nothing can be set in it")
            return
    table[last] = value
    problems.came_from(".".join(path), variable)
