"""Where the engine is counted: once a unit, once an opening, once a tick; never once a record."""

from typing import NamedTuple, Protocol


class UnitDone(NamedTuple):
    """One durable unit. Times are in seconds; `transaction` is 0 where nothing had to be written."""

    agent: str
    topic: str
    partition: int
    records: int
    local: int
    refused: int
    rows: int
    written: int  # bytes, of rows and outgoing records
    folding: float
    transaction: float
    waited: float  # from the oldest record's own timestamp to durability; 0 where it held none


class Opened(NamedTuple):
    """A store was opened in `seconds` from `records` of its changelog."""

    agent: str
    topic: str
    partition: int
    rows: int
    records: int
    seconds: float


class Hooks(Protocol):
    def unit_done(self, unit: UnitDone) -> None: ...

    def opened(self, opened: Opened) -> None: ...

    def closed(self, agent: str, topic: str, partition: int) -> None: ...

    def timers(self, agent: str, *, waiting: int, overdue: float, fired: int) -> None:
        """`waiting`: in all heaps; `overdue`: seconds by which the earliest fire is late."""

    def fatal(self, cause: str) -> None: ...


class NoHooks:
    def unit_done(self, unit: UnitDone) -> None: ...

    def opened(self, opened: Opened) -> None: ...

    def closed(self, agent: str, topic: str, partition: int) -> None: ...

    def timers(self, agent: str, *, waiting: int, overdue: float, fired: int) -> None: ...

    def fatal(self, cause: str) -> None: ...
