"""The messages that the tools look at: every kind in every language, or a sample that CI has time for."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from adapters import samples
from adapters.messages.environment import languages
from adapters.render import Templates
from streams.domain.kinds import KINDS
from streams.domain.ports import Sms

# One of each layout: a table with sums, a strip with a code, choices, a reason, an unsubscribe link.
SAMPLE = ("order_confirmation", "ready_for_pickup", "out_of_stock_choice", "delay", "survey")


class Message(NamedTuple):
    """One message as it leaves; `name` is `KIND.LOCALE.FLAVOUR`."""

    name: str
    kind: str
    locale: str
    raw: bytes
    mail: EmailMessage
    html: str
    text: str
    sms: Sms


def messages(kinds: tuple[str, ...] = tuple(KINDS), *, bare: bool = True) -> Iterator[Message]:
    """With all that they can show and, if `bare`, with as little as they may."""
    templates = Templates(samples.WORLD, link_secret=samples.SECRET)
    for kind in kinds:
        for locale in languages():
            for flavour in ("full", "minimal") if bare else ("full",):
                yield _message(templates, kind, locale, flavour)


def _message(templates: Templates, kind: str, locale: str, flavour: samples.Flavour) -> Message:
    claim = samples.claims(kind, locale)[flavour]
    raw = templates.mail(claim).raw
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    sms = templates.sms(samples.by_sms(claim))
    name = f"{kind}.{locale}.{flavour}"
    return Message(name, kind, locale, raw, mail, html.get_content(), text.get_content(), sms)


def pages(found: list[Message], folder: Path) -> list[Path]:
    """The HTML parts as files, for tools that read files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"{message.name}.html" for message in found]
    for path, message in zip(written, found, strict=True):
        path.write_text(message.html, "utf-8")
    return written
