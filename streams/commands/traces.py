"""Where a topic still names somebody: in what holds now, or in what it has yet to drop."""

import re
from typing import NamedTuple

import msgspec

from streams.rows import bare

_STR8 = b"\xd9"  # MessagePack: a text of 32 to 255 bytes, its length in the next byte


class Keeping(NamedTuple):
    """How long a topic keeps what it must no longer say; `seconds`: None for ever.

    Compacted: since something newer took its place. Otherwise: since it was written.
    """

    compacted: bool
    seconds: float | None


class Needle:
    """An id as it may stand in rows and events, told from longer ids of which it is a part."""

    def __init__(self, text: str) -> None:
        raw = text.encode()
        forms = {raw, msgspec.json.encode(text)[1:-1]}
        before = rb"(?:(?<![\w.@-])|(?<=" + re.escape(_STR8 + bytes([min(len(raw), 255)])) + rb"))"
        self._pattern = re.compile(before + rb"(?:" + b"|".join(map(re.escape, forms)) + rb")(?![\w.@-])")
        self._forms = tuple(forms)

    def within(self, data: bytes | None) -> bool:
        """The search for the bare bytes comes first: it is a hundred times faster, and mostly enough."""
        if not data or not any(form in data for form in self._forms):
            return False
        return self._pattern.search(data) is not None


class Traces:
    """What one topic says of the needle. `gone`: when all that is older will be, in seconds since 1970."""

    def __init__(self, topic: str, keeping: Keeping, needle: Needle) -> None:
        self.topic, self._keeping, self._needle = topic, keeping, needle
        self.older = 0
        self._last = 0.0
        self._heads: dict[tuple[int, bytes | None], int] = {}

    def see(self, partition: int, key: bytes | None, value: bytes | None, written: float) -> None:
        """The next record of a partition."""
        place = (partition, key)
        if self._keeping.compacted:
            replaced = self._heads.pop(place, 0)
            self._drop(replaced, written)
        said = None if value is None else bytes(bare(value))
        if not self._needle.within(key) and not self._needle.within(said):
            return
        if self._keeping.compacted and value is not None:
            self._heads[place] = 1
        else:
            self._drop(1, written)

    @property
    def head(self) -> int:
        """How many records that hold now name it."""
        return len(self._heads)

    @property
    def gone(self) -> float | None:
        """None where the topic's settings say no end."""
        return None if self._keeping.seconds is None else self._last + self._keeping.seconds

    def _drop(self, records: int, written: float) -> None:
        if records:
            self.older += records
            self._last = max(self._last, written)
