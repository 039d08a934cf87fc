"""Rows whose conclusion was put off: which, by whose they are, and since when."""

from collections.abc import Callable, Collection, Iterable
from itertools import islice, takewhile
from typing import NamedTuple

UNKNOWN = -1  # put off by an earlier owner
_FEW = 8  # rows of one share in a unit; with more of them it is the share that has the backlog
_TURN = 50


class Put(NamedTuple):
    """Up to where all was folded before the row's unit, and when that was."""

    since: int
    at: float


class Owed:
    """Keys by share, so that what one of them has too much of delays the others' as little as may be."""

    def __init__(self, keys: Iterable[bytes], share: Callable[[bytes], bytes]) -> None:
        self._share = share
        self._put: dict[bytes, Put] = {}
        self._counts: dict[int, int] = {}  # of rows by `since`, the longest first
        self._taken: set[bytes] = set()
        self._waiting: dict[bytes, dict[bytes, None]] = {}  # by share, the longest first
        for key in keys:
            self.add(key, Put(UNKNOWN, 0.0))

    def __len__(self) -> int:
        return len(self._put)

    @property
    def since(self) -> int | None:
        """Up to where nothing was put off; None where an earlier owner knew."""
        first = next(iter(self._counts), None)
        return None if first == UNKNOWN else first

    def choose(self, changed: Iterable[bytes]) -> Collection[bytes]:
        """Of the rows that a unit of a backlog has changed, those whose conclusion is put off.

        A share with few of them, and with nothing put off yet, is not what the backlog is made of.
        """
        shares: dict[bytes, list[bytes]] = {}
        for key in changed:
            if key in self._taken:
                continue
            shares.setdefault(self._share(key), []).append(key)
        return {
            key
            for share, keys in shares.items()
            if len(keys) > _FEW or share in self._waiting
            for key in keys
        }

    def add(self, key: bytes, put: Put) -> None:
        """The longest wait of a row counts."""
        if key not in self._put:
            self._put[key] = put
            self._counts[put.since] = self._counts.get(put.since, 0) + 1
        self._waiting.setdefault(self._share(key), {})[key] = None

    def discard(self, key: bytes) -> None:
        """Concluded, be it for another reason, or failed."""
        self._taken.discard(key)
        put = self._put.pop(key, None)
        if put is None:
            return
        self._counts[put.since] -= 1
        if not self._counts[put.since]:
            del self._counts[put.since]
        share = self._share(key)
        waiting = self._waiting.get(share, {})
        waiting.pop(key, None)
        if not waiting:
            self._waiting.pop(share, None)

    def ripe(self, until: float) -> bool:
        """Whether one was put off by then."""
        return any(self._is_ripe(next(iter(keys)), until) for keys in self._waiting.values())

    def _is_ripe(self, key: bytes, until: float) -> bool:
        return self._put[key].at <= until

    def take(self, limit: int, until: float) -> list[bytes]:
        """Up to so many of those put off by then, a few of each share in turn.

        Each is to be discarded once its unit is durable.
        """
        taken: list[bytes] = []
        while len(taken) < limit and self.ripe(until):
            share = next(iter(self._waiting))
            keys = self._waiting.pop(share)
            first = islice(keys, min(_TURN, limit - len(taken)))
            some = list(takewhile(lambda key: self._is_ripe(key, until), first))
            for key in some:
                del keys[key]
            if keys:
                self._waiting[share] = keys  # behind the others
            taken += some
        self._taken.update(taken)
        return taken
