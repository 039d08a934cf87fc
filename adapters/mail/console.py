"""Mails onto standard output, or as files into a folder: to look at, not to deliver."""

import asyncio
import sys
from pathlib import Path

from adapters.options import Options
from streams.domain.ports import ConfigurationError, Handed, Mail, MayStart, SendError


class ConsoleMail:
    """With a folder, `KEY.eml` in it; a repeat overwrites its own file, so there is one mail a key."""

    repeats_safely = True

    def __init__(self, name: str, folder: Path | None) -> None:
        self.name = name
        self._folder = folder

    async def send(self, mail: Mail, may_start: MayStart) -> Handed:
        """Writes it."""
        if not may_start():
            raise SendError("lease_over")
        try:
            await asyncio.to_thread(self._write, mail)
        except OSError:
            raise SendError("folder_not_writable") from None
        return Handed(mail.message_id)

    def _write(self, mail: Mail) -> None:
        if self._folder is None:
            sys.stdout.write(f"--- mail to {mail.recipient}: {mail.subject}\n")
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{safe(mail.idempotency_key)}.eml").write_bytes(mail.raw)

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


def safe(key: str) -> str:
    """The key as a file name."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in key)


def create(options: Options) -> ConsoleMail:
    """A console mail provider."""
    return ConsoleMail(options.provider, options.folder())
