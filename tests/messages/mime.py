"""Headers and MIME as an independent parser (Python's) and the RFCs' own rules see them."""

import re
from collections.abc import Iterator
from email.message import EmailMessage

from tests.messages.corpus import Message

ONCE = ("From", "To", "Date", "Subject", "Message-ID", "References", "MIME-Version", "Content-Type",
        "Auto-Submitted", "Feedback-ID")  # fmt: skip
_WORD = re.compile(rb"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=")
_FOLDED, _LONGEST, _CLIPPED = 78, 998, 102_400  # RFC 5322 twice, RFC 2047; where Gmail cuts


def findings(found: list[Message]) -> list[str]:
    """A sentence for each defect."""
    return [f"{message.name}: {defect}" for message in found for defect in _defects(message)]


def _defects(message: Message) -> Iterator[str]:
    mail, head = message.mail, message.raw.split(b"\r\n\r\n", 1)[0]
    for part in mail.walk():
        yield from map(repr, part.defects)
    for name, value in mail.items():
        yield from (f"{name}: {defect!r}" for defect in getattr(value, "defects", ()))
    yield from (f"{name} is there {len(mail.get_all(name, []))} times" for name in ONCE
                if len(mail.get_all(name, [])) != 1)  # fmt: skip
    if b"\n" in message.raw.replace(b"\r\n", b"") or not message.raw.isascii():
        yield "something other than ASCII in lines that end in CRLF"
    yield from _lines(head, message.raw)
    if [part.get_content_type() for part in _words(mail).iter_parts()] != ["text/plain", "text/html"]:
        yield "not a text part followed by an HTML part"
    if [part.get_content_type() for part in mail.iter_attachments()] not in ([], ["text/calendar"]):
        yield "a file that is no calendar's"
    if len(message.raw) > _CLIPPED:
        yield f"{len(message.raw)} bytes: Gmail clips it"


def _words(mail: EmailMessage) -> EmailMessage:
    """What is read: the whole, or the part beside a file."""
    whole = mail.get_content_type() == "multipart/alternative"
    return mail if whole else next(part for part in mail.iter_parts() if isinstance(part, EmailMessage))


def _lines(head: bytes, raw: bytes) -> Iterator[str]:
    for line in head.split(b"\r\n"):
        long = len(line) > _FOLDED and b" " in line.strip() and not line.startswith(b"List-Unsubscribe")
        if long:
            yield f"a header line of {len(line)} characters that could be folded"
        yield from ("an encoded word longer than 75" for word in _WORD.findall(line) if len(word) > 75)
    if any(len(line) > _LONGEST for line in raw.split(b"\r\n")):
        yield "a line longer than 998 characters"
