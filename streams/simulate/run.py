"""One run: lines in, agents on a virtual clock, what they have to tell out."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from streams.domain.effects import Claim, Granted, Ready
from streams.domain.notes import Attempted
from streams.domain.ports import Renderer, SendError
from streams.engine.api import Local, Out, Processor, Record
from streams.engine.memory import MemoryEngine
from streams.simulate import entries
from streams.simulate.entries import Cause, Entry, Printed
from streams.simulate.shares import Tied
from streams.simulate.source import Source, Watch

PROVIDER = "simulate"

Sink = Callable[[Cause, Entry], None]


class Parts(NamedTuple):
    """What a run is made of. `answer` makes the record of a sender's answer, at a time in seconds.

    `view` makes the last word on a row of the agent `timeline`, where the agents don't publish each.
    `tied`: whether orders of a shop have more in common than their customers, such as a budget.
    """

    agents: Callable[["InstantSenders"], Sequence[Processor]]
    answer: Callable[[Attempted, Claim, float], Out]
    renderer: Callable[[], Renderer]
    view: Callable[[Any], bytes] | None = None
    tied: Tied = lambda _shop: False


class Share(NamedTuple):
    """Which of the lines a run folds; it goes by the clock of all of them. `of`: the share of each."""

    number: int = 0
    of: bytes | None = None


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


class Run:
    """Tells `sink` each thing with its cause: causes only grow, and say where it belongs among others'.

    `drafts`: the folder for the messages' files.
    """

    def __init__(self, parts: Parts, drafts: Path, sink: Sink, share: Share) -> None:
        self._parts, self._drafts, self._sink, self._share = parts, drafts, sink, share
        self._renderer = parts.renderer()
        self._sent = 0
        self._line = 0
        self._riders = set[str]()
        self._engine = MemoryEngine(parts.agents(InstantSenders(self._send)), 0.0, outlet=self._record)

    def go(self, source: Source, until: dt.datetime | None, watch: Watch | None) -> int:
        """The number of lines, whoever folded them. `until`: where the clock stops."""
        stop = until.timestamp() if until else None
        engine, share = self._engine, self._share
        engine.now = source.begins() or 0.0
        for line in source.lines(watch):
            if stop is not None and line.arrived is not None and line.arrived > stop:
                break
            # A line that doesn't say when, or too late, arrives at the clock.
            if line.arrived is not None and line.arrived > engine.now:
                engine.approach(line.arrived)
            if share.of is None or share.of[self._line] == share.number:
                engine.append(line.topic, None, line.value)
                engine.run()
            self._line += 1
        engine.advance(engine.now if stop is None else stop)
        self._last_words()
        engine.close()
        return self._line

    def _last_words(self) -> None:
        if self._parts.view is None:
            return
        for key, row in self._engine.rows("timeline"):
            self._sink((self._line, 2, 0.0, key, 0), entries.timeline(key, self._parts.view(row)))

    def _cause(self) -> Cause:
        """What falls due before a line comes first, in the order of the timers."""
        waking = self._engine.waking
        return (self._line, 1, 0.0, b"", 0) if waking is None else (self._line, 0, *waking)

    def _record(self, record: Record) -> None:
        entry = entries.of(record)
        if entry is not None:
            self._sink(self._cause(), entry)

    def _send(self, claim: Claim) -> None:
        draft = f"{self._share.number}-{self._sent}"
        printed = render(self._renderer, self._drafts / draft, claim)
        if printed.spoilt is None:
            self._sent += 1
            self._sink(self._cause(), entries.message(claim, draft, printed))
            for each in claim.riders:
                self._rode(each)
        self._answer(claim, printed.spoilt)

    def _rode(self, claim: Claim) -> None:
        """Once for a notification, whatever its channels."""
        if claim.notification_id not in self._riders:
            self._riders.add(claim.notification_id)
            self._sink(self._cause(), entries.rider(claim))

    def _answer(self, claim: Claim, reason: str | None) -> None:
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


def render(renderer: Renderer, file: Path, claim: Claim) -> Printed:
    """One message into its file, byte for byte as a provider would get it."""
    try:
        if claim.channel == "email":
            mail = renderer.mail(claim)
            file.write_bytes(mail.raw)
            return Printed(subject=mail.subject)
        sms = renderer.sms(claim)
    except SendError as error:
        return Printed(spoilt=error.reason)
    file.write_bytes(sms.text.encode())
    return Printed(segments=sms.segments)
