"""Bytes to events and back. What can't be read says why, in one sentence."""

import datetime as dt
import re
from typing import Annotated, Any

import msgspec

from streams.domain.events import CONTRACT, Event, Payload
from streams.domain.notes import TYPES
from streams.domain.values import LONGEST, OUT_OF_REACH, Instant, in_reach

LARGEST = 900_000  # bytes; a broker's usual limit is 1 MiB and the hops add their own
BEGINNING = 4096  # bytes of a record too large to be set aside whole
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # the last: nested without end
_Name = Annotated[str, msgspec.Meta(min_length=1)]


class Unreadable(ValueError):  # noqa: N818 - it says what the record is, not that we erred
    """`reason` is a static label for metrics; `detail` a sentence for whoever mends the sender."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _Envelope(msgspec.Struct):
    specversion: str
    id: _Name
    source: _Name
    type: str
    time: Instant
    data: msgspec.Raw
    subject: _Name | None = None
    arrivedat: Instant | None = None


class _Wire(msgspec.Struct, omit_defaults=True):
    specversion: str
    id: str
    source: str
    type: str
    time: dt.datetime
    arrivedat: dt.datetime
    data: Payload
    subject: str | None = None


_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_data = {name: msgspec.json.Decoder(struct).decode for name, struct in TYPES.items()}
_encode = msgspec.json.Encoder().encode


def read_event(value: bytes | None, arrived: dt.datetime) -> Event:
    """The event in a record's value. `arrived` holds unless the event carries its own `arrivedat`.

    Raises `Unreadable`, whose reason is one of `empty`, `oversize`, `not_json`, `invalid`,
    `unknown_type`.
    """
    if not value:
        raise Unreadable("empty", "the record has no value")
    if len(value) > LARGEST:
        raise Unreadable("oversize", f"{len(value)} bytes, {LARGEST} at most")
    envelope = _decoded(_read_envelope, value, "event")
    if envelope.specversion != "1.0":
        raise Unreadable("invalid", 'event: specversion: expected "1.0"')
    if not (in_reach(envelope.time) and in_reach(envelope.arrivedat)):
        raise Unreadable("invalid", _out_of_reach(envelope, value))
    read = _read_data.get(envelope.type)
    if read is None:
        raise Unreadable("unknown_type", f"{envelope.type}: no such event type")
    if envelope.type in CONTRACT:  # what is told inside is named after it, and so may be longer
        _check_lengths(envelope)
    return Event(
        id=envelope.id,
        source=envelope.source,
        type=envelope.type,
        time=envelope.time.astimezone(dt.UTC),
        arrived=(envelope.arrivedat or arrived).astimezone(dt.UTC),
        data=_decoded(read, envelope.data, envelope.type),
        subject=envelope.subject,
    )


def write_event(event: Event) -> bytes:
    """The event as it travels between the rooms; `read_event` gives it back unchanged."""
    return _encode(
        _Wire(
            "1.0",
            event.id,
            event.source,
            event.type,
            event.time,
            event.arrived,
            event.data,
            event.subject,
        )
    )


class Head(msgspec.Struct):
    """What a room that only hands an event on needs to know of it: a third of the cost of reading it."""

    type: str
    subject: str | None = None
    arrivedat: str | None = None


_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # what is handed on says itself when it arrived
_decode_head = msgspec.json.Decoder(Head).decode


def read_head(value: bytes | None) -> Head | None:
    """None where it is no event, or one that doesn't say itself when it arrived: read it whole then."""
    try:
        head = _decode_head(value or b"")
    except UNREADABLE:
        return None
    return None if head.arrivedat is None else head


def about(value: bytes, order_id: str) -> bytes:
    """An event of `write_event`'s making, saying itself which order it is about."""
    subject = _decode_head(value).subject
    if subject == order_id:
        return value
    if subject is None:  # the last field, so that it can be added without reading the others
        return b'%b,"subject":%b}' % (value.rstrip()[:-1], _encode(order_id))
    event = read_event(value, _LONG_AGO)
    return write_event(msgspec.structs.replace(event, subject=order_id))


def write_json(value: object) -> bytes:
    """Any struct, for topics that other systems read."""
    return _encode(value)


class DeadLetter(msgspec.Struct, omit_defaults=True):
    """What could not be read or placed: why, where it lay, and the original (or its beginning)."""

    reason: str
    detail: str
    at: dt.datetime
    event: msgspec.Raw
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    truncated: bool = False


def original(value: bytes | None) -> tuple[msgspec.Raw, bool]:
    """The original as JSON where it is JSON, else as text; only its beginning where it is too large."""
    data = value or b""
    if len(data) > LARGEST:
        return msgspec.Raw(_encode(data[:BEGINNING].decode("utf-8", "replace"))), True
    try:
        return msgspec.Raw(msgspec.json.format(data, indent=-1)), False
    except UNREADABLE:
        return msgspec.Raw(_encode(data.decode("utf-8", "replace"))), False


def _out_of_reach(envelope: _Envelope, value: bytes) -> str:
    name = "arrivedat" if in_reach(envelope.time) else "time"
    return f"event: {name}: {OUT_OF_REACH}, got {_value_at(value, name)}"


def _check_lengths(envelope: _Envelope) -> None:
    if max(len(envelope.id), len(envelope.source), len(envelope.subject or "")) <= LONGEST:
        return
    for name in ("id", "source", "subject"):
        if len(getattr(envelope, name) or "") > LONGEST:
            raise Unreadable("invalid", f"event: {name}: expected at most {LONGEST} characters")


def _decoded(read: Any, data: bytes | msgspec.Raw, name: str) -> Any:
    try:
        return read(data)
    except msgspec.ValidationError as error:
        raise Unreadable("invalid", explain(error, data, name)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable("not_json", f"{name}: not JSON: {error}") from None
    except RecursionError:
        raise Unreadable("invalid", f"{name}: nested too deeply") from None


_AT = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_WORDS = (
    (re.compile(r"matching regex '\^-\?\[0-9\].*'"), "expected a decimal string"),
    (re.compile(r"matching regex '\^\[A-Z\]\{3\}\$'"), "expected a currency code of three capitals"),
    (re.compile(r"matching regex '\^\[A-Z\]\{2\}\$'"), "expected a country code of two capitals"),
    (
        re.compile(r"isoformat|out of range|month must|hour must|matching regex '\^\[0-9\]\{4\}-"),
        "expected a date, or a date and time with offset",
    ),
    (re.compile(r"timezone component|RFC3339"), "expected a date and time with offset"),
)
_TYPES = {
    "str": "a string",
    "int": "a whole number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "datetime": "a date and time with offset",
    "null": "nothing",
}
_LONGEST_QUOTE = 60
_DECIMAL_FIELDS = ("amount",)


def explain(error: msgspec.ValidationError, data: bytes | msgspec.Raw, name: str) -> str:
    """One sentence: which field, what was expected, what was there.

    >>> # order.placed: total.amount: expected a decimal string, got 12.5
    """
    match = _AT.match(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    missing = _MISSING.match(what)
    if missing:
        return f"{name}: {_joined(path, missing[1])}: missing"
    field = path.lstrip(".") or "data"
    return f"{name}: {field}: {_expectation(what, field)}, got {_value_at(data, path)}"


def _expectation(what: str, field: str) -> str:
    for pattern, words in _WORDS:
        if pattern.search(what):
            return words
    if field.rpartition(".")[2] in _DECIMAL_FIELDS and what.startswith("Expected `str`"):
        return "expected a decimal string"
    kinds = re.match(r"Expected `([^`]+)`(, got `[^`]+`)?$", what)
    if kinds:
        wanted = (_TYPES.get(kind.strip(), kind.strip()) for kind in kinds[1].split("|"))
        return "expected " + " or ".join(dict.fromkeys(wanted))
    return "expected another value" if what.startswith("Invalid enum") else re.sub(r"`|, got .*", "", what)


def _joined(path: str, field: str) -> str:
    return f"{path.lstrip('.')}.{field}".lstrip(".")


def _value_at(data: bytes | msgspec.Raw, path: str) -> str:
    try:
        value: Any = msgspec.json.decode(data)
    except RecursionError:  # nested without end in another place
        return "something else"
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return "something else"
    text = msgspec.json.encode(value).decode("utf-8", "replace")
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"
