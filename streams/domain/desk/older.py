"""Orders beyond those that a customer's row holds one by one: packed, so that an erasure finds them too.

An order costs 6 bytes where a shop counts its orders, 27 where it names them at random. The packs are opened
only where one of their orders may be meant: 25 of them take about a millisecond.
"""

import datetime as dt
import zlib

import msgspec

A_PACK, MOST_BYTES = 200, 200_000  # orders; and bytes of all packs: a row has a limit, and is written whole

Packs = tuple[bytes, ...]
Entry = tuple[str, dt.datetime]  # the order, and when it was placed

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Entry]).decode


def add(packs: Packs, entry: Entry) -> tuple[Packs, int]:
    """The packs with the order in them, and how many orders were let go of for good: the oldest pack's."""
    last = _open(packs[-1]) if packs else []
    full = not packs or len(last) >= A_PACK
    packs = (*packs, _pack([entry])) if full else (*packs[:-1], _pack([*last, entry]))
    if sum(map(len, packs)) <= MOST_BYTES:
        return packs, 0
    return packs[1:], len(_open(packs[0]))


def take(packs: Packs, order_id: str) -> tuple[Packs, dt.datetime | None]:
    """The packs without the order, and when it was placed; None where they don't hold it."""
    for place, pack in enumerate(packs):
        entries = _open(pack)
        for entry in entries:
            if entry[0] == order_id:
                return _put(packs, place, [each for each in entries if each is not entry]), entry[1]
    return packs, None


def take_until(packs: Packs, at: dt.datetime) -> tuple[Packs, list[str]]:
    """The packs without what was placed by then, and the orders that were."""
    entries = [entry for pack in packs for entry in _open(pack)]
    left = [entry for entry in entries if entry[1] > at]
    kept = tuple(_pack(left[start : start + A_PACK]) for start in range(0, len(left), A_PACK))
    return kept, [order_id for order_id, placed in entries if placed <= at]


def count(packs: Packs) -> int:
    """How many orders the packs hold."""
    return sum(len(_open(pack)) for pack in packs)


def _put(packs: Packs, place: int, entries: list[Entry]) -> Packs:
    return (*packs[:place], *((_pack(entries),) if entries else ()), *packs[place + 1 :])


def _pack(entries: list[Entry]) -> bytes:
    return zlib.compress(_encode(entries), 1)


def _open(pack: bytes) -> list[Entry]:
    return _decode(zlib.decompress(pack))
