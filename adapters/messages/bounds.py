"""How large a template's results may grow: looked at before they are made, since afterwards is too late."""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

import jinja2
from jinja2.utils import Namespace

from streams.domain.values import Value

LARGEST = 1_000_000  # characters or elements that anything may have
WIDEST = 1000  # what a filter or a format may pad to, or divide into
MOST_BITS = 4096
_BITS_A_DIGIT = 3
_WIDTH = re.compile(r"%[^%a-zA-Z]*?(\d{4,}|\*)")
_FIELD = re.compile(r":[^{}]*(\d{4,}|\{)")  # a width of `str.format`; one that is itself inserted is not read
# Methods of a text that pad it, or whose result can't be foreseen.
PADDING_METHODS = frozenset(
    {"center", "encode", "expandtabs", "format_map", "ljust", "rjust", "translate", "zfill"}
)

Filter = Callable[..., Any]


def size(value: Any) -> int:
    """Characters and elements, each as often as it would be shown: what holds itself twice doubles."""
    return _size(value, {})


def _size(value: Any, known: dict[int, int]) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, int):
        return 1 + value.bit_length() // _BITS_A_DIGIT
    parts = _parts(value)
    if parts is None:
        return 1
    found = known.get(id(value))
    if found is None:
        found = known[id(value)] = 1 + sum(_size(part, known) for part in parts)
    return found


def _parts(value: Any) -> Iterable[Any] | None:
    if isinstance(value, list | tuple | set | frozenset):
        return value
    if isinstance(value, dict):
        return chain(value, value.values())
    if isinstance(value, Namespace):
        return list(object.__getattribute__(value, "_Namespace__attrs").values())
    if isinstance(value, Value):
        return [getattr(value, name) for name in value.__struct_fields__]
    return None


def bounded(value: Any) -> Any:
    """The value, if it is no larger than `LARGEST`: what doubles is caught on its way."""
    if size(value) > LARGEST:
        raise jinja2.TemplateRuntimeError("something grows too large")
    return value


def check_product(left: Any, right: Any) -> None:
    """Raises `TemplateRuntimeError` for a product beyond all bounds."""
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > MOST_BITS:
            raise jinja2.TemplateRuntimeError("a product is too large")
        return
    for many, times in ((left, right), (right, left)):
        if isinstance(times, int) and size(many) * times > LARGEST:
            raise jinja2.TemplateRuntimeError("something is repeated too often")


def filled(left: Any, right: Any) -> Any:
    """`left % right`, within bounds."""
    if isinstance(left, str):
        if width := _WIDTH.search(left):
            raise jinja2.TemplateRuntimeError(f"{width[0]} is too wide")
        check_product(right if isinstance(right, tuple | dict) else (right,), left.count("%"))
    return left % right


def formatting(text: str, format_: Callable[..., str]) -> Callable[..., str]:
    """A text's own `format`, within bounds."""

    def held(*args: Any, **kwargs: Any) -> str:
        if width := _FIELD.search(text):
            raise jinja2.TemplateRuntimeError(f"{width[0]} is too wide")
        check_product((args, kwargs), text.count("{"))
        return format_(*args, **kwargs)

    return held


def arguments(function: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a method is called with, once it is known not to make too much of its text."""
    text = getattr(function, "__self__", None)
    if isinstance(text, str) and given:
        if function.__name__ == "replace":
            _replacing(text, *given)
        elif function.__name__ == "join":
            return (_collected(given[0], text),)
    return given


def filters(known: Mapping[str, Filter]) -> dict[str, Filter]:
    """Jinja2's own filters that can make much of little, each within bounds."""
    checks: dict[str, Callable[..., Any]] = {
        **dict.fromkeys(("batch", "center", "slice"), _modest),
        **dict.fromkeys(("groupby", "list", "sort", "unique"), lambda value, *_, **__: _collected(value)),
        **dict.fromkeys(("indent", "tojson"), _spread),
        "join": lambda value, d="", *_, **__: _collected(value, d),
        "replace": _replacing,
        "sum": _adding,
        "wordwrap": lambda value, *given, **named: _spread(
            value, *(each for each in (*given, *named.values()) if isinstance(each, str))
        ),
    }
    return {"format": _format} | {name: _checked(known[name], check) for name, check in checks.items()}


def _checked(filter_: Filter, check: Callable[..., Any]) -> Filter:
    first = int(hasattr(filter_, "jinja_pass_arg"))  # what Jinja2 itself gives it comes before the value

    @functools.wraps(filter_)
    def held(*args: Any, **kwargs: Any) -> Any:
        value = check(*args[first:], **kwargs)
        return filter_(*args[:first], value, *args[first + 1 :], **kwargs)

    return held


def _modest(value: Any, *given: Any, **named: Any) -> Any:
    if any(isinstance(each, int) and each > WIDEST for each in (*given, *named.values())):
        raise jinja2.TemplateRuntimeError(f"it takes at most {WIDEST}")
    return value


def _spread(value: Any, *given: Any, **named: Any) -> Any:
    """Each line, or element, may come to have so much before or after it."""
    text = value if isinstance(value, str) else [value]
    for each in (*given, *named.values()):
        if isinstance(each, str | int):
            check_product(text, len(each) if isinstance(each, str) else each)
    return value


def _replacing(value: Any, old: Any, new: Any, *_: Any, **__: Any) -> Any:
    text = str(bounded(value))
    if len(text) + text.count(str(old)) * len(str(new)) > LARGEST:
        raise jinja2.TemplateRuntimeError("something grows too large")
    return value


def _collected(items: Iterable[Any], between: Any = "") -> list[Any]:
    """The items, as far as they and what stands between them have room."""
    held, left = [], LARGEST
    for item in items:
        held.append(item)
        left -= size(item) + len(between)
        if left < 0:
            raise jinja2.TemplateRuntimeError("something grows too large")
    return held


def _adding(value: Any, *given: Any, start: Any = 0, **_: Any) -> Any:
    if not all(isinstance(each, int | float) for each in (start, *given[1:])):
        raise jinja2.TemplateRuntimeError("sum adds numbers")
    return value


def _format(value: Any, *args: Any, **kwargs: Any) -> Any:
    """Jinja2's filter of that name, within the same bounds as its operator."""
    if args and kwargs:
        raise jinja2.TemplateRuntimeError("format takes values by place or by name, and not both")
    return filled(value if isinstance(value, str) else str(value), kwargs or args)
