"""Caps and waits that would stop everything, or contradict one another."""

import datetime as dt
from collections.abc import Iterator, Mapping

import msgspec

from streams.domain.world import Limits
from streams.settings.tables import Problems, joined

Wrong = tuple[str, str]  # a setting, and what is wrong with it

_NOTHING, _HOUR, _DAY = dt.timedelta(0), dt.timedelta(hours=1), dt.timedelta(days=1)
_UNITS = {
    "pickup_reminders": ("hours", _HOUR),
    "pickup_reminders_short": ("hours", _HOUR),
    "complaint_tickets_before": ("days", _DAY),
}
_SHORTER = (
    ("survey_after", "ask_within", "nobody is ever asked"),
    ("review_after", "ask_within", "nobody is ever asked"),
    ("ask_within", "complete_after", "all is over before it"),
    ("stock_remind_after", "stock_answer_within", "it is too late"),
    ("stock_ticket_after", "stock_answer_within", "it is too late"),
)
_MOST = 10_000  # of anything that is counted, days too
_LEFT_WITH = frozenset({"recipient", "neighbour", "mailbox", "safe_place", "pickup_point", "unknown"})


def check_limits(
    limits: Limits, path: str, problems: Problems, own: Mapping[str, object] | None = None
) -> None:
    """The limits at `path`. `own`: those that are written there, if others are another table's."""
    wrong = {name: list(_wrong(name, value)) for name, value in msgspec.structs.asdict(limits).items()}
    for name, texts in wrong.items():
        if own is None or name in own:
            for text in texts:
                problems.add(joined(path, name), text)
    for (name, text), (other, turned) in _at_odds(limits):
        if wrong[name] or wrong[other]:
            continue  # one mistake, one sentence
        if own is None or name in own:
            problems.add(joined(path, name), text)
        elif other in own:
            problems.add(joined(path, other), turned)


def _wrong(name: str, value: object) -> Iterator[str]:
    """What is wrong with one of them by itself."""
    if isinstance(value, dt.timedelta) and value <= _NOTHING:
        yield "must be longer than nothing"
    if isinstance(value, int) and value < 1:
        yield f"expected at least 1, got {value}"
    if isinstance(value, int) and value > _MOST:
        yield f"expected at most {_MOST}, got {value}"
    if name in _UNITS and isinstance(value, tuple):
        word, unit = _UNITS[name]
        if any(each <= _NOTHING or each % unit for each in value) or len(set(value)) < len(value):
            yield f"expected whole {word}, each once"
    if name == "check_left_with" and isinstance(value, tuple):
        unknown = next((each for each in value if each not in _LEFT_WITH), None)
        if unknown is not None:
            yield f"expected any of {', '.join(sorted(_LEFT_WITH))}, got {unknown!r}"


def _at_odds(limits: Limits) -> Iterator[tuple[Wrong, Wrong]]:
    """What of them can't hold together, as either of the two may be told."""
    if limits.retry_first > limits.retry_most:
        yield (
            ("retry_first", "must not be longer than retry_most"),
            ("retry_most", "must not be shorter than retry_first"),
        )
    for shorter, longer, why in _SHORTER:
        if getattr(limits, shorter) >= getattr(limits, longer):
            short = (shorter, f"must be shorter than {longer}, or {why}")
            long = (longer, f"must be longer than {shorter}, or {why}")
            yield (long, short) if longer == "complete_after" else (short, long)
