"""The one way in which the engine gives up: say why, and end the process before anything is half done.

Rule 14: a transaction is never retried or aborted by us. A fresh process fences what this one left
behind and starts from the last durable unit, which is simpler to be sure of than any repair.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable

from aiokafka.errors import KafkaError

log = logging.getLogger("streams.engine")

UNREACHABLE = 75  # no broker answered at the start: the same start may work in a moment
FENCED = 76  # another owner holds the partition: nothing is wrong with this program
TRANSACTION = 74  # a unit's transaction failed or took too long: its brokers' fault, as a rule
FAILED = 70
OUTDATED = 2  # as a wrong configuration: another start of the same program would change nothing

OnFatal = Callable[[str, BaseException | None], None]


class Refusal(Exception):  # noqa: N818 - says what was seen
    """One sentence for the operator. It quotes no record, so it may be logged."""


class RowsTooNew(Refusal):
    """A newer version of this program wrote these rows: reading on would mean to guess."""


def unit_of(agent: str) -> str:
    """The cause that is given where a unit fails."""
    return f"unit of {agent}"


def exit_status(cause: str, error: BaseException | None) -> int:
    """What the supervisor, or whoever else started this process, can tell from its end."""
    if isinstance(error, RowsTooNew):
        return OUTDATED
    fenced = {"ProducerFenced", "InvalidProducerEpoch"}
    if type(error).__name__ in fenced:
        return FENCED
    in_unit = cause.startswith(unit_of(""))
    return TRANSACTION if in_unit and isinstance(error, KafkaError | TimeoutError) else FAILED


def end_process(cause: str, error: BaseException | None) -> None:
    """Never returns. Frames are logged, but no text of an exception that may quote a record."""
    said = {"reason": str(error)} if isinstance(error, Refusal) else {}
    log.critical(
        "engine_ended", extra={"cause": cause, "error": type(error).__name__, "at": where(error)} | said
    )
    logging.shutdown()
    sys.stderr.flush()
    os._exit(exit_status(cause, error))


def where(error: BaseException | None) -> str:
    """`module:line` of the frames, the innermost last."""
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)


class Fatal:
    """Says it once. With the default it does not return; a test's own handler does."""

    def __init__(self, on_fatal: OnFatal | None = None, count: Callable[[str], None] | None = None) -> None:
        self._count = count
        self._on_fatal = end_process if on_fatal is None else on_fatal
        self.cause: str | None = None

    def __call__(self, cause: str, error: BaseException | None = None) -> None:
        if self.cause is None:
            self.cause = cause
            if self._count is not None:
                self._count(cause)
            self._on_fatal(cause, error)
