"""The SMTP server of a run: real, on a socket, and told what to do next by the faults."""

import asyncio
import contextlib
import email
import email.policy
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from tests.smtp.scripted import TAKE_AND_DROP, ScriptedSmtp


class Taken(NamedTuple):
    """A mail in the box. `answered`: whether its sender was told so."""

    message_id: str
    at: float
    answered: bool


class Mailbox(ScriptedSmtp):
    """Keeps the Message-ID of each mail, when it came, and whether its sender learnt of it."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Taken] = []
        self.taken = self  # what a session has taken is kept at that moment
        self._answers = True

    def says(self, moment: str) -> str:
        said: str = super().says(moment)
        self._answers = said != TAKE_AND_DROP
        return said

    def append(self, mail: tuple[str, str, bytes]) -> None:
        message = email.message_from_bytes(mail[2], policy=email.policy.default)
        self.mails.append(Taken(str(message["Message-ID"]).strip("<>"), time.time(), self._answers))

    @contextlib.asynccontextmanager
    async def rude(self, moment: str, said: str) -> AsyncIterator[None]:
        """For as long as the context lasts."""
        self.script[moment] = [said]
        try:
            yield
        finally:
            del self.script[moment]

    @contextlib.asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Connections are refused, and those that stood are cut."""
        self._server.close()
        await self.hang_up_on_all()
        try:
            yield
        finally:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
