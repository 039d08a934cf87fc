"""Short messages onto standard output, or as lines of JSON into a folder: to look at, not to deliver."""

import asyncio
import sys
from pathlib import Path

import msgspec

from adapters.options import Options
from streams.domain.ports import ConfigurationError, Handed, MayStart, SendError, Sms


class ConsoleSms:
    """With a folder, a line in `sms.jsonl`: `to`, `sender`, `text`, `segments`, `key`."""

    repeats_safely = False

    def __init__(self, name: str, folder: Path | None) -> None:
        self.name = name
        self._folder = folder

    async def send(self, sms: Sms, may_start: MayStart) -> Handed:
        """Writes it."""
        if not may_start():
            raise SendError("lease_over")
        try:
            await asyncio.to_thread(self._write, sms)
        except OSError:
            raise SendError("folder_not_writable") from None
        return Handed(f"console-{sms.idempotency_key}")

    def _write(self, sms: Sms) -> None:
        if self._folder is None:
            sys.stdout.write(f"--- SMS to {sms.recipient} ({sms.segments}): {sms.text}\n")
            return
        line = msgspec.json.encode(
            {
                "to": sms.recipient,
                "sender": sms.sender,
                "text": sms.text,
                "segments": sms.segments,
                "key": sms.idempotency_key,
            }
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "sms.jsonl").open("ab") as file:
            file.write(line + b"\n")  # one write: lines of several processes don't mix

    async def check(self) -> None:
        """The folder can be made."""
        if self._folder is None:
            return
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        except OSError:
            raise ConfigurationError(f"provider {self.name}: its folder can't be written to") from None

    async def close(self) -> None:
        """Nothing is kept open."""


def create(options: Options) -> ConsoleSms:
    """A console SMS provider."""
    return ConsoleSms(options.provider, options.folder())
