"""Claims in, finished mails and short messages out: the one place where decisions become words."""

from pathlib import Path

from adapters.mail.compose import (
    CRLF,
    Letter,
    checked_address,
    compose,
    message_id,
    own_mailbox,
    return_path,
)
from adapters.mail.dkim import Signer
from adapters.messages.agenda import pickup_entry
from adapters.messages.environment import TEMPLATES
from adapters.messages.wording import MOST_BYTES, Wording
from adapters.sms.segments import measure
from adapters.sms.sender import sender_for
from streams.domain.effects import Claim
from streams.domain.ports import ConfigurationError, Mail, SendError, Sms
from streams.domain.world import Brand, World

# Kinds with a deadline worth an entry in a calendar.
_WAITS = frozenset({"ready_for_pickup", "pickup_reminder"})


def _is_folder(name: str) -> bool:
    return bool(name) and Path(name).is_dir()  # of no name is the folder that we are in


class Templates:
    """Implements `ports.Renderer`. Cheap to make: a template compiles when it is first used.

    `link_secret` signs the links to our own pages; without it, or without a brand's `public_url`,
    a message asks for a reply instead.
    """

    def __init__(self, world: World, *, link_secret: bytes = b"", folder: Path = TEMPLATES) -> None:
        self._world = world
        self._wording = Wording(world, link_secret, folder)
        self._signers: dict[tuple[str, str, str], Signer] = {}

    def load_keys(self) -> None:
        """Raises `ConfigurationError` for DKIM keys and folders of templates that are of no use.

        A sentence a line. Said at start, before any mail needs it.
        """
        shared, wrong = self._world.defaults, list[str]()
        for brand in (shared, *self._world.brands.values()):
            where = f"brands.{brand.id}" if brand.id else "defaults"
            try:
                self._signer(brand)
            except ConfigurationError as error:
                wrong.append(f"{where}.dkim_key_file: {error}")
            theirs = not brand.id or brand.templates != shared.templates  # else it is told of all at once
            if theirs and brand.templates is not None and not _is_folder(brand.templates):
                wrong.append(f"{where}.templates: {brand.templates or 'nothing'} is no folder")
        if wrong:
            raise ConfigurationError("\n".join(wrong))

    @property
    def overrides(self) -> dict[str, Path]:
        """The brands that have templates of their own, and where; an empty name is the defaults'."""
        brands = (self._world.defaults, *self._world.brands.values())
        return {brand.id: Path(brand.templates) for brand in brands if brand.templates}

    def tells_of_several(self, shop: str) -> bool:
        """Whether one of this shop's messages may be about several orders; without a name, of any's."""
        return not shop or self._world.brand(shop).orders_together

    def mail(self, claim: Claim) -> Mail:
        """Raises `SendError`: `template` or `bad_address` for good, `configuration_sender` for now."""
        brand = self._world.brand(claim.shop)
        by = self._sender(claim, brand)
        name, sender = own_mailbox(by)
        recipient = checked_address(claim.to)
        subject, text, html, unsubscribe = self._wording.mail(claim, brand, brand.reply_to or by)
        letter = Letter(
            sender=sender,
            sender_name=name or brand.display_name,
            recipient=recipient,
            recipient_name=claim.customer_name if claim.to == claim.intended_for else None,
            reply_to=own_mailbox(brand.reply_to)[1] if brand.reply_to else None,
            subject=subject,
            text=text,
            html=html,
            key=claim.message_key,
            thread=f"{claim.shop}\x00{claim.order_id}",
            date=claim.claimed_at,
            feedback=(claim.kind, claim.shop, self._category(claim)),
            unsubscribe=unsubscribe,
            list_id=self._world.kind(claim.kind, claim.shop).purpose if unsubscribe else None,
            agenda=pickup_entry(claim, subject) if claim.kind in _WAITS else None,
            bounces=own_mailbox(brand.return_path)[1] if brand.return_path else None,
        )
        return self._finished(letter, claim, brand)

    def _finished(self, letter: Letter, claim: Claim, brand: Brand) -> Mail:
        headers, body = compose(letter)
        signer = self._signer(brand)
        if signer is not None:
            headers = [signer.header(headers, body, int(claim.claimed_at.timestamp())), *headers]
        raw = f"{CRLF.join(headers)}{CRLF}{CRLF}{body}".encode()
        if len(raw) > MOST_BYTES:
            raise SendError("template", permanent=True)
        return Mail(
            raw=raw,
            sender=return_path(letter),
            recipient=letter.recipient,
            message_id=message_id(letter.key, letter.sender.rpartition("@")[2]),
            subject=letter.subject,
            idempotency_key=claim.message_key,
        )

    def sms(self, claim: Claim) -> Sms:
        """Raises `SendError("template")`, permanent."""
        brand = self._world.brand(claim.shop)
        text = self._wording.sms(claim, brand)
        return Sms(
            text=text,
            sender=sender_for(brand, claim.to),
            recipient=claim.to,
            segments=measure(text).segments,
            idempotency_key=claim.message_key,
        )

    def _category(self, claim: Claim) -> str:
        return self._world.kind(claim.kind, claim.shop).category

    def _sender(self, claim: Claim, brand: Brand) -> str:
        marketing = brand.marketing_from if self._category(claim) == "C" else None
        return marketing or brand.mail_from or self._world.defaults.mail_from or ""

    def _signer(self, brand: Brand) -> Signer | None:
        if not (brand.dkim_domain and brand.dkim_selector and brand.dkim_key_file):
            return None
        key = (brand.dkim_domain, brand.dkim_selector, brand.dkim_key_file)
        if key not in self._signers:
            self._signers[key] = Signer.from_file(*key)
        return self._signers[key]
