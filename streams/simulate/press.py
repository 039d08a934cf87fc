"""Renders messages and writes them to their files, side by side with the decisions.

Deciding doesn't wait for rendering: a message counts as sent at once. One that turns out not to
render is reported as spoilt, and the run is made again with that known (see `run`).
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from streams.domain.effects import Claim
from streams.domain.ports import Renderer, SendError

MakeRenderer = Callable[[], Renderer]

BATCH = 50  # messages handed to a process at a time
AHEAD = 4  # batches a process under way before this one renders too, instead of deciding


class Job(NamedTuple):
    """A message, and the file (relative to the output folder) that it goes to."""

    claim: Claim
    file: str


class Printed(NamedTuple):
    """What rendering found out; `spoilt` is the reason where there is no message."""

    subject: str | None = None
    segments: int | None = None
    spoilt: str | None = None


Done = Callable[[Claim, str, Printed], None]


class Press(Protocol):
    """Calls `done` for each message, in the order in which they were put."""

    def put(self, job: Job) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class OnePress:
    """Everything in this process."""

    def __init__(self, make: MakeRenderer, out: Path, done: Done) -> None:
        self._renderer, self._out, self._done = make(), out, done

    def put(self, job: Job) -> None:
        """Renders, writes and reports it."""
        self._done(*job, render(self._renderer, self._out, job))

    def finish(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing was started."""


class ManyPresses:
    """Batches to other processes, and to this one where those have enough; results in order.

    `make` must be picklable. What fits into one batch isn't worth starting a process for.
    """

    def __init__(self, make: MakeRenderer, out: Path, done: Done, processes: int) -> None:
        self._make, self._out, self._done = make, out, done
        self._enough = (processes - 1) * AHEAD
        self._batch: list[Job] = []
        self._under_way: deque[tuple[list[Job], Future[list[Printed]]]] = deque()
        self._own: Renderer | None = None
        self._pool = ProcessPoolExecutor(
            processes - 1,
            mp_context=multiprocessing.get_context("spawn"),  # a fork would copy our threads' locks
            initializer=_begin,
            initargs=(make, out),
        )

    def put(self, job: Job) -> None:
        """Hands a full batch on; never waits without rendering."""
        if len(self._batch) >= BATCH:
            self._hand_over()
        self._batch.append(job)

    def finish(self) -> None:
        """Until everything that was put is reported; the last batch is made here."""
        self._make_here()
        while self._under_way:
            self._collect()

    def close(self) -> None:
        """Ends the processes; what is under way is not waited for."""
        self._pool.shutdown(cancel_futures=True)

    def _hand_over(self) -> None:
        if sum(not future.done() for _, future in self._under_way) < self._enough:
            packed = msgspec.msgpack.encode(self._batch)
            self._under_way.append((self._batch, self._pool.submit(_render_batch, packed)))
            self._batch = []
        else:
            self._make_here()
        while self._under_way and self._under_way[0][1].done():
            self._collect()

    def _make_here(self) -> None:
        if self._own is None:
            self._own = self._make()
        made: Future[list[Printed]] = Future()
        made.set_result([render(self._own, self._out, job) for job in self._batch])
        self._under_way.append((self._batch, made))
        self._batch = []

    def _collect(self) -> None:
        jobs, future = self._under_way.popleft()
        for job, printed in zip(jobs, future.result(), strict=True):
            self._done(*job, printed)


def render(renderer: Renderer, out: Path, job: Job) -> Printed:
    """One message into its file, byte for byte as a provider would get it."""
    try:
        if job.claim.channel == "email":
            mail = renderer.mail(job.claim)
            (out / job.file).write_bytes(mail.raw)
            return Printed(subject=mail.subject)
        sms = renderer.sms(job.claim)
    except SendError as error:
        return Printed(spoilt=error.reason)
    (out / job.file).write_bytes(sms.text.encode())
    return Printed(segments=sms.segments)


_here: tuple[Renderer, Path] | None = None  # of a rendering process
_unpack = msgspec.msgpack.Decoder(list[Job]).decode


def _begin(make: MakeRenderer, out: Path) -> None:
    global _here  # noqa: PLW0603 - the only way to hand something to a pool's process
    _here = make(), out


def _render_batch(packed: bytes) -> list[Printed]:
    assert _here is not None, "the pool begins each process"
    jobs: Sequence[Job] = _unpack(packed)
    return [render(*_here, job) for job in jobs]
