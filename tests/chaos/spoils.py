"""A worker with a fault put in on purpose, to see that the checker finds it.

`python -m tests.chaos.spoils NAME worker --role …`
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from adapters.mail.smtp import Smtp
from streams.__main__ import main
from streams.bootstrap.daemon import Daemon
from streams.domain.ports import Handed
from streams.engine import batches
from streams.engine import source as sources
from streams.engine.partition import Partition
from streams.engine.source import Source
from streams.engine.store import Store


def lose() -> None:
    """One record in fifty is dropped on its way to the fold, as a fetch thrown away across a seek is."""
    items, count = Partition._items, 0

    def spoilt(self: Partition, batch: Any, local: Any) -> Any:
        nonlocal count
        kept = []
        for item in items(self, batch, local):
            count += 1
            kept += [] if count % 50 == 0 else [item]
        return kept

    Partition._items = spoilt  # type: ignore[method-assign]


def repeat() -> None:
    """Rule 6 broken: an opened store stands one record before where it was."""
    opening = sources.open_store

    async def spoilt(*arguments: Any) -> Store:
        store = await opening(*arguments)
        store._position = store._position.__class__(max(-1, store.position - 1), store._position.partitions)
        return store

    sources.open_store = spoilt


def mute() -> None:
    """One mail in fifty is said to be handed over, and is not."""
    sending, count = Smtp.send, 0

    async def spoilt(self: Any, mail: Any, may_start: Any) -> Any:
        nonlocal count
        count += 1
        return Handed(mail.message_id) if count % 50 == 0 else await sending(self, mail, may_start)

    Smtp.send = spoilt  # type: ignore[method-assign]


def listener() -> None:
    """Rule 7 broken: the listener itself opens and seeks, and then declares what was fetched before it void.

    A partition that is open early is fetched while others still open; that is thrown away, and nobody seeks
    again. The chain of batches (rule 8) would end the process at the first such hole, so it is cut too.
    """

    async def assigned(self: Source, given: Any) -> None:
        self.assigned = set(given)
        self.membership.joined = True
        await asyncio.gather(*(open_and_seek(self, source) for source in self.assigned))
        self._epoch += 1

    async def open_and_seek(self: Source, source: Any) -> None:
        await self._guarded("opening", self._open, source, self._epoch)
        if source in self.partitions:
            self.consumer.seek(source, self.partitions[source].store.position + 1)
            self.partitions[source].sought = True

    Source.on_partitions_assigned = assigned  # type: ignore[method-assign]
    batches._follows = lambda _batch, _position: None


def again() -> None:
    """One outcome in fifty is forgotten, so that its claim is judged to be in doubt without a crash."""
    emit, count = Daemon._emit, 0

    async def spoilt(self: Any, answer: Any, claim: Any) -> None:
        nonlocal count
        count += 1
        if count % 50:
            await emit(self, answer, claim)

    Daemon._emit = spoilt  # type: ignore[method-assign]


SPOILS: dict[str, Callable[[], None]] = {
    "lose": lose,
    "repeat": repeat,
    "mute": mute,
    "listener": listener,
    "again": again,
}

if __name__ == "__main__":
    SPOILS[sys.argv[1]]()
    sys.exit(main(sys.argv[2:]))
