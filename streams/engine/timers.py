"""When rows want to be woken: a heap a partition, built at its opening and gone with its store."""

import heapq
from collections.abc import Mapping
from typing import NamedTuple

from streams.engine.api import AT_ONCE


class Fire(NamedTuple):
    key: bytes
    due: float


class Timers:
    """The heap may hold stale entries; what counts is `_due`, the row's own word, at the moment of firing."""

    def __init__(self, due: Mapping[bytes, float], again: float) -> None:
        self._again = again
        self._due = dict(due)
        # (look at it, due, key)
        self._heap = [(at, at, key) for key, at in self._due.items() if at != AT_ONCE]
        heapq.heapify(self._heap)
        self._asked: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._due)

    def due(self) -> dict[bytes, float]:
        """When each row wants to be woken."""
        return dict(self._due)

    def put_off(self) -> list[bytes]:
        """Rows whose conclusion waits; those are woken by their partition, and by no timer."""
        return [key for key, at in self._due.items() if at == AT_ONCE]

    def set(self, key: bytes, due: float | None) -> None:
        """The row was written, so whatever was under way for its older version counts no more."""
        self._asked.pop(key, None)
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            if due != AT_ONCE:
                heapq.heappush(self._heap, (due, due, key))
        if len(self._heap) > 4 * len(self._due) + 1_000:
            self._rebuild()

    def _rebuild(self) -> None:
        """A row that moves its due time with every record would else fill the heap."""
        current = {entry[2]: entry for entry in sorted(self._heap, reverse=True) if self._valid(entry)}
        self._heap = list(current.values())
        heapq.heapify(self._heap)

    def _valid(self, entry: tuple[float, float, bytes]) -> bool:
        return self._due.get(entry[2]) == entry[1]

    def take(self, now: float, horizon: float, folded: int, limit: int) -> list[Fire]:
        """Rule 17 and 18: those due by the clock and by the horizon, at most `limit`; each stays, re-armed.

        `folded` is the partition's position: a fire that still waits in the topic isn't sent again.
        A row that went back to a time which it had left stands in the heap twice, side by side.
        """
        fires: list[Fire] = []
        heap, before = self._heap, None
        while heap and heap[0][0] <= now and len(fires) < limit:
            entry = heap[0]
            if entry == before or not self._valid(entry):
                heapq.heappop(heap)
                continue
            _, due, key = before = entry
            if due > horizon:
                break
            heapq.heapreplace(heap, (now + self._again, due, key))
            if self._asked.get(key, -1) <= folded:
                fires.append(Fire(key, due))
        return fires

    def overdue(self, now: float) -> float:
        """Seconds by which the earliest fire is late: what the horizon withholds, or what is not yet sent."""
        while self._heap and not self._valid(self._heap[0]):
            heapq.heappop(self._heap)
        return max(0.0, now - self._heap[0][0]) if self._heap else 0.0

    def standing(self, now: float, horizon: float) -> tuple[int, int]:
        """How many are due and not yet answered, and how many of these the horizon withholds.

        Only what is due is visited: in a heap nothing earlier lies below a later entry.
        """
        due: dict[bytes, bool] = {}
        places = [0]
        while places:
            place = places.pop()
            if place >= len(self._heap) or self._heap[place][0] > now:
                continue
            places += (2 * place + 1, 2 * place + 2)
            if self._valid(self._heap[place]):
                _, at, key = self._heap[place]
                due[key] = at > horizon
        return len(due), sum(due.values())

    def asked(self, key: bytes, offset: int) -> None:
        """The fire lies in the partition at this offset."""
        if key in self._due:
            self._asked[key] = offset
