"""Mail by SMTP: a bounded number of kept connections, each attempt under one deadline.

A connection is used again only after a clean end. `may_start` is asked once the server is ready for
the content (354) and before a byte of it is written: from there on, silence means in doubt.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import aiosmtplib
from aiosmtplib.protocol import normalize_message_line_endings

from adapters.mail.smtp_errors import translate
from adapters.mail.smtp_server import Kept, Progress, Server
from adapters.options import Options
from streams.domain.desk.contact import ascii_domain
from streams.domain.ports import Handed, Mail, MayStart, SendError

SERVICE_CLOSING, READY_FOR_CONTENT, TAKEN = 421, 354, 250
NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")
# A kept connection whose other end is gone without a word must not use up the attempt's time.
STALE_AFTER = 3.0
# What a mail has to have left of its attempt's time, measured in how long others take; at most this part of
# that time, or a server that hung once would be asked nothing any more.
MARGIN, MOST = 1.5, 0.9


class _StaleError(Exception):
    """A kept connection had ended before the server heard of this mail."""


class Smtp:
    """One SMTP server. At most `connections` at once; `timeout`: seconds for a whole attempt."""

    # Nothing in SMTP recognises a repeat; the Message-ID only lets a reader see one.
    repeats_safely = False

    def __init__(self, name: str, server: Server, *, connections: int = 8, timeout: float = 25.0) -> None:
        self.name = name
        self._server = server
        self._timeout = timeout
        self._room = asyncio.Semaphore(connections)
        self._kept = Kept()
        self._takes = 0.0  # seconds that a mail takes of late, the slower ones remembered for longer

    async def send(self, mail: Mail, may_start: MayStart) -> Handed:
        """Hands the mail over. Raises `SendError`."""
        progress = Progress()
        async with self._attempt(progress) as deadline, self._timed(deadline):
            kept = self._kept.take()
            if kept is not None:
                with contextlib.suppress(_StaleError):
                    return await self._through(kept, mail, may_start, progress, stale_after=STALE_AFTER)
            client = await self._server.connect(progress)
            return await self._through(client, mail, may_start, progress)

    async def check(self) -> None:
        """Connects, negotiates TLS and logs in; sends nothing. Raises `SendError`."""
        progress = Progress()
        async with self._attempt(progress):
            self._kept.put(await self._server.connect(progress))

    async def close(self) -> None:
        """Ends every connection."""
        await self._kept.close()

    @contextlib.asynccontextmanager
    async def _attempt(self, progress: Progress) -> AsyncIterator[asyncio.Timeout]:
        try:
            async with asyncio.timeout(self._timeout) as deadline, self._room:
                yield deadline
        except (SendError, aiosmtplib.SMTPException, OSError, ValueError, EOFError) as error:
            # "from None": the library's error quotes addresses, hosts and replies.
            raise translate(error, progress.phase, handed=progress.handed) from None

    @contextlib.asynccontextmanager
    async def _timed(self, deadline: asyncio.Timeout) -> AsyncIterator[None]:
        """Begins nothing that waited so long for its connection that it would end before it is answered.

        Under a backlog a slow server would else take each mail, and be asked for it again.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        needed = min(MARGIN * self._takes, MOST * self._timeout)
        if (deadline.when() or began) - began < needed:
            raise SendError("timeout_pool")
        try:
            yield
        finally:
            self._takes = max(loop.time() - began, 0.8 * self._takes)

    async def _through(
        self,
        client: aiosmtplib.SMTP,
        mail: Mail,
        may_start: MayStart,
        progress: Progress,
        *,
        stale_after: float | None = None,
    ) -> Handed:
        """One transaction; afterwards the connection is kept or closed."""
        clean = False
        try:
            await _envelope(client, mail, progress, stale_after)
            await _content(client, mail, may_start, progress)
            clean = True
        except aiosmtplib.SMTPResponseException as error:
            if stale_after and progress.phase == "mail" and error.code == SERVICE_CLOSING:
                raise _StaleError from None
            clean = await _reset(client)
            raise
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError):
            if stale_after and progress.phase == "mail":
                raise _StaleError from None
            raise
        finally:
            if clean:
                self._kept.put(client)
            else:
                client.close()
        return Handed(mail.message_id)


async def _envelope(
    client: aiosmtplib.SMTP, mail: Mail, progress: Progress, stale_after: float | None
) -> None:
    progress.phase = "mail"
    sender = _address(mail.sender, client, SendError("configuration_sender"))
    recipient = _address(
        mail.recipient, client, SendError("address_malformed", permanent=True, bad_address=True)
    )
    options, encoding = _options(client, mail), "ascii"
    if not (sender + recipient).isascii():
        options, encoding = [*options, "SMTPUTF8"], "utf-8"
    await client.mail(sender, options=options, encoding=encoding, timeout=stale_after)
    progress.phase = "rcpt"
    await client.rcpt(recipient, encoding=encoding)


async def _content(client: aiosmtplib.SMTP, mail: Mail, may_start: MayStart, progress: Progress) -> None:
    progress.phase = "data"
    reply = await client.execute_command(b"DATA")
    if reply.code != READY_FOR_CONTENT:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)
    if client.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("")
    if not may_start():
        raise SendError("lease_over")  # without its final dot the mail was never sent
    client.protocol.write(dotted(mail.raw))
    progress.phase, progress.handed = "content", True
    reply = await client.protocol.read_response()
    if reply.code != TAKEN:
        raise aiosmtplib.SMTPDataError(reply.code, reply.message)


async def _reset(client: aiosmtplib.SMTP) -> bool:
    """Whether the connection can carry another mail after a refusal."""
    try:
        await client.rset(timeout=STALE_AFTER)  # its silence must not outweigh the answer that we have
    except (aiosmtplib.SMTPException, OSError):
        return False
    return client.is_connected


def _options(client: aiosmtplib.SMTP, mail: Mail) -> list[str]:
    options = []
    size = client.esmtp_extensions.get("size")
    if size is not None:
        if size.isdigit() and 0 < int(size) < len(mail.raw):
            raise SendError("too_large", permanent=True)
        options.append(f"SIZE={len(mail.raw)}")
    if client.supports_extension("8bitmime") and not mail.raw.isascii():
        options.append("BODY=8BITMIME")
    return options


def _address(address: str, client: aiosmtplib.SMTP, error: SendError) -> str:
    """Ready for a command: nothing that could end it, the domain in the form every server understands."""
    local, at, domain = address.rpartition("@")
    if not local or not domain or NOT_IN_ADDRESS.search(address):
        raise error
    if not local.isascii() and not client.supports_extension("smtputf8"):
        raise error
    try:
        return f"{local}{at}{ascii_domain(domain)}"
    except UnicodeError:
        raise error from None


def dotted(raw: bytes) -> bytes:
    """The content as DATA wants it: CRLF alone ends lines, leading dots doubled, a dot at the end.

    A bare CR or LF would let a text in a mail pose as the end of it (SMTP smuggling).
    """
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") != ends or raw.count(b"\r") != ends or not raw.endswith(b"\r\n"):
        raw = normalize_message_line_endings(raw)
    first = b"." if raw.startswith(b".") else b""
    return first + raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def create(options: Options) -> Smtp:
    """A provider from `url`, `connections`, `timeout` (seconds), `ca`, `verify`, `hello`."""
    server = Server(options)
    connections = options.number("connections", 8, least=1, most=256)
    timeout = options.number("timeout", 25, least=1, most=300)
    options.done()
    return Smtp(options.provider, server, connections=int(connections), timeout=timeout)
