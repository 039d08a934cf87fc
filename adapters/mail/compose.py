"""A mail as bytes, built by hand: Python's own mail package costs eleven times as much and folds badly.

It turns a long List-Unsubscribe into an encoded word, which mail clients then ignore, and with longer
lines allowed it breaks long subjects instead. Here each header is written the way its RFC asks for.
"""

import base64
import binascii
import datetime as dt
import email.utils
import re
from collections.abc import Sequence
from hashlib import blake2b

from adapters.messages.clean import NAME, clean
from streams.domain.desk.contact import ascii_domain
from streams.domain.ports import SendError
from streams.domain.values import Value

CRLF = "\r\n"
_LINE, _WORD_BYTES = 76, 42  # an encoded word of 42 bytes is 68 characters: RFC 2047 allows 75
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])\Z"
)
_NAMED = re.compile(r"([^<>]*)<([^<>]+)>\Z")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+\Z")
_LOCAL = 64  # characters before the @, by RFC 5321
_DOT_ATOM = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*\Z")


class Letter(Value, frozen=True):
    """All that a mail is made of. `unsubscribe` is for messages that need consent, and for no others."""

    sender: str
    sender_name: str
    recipient: str
    recipient_name: str | None
    reply_to: str | None
    subject: str
    text: str
    html: str
    key: str
    thread: str
    date: dt.datetime
    feedback: tuple[str, str, str]
    unsubscribe: tuple[str, ...] = ()
    list_id: str | None = None
    agenda: str | None = None  # an entry for the recipient's calendar
    bounces: str | None = None  # where they go, tagged with the message; else to the sender


def digest(*parts: str) -> str:
    """Twenty hexadecimal digits that stand for the parts."""
    return blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=10).hexdigest()


def checked_address(address: str) -> str:
    """The address in ASCII; anything that could break a header or an envelope is refused."""
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_address = f"{local}{at}{ascii_domain(domain)}"
    except UnicodeError:
        ascii_address = ""
    if not _ADDRESS.match(ascii_address) or ".." in ascii_address:
        raise SendError("bad_address", permanent=True, bad_address=True)
    return ascii_address


def own_mailbox(written: str) -> tuple[str | None, str]:
    """Name and address of `Shop <orders@shop.example>`, or of an address alone.

    What is wrong with an address of the shop's own is no customer's fault, and lasts until it is mended.
    """
    named = _NAMED.match(written.strip())
    name, address = (named[1].strip(' "'), named[2]) if named else (None, written)
    try:
        return name or None, checked_address(address)
    except SendError:
        raise SendError("configuration_sender") from None


def encoded_words(text: str) -> list[str]:
    """RFC 2047: words of at most 75 characters, none of which splits a letter."""
    words, chunk, size = [], "", 0
    for character in text:
        width = len(character.encode())
        if size + width > _WORD_BYTES:
            words.append(chunk)
            chunk, size = "", 0
        chunk, size = chunk + character, size + width
    words.append(chunk)
    return [f"=?utf-8?b?{base64.b64encode(word.encode()).decode()}?=" for word in words]


def folded(name: str, words: Sequence[str]) -> str:
    """The header on lines of at most 76 characters, as far as its words allow."""
    line, lines = f"{name}:", []
    for word in words:
        if len(line) + 1 + len(word) > _LINE and not line.endswith(":"):
            lines.append(line)
            line = ""
        line += f" {word}"
    return CRLF.join([*lines, line])


def unstructured(name: str, text: str) -> str:
    """Subject and its like: plain words where they will do, encoded ones where they won't."""
    text = clean(text, 250)
    words = text.split(" ")
    plain = text.isascii() and "=?" not in text and all(len(word) < _LINE - len(name) for word in words)
    return folded(name, words if plain else encoded_words(text))


def mailbox(name: str, display: str | None, address: str) -> str:
    """`From: "Name" <address>`."""
    display = clean(display, NAME) if display else ""
    if not display:
        return f"{name}: {address}"
    if not display.isascii() or "=?" in display:
        return folded(name, [*encoded_words(display), f"<{address}>"])
    if not _ATOMS.match(display):
        display = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return folded(name, [*display.split(" "), f"<{address}>"])


def message_id(key: str, domain: str) -> str:
    """The same for every attempt, so that a mail that was sent twice is recognised as one."""
    return f"<{_tag(key)}@{domain}>"


def return_path(letter: Letter) -> str:
    """The envelope's sender: a bounce that comes back to it names the message by itself (VERP)."""
    if letter.bounces is None:
        return letter.sender
    local, _, domain = letter.bounces.rpartition("@")
    tag = _tag(letter.key)
    return f"{local}+{tag if len(local) + len(tag) < _LOCAL else digest(letter.key)}@{domain}"


def _tag(key: str) -> str:
    return key if len(key) < NAME and _DOT_ATOM.match(key) else digest(key)


def _headers(letter: Letter, domain: str, boundary: str) -> list[str]:
    root = f"<order-{digest(letter.thread)}@{domain}>"
    fields = [re.sub(r"[^A-Za-z0-9_.-]", "-", field)[:40] or "-" for field in letter.feedback]
    headers = [
        mailbox("From", letter.sender_name, letter.sender),
        mailbox("To", letter.recipient_name, letter.recipient),
        f"Date: {email.utils.format_datetime(letter.date.astimezone(dt.UTC))}",
        unstructured("Subject", letter.subject),
        f"Message-ID: {message_id(letter.key, domain)}",
        f"In-Reply-To: {root}",
        f"References: {root}",
        "Auto-Submitted: auto-generated",
        f"Feedback-ID: {':'.join(fields)}:orderherald",
        "MIME-Version: 1.0",
        _multipart(letter, boundary),
    ]
    if letter.reply_to:
        headers.insert(1, f"Reply-To: {letter.reply_to}")
    if letter.list_id:
        headers.append(f"List-ID: <{re.sub(r'[^A-Za-z0-9-]', '-', letter.list_id)}.{domain}>")
    return headers + _unsubscribe(letter.unsubscribe)


def _unsubscribe(ways: Sequence[str]) -> list[str]:
    """RFC 8058; a token is never broken: the folding is between the ways, and only there."""
    if not ways:
        return []
    header = "List-Unsubscribe: " + f",{CRLF} ".join(f"<{way}>" for way in ways)
    one_click = any(way.startswith("https:") for way in ways)
    return [header, "List-Unsubscribe-Post: List-Unsubscribe=One-Click"] if one_click else [header]


def _quoted(text: str) -> bytes:
    return binascii.b2a_qp(text.replace("\n", CRLF).encode(), istext=True)


def size(*texts: str) -> int:
    """How many bytes they come to in a mail's body."""
    return sum(len(_quoted(text)) for text in texts)


def _part(boundary: str, subtype: str, text: str) -> str:
    body = _quoted(text).decode("ascii")
    return (
        f"--{boundary}{CRLF}"
        f"Content-Type: text/{subtype}; charset=utf-8{CRLF}"
        f"Content-Transfer-Encoding: quoted-printable{CRLF}{CRLF}{body}{CRLF}"
    )


def _multipart(letter: Letter, boundary: str) -> str:
    kind = "alternative" if letter.agenda is None else "mixed"
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"'


def _with_agenda(inner: str, words: str, boundary: str, agenda: str) -> str:
    """The words in one part, the calendar's entry beside them as a file."""
    file = base64.encodebytes(agenda.encode()).decode("ascii").replace("\n", CRLF)
    return (
        f'--{boundary}{CRLF}Content-Type: multipart/alternative; boundary="{inner}"{CRLF}{CRLF}{words}'
        f"--{boundary}{CRLF}"
        f"Content-Type: text/calendar; charset=utf-8; method=PUBLISH{CRLF}"
        f'Content-Disposition: attachment; filename="pickup.ics"{CRLF}'
        f"Content-Transfer-Encoding: base64{CRLF}{CRLF}{file}"
        f"--{boundary}--{CRLF}"
    )


def compose(letter: Letter) -> tuple[list[str], str]:
    """The headers, each folded, and the body; all of it ASCII with CRLF line ends.

    The same letter gives the same bytes. Raises `SendError("bad_address")`.
    """
    domain = letter.sender.rpartition("@")[2]
    boundary = f"=_{digest('boundary', letter.key)}"  # "=_" can't occur in quoted-printable text
    words = f"=_{digest('words', letter.key)}" if letter.agenda is not None else boundary
    plain = _part(words, "plain", letter.text)
    html = _part(words, "html", letter.html)
    body = f"{plain}{html}--{words}--{CRLF}"
    if letter.agenda is not None:
        body = _with_agenda(words, body, boundary, letter.agenda)
    return _headers(letter, domain, boundary), body
