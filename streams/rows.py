"""Rows as bytes: a byte for their format's version, then MessagePack, pressed or plain."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from cramjam import DecompressionError, lz4

_PRESSED = b"\xc1"  # the one byte that no MessagePack begins with, and no UTF-8 holds
_PRESSABLE = range(256, 65_536)  # bytes: beyond them a row's limit must be met by what it really is


def bare(value: bytes) -> bytes | memoryview:
    """What a record's value says, where it is a pressed row: for whoever looks for words in it.

    Raises `ValueError` for a pressed row that is damaged.
    """
    return _body(value) if value[1:2] == _PRESSED else value


class RowCodec:
    """Rows of one struct as bytes: one byte of format version, then MessagePack.

    `upgrades`: from a version to the next, each takes a row as plain lists, dictionaries and values. A
    row is upgraded when it is read and written anew when it changes, so an upgrade may go only once no
    row of its version is left. Raises `ValueError` for a version that this program doesn't know.

    `pressed`: rows of some length are kept compressed: half their size, for a tenth of what their
    decoding costs.
    """

    def __init__(
        self,
        struct: type[Any],
        version: int,
        upgrades: Mapping[int, Callable[[Any], Any]] | None = None,
        *,
        pressed: bool = False,
    ) -> None:
        self.version = version
        self._upgrades = dict(upgrades or {})
        oldest = min(self._upgrades, default=version)
        if sorted(self._upgrades) != list(range(oldest, version)):
            raise ValueError(f"the upgrades to format {version} leave one out: {sorted(self._upgrades)}")
        self._version = bytes([version])
        self._pressed = pressed
        self._pack = msgspec.msgpack.Encoder().encode
        self._unpack = msgspec.msgpack.Decoder(struct).decode

    def encode(self, row: object) -> bytes:
        data: bytes = self._pack(row)
        if self._pressed and len(data) in _PRESSABLE:
            return self._version + _PRESSED + bytes(lz4.compress_block(data))
        return self._version + data

    def decode(self, data: bytes) -> Any:
        if data[:1] != self._version:
            data = self._upgraded(data)
        return self._unpack(_body(data))

    def _upgraded(self, data: bytes) -> bytes:
        found = data[0] if data else None
        if found not in self._upgrades:
            raise ValueError(f"a row of format {found}, this program reads {self._read()}")
        row = msgspec.msgpack.decode(_body(data))
        for version in range(found, self.version):
            row = self._upgrades[version](row)
        return self.encode(row)

    def _read(self) -> str:
        oldest = min(self._upgrades, default=self.version)
        return str(self.version) if oldest == self.version else f"{oldest} to {self.version}"


def _body(data: bytes) -> bytes | memoryview:
    """The row without its version, and unpressed."""
    rest = memoryview(data)[1:]
    if rest[:1] != _PRESSED:
        return rest
    try:
        return bytes(lz4.decompress_block(rest[1:]))
    except DecompressionError as error:
        raise ValueError("a pressed row is damaged") from error
