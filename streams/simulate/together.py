"""Runs a history, in one process or in several that decide about a share of it each.

Whatever their number, the files are the same: what belongs together is in one share, every share goes by
the clock of all lines, and what they tell is put in the order in which one process would have told it.
"""

import contextlib
import datetime as dt
import heapq
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from streams.collector import quiet_collector
from streams.simulate.entries import Cause, Entry
from streams.simulate.report import Report, Summary
from streams.simulate.run import Parts, Run, Share
from streams.simulate.shares import divide
from streams.simulate.source import Source, Watch

WORTHWHILE = 200_000  # bytes, perhaps packed; a process takes a second to start
_MOST = 255

MakeParts = Callable[[], Parts]

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(tuple[Cause, Entry]).decode


def simulate(
    events: str,
    out: Path,
    make: MakeParts,
    *,
    until: dt.datetime | None = None,
    processes: int = 1,
    watch: Callable[[int], Watch] | None = None,
) -> Summary:
    """Runs the lines of `events` (a file, or `-`) and writes everything into `out`.

    `make` is called in each process, so with more than one it must be picklable. `until`: where the clock
    stops, else at the last arrival. `watch` is given the size in bytes and returns who is told of progress.
    Raises `SourceError`, and `OSError` where `out` can't be written.
    """
    parts = make()
    with contextlib.closing(Source(events)) as source, contextlib.closing(Report(out)) as report:
        watching = watch(source.size) if watch else None
        if processes == 1 or source.size < WORTHWHILE:
            run = Run(parts, report.drafts, lambda _cause, entry: report.write(entry), Share())
            report.summary.events = run.go(source, until, watching)
        else:
            shares = _Shares(source, report.drafts, make, min(processes, _MOST), until)
            report.summary.events = shares.tell(parts, watching)
            for _, entry in heapq.merge(*shares.told(), key=_cause):
                report.write(entry)
        return report.finish()


class _Shares:
    """A history in several processes: share 0 in this one."""

    def __init__(
        self, source: Source, drafts: Path, make: MakeParts, processes: int, until: dt.datetime | None
    ) -> None:
        self._source, self._drafts, self._make, self._until = source, drafts, make, until
        self._processes = processes

    def tell(self, parts: Parts, watch: Watch | None) -> int:
        """The number of lines, once each share has been told into a file of its own."""
        context = multiprocessing.get_context("spawn")  # a fork would copy our threads' locks
        with ProcessPoolExecutor(self._processes - 1, mp_context=context) as pool:
            for _ in range(self._processes - 1):
                pool.submit(_begun, self._make)  # they start while the lines are being divided
            of = divide(self._source.lines(), self._processes, parts.tied)
            others = [
                pool.submit(
                    _elsewhere, self._source.path, self._drafts, self._make, Share(number, of), self._until
                )
                for number in range(1, self._processes)
            ]
            lines = _spooled(self._source, self._drafts, parts, Share(0, of), until=self._until, watch=watch)
            for each in others:
                each.result()
        return lines

    def told(self) -> Iterator[Iterator[tuple[Cause, Entry]]]:
        """What each has told, in its order."""
        return (_read(_spool(self._drafts, number)) for number in range(self._processes))


def _begun(_make: MakeParts) -> None:
    """What has come here has imported all that it needs."""


def _elsewhere(path: str, drafts: Path, make: MakeParts, share: Share, until: dt.datetime | None) -> None:
    quiet_collector()
    with contextlib.closing(Source(path)) as source:
        _spooled(source, drafts, make(), share, until=until)


def _spooled(
    source: Source,
    drafts: Path,
    parts: Parts,
    share: Share,
    *,
    until: dt.datetime | None,
    watch: Watch | None = None,
) -> int:
    with _spool(drafts, share.number).open("wb") as file:

        def keep(cause: Cause, entry: Entry) -> None:
            packed = _pack((cause, entry))
            file.write(len(packed).to_bytes(4, "big") + packed)

        return Run(parts, drafts, keep, share).go(source, until, watch)


def _read(spool: Path) -> Iterator[tuple[Cause, Entry]]:
    with spool.open("rb") as file:
        while size := file.read(4):
            yield _unpack(file.read(int.from_bytes(size, "big")))


def _spool(drafts: Path, number: int) -> Path:
    return drafts / f"{number}.spool"


def _cause(told: tuple[Cause, Entry]) -> Cause:
    return told[0]
