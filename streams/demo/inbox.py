"""The sinks: an SMTP server that takes every mail, a file of short messages, and what was read there."""

import asyncio
import datetime as dt
import email
import email.policy
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from streams.demo.shops import SHOPS
from streams.domain.values import Value

_LARGEST = 10 * 2**20
_PREVIEW = 140


class Message(Value, frozen=True):
    """A message as its reader sees it. `at` is when it arrived; `html` is never shown outside a sandbox."""

    id: str
    channel: str
    shop: str
    to: str
    sender: str
    subject: str
    preview: str
    at: dt.datetime
    language: str = ""
    notification_id: str | None = None
    order_id: str | None = None
    kind: str | None = None
    segments: int | None = None


class Letter(Value, frozen=True):
    """A mail's two bodies, and its headers as they came."""

    message: Message
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]


def read_mail(raw: bytes, recipient: str, number: int, at: dt.datetime) -> Letter:
    """The mail, parsed. A part that is missing is an empty string."""
    parsed: EmailMessage = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = _body(parsed, "plain"), _body(parsed, "html")
    message = Message(
        id=f"m{number}",
        channel="email",
        shop=_shop_of_sender(str(parsed.get("From", ""))),
        to=recipient,
        sender=str(parsed.get("From", "")),
        subject=str(parsed.get("Subject", "")),
        preview=_first_words(text),
        at=at,
        language=str(parsed.get("Content-Language", "")),
        notification_id=_notification(parsed),
    )
    headers = tuple((name, str(value)) for name, value in parsed.items())
    return Letter(message, html, text, headers)


class MailSink:
    """An SMTP server on a free loopback port, in this process's own loop."""

    def __init__(self, receive: Callable[[Letter], None], clock: Callable[[], dt.datetime]) -> None:
        self._receive = receive
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._count = 0
        self.url = ""

    async def start(self) -> None:
        """Listens; `url` says where."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"smtp://127.0.0.1:{port}"

    def _session(self) -> SMTP:
        return SMTP(self, enable_SMTPUTF8=True, data_size_limit=_LARGEST, ident="orderherald demo")

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Session, envelope: Envelope
    ) -> str:
        """Takes the mail, once for each recipient."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        for recipient in envelope.rcpt_tos:
            self._count += 1
            self._receive(read_mail(raw, recipient, self._count, self._clock()))
        return "250 2.0.0 taken"

    async def stop(self) -> None:
        """Takes no more."""
        if self._server is not None:
            self._server.close()


def _body(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    return str(part.get_content()) if part is not None else ""


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _PREVIEW else words[:_PREVIEW].rsplit(" ", 1)[0] + " …"


def _shop_of_sender(sender: str) -> str:
    for shop in SHOPS:
        if (shop.brand.mail_from or "") in sender:
            return shop.brand.id
    return ""


def _notification(mail: EmailMessage) -> str | None:
    found = re.search(r"\bn-[0-9a-f]{20}\b", str(mail.get("Message-ID", "")))
    return found[0] if found else None
