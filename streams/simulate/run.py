"""One run: lines in, agents on a virtual clock, files out."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from streams.domain.effects import Claim, Granted, Ready
from streams.domain.notes import Attempted
from streams.engine.api import Local, Out, Processor
from streams.engine.memory import MemoryEngine
from streams.simulate.press import Job, MakeRenderer, ManyPresses, OnePress, Press, Printed
from streams.simulate.report import Report, Summary
from streams.simulate.source import Source, Watch

PROVIDER = "simulate"

Spoilt = dict[tuple[str, int], str]  # message key and attempt -> why it can't be rendered


class Parts(NamedTuple):
    """What a run is made of. `answer` makes the record of a sender's answer, at a time in seconds.

    `renderer` is called in each rendering process, so it must be picklable. `view` makes the last word
    on a row of the agent `timeline`, where the agents don't publish each.
    """

    agents: Callable[["InstantSenders"], Sequence[Processor]]
    answer: Callable[[Attempted, Claim, float], Out]
    renderer: MakeRenderer
    view: Callable[[Any], bytes] | None = None


def simulate(
    events: str,
    out: Path,
    parts: Parts,
    *,
    until: dt.datetime | None = None,
    processes: int = 1,
    watch: Callable[[int], Watch] | None = None,
) -> Summary:
    """Runs the lines of `events` (a file, or `-`) and writes everything into `out`.

    `until`: where the clock stops, else at the last arrival. `watch` is given the size in bytes and
    returns who is told of progress. Raises `SourceError`, and `OSError` where `out` can't be written.

    A message that can't be rendered was taken for sent while its text was still being made; then the
    whole run is made again, knowing that. So the files don't depend on the number of processes.
    """
    spoilt: Spoilt = {}
    source = Source(events)
    try:
        while True:
            run = _Run(out, parts, processes, spoilt)
            try:
                summary = run.go(source, until, watch(source.size) if watch else None)
            finally:
                run.close()
            if not run.found:
                return summary
            spoilt |= run.found
    finally:
        source.close()


class InstantSenders:
    """Senders that are always free and always heard at once; they stand where the real ones would."""

    def __init__(self, send: Callable[[Claim], None]) -> None:
        self._send = send
        self._submit: Callable[[Local], Any] | None = None

    def opened(self, partition: int, submit: Callable[[Local], Any]) -> None:
        """`submit` takes grants."""
        self._submit = submit

    def after(self, partition: int, done: Iterable[Any]) -> None:
        """Grants whatever is ready, and sends whatever is claimed."""
        assert self._submit is not None, "the engine opens before it folds"
        for errand in done:
            if isinstance(errand.item, Ready):
                self._submit(Local(errand.key, Granted(errand.item.message_key)))
            elif isinstance(errand.item, Claim):
                self._send(errand.item)

    def closing(self, partition: int) -> None:
        """Nothing is ever under way."""

    async def drained(self, partition: int) -> None:
        """Nothing is ever under way."""


class _Run:
    def __init__(self, out: Path, parts: Parts, processes: int, spoilt: Spoilt) -> None:
        self._parts, self._spoilt = parts, spoilt
        self.found: Spoilt = {}
        self._sent = 0
        self._engine: MemoryEngine | None = None
        self._report = Report(out)
        self._press: Press = (
            OnePress(parts.renderer, out, self._printed)
            if processes == 1
            else ManyPresses(parts.renderer, out, self._printed, processes)
        )

    def go(self, source: Source, until: dt.datetime | None, watch: Watch | None) -> Summary:
        stop = until.timestamp() if until else None
        engine = self._start(source.begins())
        for line in source.lines(watch):
            if stop is not None and line.arrived is not None and line.arrived > stop:
                break
            # A line that doesn't say when, or too late, arrives at the clock.
            if line.arrived is not None and line.arrived > engine.now:
                engine.approach(line.arrived)
            engine.append(line.topic, None, line.value)
            engine.run()
            self._report.summary.events += 1
        engine.advance(engine.now if stop is None else stop)
        if self._parts.view is not None:
            for key, row in engine.rows("timeline"):
                self._report.timeline(key, self._parts.view(row))
        engine.close()
        self._press.finish()
        return self._report.finish()

    def close(self) -> None:
        self._press.close()
        self._report.close()

    def _start(self, begins: float | None) -> MemoryEngine:
        agents = self._parts.agents(InstantSenders(self._send))
        self._engine = MemoryEngine(agents, begins or 0.0, outlet=self._report.record)
        return self._engine

    def _send(self, claim: Claim) -> None:
        reason = self._spoilt.get((claim.message_key, claim.attempt))
        if reason is None:
            self._sent += 1
            self._press.put(Job(claim, self._report.file_of(self._sent, claim)))
        self._answer(claim, reason)

    def _answer(self, claim: Claim, reason: str | None) -> None:
        assert self._engine is not None, "claims come out of the engine"
        answer = Attempted(
            claim.notification_id,
            claim.customer_id,
            claim.channel,
            claim.attempt,
            "sent" if reason is None else "failed",
            claim.provider or PROVIDER,
            reason,
            permanent=reason is not None,
        )
        out = self._parts.answer(answer, claim, self._engine.now)
        self._engine.append(out.topic, out.key, out.value, headers=out.headers)

    def _printed(self, claim: Claim, file: str, printed: Printed) -> None:
        if printed.spoilt is not None:
            self.found[claim.message_key, claim.attempt] = printed.spoilt
        else:
            self._report.message(claim, file, printed)
