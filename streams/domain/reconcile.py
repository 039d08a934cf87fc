"""What is wished against what is on its way: raise what is new, revise what changed, withdraw the rest."""

import datetime as dt
import hashlib
from collections.abc import Sequence

import msgspec

from streams.domain import naming
from streams.domain.decide.scene import Wanted
from streams.domain.events import OrderPlaced, Payload
from streams.domain.ledger import DROPPED, OPEN, WITHDRAWN
from streams.domain.notes import IntentRaised, IntentWithdrawn, Told
from streams.domain.order import Entry

_replace = msgspec.structs.replace
_pack = msgspec.msgpack.Encoder().encode
_SOFT = "date:"  # says what a message shows, not what it settles


class Book:
    """The ledger while it is being brought up to date; `notes` is what the desk must hear."""

    def __init__(self, entries: Sequence[Entry], order_id: str, placed: OrderPlaced, goes_to: str) -> None:
        self.entries = list(entries)
        self.notes: list[Payload] = []
        self._order_id = order_id
        self._placed = placed
        self._goes_to = goes_to if goes_to != placed.customer.country else None

    def agree(self, wishes: Sequence[Wanted], now: dt.datetime) -> None:
        """Makes what waits at the desk what is wished."""
        wanted = {wish.slot for wish in wishes}
        for place, entry in enumerate(self.entries):
            if entry.status == OPEN and entry.slot not in wanted:
                self._withdraw(place)
        for wish in wishes:
            self._wish(wish, now)

    def _withdraw(self, place: int) -> None:
        entry = self.entries[place]
        self.entries[place] = _replace(entry, status=WITHDRAWN)
        self.notes.append(IntentWithdrawn(entry.id, self._order_id, self._placed.customer.customer_id))

    def _wish(self, wish: Wanted, now: dt.datetime) -> None:
        place = self._standing(wish)
        digest = _digest(wish)
        if place is None:
            entry = Entry(
                self._name(wish), wish.kind, wish.slot, 1, OPEN, wish.covers, wish.because, digest, now
            )
            self.entries.append(entry)
        else:
            before = self.entries[place]
            if before.status == OPEN and before.digest == digest:
                return
            entry = _replace(
                before,
                kind=wish.kind,
                slot=wish.slot,
                revision=before.revision + 1,
                status=OPEN,
                covers=wish.covers,
                because=wish.because,
                digest=digest,
                at=now,
            )
            self.entries[place] = entry
        self.notes.append(self._raised(entry, wish, now))

    def _standing(self, wish: Wanted) -> int | None:
        """The notification that this wish revises.

        The one that waits; or one that was taken back while the desk may have been faster, by whatever
        kind of message it was to be said: under a new name the same could be told twice.
        """
        back = None
        for place, entry in enumerate(self.entries):
            if entry.status == OPEN and entry.slot == wish.slot:
                return place
            if back is None and entry.status == WITHDRAWN and _share(entry.covers, wish.covers):
                back = place
        return back

    def _name(self, wish: Wanted) -> str:
        known = {entry.id for entry in self.entries}
        parts = (self._order_id, wish.slot, wish.because[0], wish.kind)
        name, count = naming.notification(*parts), 1
        while name in known:
            count += 1
            name = naming.notification(*parts, count)
        return name

    def _raised(self, entry: Entry, wish: Wanted, now: dt.datetime) -> IntentRaised:
        placed = self._placed
        return IntentRaised(
            notification_id=entry.id,
            revision=entry.revision,
            order_id=self._order_id,
            customer_id=placed.customer.customer_id,
            shop=placed.shop,
            kind=wish.kind,
            slot=wish.slot,
            because=tuple(map(naming.plain, wish.because)),
            caused_at=wish.caused_at,
            decided_at=now,
            locale=placed.customer.locale,
            timezone=placed.customer.timezone,
            country=placed.customer.country,
            content=wish.content,
            covers=wish.covers,
            hold_until=wish.hold_until,
            useful_until=wish.useful_until,
            goes_to=self._goes_to,
            also_by=wish.also_by,
            not_before=wish.not_before,
        )


def told(entries: Sequence[Entry], answer: Told) -> list[Entry]:
    """The ledger with the desk's answer in it: what went out, not what we wished last."""
    known = list(entries)
    for place, entry in enumerate(known):
        if entry.id == answer.notification_id:
            known[place] = _answered(entry, answer)
            return known
    known.append(_answered(_unknown(answer), answer))
    return known


def _answered(entry: Entry, answer: Told) -> Entry:
    if answer.outcome == "suppressed" and answer.revision < entry.revision:
        return entry  # crossed by a newer revision, which the desk takes up again and answers anew
    if answer.outcome == "suppressed" and entry.status == WITHDRAWN:
        # It was taken back in time: nothing is settled, it may be wished again under a new name.
        return _replace(entry, status=DROPPED, covers=(), reason=answer.reason)
    return _replace(
        entry,
        status=answer.outcome,
        kind=answer.kind,
        revision=answer.revision,
        covers=answer.covers,
        at=answer.at,
        expected=answer.expected,
        next_update=answer.next_update,
        reason=answer.reason,
    )


def _unknown(answer: Told) -> Entry:
    return Entry(
        answer.notification_id,
        answer.kind,
        answer.slot,
        answer.revision,
        OPEN,
        answer.covers,
        (),
        b"",
        answer.at,
    )


def _share(first: Sequence[str], second: Sequence[str]) -> bool:
    hard = {cover for cover in first if not cover.startswith(_SOFT)}
    return not hard.isdisjoint(second)


def _digest(wish: Wanted) -> bytes:
    said = (wish.kind, wish.covers, wish.content, wish.hold_until, wish.useful_until, wish.also_by)
    return hashlib.blake2b(_pack(said), digest_size=8).digest()
