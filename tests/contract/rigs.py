"""One rig a provider: the provider itself, and a look at what arrived on the other side.

A rig tells `taken()`: (recipient, something of the content) of each message that would be delivered. The
BREAKABLE can make the next attempt fail: `refuse()` for good, `stall()` for now, `lose_answer()` in doubt.
"""

import contextlib
import json

from adapters.registry import build_providers
from streams.domain.ports import Mail, SendError, Sms
from tests.contract.smsapi_double import TAKE_AND_DROP as LOSE_SMS_ANSWER
from tests.contract.smsapi_double import TOKEN, SmsapiDouble
from tests.smtp.scripted import TAKE_AND_DROP, ScriptedSmtp

PASSWORD = "p4ssword-of-the-tests"


def mail(key="m1", recipient="anna@example.com"):
    return Mail(
        raw=f"Subject: Your parcel\r\n\r\nBody of {key}.\r\n".encode(),
        sender="shop@example.com",
        recipient=recipient,
        message_id=f"<{key}@example.com>",
        subject="Your parcel",
        idempotency_key=key,
    )


def sms(key="m1", recipient="+48600000000"):
    return Sms(text=f"Body of {key}.", sender="Shop", recipient=recipient, segments=1, idempotency_key=key)


class Rig:
    """`secrets`: what no error may show, beside the recipient."""

    message = staticmethod(mail)
    secrets = ()

    def __init__(self, provider):
        self.provider = provider


class MailMemory(Rig):
    def taken(self):
        return [(message.recipient, message.raw.decode()) for message in self.provider.taken.values()]

    def refuse(self):
        self.provider.failing = SendError("refused", permanent=True)

    def stall(self):
        self.provider.failing = SendError("busy")

    def lose_answer(self):
        self.provider.failing = SendError("lost", in_doubt=True)

    def recover(self):
        self.provider.failing = None


class SmsMemory(MailMemory):
    message = staticmethod(sms)

    def taken(self):
        return [(message.recipient, message.text) for message in self.provider.taken.values()]


class MailNull(Rig):
    def taken(self):
        """Nothing is kept, so nothing can be looked at."""
        return []


class SmsNull(MailNull):
    message = staticmethod(sms)


class MailConsole(Rig):
    def __init__(self, provider, folder):
        super().__init__(provider)
        self.folder = folder

    def taken(self):
        return [("anna@example.com", path.read_text()) for path in sorted(self.folder.glob("*.eml"))]


class SmsConsole(Rig):
    message = staticmethod(sms)

    def __init__(self, provider, folder):
        super().__init__(provider)
        self.folder = folder

    def taken(self):
        file = self.folder / "sms.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(line["to"], line["text"]) for line in map(json.loads, lines)]


class MailSmtp(Rig):
    secrets = (PASSWORD,)

    def __init__(self, provider, server):
        super().__init__(provider)
        self.server = server

    def taken(self):
        return [(recipient, content.decode()) for _, recipient, content in self.server.taken]

    def refuse(self):
        self.server.script = {"RCPT": ["550 5.1.1 <anna@example.com>: unknown"]}

    def stall(self):
        self.server.script = {"RCPT": ["451 4.7.1 <anna@example.com>: later"]}

    def lose_answer(self):
        self.server.script = {"content": [TAKE_AND_DROP]}

    def recover(self):
        self.server.script = {}


class SmsSmsapi(Rig):
    message = staticmethod(sms)
    secrets = (TOKEN,)

    def __init__(self, provider, server):
        super().__init__(provider)
        self.server = server

    def taken(self):
        return [(f"+{form['to']}", form["message"]) for form in self.server.taken]

    def refuse(self):
        self.server.script = [13]

    def stall(self):
        self.server.script = [202]

    def lose_answer(self):
        self.server.script = [LOSE_SMS_ANSWER]

    def recover(self):
        self.server.script = []


@contextlib.asynccontextmanager
async def _mail_smtp(_folder):
    async with ScriptedSmtp(extensions=("AUTH PLAIN",)) as server:
        yield MailSmtp(_mailer(server.url(login=f"me:{PASSWORD}@")), server)


@contextlib.asynccontextmanager
async def _sms_smsapi(_folder):
    async with SmsapiDouble() as server:
        yield SmsSmsapi(_texter({"use": "smsapi", "url": server.url, "token": TOKEN}), server)


def _mailer(spec):
    return build_providers({"main": spec}).mail["main"]


def _texter(spec):
    return build_providers({"main": spec}).sms["main"]


def _plain(make):
    @contextlib.asynccontextmanager
    async def rig(folder):
        yield make(folder)

    return rig


RIGS = {
    "mail memory": _plain(lambda _: MailMemory(_mailer("memory:"))),
    "sms memory": _plain(lambda _: SmsMemory(_texter("memory:"))),
    "mail null": _plain(lambda _: MailNull(_mailer("null:"))),
    "sms null": _plain(lambda _: SmsNull(_texter("null:"))),
    "mail console": _plain(lambda folder: MailConsole(_mailer(f"console:{folder}"), folder)),
    "sms console": _plain(lambda folder: SmsConsole(_texter(f"console:{folder}"), folder)),
    "mail smtp": _mail_smtp,
    "sms smsapi": _sms_smsapi,
}
BREAKABLE = ("mail memory", "sms memory", "mail smtp", "sms smsapi")
READABLE = tuple(name for name in RIGS if not name.endswith("null"))
