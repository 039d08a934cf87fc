"""What the engine asks of an agent, and what it hands to it. The engine knows nothing of orders.

An agent folds records into rows. The engine makes rows, outgoing records and the source position
durable in one transaction, wakes rows when they asked for it, and never runs two folds of one
partition at a time.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

Headers = Sequence[tuple[str, bytes]]


class Record(NamedTuple):
    """One record as it lies in its topic. `topic` is the logical name, without any prefix."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int  # milliseconds since 1970, the log's own
    headers: Headers = ()


class Local(NamedTuple):
    """Something of this process's own that must be folded like a record, though no topic holds it."""

    key: bytes
    item: Any


class Out(NamedTuple):
    """A record to be written in the unit's transaction; `topic` is the logical name."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Rows(Protocol):
    """The rows of one partition, decoded when touched. What a failed fold set is forgotten."""

    def get(self, key: bytes) -> Any | None: ...

    def set(self, key: bytes, row: Any) -> None: ...

    def delete(self, key: bytes) -> None: ...


class Folded(NamedTuple):
    """What one fold asks for. `after` is handed to `Processor.after` once the unit is durable."""

    out: Sequence[Out] = ()
    after: Sequence[Any] = ()


NOTHING = Folded()

AT_ONCE = -1.0  # `due` of a row whose conclusion was put off: it is woken when the backlog is folded
NOWHERE = -1  # offset of such a waking, which lies in no topic


class Processor(Protocol):
    """An agent, as the engine sees it. `now` is seconds since 1970, never less than it was."""

    name: str  # of the agent and, with a prefix, of its consumer group
    inputs: tuple[str, ...]  # logical topics, the most pressing first; with rows there is exactly one
    has_rows: bool

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        """Applies one record. Raising costs this record alone: see `refuse`."""
        ...

    def refuse(self, record: Record, error: Exception) -> Iterable[Out]:
        """The dead letter of a record whose fold raised, or which is too large to be written."""
        ...

    def encode(self, row: Any) -> bytes:
        """The row, its format version first."""
        ...

    def decode(self, data: bytes) -> Any:
        """Raises `ValueError` for a version newer than this program knows."""
        ...

    def due(self, row: Any) -> float | None:
        """When the row wants to be woken, in seconds since 1970."""
        ...

    def wake(self, key: bytes, due: float) -> Out:
        """The record that wakes the row: for the processor's own input topic."""
        ...

    def opened(self, partition: int, submit: Any) -> None:
        """The partition is ours; `submit(local)` folds something of our own in its next unit."""
        ...

    def closing(self, partition: int) -> None:
        """The partition is being given up: start nothing more for it."""
        ...

    async def drained(self, partition: int) -> None:
        """Returns when nothing started for this partition is still under way; bounded by the engine."""
        ...

    def after(self, partition: int, done: Sequence[Any]) -> None:
        """The unit is durable; `done` is all its `after`, in order. Must not block."""
        ...


class Concluding(Protocol):
    """What a processor may offer besides: to draw its conclusions once a unit and row, not once a record.

    A catching-up worker folds many records of one row in one unit; live, a unit holds one.
    """

    def conclude(self, key: bytes, row: Any, now: float) -> tuple[Any | None, Folded]:
        """Called after a unit's records for each row that they have set and not deleted.

        Returns the row to be kept (None: deleted) and what follows. Raising costs the record that
        led here, like a fold that raises. A row that encodes to what is stored is not written again.
        """
        ...


class Deferring(Concluding, Protocol):
    """What such a processor may offer besides: conclusions that wait while a backlog is folded."""

    def share(self, key: bytes) -> bytes:
        """Whose row it is; each share's conclusions are drawn in turn."""
        ...

    def put_off(self, key: bytes, row: Any, now: float) -> tuple[Any, Folded] | None:
        """Called in place of `conclude`; None: this one can't wait.

        Returns the row to be kept, which is `due` `AT_ONCE`, and what others wait for. Later it is woken
        like any row, but by a record that lies in no topic, or by its timer where the process has died.
        """
        ...


class Announcing(Protocol):
    """What a processor may offer besides: to hear before the unit is durable what may be answered in it."""

    def announce(self, partition: int, done: list[Any]) -> list[Any]:
        """Called with all the unit's `after`; returns what is left of it for `Processor.after`.

        Whatever is submitted meanwhile is folded into this very unit, and what it asks for is durable
        with it. Nothing may be done yet that could not be undone.
        """
        ...


class Versioned(Protocol):
    """What a processor may offer besides: a store with newer rows is refused before anything is folded."""

    row_format: int  # the newest that it reads, and the one that it writes


class Hiding(Protocol):
    """What a processor may offer besides: some of its rows lie under keys that don't say where they lie."""

    @staticmethod
    def hides(key: bytes) -> bool:
        """Whether this row was placed by another key, which nobody can tell any more."""
        ...


class TooLarge(Exception):  # noqa: N818 - it is a reason, said in a dead letter
    """A record, or the row that it leads to, would exceed what a topic takes. Truncate when refusing it."""

    def __init__(self, what: str, size: int, limit: int) -> None:
        super().__init__(f"{what}: {size} bytes exceed the limit of {limit}")
        self.what, self.size, self.limit = what, size, limit
