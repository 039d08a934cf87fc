"""One SMTP server: how it is reached, and the connections to it that are kept."""

import asyncio
import contextlib
import ssl

import aiosmtplib

from adapters.options import Options

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# Many servers hang up after a minute or so of silence, some count idle connections against us.
KEEP_IDLE = 20.0
GOODBYE = 2.0


class Progress:
    """How far an attempt has come: the phase for its reason, `handed` for its doubt."""

    def __init__(self) -> None:
        self.phase = "pool"
        self.handed = False


class Server:
    """Everything secret of the provider is in here, and is never shown."""

    def __init__(self, options: Options) -> None:
        url = options.url()
        if url.scheme not in PORTS or not url.host or url.path.strip("/"):
            raise options.wrong("url", "expected smtp://, smtp+starttls:// or smtps://, and a host")
        if (url.username is None) != (url.password is None):
            raise options.wrong("url", "expected a user and a password, or neither")
        self._scheme, self._host = url.scheme, url.host
        self._port = url.port or PORTS[url.scheme]
        self._username, self._password = url.username, url.password
        self._hello = options.text("hello")
        self._tls = None if url.scheme == "smtp" else tls_context(options)

    async def connect(self, progress: Progress) -> aiosmtplib.SMTP:
        """A connection that is ready for mail."""
        progress.phase = "connect"
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            local_hostname=self._hello,
            timeout=None,  # the attempt has one deadline of its own
            use_tls=self._scheme == "smtps",
            start_tls=False,
            tls_context=self._tls,
        )
        try:
            await client.connect()
            await self._introduce(client, progress)
        except BaseException:
            client.close()
            raise
        return client

    async def _introduce(self, client: aiosmtplib.SMTP, progress: Progress) -> None:
        await _hello(client, progress)
        self._hello = client.local_hostname  # finding it out may cost a DNS query: once is enough
        if self._scheme == "smtp+starttls":
            progress.phase = "tls"
            await client.starttls()
            await _hello(client, progress)
        if self._username is not None and self._password is not None:
            progress.phase = "login"
            await client.login(self._username, self._password)


async def _hello(client: aiosmtplib.SMTP, progress: Progress) -> None:
    progress.phase = "hello"
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


def tls_context(options: Options) -> ssl.SSLContext:
    """One context for all connections: building one costs 18 ms. `ca`: a file; `verify=no`: for tests."""
    authority = options.text("ca")
    try:
        context = ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError):
        raise options.wrong("ca", "expected a readable file of certificates") from None
    if not options.flag("verify", default=True):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Kept:
    """Idle connections, the one used last first; each is closed after a while of silence."""

    def __init__(self) -> None:
        self._idle: list[tuple[aiosmtplib.SMTP, asyncio.TimerHandle]] = []

    def take(self) -> aiosmtplib.SMTP | None:
        """One that still looks alive."""
        while self._idle:
            client, alarm = self._idle.pop()
            alarm.cancel()
            if client.is_connected:
                return client
            client.close()
        return None

    def put(self, client: aiosmtplib.SMTP) -> None:
        """Keeps it for the next mail."""
        alarm = asyncio.get_running_loop().call_later(KEEP_IDLE, self._expire, client)
        self._idle.append((client, alarm))

    def _expire(self, client: aiosmtplib.SMTP) -> None:
        self._idle = [entry for entry in self._idle if entry[0] is not client]
        with contextlib.suppress(aiosmtplib.SMTPServerDisconnected):
            if client.protocol is not None:
                client.protocol.write(b"QUIT\r\n")
        client.close()

    async def close(self) -> None:
        """Says goodbye on each; none is waited for longer than a moment."""
        idle, self._idle = self._idle, []
        for client, alarm in idle:
            alarm.cancel()
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=GOODBYE)
            client.close()
        await asyncio.sleep(0)  # lets the transports end before the loop does
