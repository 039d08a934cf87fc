"""The engine in memory, on a virtual clock: the same agents, one partition a topic, no broker.

It keeps the real engine's promises where a decision can see them: one fold at a time, rows and
outgoing records together or not at all, a failed fold costs its record alone, `after` only once the
unit is done, and a timer only once everything before it is folded. Everything happens in one order,
so the same input gives the same output.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from streams.engine.api import Folded, Headers, Local, Out, Processor, Record
from streams.engine.memory_timers import Timers

PARTITION = 0
REARM_AFTER = 30.0  # seconds until a fire that changed nothing is tried again, as in the real engine

Outlet = Callable[[Record], None]
Waking = tuple[float, bytes, int]  # when, which row, of which processor: timers fire in this order


class UnreadableRow(Exception):  # noqa: N818 - what it is, not that somebody erred
    """A row that this program can't decode: as in the real engine, nothing goes on."""


class MemoryEngine:
    """Runs `processors` from `start` on (seconds since 1970).

    Records of topics that no processor reads go to `outlet`, and nowhere else: nothing is kept but
    rows and what waits to be folded. `room` bounds how many rows stay decoded in each store; 0 makes
    every touch decode, as after a restart.
    """

    def __init__(
        self,
        processors: Sequence[Processor],
        start: float,
        *,
        outlet: Outlet | None = None,
        room: int = 10_000,
    ) -> None:
        self.now = start
        self.folded = 0  # records and locals so far
        self.waking: Waking | None = None  # the timer whose consequences are being folded
        self._outlet = outlet
        self._ends: dict[str, int] = {}
        self._waiting: deque[tuple[_Stage, Record | Local]] = deque()
        self._timers = Timers()
        self._stages = [_Stage(number, each, _Store(each, room)) for number, each in enumerate(processors)]
        self._readers: dict[str, list[_Stage]] = {}
        for stage in self._stages:
            for topic in stage.processor.inputs:
                self._readers.setdefault(topic, []).append(stage)
            stage.processor.opened(PARTITION, self._submitter(stage))

    def append(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        timestamp: float | None = None,
        headers: Headers = (),
    ) -> None:
        """Puts a record at the end of its topic; it is folded by the next `run`.

        `timestamp` is the log's own, in seconds since 1970; without it, it is now.
        """
        offset = self._ends.get(topic, 0)
        self._ends[topic] = offset + 1
        at = round((self.now if timestamp is None else timestamp) * 1000)
        record = Record(topic, PARTITION, offset, key, value, at, headers)
        readers = self._readers.get(topic)
        if readers is None:
            if self._outlet is not None:
                self._outlet(record)
            return
        for stage in readers:
            self._waiting.append((stage, record))

    def run(self) -> None:
        """Folds until nothing waits. Fires no timer: those that are due belong to `advance`."""
        while self._waiting:
            stage, item = self._waiting.popleft()
            self._unit(stage, item)

    def next_due(self) -> float | None:
        """When the next timer wants to fire, in seconds since 1970; perhaps not after `now`."""
        return self._timers.earliest()

    def advance(self, to: float) -> None:
        """Moves the clock on to `to`, firing what is due until then, `to` itself included."""
        self.run()
        while (due := self._timers.earliest()) is not None and due <= to:
            self._fire()
        self.now = max(self.now, to)

    def approach(self, to: float) -> None:
        """Moves the clock on to `to`, firing what is due before it.

        What is due at `to` itself waits, so that a record that arrives then is folded first.
        """
        self.run()
        while (due := self._timers.earliest()) is not None and due < to:
            self._fire()
        self.now = max(self.now, to)

    def rows(self, name: str) -> Iterator[tuple[bytes, Any]]:
        """The rows of the processor of that name, decoded one by one, in order of their keys."""
        stage = self._stage(name)
        for key in stage.store.known():
            yield key, stage.store.get(key)

    def row(self, name: str, key: bytes) -> Any | None:
        """One row, decoded, or nothing."""
        return self._stage(name).store.get(key)

    def close(self) -> None:
        """Gives all partitions up."""
        for stage in self._stages:
            stage.processor.closing(PARTITION)

    def _stage(self, name: str) -> "_Stage":
        return next(stage for stage in self._stages if stage.processor.name == name)

    def _submitter(self, stage: "_Stage") -> Callable[[Local], None]:
        def submit(local: Local) -> None:
            self._waiting.append((stage, local))

        return submit

    def _fire(self) -> None:
        timer = self._timers.pop()
        self.now = max(self.now, timer.at)
        stage = self._stages[timer.stage]
        self._timers.rearm(timer, self.now + REARM_AFTER)
        self.waking = timer[:3]
        self._write(stage.processor.wake(timer.key, timer.due))
        self.run()
        self.waking = None

    def _unit(self, stage: "_Stage", item: Record | Local) -> None:
        self.folded += 1
        try:
            folds = [stage.processor.fold(item, stage.store, self.now), *stage.store.conclude(self.now)]
            changed = stage.store.keep()
        except Exception as error:
            stage.store.forget()
            if isinstance(error, UnreadableRow):  # not the record's fault
                raise
            if isinstance(item, Local):  # our own, so our own fault: no dead letter could mend it
                raise
            folds, changed = [Folded(out=tuple(stage.processor.refuse(item, error)))], ()
        for key, row in changed:
            self._timers.arm(stage.number, key, None if row is None else stage.processor.due(row), self.now)
        for out in (out for done in folds for out in done.out):
            self._write(out)
        after = [each for done in folds for each in done.after]
        if after:
            stage.processor.after(PARTITION, after)

    def _write(self, out: Out) -> None:
        self.append(out.topic, out.key, out.value, headers=out.headers)


class _Stage(NamedTuple):
    number: int
    processor: Processor
    store: "_Store"


class _Store:
    """One processor's rows: as bytes, the lately touched ones decoded as well."""

    def __init__(self, processor: Processor, room: int) -> None:
        self._processor = processor
        self._room = room
        self._bytes: dict[bytes, bytes] = {}
        self._decoded: dict[bytes, Any] = {}  # the least lately touched first
        self._draft: dict[bytes, Any] = {}  # of the fold under way; None: deleted
        self._touched: list[bytes] = []

    def get(self, key: bytes) -> Any | None:
        if key in self._draft:
            return self._draft[key]
        row = self._decoded.pop(key, None)
        if row is None:
            data = self._bytes.get(key)
            if data is None:
                return None
            try:
                row = self._processor.decode(data)
            except ValueError as error:
                raise UnreadableRow(str(error)) from error
        self._touched.append(key)
        self._remember(key, row)
        return row

    def set(self, key: bytes, row: Any) -> None:
        self._draft[key] = row

    def delete(self, key: bytes) -> None:
        self._draft[key] = None

    def conclude(self, now: float) -> Iterator[Folded]:
        """What follows from the draft, where the processor leaves that to a unit's end."""
        conclude = getattr(self._processor, "conclude", None)
        if conclude is None:
            return
        for key, row in self._draft.items():
            if row is not None:
                self._draft[key], folded = conclude(key, row, now)
                yield folded

    def keep(self) -> Sequence[tuple[bytes, Any]]:
        """Makes the draft lasting. Encodes everything first, so that a row that can't be changes none."""
        encode = self._processor.encode
        encoded = [(key, row, None if row is None else encode(row)) for key, row in self._draft.items()]
        for key, row, data in encoded:
            self._decoded.pop(key, None)
            if data is None:
                self._bytes.pop(key, None)
            else:
                self._bytes[key] = data
                self._remember(key, row)
        self._draft.clear()
        self._touched.clear()
        return [(key, row) for key, row, _ in encoded]

    def forget(self) -> None:
        """Drops the draft, and what the fold may have changed in place."""
        for key in self._touched:
            self._decoded.pop(key, None)
        self._draft.clear()
        self._touched.clear()

    def known(self) -> list[bytes]:
        return sorted(self._bytes)

    def _remember(self, key: bytes, row: Any) -> None:
        if not self._room:
            return
        self._decoded[key] = row
        if len(self._decoded) > self._room:
            del self._decoded[next(iter(self._decoded))]
