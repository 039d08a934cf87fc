"""What the customer has been told, and what is settled: the memory that every decision compares with."""

import datetime as dt
from collections.abc import Iterable, Sequence

from streams.domain.order import Entry
from streams.domain.values import Window

OPEN, WITHDRAWN, DROPPED = "open", "withdrawn", "dropped"
TOLD = frozenset({"sent", "in_doubt"})  # in doubt: the customer may have read it, so it counts
SETTLED = TOLD | {"suppressed", "failed"}
REST = "rest"  # what no parcel holds yet
REST_DATE = f"date:{REST}"
EVERY_DATE = "date:*"  # what a message about the whole order says of each parcel


class Ledger:
    """The order's notifications, asked in several ways. Oldest first."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.settled: set[str] = set()
        self.told: set[str] = set()
        for entry in entries:
            if entry.status in SETTLED:
                self.settled.update(entry.covers)
            if entry.status in TOLD:
                self.told.update(entry.covers)

    def is_settled(self, topic: str, names: Iterable[str]) -> bool:
        """Whether a message on this topic about any of these names is done with."""
        return any(f"{topic}:{name}" in self.settled for name in names)

    def was_told(self, topic: str, names: Iterable[str]) -> bool:
        """Whether a message on this topic about any of these names went out."""
        return any(f"{topic}:{name}" in self.told for name in names)

    def open(self, slot: str) -> Entry | None:
        """The notification of this slot that waits at the desk."""
        return next((e for e in self.entries if e.slot == slot and e.status == OPEN), None)

    def sent(self, *kinds: str) -> list[Entry]:
        """Those of these kinds that went out."""
        return [e for e in self.entries if e.status in TOLD and e.kind in kinds]

    def dated(self, names: Iterable[str], since: dt.datetime | None = None) -> list[Entry]:
        """Those that told the customer a delivery date: for these names, or for everything.

        What was said of the rest of the order before `since` holds for a parcel that came of it then.
        """
        tags = {f"date:{name}" for name in names} | {EVERY_DATE}
        return [
            e
            for e in self.entries
            if e.status in TOLD
            and e.expected is not None
            and (not tags.isdisjoint(e.covers) or (since and e.at <= since and REST_DATE in e.covers))
        ]

    def told_window(
        self,
        names: Iterable[str],
        first: Window | None,
        since: dt.datetime | None = None,
        after: dt.datetime | None = None,
    ) -> Window | None:
        """The delivery date that the customer was told last. `names`, `since`: as for `dated`.

        `after`: for what makes good for other goods, only what was told since it was owed.
        """
        told, at = (None, after) if after is not None else (first, None)
        for entry in self.dated(names, since):
            if at is None or entry.at >= at:
                told, at = entry.expected, entry.at
        return told
