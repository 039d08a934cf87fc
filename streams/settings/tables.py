"""Plain tables (from TOML or the environment) to structs, with every mistake instead of the first.

A mistake is one sentence that begins with where it was made: a path in the file, or a variable's name.
"""

import datetime as dt
import difflib
import re
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

Struct = TypeVar("Struct", bound=msgspec.Struct)

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")
_SECRET = re.compile(r"(password|secret|token|url|key|providers)[^.]*$|^providers")
_TRUTH = {"yes": True, "on": True, "no": False, "off": False}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_SHOWN = 80  # characters of what is wrong
_CENTURY = 36_500 * _UNITS["d"]  # what is added to today must still be a date
_NAMES: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    dt.date: "a date like 2026-12-24",
    dt.timedelta: "a duration like 45m, 4h or 30d",
    types.NoneType: "nothing",
}


class Problems:
    """Collects mistakes, each told by the place where it was made."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._origins: dict[str, str] = {}

    def add(self, path: str, text: str) -> None:
        """One mistake at a dotted path."""
        self.sentences.append(f"{self._origins.get(path, path)}: {text}")

    def came_from(self, path: str, variable: str) -> None:
        """What lies at `path` was set by a variable, whose name the operator knows better."""
        self._origins[path] = variable


def read_struct(struct: type[Struct], table: object, path: str, problems: Problems) -> Struct | None:
    """The table as `struct`; what is wrong is told, and left at its default so that reading goes on.

    None where it is no table, or without what has no default.
    """
    if not isinstance(table, Mapping):
        problems.add(path, f"expected a table, got {_shown(table, path)}")
        return None
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for key in table:
        if key not in fields:
            problems.add(joined(path, key), "no such setting" + hint(key, fields))
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in table:
            if field.required:
                problems.add(joined(path, name), "missing")
            continue
        value = read_value(field.type, table[name], joined(path, name), problems)
        if value is not None:
            values[field.name] = value
    missing = any(field.required and field.name not in values for field in fields.values())
    return None if missing else struct(**values)


def read_value(kind: Any, value: object, path: str, problems: Problems) -> Any:
    """One value as `kind`, or None with a problem added. Text is read as what it stands for."""
    wanted = _without_none(kind)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return read_struct(wanted, value, path, problems)
    if get_origin(wanted) is dict and isinstance(value, Mapping):
        of = get_args(wanted)[1]
        read = {key: read_value(of, each, joined(path, key), problems) for key, each in value.items()}
        return {key: each for key, each in read.items() if each is not None}
    if _of_structs(wanted) and isinstance(value, list):
        found = [
            read_value(get_args(wanted)[0], each, joined(path, str(place)), problems)
            for place, each in enumerate(value)
        ]
        return tuple(each for each in found if each is not None)
    try:
        return msgspec.convert(_prepared(wanted, value), kind, strict=False)
    except msgspec.ValidationError as error:
        problems.add(path, f"expected {_name(wanted) or _plain(error)}, got {_shown(value, path)}")
        return None


def duration(text: str) -> dt.timedelta | None:
    """`45m`, `4h`, `1d12h`, `30s` as a span of time; None where it is none, or longer than a century."""
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        return None
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return dt.timedelta(seconds=seconds) if seconds <= _CENTURY else None


def joined(path: str, key: str) -> str:
    """The dotted path of `key` in the table at `path`."""
    return f"{path}.{key}" if path else key


def hint(key: str, known: Iterable[str]) -> str:
    """What was probably meant, as the end of a sentence; empty where nothing is near."""
    near = difflib.get_close_matches(key, list(known), n=1)
    return f", did you mean {near[0]}?" if near else ""


def _prepared(kind: Any, value: object) -> object:
    if kind is dt.timedelta and not isinstance(value, dt.timedelta):
        found = duration(value) if isinstance(value, str) else None
        return "" if found is None else found  # of what 45 are, a bare number doesn't say
    if kind is bool and isinstance(value, str):
        return _TRUTH.get(value.lower(), value)
    if get_origin(kind) is tuple and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_prepared(get_args(kind)[0], each) for each in value)
    return value


def _of_structs(kind: Any) -> bool:
    if get_origin(kind) is not tuple:
        return False
    of = get_args(kind)[0]
    return isinstance(of, type) and issubclass(of, msgspec.Struct)


def _without_none(kind: Any) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        rest = [each for each in get_args(kind) if each is not types.NoneType]
        if len(rest) == 1:
            return _without_none(rest[0])
    return kind


def _name(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return " or ".join(repr(each) for each in get_args(kind))
    if origin is tuple:
        of = _name(get_args(kind)[0])
        return f"a list, each {of}" if of else "a list"
    if origin is dict:
        return "a table"
    if origin is Annotated:
        return ""
    return _NAMES.get(kind, "")


def _plain(error: msgspec.ValidationError) -> str:
    text = str(error).partition(" - at ")[0]
    if "[0-5][0-9]" in text:
        return "a time of day like 21:00"
    if "{1,12}" in text:
        return "an amount in quotes, like 12.50"
    if "[A-Z]{3}" in text:
        return "a currency of three capitals, like EUR"
    text = text.removeprefix("Expected ").partition(", got ")[0].replace("`", "")
    return text.replace("int", "a whole number").replace("float", "a number").replace("str", "text")


def _shown(value: object, path: str) -> str:
    if _SECRET.search(path):
        return "something else"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
