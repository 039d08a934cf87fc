"""So many units at a time: whoever waits with the lowest rank goes next."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import count
from typing import NamedTuple

_OUT_OF_RANK = 4  # one in so many turns goes to whoever has waited longest: no rank waits for ever


class _Waiting(NamedTuple):
    rank: int
    number: int
    turn: asyncio.Future[None]


class Turns:
    """A semaphore that knows ranks. An agent's inputs rank in its own order: the first goes first."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: list[_Waiting] = []
        self._numbers = count()
        self._given = 0

    @contextlib.asynccontextmanager
    async def taken(self, rank: int) -> AsyncIterator[None]:
        """Waits for a turn, and has it until the block is left."""
        await self._take(rank)
        try:
            yield
        finally:
            self._give()

    async def _take(self, rank: int) -> None:
        if self._free:
            self._free -= 1
            return
        mine = _Waiting(rank, next(self._numbers), asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if not mine.turn.cancelled():  # it had been given the turn by then
                self._give()
            raise

    def _give(self) -> None:
        self._waiting = [each for each in self._waiting if not each.turn.done()]  # but for the cancelled
        if not self._waiting:
            self._free += 1
            return
        self._given += 1
        ranked = self._given % _OUT_OF_RANK != 0
        following = min(self._waiting, key=lambda each: (each.rank if ranked else 0, each.number))
        self._waiting.remove(following)
        following.turn.set_result(None)
