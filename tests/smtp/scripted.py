"""A real SMTP server on a real socket that does as it is told, also when that is rude.

`script` maps a moment (`connect`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `content`, `RSET`,
`NOOP`, `QUIT`) to what happens then: a reply, or one of the rude ones. A list is used up one entry a time;
its last entry stays.
"""

import asyncio
import contextlib
import ssl

DROP = "drop"  # hangs up without a word
HANG = "hang"  # never answers
TAKE_AND_DROP = "take and drop"  # the mail is stored, the answer is not given
LATE = "late"  # the mail is stored, the answer comes after `late` seconds

GOOD = {
    "connect": "220 scripted.example.com ESMTP",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    "content": "250 2.0.0 taken",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


class _HangUpError(Exception):
    pass


class ScriptedSmtp:
    """`taken`: (sender, recipient, content) of each mail stored; `seen`: every command line."""

    def __init__(self, script=None, *, extensions=("8BITMIME",), tls=None, implicit_tls=False):
        self.script = {moment: list(_many(said)) for moment, said in (script or {}).items()}
        self.extensions = list(extensions)
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.late = 6.0
        self.taken = []
        self.seen = []
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self._writers = set()

    async def __aenter__(self):
        context = self.tls if self.implicit_tls else None
        self.leaving = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        self.leaving.set()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0.01)

    def url(self, scheme="smtp", login=""):
        return f"{scheme}://{login}localhost:{self.port}"

    async def hang_up_on_all(self):
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0.02)

    async def _serve(self, reader, writer):
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        self._writers.add(writer)
        session = _Session(self, reader, writer)
        with contextlib.suppress(_HangUpError, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await session.talk()
        self._writers.discard(writer)
        self.open_now -= 1
        writer.close()

    def received(self, session, said, content):
        """A whole content has come; `said` is what it will be answered."""
        if said in (TAKE_AND_DROP, LATE) or said.startswith("250"):
            self.taken.append((session.sender, session.recipient, content))

    def says(self, moment):
        said = self.script.get(moment)
        if not said:
            return GOOD.get(moment, "502 5.5.2 unknown")
        return said.pop(0) if len(said) > 1 else said[0]


class _Session:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.sender = self.recipient = self.hello = ""

    async def talk(self):
        await self._say("connect")
        while line := (await self.reader.readline()).decode().strip():
            self.server.seen.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                self.hello = line[5:]
                await self._hello()
            elif verb == "STARTTLS":
                await self._starttls()
            else:
                await self._command(verb, line)

    async def _command(self, verb, line):
        if verb == "MAIL":
            self.sender = line[10:].partition(">")[0].lstrip("<")
        if verb == "RCPT":
            self.recipient = line[8:].partition(">")[0].lstrip("<")
        said = await self._say(verb)
        if verb == "DATA" and said.startswith("354"):
            await self._content()
        if verb == "QUIT":
            raise _HangUpError

    async def _hello(self):
        if self.server.script.get("EHLO"):
            await self._say("EHLO")
            return
        lines = ["scripted.example.com", *self.server.extensions]
        text = "".join(f"250-{line}\r\n" for line in lines[:-1]) + f"250 {lines[-1]}\r\n"
        self.writer.write(text.encode())

    async def _starttls(self):
        if not (await self._say("STARTTLS")).startswith("220"):
            return
        plain = self.writer.transport
        with contextlib.suppress(AttributeError):  # what asyncio says of a connection lost meanwhile
            await self.writer.start_tls(self.server.tls)
        if self.writer.transport is None:
            self.writer._transport = plain
            raise _HangUpError

    async def _content(self):
        content = await self.reader.readuntil(b"\r\n.\r\n")
        said = self.server.says("content")
        self.server.received(self, said, content[:-3])
        await self._do(said)

    async def _say(self, moment):
        said = self.server.says(moment)
        await self._do(said)
        return said

    async def _do(self, said):
        if said in (DROP, TAKE_AND_DROP):
            raise _HangUpError
        if said == HANG:
            await self.server.leaving.wait()
            raise _HangUpError
        if said == LATE:
            await asyncio.sleep(self.server.late)
            said = GOOD["content"]
        self.writer.write(f"{said}\r\n".encode())
        await self.writer.drain()
        if said.startswith("421"):
            raise _HangUpError


def _many(said):
    return [said] if isinstance(said, str) else said
