"""Messages that wait for a sender: brands take turns, within a brand the urgent go first.

One queue a channel. It holds no message, only who asked; the rows are the truth.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from streams.domain.effects import Ready

Ident = tuple[int, str]  # partition, message key


class Waiting(NamedTuple):
    """One message that asked for a sender. `grants`: how many it was given and never answered."""

    partition: int
    key: bytes
    ready: Ready
    grants: int = 0

    @property
    def ident(self) -> Ident:
        """By which a repeat is recognised."""
        return self.partition, self.ready.message_key


class _Line:
    """One brand's messages, in the order in which they asked.

    Ordered dicts, not deques: what is withdrawn leaves from the middle.
    """

    def __init__(self) -> None:
        self.urgent: OrderedDict[Ident, Waiting] = OrderedDict()
        self.normal: OrderedDict[Ident, Waiting] = OrderedDict()

    def __len__(self) -> int:
        return len(self.urgent) + len(self.normal)

    def of(self, waiting: Waiting) -> OrderedDict[Ident, Waiting]:
        return self.urgent if waiting.ready.urgent else self.normal

    def pop(self) -> Waiting:
        return (self.urgent or self.normal).popitem(last=False)[1]


class FairQueue:
    """Round robin over brands."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self._all: dict[Ident, Waiting] = {}

    def __len__(self) -> int:
        return len(self._all)

    @property
    def brands(self) -> int:
        """How many brands wait."""
        return len(self._lines)

    def __contains__(self, ident: Ident) -> bool:
        return ident in self._all

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._all.values())

    def push(self, waiting: Waiting) -> None:
        """Asking twice keeps the first place."""
        if waiting.ident in self._all:
            return
        self._all[waiting.ident] = waiting
        self._lines.setdefault(waiting.ready.shop, _Line()).of(waiting)[waiting.ident] = waiting

    def pop(self, allowed: Callable[[str], bool]) -> Waiting | None:
        """The next one, of the brand whose turn it is among those that are `allowed`."""
        for _ in range(len(self._lines)):
            shop = next(iter(self._lines))
            self._lines.move_to_end(shop)
            if allowed(shop):
                waiting = self._lines[shop].pop()
                self._gone(waiting)
                return waiting
        return None

    def discard(self, ident: Ident) -> None:
        """Forgets one, if it is here."""
        waiting = self._all.get(ident)
        if waiting is not None:
            del self._lines[waiting.ready.shop].of(waiting)[ident]
            self._gone(waiting)

    def discard_partition(self, partition: int) -> None:
        """Forgets all of a partition that is given up."""
        for ident in [ident for ident in self._all if ident[0] == partition]:
            self.discard(ident)

    def _gone(self, waiting: Waiting) -> None:
        del self._all[waiting.ident]
        if not self._lines[waiting.ready.shop]:
            del self._lines[waiting.ready.shop]
