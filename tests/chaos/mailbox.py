"""The SMTP server of a run: real, on a socket, with TLS, and told what to do next by the faults."""

import asyncio
import contextlib
import email
import email.policy
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.smtp.certificates import server_context
from tests.smtp.scripted import LATE, TAKE_AND_DROP, ScriptedSmtp

UNREAD = 0.5  # seconds: an answer so short before a connection is cut may not have been read


class Taken(NamedTuple):
    """A mail in the box. `answered`: whether its sender was told so; `sender`: whom it called itself."""

    message_id: str
    at: float
    answered: bool
    sender: str


class Mailbox(ScriptedSmtp):
    """Keeps the Message-ID of each mail, when it came, from whom, and whether its sender learnt of it.

    `refused`: what it would not have for good.
    """

    def __init__(self, folder: Path) -> None:
        self._ours, self.authority = server_context(folder)
        (folder / "nobodys").mkdir()
        self._nobodys, _ = server_context(folder / "nobodys")
        super().__init__(tls=self._ours, extensions=("8BITMIME", "STARTTLS"))
        self.mails: list[Taken] = []
        self.refused: set[str] = set()
        self._away = 0

    def received(self, session: Any, said: str, content: bytes) -> None:
        message = email.message_from_bytes(content, policy=email.policy.default)
        name = str(message["Message-ID"]).strip("<>")
        if said in (TAKE_AND_DROP, LATE) or said.startswith("250"):
            self.mails.append(Taken(name, time.time(), said.startswith("250"), session.hello))
        elif said.startswith("5"):
            self.refused.add(name)

    @contextlib.asynccontextmanager
    async def rude(self, moment: str, said: str) -> AsyncIterator[None]:
        """For as long as the context lasts, or until somebody else is rude at that moment."""
        script = self.script[moment] = [said]
        try:
            yield
        finally:
            if self.script.get(moment) is script:
                del self.script[moment]

    @contextlib.asynccontextmanager
    async def rude_about_tls(self, said: str) -> AsyncIterator[None]:
        """Kept connections have TLS already, so they are cut first."""
        async with self.rude("STARTTLS", said):
            await self.hang_up_on_all()
            yield

    @contextlib.asynccontextmanager
    async def strange(self) -> AsyncIterator[None]:
        """Shows a certificate that nobody vouches for."""
        self.tls = self._nobodys
        await self.hang_up_on_all()
        try:
            yield
        finally:
            self.tls = self._ours

    @contextlib.asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Connections are refused, and those that stood are cut; until the last absence is over."""
        self._away += 1
        if self._away == 1:
            self._server.close()
        await self.hang_up_on_all()
        try:
            yield
        finally:
            self._away -= 1
            if not self._away:
                self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def hang_up_on_all(self) -> None:
        since = time.time() - UNREAD
        self.mails = [each._replace(answered=each.answered and each.at < since) for each in self.mails]
        await super().hang_up_on_all()
