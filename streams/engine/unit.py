"""The fold of one unit: records and local items in, changed rows and outgoing records out. Pure."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from streams.engine.api import NOTHING, Folded, Local, Out, Processor, Record, TooLarge
from streams.engine.fatal import Refusal, where
from streams.engine.transaction import Write, size_of

Items = Sequence[Record | Local]
Answer = Callable[[list[Any]], tuple[list[Any], Items]]  # of `after`: what is left, what to fold besides
Choose = Callable[[Collection[bytes]], Collection[bytes]]  # of changed rows, those to conclude later

log = logging.getLogger("streams.engine")


class RowUnreadable(Refusal):
    """A stored row that this program cannot decode: not the record's fault, so no dead letter."""


@dataclass
class Unit:
    """`rows`: key → (bytes or None for a tombstone, when it wants to be woken)."""

    rows: dict[bytes, tuple[bytes | None, float | None]] = field(default_factory=dict)
    out: list[Out] = field(default_factory=list)
    after: list[Any] = field(default_factory=list)
    refused: int = 0
    too_large: int = 0  # of those refused


class _Careful(Exception):  # noqa: N818 - control flow: something failed, so fold again record by record
    pass


class _View:
    """`Rows`, as one fold or a whole unit sees them: stored bytes are decoded when touched, once."""

    def __init__(self, processor: Processor, stored: Callable[[bytes], bytes | None]) -> None:
        self._processor = processor
        self._stored = stored
        self._seen: dict[bytes, Any] = {}
        self.changed: dict[bytes, None] = {}  # in the order in which they were first set

    def get(self, key: bytes) -> Any | None:
        if key in self._seen:
            return self._seen[key]
        data = self._stored(key)
        row = None if data is None else self._decode(data)
        self._seen[key] = row
        return row

    def _decode(self, data: bytes) -> Any:
        try:
            return self._processor.decode(data)
        except Exception as error:
            version, name = data[0] if data else None, self._processor.name
            raise RowUnreadable(f"a row of {name} of format {version} can't be read") from error

    def set(self, key: bytes, row: Any) -> None:
        self._seen[key] = row
        self.changed[key] = None

    def delete(self, key: bytes) -> None:
        self.set(key, None)

    def conclude(self, now: float, choose: Choose | None) -> Iterator[Folded]:
        """What follows from the rows, where the processor leaves that to the unit's end, or to later."""
        conclude = getattr(self._processor, "conclude", None)
        if conclude is None:
            return
        later = () if choose is None else choose(self.changed)
        for key in self.changed:
            row = self._seen[key]
            if row is not None:
                put_off = self._processor.put_off(key, row, now) if key in later else None  # type: ignore[attr-defined]  # `Deferring`, or nothing is chosen
                self._seen[key], folded = put_off or conclude(key, row, now)
                yield folded

    def encoded(self, limit: int) -> dict[bytes, tuple[bytes | None, float | None]]:
        """A row is encoded once, however many records of the unit touched it; the same bytes are no write."""
        rows: dict[bytes, tuple[bytes | None, float | None]] = {}
        for key in self.changed:
            row = self._seen[key]
            data = None if row is None else self._processor.encode(row)
            if data is None:
                rows[key] = None, None
            elif data != self._stored(key):
                check_size("row", Write(key, data), limit)
                rows[key] = data, self._processor.due(row)
        return rows


def check_size(what: str, write: Write | Out, limit: int) -> None:
    """Rule 13: what a topic would refuse never reaches the producer, where it would end the process."""
    size = size_of(write)
    if size > limit:
        raise TooLarge(what, size, limit)


def fold_unit(
    processor: Processor,
    stored: Mapping[bytes, bytes],
    items: Items,
    now: float,
    limit: int,
    *,
    choose: Choose | None = None,
    answer: Answer | None = None,
) -> Unit:
    """Rule 13: a fold that raises costs its record alone.

    First all items over one view of the rows. If anything fails, all is forgotten and folded
    again with a fresh copy of each row for each record, so that a failed fold may have changed
    a row in place. That costs an encoding a record, for this unit only. `choose`: while a backlog
    is folded, which rows are concluded later. `answer`: what the folds announce, and the local items
    that come of it; asked a second time, it has those of the first as well.
    """
    job = _Job(processor, stored, now, limit, choose, answer)
    try:
        return _fold_together(job, items)
    except _Careful:
        return _fold_singly(job, items)


class _Job(NamedTuple):
    """The arguments of `fold_unit` but for its items."""

    processor: Processor
    stored: Mapping[bytes, bytes]
    now: float
    limit: int
    choose: Choose | None
    answer: Answer | None


def _fold_together(job: _Job, items: Items) -> Unit:
    view, unit = _View(job.processor, job.stored.get), Unit()
    try:
        _fold_all(job, view, unit, items)
        if job.answer is not None and unit.after:
            unit.after, more = job.answer(unit.after)
            _fold_all(job, view, unit, more)
        for folded in view.conclude(job.now, job.choose):
            _gather(unit, folded, job.limit)
        unit.rows = view.encoded(job.limit)
    except (RowUnreadable, MemoryError):
        raise
    except Exception as error:
        raise _Careful from error
    return unit


def _fold_all(job: _Job, view: _View, unit: Unit, items: Items) -> None:
    fold, now, limit = job.processor.fold, job.now, job.limit
    for item in items:
        folded = fold(item, view, now)
        if folded is not NOTHING:
            _gather(unit, folded, limit)


def _fold_singly(job: _Job, items: Items) -> Unit:
    unit = Unit()
    for item in items:
        _fold_alone(job, unit, item)
    if job.answer is not None and unit.after:
        unit.after, more = job.answer(unit.after)
        for item in more:
            _fold_alone(job, unit, item)
    return unit


def _fold_alone(job: _Job, unit: Unit, item: Record | Local) -> None:
    """Onto what is in the unit already; where it fails, the unit gets its dead letter."""

    def newest(key: bytes) -> bytes | None:
        return unit.rows[key][0] if key in unit.rows else job.stored.get(key)

    view, own = _View(job.processor, newest), Unit()
    try:
        _gather(own, job.processor.fold(item, view, job.now), job.limit)
        for folded in view.conclude(job.now, job.choose):
            _gather(own, folded, job.limit)
        rows = view.encoded(job.limit)
    except (RowUnreadable, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a fold raises, it becomes a dead letter
        _refuse(job.processor, unit, item, error, job.limit)
        return
    unit.rows.update(rows)
    unit.out += own.out
    unit.after += own.after


def _gather(unit: Unit, folded: Folded, limit: int) -> None:
    for out in folded.out:
        check_size(out.topic, out, limit)
    unit.out += folded.out
    unit.after += folded.after


def _refuse(processor: Processor, unit: Unit, item: Record | Local, error: Exception, limit: int) -> None:
    """A local item has no dead letter: nothing durable asked for it, and whoever submitted it may again."""
    unit.refused += 1
    unit.too_large += isinstance(error, TooLarge)
    frames = {"agent": processor.name, "error": type(error).__name__, "at": where(error)}
    if isinstance(item, Local):
        log.error("local_item_refused", extra=frames)
        return
    log.error("record_refused", extra=frames | {"topic": item.topic, "at_offset": item.offset})
    letters = list(processor.refuse(item, error))
    oversize = _oversize(letters, limit)
    if oversize is not None:
        letters = list(processor.refuse(item, oversize))
    _gather(unit, Folded(out=letters), limit)


def _oversize(letters: Iterable[Out], limit: int) -> TooLarge | None:
    for letter in letters:
        try:
            check_size(letter.topic, letter, limit)
        except TooLarge as error:
            return error
    return None
