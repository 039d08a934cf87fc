"""Runs a history, in one process or in several that decide about a share of it each.

Whatever their number, the files are the same: what belongs together is in one share, every share goes by
the clock of all lines, and what they tell is put in the order in which one process would have told it.
"""

import contextlib
import datetime as dt
import gc
import heapq
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from streams.simulate.entries import Cause, Entry
from streams.simulate.report import Report, Summary
from streams.simulate.run import Parts, Run, Share
from streams.simulate.shares import divide
from streams.simulate.source import Source, Watch

WORTHWHILE = 2_000  # lines; a process takes a second to start
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
        of = _shares(source, parts, min(processes, _MOST))
        watching = watch(source.size) if watch else None
        if of is None:
            run = Run(parts, report.drafts, lambda _cause, entry: report.write(entry), Share())
            report.summary.events = run.go(source, until, watching)
        else:
            report.summary.events = _side_by_side(
                source, report.drafts, make, of, parts=parts, until=until, watch=watching
            )
            spools = (_read(_spool(report.drafts, number)) for number in range(max(of) + 1))
            for _, entry in heapq.merge(*spools, key=_cause):
                report.write(entry)
        return report.finish()


def _shares(source: Source, parts: Parts, processes: int) -> bytes | None:
    """The share of each line; None where it is one, or too little for several."""
    if processes == 1:
        return None
    of = divide(source.lines(), processes, parts.tied)
    return of if len(of) >= WORTHWHILE and max(of) > 0 else None


def _side_by_side(
    source: Source,
    drafts: Path,
    make: MakeParts,
    of: bytes,
    *,
    parts: Parts,
    until: dt.datetime | None,
    watch: Watch | None,
) -> int:
    """Share 0 here, the others elsewhere."""
    context = multiprocessing.get_context("spawn")  # a fork would copy our threads' locks
    with ProcessPoolExecutor(max(of), mp_context=context) as pool:
        others = [
            pool.submit(_elsewhere, source.path, drafts, make, Share(number, of), until)
            for number in range(1, max(of) + 1)
        ]
        lines = _spooled(source, drafts, parts, Share(0, of), until=until, watch=watch)
        for each in others:
            each.result()
    return lines


def _elsewhere(path: str, drafts: Path, make: MakeParts, share: Share, until: dt.datetime | None) -> None:
    gc.set_threshold(100_000, 20, 100)  # as the command has it here
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
