"""Logs: one JSON object (or one line of text) an event, with a static name and plain fields.

`structlog.get_logger("engine").info("partition_opened", agent="timeline", partition=3)`. Personal data
and secrets have no place in them: fields that carry such things are refused, and what looks like an
address or a phone number inside other text is blotted out.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REFUSED = frozenset(
    {
        "address",
        "body",
        "comment",
        "content",
        "customer",
        "customer_id",
        "customer_name",
        "data",
        "email",
        "from",
        "headers",
        "intended_for",
        "lines",
        "name",
        "password",
        "payload",
        "phone",
        "raw",
        "recipient",
        "secret",
        "subject",
        "text",
        "to",
        "token",
        "url",
        "value",
    }
)
# Errors of libraries quote what they choked on.
PERSONAL = re.compile(r"[^\s<>\"'=:,;]+@[^\s<>\"',;]+|\+[0-9][0-9 ().-]{7,}[0-9]")
SECRET = re.compile(r"(?i)(?<=://)[^/@\s]+(?=@)|((?:token|password|secret|api[-_]?key)=)[^&\s]+")
BLOT = "[withheld]"
STATIC = re.compile(r"[a-z][a-z0-9_]*")
# Their hot paths build debug records; their news is not ours.
QUIET = {
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "aiokafka": logging.WARNING,
    "aiohttp.access": logging.CRITICAL,
    "asyncio": logging.WARNING,
    # Faust's services greet under the name of the module that defines them.
    "streams.engine.source": logging.WARNING,
    "streams.engine.worker": logging.WARNING,
}

# Says of each attempt that it failed: while Kafka is away, hundreds of times a second.
TALKATIVE = "aiokafka"
SAME_AFTER = 10.0  # seconds
_KINDS = 1_000


class PersonalDataError(ValueError):
    """A log call named a field that may carry personal data; raised in tests only."""


def blot(text: str) -> str:
    """The text without e-mail addresses, phone numbers and credentials."""
    return SECRET.sub(lambda found: (found[1] or "") + BLOT, PERSONAL.sub(BLOT, text))


def _blotted(value: Any) -> Any:
    if isinstance(value, str):
        return blot(value)
    if isinstance(value, BaseException):
        return blot(f"{type(value).__name__}: {value}")
    if isinstance(value, Mapping):
        return {key: _blotted(item) for key, item in value.items() if key not in REFUSED}
    if isinstance(value, list | tuple | set | frozenset):
        return [_blotted(item) for item in value]
    return value if isinstance(value, int | float | bool | None) else blot(str(value))


class RefusePersonalData:
    """Drops fields by name, saying which, and blots out the rest. `strict` raises instead."""

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        refused = sorted(REFUSED & event.keys())
        if refused and self.strict:
            raise PersonalDataError(f"{event.get('event')}: {', '.join(refused)} may be personal data")
        kept = {key: _kept(key, value) for key, value in event.items() if key not in REFUSED}
        return {**kept, "refused": refused} if refused else kept


def _kept(key: str, value: Any) -> Any:
    return value if key in ("exc_info", "_record", "_from_structlog") else _blotted(value)


def _name_foreign(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's free text is a field; the event's name stays static. Our own names are static already."""
    record: logging.LogRecord = event["_record"]
    if record.name.startswith("streams.") and STATIC.fullmatch(record.getMessage()):
        return event
    return {**event, "event": "library_message", "message": event.get("event", "")}


class Thinned(logging.Filter):
    """Lets the same message pass once in `SAME_AFTER`, of the library that repeats itself.

    The next one that passes has `left_out`, the number of those that did not. What carries an exception
    always passes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._said: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be written."""
        if record.name.partition(".")[0] != TALKATIVE or record.exc_info:
            return True
        kind, now = (record.name, record.levelno, record.getMessage()), self._clock()
        since, left_out = self._said.get(kind, (now - SAME_AFTER, 0))
        if now - since < SAME_AFTER:
            self._said[kind] = since, left_out + 1
            return False
        if len(self._said) >= _KINDS:  # where each is a little different
            self._said = {}
        self._said[kind] = now, 0
        if left_out:
            record.left_out = left_out
        return True


def _shared(*, strict: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        RefusePersonalData(strict=strict),
    ]


def _renderer(style: str, stream: TextIO) -> Processor:
    if style == "json":
        return structlog.processors.JSONRenderer(sort_keys=True)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())


def configure_logs(style: str | None = None, stream: TextIO | None = None, *, strict: bool = False) -> None:
    """Sets up structlog and the standard library's loggers for this process, on standard error.

    `style`: `json` or `text`; None: text on a terminal, else JSON. Anything else raises `ValueError`.
    """
    stream = stream if stream is not None else sys.stderr
    style = style or ("text" if stream.isatty() else "json")
    if style not in ("json", "text"):
        raise ValueError(f"ORDERHERALD_LOG must be json or text, not {style}")
    shared = _shared(strict=strict)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(style, stream),
            ],
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _name_foreign, *shared],
        )
    )
    handler.addFilter(Thinned())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def bind_process(fields: MutableMapping[str, Any]) -> None:
    """Fields of every event of this process: its role, its instance."""
    structlog.contextvars.bind_contextvars(**fields)
