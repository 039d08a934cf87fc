"""Names that are made, not drawn: the same facts give the same, wherever they are asked for."""

import hashlib


def notification(order_id: str, slot: str, cause: str, kind: str, count: int = 1) -> str:
    """The id of the `count`-th notification of this slot for this cause."""
    more = () if count == 1 else (str(count),)
    return "n-" + token("\0".join((order_id, slot, cause, kind, *more)), 10)


_BY = "\x1f"


def of_source(event_id: str, source: str) -> str:
    """An event's id that tells it from another source's event of the same id."""
    return f"{event_id}{_BY}{source}"


def plain(event_id: str) -> str:
    """The id as its source gave it."""
    return event_id.partition(_BY)[0]


def ticket(order_id: str, kind: str, cause: str) -> str:
    """The id of the one ticket for this cause."""
    return "t-" + token(f"{order_id}\0{kind}\0{cause}", 10)


def token(text: str, size: int = 6) -> str:
    """Hexadecimal, twice `size` letters; says nothing of what it stands for."""
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
