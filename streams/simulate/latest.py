"""The newest value of each key, however many there are: most of them lie on disk."""

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

_PUT = """
    INSERT INTO latest (key, value) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""


class Latest:
    """Keeps `room` values in memory and the others in a file of its own, in order of first appearance."""

    def __init__(self, room: int = 2_000) -> None:
        self._room = room
        self._fresh: dict[bytes, bytes] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="orderherald-")
        self._file = sqlite3.connect(Path(self._folder.name) / "latest", isolation_level=None)
        # It is thrown away at the end: nothing needs to survive a crash.
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("PRAGMA synchronous = OFF")
        self._file.execute("CREATE TABLE latest (place INTEGER PRIMARY KEY, key BLOB UNIQUE, value BLOB)")

    def put(self, key: bytes, value: bytes) -> None:
        """This is the newest of its key."""
        self._fresh[key] = value
        if len(self._fresh) > self._room:
            self._spill()

    def values(self) -> Iterator[bytes]:
        """The newest of every key, in the order in which the keys first came."""
        self._spill()
        for (value,) in self._file.execute("SELECT value FROM latest ORDER BY place"):
            yield value

    def close(self) -> None:
        """Drops everything."""
        self._file.close()
        self._folder.cleanup()

    def _spill(self) -> None:
        self._file.execute("BEGIN")
        self._file.executemany(_PUT, self._fresh.items())
        self._file.execute("COMMIT")
        self._fresh.clear()
