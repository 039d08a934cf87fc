"""The recorded lines: where they come from, when each arrived, and by which topic it comes in."""

import gzip
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from streams.codec import UNREADABLE
from streams.domain.ports import ConfigurationError
from streams.domain.values import Instant, in_reach

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_TOPICS = {
    "order": "orders",
    "return": "orders",
    "complaint": "orders",
    "shipment": "shipments",
    "supplier": "suppliers",
    "customer": "customers",
    "feedback": "customers",
}

Watch = Callable[[int], None]  # told how many bytes of the file have been read


class SourceError(ConfigurationError):
    """The file can't be read: one clear sentence."""


class Line(NamedTuple):
    """One recorded line. `arrived` is seconds since 1970, or None where the line doesn't say."""

    value: bytes
    topic: str
    arrived: float | None


class _Head(msgspec.Struct):
    type: str = ""
    time: Instant | None = None
    arrivedat: Instant | None = None


_read_head = msgspec.json.Decoder(_Head).decode


class Source:
    """Lines of a file, as often as they are asked for; standard input (`-`) is kept in a file first.

    `size` in bytes; `path`: where another process finds the same lines, while this one is open.
    """

    def __init__(self, name: str) -> None:
        """Raises `SourceError` where there is no such file."""
        self._name = "standard input" if name == "-" else name
        try:
            self._raw = _spooled() if name == "-" else _opened(name)
            self.size = self._raw.seek(0, 2)
        except OSError as error:
            raise SourceError(f"{name}: can't be read: {error.strerror}") from None
        self.path = str(self._raw.name)

    def lines(self, watch: Watch | None = None) -> Iterator[Line]:
        """Every line that isn't empty, from the first one on. Raises `SourceError` if one can't be read."""
        self._raw.seek(0)
        packed = self._raw.read(2) == _GZIP
        self._raw.seek(0)
        text: Iterable[bytes] = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        try:
            for number, line in enumerate(text):
                value = line.removeprefix(_BOM).strip() if number == 0 else line.strip()
                if value:
                    yield read_line(value)
                if watch is not None and number % 1000 == 0:
                    watch(self._raw.tell())
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(f"{self._name}: can't be read to its end: {error}") from None

    def begins(self) -> float | None:
        """When the first line that says when it arrived did so."""
        return next((line.arrived for line in self.lines() if line.arrived is not None), None)

    def close(self) -> None:
        """Gives the file back."""
        self._raw.close()


def read_line(value: bytes) -> Line:
    """Looks at no more than what says when it arrived and where it goes; ingest judges the rest."""
    try:
        head = _read_head(value)
    except UNREADABLE:
        return Line(value, "orders", None)
    arrived = head.arrivedat or head.time
    if not in_reach(arrived):  # one slip must not carry the clock past every other line
        arrived = None
    topic = _TOPICS.get(head.type.partition(".")[0], "orders")
    return Line(value, topic, arrived.timestamp() if arrived else None)


def _opened(name: str) -> IO[bytes]:
    return Path(name).open("rb")


def _spooled() -> IO[bytes]:
    kept = tempfile.NamedTemporaryFile(prefix="orderherald-")  # noqa: SIM115 - `Source.close` closes it
    shutil.copyfileobj(sys.stdin.buffer, kept)
    kept.flush()
    return kept
