"""A worker with a fault put in on purpose, to see that the checker finds it.

`python -m tests.chaos.spoils lose|repeat|mute worker --role …`
"""

import sys
from collections.abc import Callable
from typing import Any

from adapters.mail import smtp
from adapters.mail.smtp import Smtp
from streams.__main__ import main
from streams.domain.ports import Handed
from streams.engine import source as sources
from streams.engine.source import Source
from streams.engine.store import Store


def lose() -> None:
    """Rule 7 broken: the listener seeks, and what is fetched at that moment is not fetched again."""
    assigned = Source.on_partitions_assigned

    async def spoilt(self: Source, partitions: Any) -> None:
        await assigned(self, partitions)
        original = self._seek_what_opened

        def seek() -> None:
            fresh = [source for source, partition in self.partitions.items() if not partition.sought]
            original()
            for source in fresh:
                self.consumer.seek(source, self.partitions[source].store.position + 2)

        self._seek_what_opened = seek  # type: ignore[method-assign]

    Source.on_partitions_assigned = spoilt  # type: ignore[method-assign]


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


SPOILS: dict[str, Callable[[], None]] = {"lose": lose, "repeat": repeat, "mute": mute}

if __name__ == "__main__":
    assert smtp
    SPOILS[sys.argv[1]]()
    sys.exit(main(sys.argv[2:]))
