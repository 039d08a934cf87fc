"""State as files: a manifest, and one file of JSON lines for each table. Plain, versioned, and streamed.

| file | a line for |
|---|---|
| `AGENT.TOPIC.rows.jsonl.gz` | each row: its partition, key, bytes, and when it wants to be woken |
| `AGENT.TOPIC.rest.jsonl.gz` | each record of the input that no unit has folded yet |
| `TOPIC.latest.jsonl.gz` | the newest record of each key of a compacted topic |
| `manifest.json` | the format, and how each table was laid out; written last: half an export is none |
"""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

FORMAT = 1
MANIFEST = "manifest.json"

Line = TypeVar("Line", bound=msgspec.Struct)


class PortableError(Exception):
    """What the operator must mend, one clear sentence."""


class Row(msgspec.Struct, omit_defaults=True):
    """A row as its changelog holds it; bytes are base64 in the file. `due`: seconds since 1970."""

    partition: int
    key: bytes
    value: bytes
    due: float | None = None


class Rest(msgspec.Struct, omit_defaults=True):
    """A record that is still to be folded. `timestamp`: the log's own, in milliseconds."""

    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: list[tuple[str, bytes]] = []


class Table(msgspec.Struct):
    """One input of one agent: `now` is the latest of its partitions' clocks, in seconds since 1970."""

    agent: str
    topic: str
    partitions: int
    rows: int = 0
    rest: int = 0
    now: float = 0.0

    def file(self, what: str) -> str:
        return f"{self.agent}.{self.topic}.{what}.jsonl.gz"


class Latest(msgspec.Struct):
    """A compacted topic that we write and others read."""

    topic: str
    records: int

    @property
    def file(self) -> str:
        return f"{self.topic}.latest.jsonl.gz"


class Manifest(msgspec.Struct):
    """What a folder holds."""

    format: int
    tables: list[Table]
    latest: list[Latest]


class Writing(Protocol):
    """Takes one line after the other."""

    def __call__(self, line: msgspec.Struct) -> None: ...


@contextmanager
def written(path: Path) -> Iterator[Writing]:
    """A file of lines, for its owner alone: rows hold names and addresses."""
    encode = msgspec.json.Encoder().encode
    path.touch(mode=0o600)
    with gzip.open(path, "wb", compresslevel=3) as file:  # higher levels take longer than they save

        def write(line: msgspec.Struct) -> None:
            file.write(encode(line) + b"\n")

        yield write


def lines(path: Path, kind: type[Line]) -> Iterator[Line]:
    """Raises `PortableError` where the file is cut short or not ours."""
    decode = msgspec.json.Decoder(kind).decode
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                yield decode(line)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise PortableError(f"{path.name} can't be read: {type(error).__name__}") from error


def make_folder(folder: Path) -> None:
    """Raises `PortableError` where an export is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MANIFEST).exists():
        raise PortableError(f"{folder} holds an export already: name another folder")


def read_manifest(folder: Path) -> Manifest:
    """Raises `PortableError` where there is no finished export of a format that this program knows."""
    try:
        data = (folder / MANIFEST).read_bytes()
        known = msgspec.json.decode(data, type=_Head).format
        if known > FORMAT:
            raise PortableError(
                f"{MANIFEST} is of format {known}, this program reads up to {FORMAT}: update it"
            )
        return msgspec.json.decode(data, type=Manifest)
    except OSError as error:
        raise PortableError(f"{folder} holds no finished export: {MANIFEST}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise PortableError(f"{MANIFEST} can't be read: {error}") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(text + b"\n")


class _Head(msgspec.Struct):
    format: int
