"""Claims in, finished mails and short messages out: the one place where decisions become words."""

import contextlib
import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

import jinja2

from adapters.formats import Formats, babel_locale
from adapters.mail.compose import (
    CRLF,
    Letter,
    checked_address,
    compose,
    message_id,
    own_mailbox,
    return_path,
    size,
)
from adapters.mail.dkim import Signer
from adapters.messages import links
from adapters.messages.agenda import pickup_entry
from adapters.messages.clean import clean
from adapters.messages.environment import (
    SOURCE_LANGUAGE,
    TEMPLATES,
    Environments,
    languages,
    upper_first,
)
from adapters.messages.jsonld import markup
from adapters.messages.output import block, bounded, tidied
from adapters.messages.parts import LEAST, ROOMS, Room
from adapters.messages.sandbox import Patience
from adapters.messages.several import Shared, rendered
from adapters.messages.shop import Shop, shop_of
from adapters.messages.view import Viewer
from adapters.sms.segments import Policy, economical, measure, shortened
from adapters.sms.sender import sender_for
from streams.domain.effects import Claim
from streams.domain.ports import ConfigurationError, Mail, SendError, Sms
from streams.domain.world import Brand, World

MOST_BYTES = 100_000  # clients cut what is longer, and then nobody sees how it ends
_HEADERS = 4000  # bytes that they and the parts' own take at most
MOST_FORMATS = 1024  # locales and zones come from outside
# Kinds with a deadline worth an entry in a calendar.
_WAITS = frozenset({"ready_for_pickup", "pickup_reminder"})
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "yi"})
_OTHER = {"text-align: left": "text-align: right", "text-align: right": "text-align: left"}
_SIDES = re.compile("|".join(_OTHER))
_T = TypeVar("_T")
_WRONG = (
    jinja2.TemplateError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
)


@lru_cache(maxsize=512)
def _zone(name: str) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.UTC


def _is_folder(name: str) -> bool:
    return bool(name) and Path(name).is_dir()  # of no name is the folder that we are in


class Templates:
    """Implements `ports.Renderer`. Cheap to make: a template compiles when it is first used.

    `link_secret` signs the links to our own pages; without it, or without a brand's `public_url`,
    a message asks for a reply instead.
    """

    def __init__(self, world: World, *, link_secret: bytes = b"", folder: Path = TEMPLATES) -> None:
        self._world = world
        self._secret = link_secret
        self._folder = folder
        self._environments: dict[str | None, Environments] = {}
        self._patience = Patience()
        self._languages = languages(folder)
        self._shops: dict[str, tuple[Brand, Shop]] = {}
        self._known_formats: dict[tuple[str, str, str, str | None], Formats] = {}
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
        name, sender = own_mailbox(self._sender(claim, brand))
        recipient = checked_address(claim.to)
        subject, text, html, unsubscribe = self._guarded(lambda: self._fitting(claim, brand))
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
        text = self._guarded(lambda: self._short(claim, brand))
        return Sms(
            text=text,
            sender=sender_for(brand, claim.to),
            recipient=claim.to,
            segments=measure(text).segments,
            idempotency_key=claim.message_key,
        )

    def _guarded(self, render: Callable[[], _T]) -> _T:
        """Whatever a template or its data does wrong costs this message alone, and names nobody."""
        try:
            with self._patience:
                return render()
        except _WRONG as error:
            raise SendError("template", permanent=True) from error

    def _fitting(self, claim: Claim, brand: Brand) -> tuple[str, str, str, tuple[str, ...]]:
        """As `_words`, with fewer lines and parcels where all of them would be cut by mail clients."""
        *rooms, last = (*ROOMS, LEAST) if claim.riders else ROOMS
        for room in rooms:
            with contextlib.suppress(OverflowError):
                return self._words(claim, brand, room)
        return self._words(claim, brand, last)

    def _words(self, claim: Claim, brand: Brand, room: Room) -> tuple[str, str, str, tuple[str, ...]]:
        """Subject, text part, HTML part, ways to unsubscribe."""
        language = self._language(claim, brand)
        plain = self._of(brand).template(language, "text", claim.kind)
        page = self._of(brand).template(language, "html", claim.kind)
        orders = [self._context(each, brand, language, room) for each in (claim, *claim.riders)]
        for order in orders:
            context = plain.new_context(order)
            order["title"] = block(plain, "title", context)
            order["preheader"] = block(plain, "preheader", context)
        words = orders[0]
        if claim.riders:
            words = Shared(plain, claim.kind, orders, self._formats_of(claim, brand, language)).words()
        subject = words["subject"] = clean(f"{words['stem']}: {words['title']}", 250)
        unsubscribe = self._unsubscribe(claim, brand)
        words["unsubscribe_link"] = next((way for way in unsubscribe if way.startswith("https:")), None)
        words["jsonld"] = markup(claim, brand)
        text = tidied(bounded(rendered(plain, words, orders)))
        html = bounded(rendered(page, words, orders))
        if words["dir"] == "rtl":
            html = _SIDES.sub(lambda side: _OTHER[side[0]], html)
        for placeholder, colour in self._shop(brand).colours.items():
            html = html.replace(placeholder, colour)
        if claim.riders and size(text, html) > MOST_BYTES - _HEADERS:
            raise OverflowError("so many orders need a smaller room each")
        return subject, text, html, unsubscribe

    def _short(self, claim: Claim, brand: Brand) -> str:
        language = self._language(claim, brand)
        template = self._of(brand).template(language, "text", claim.kind)
        kind = self._world.kind(claim.kind, claim.shop)
        orders = [
            self._context(each, brand, language, by_sms=True, linked=kind.link)
            for each in (claim, *claim.riders)
        ]
        context, most = template.new_context(orders[0]), kind.max_segments
        policy = cast("Policy", brand.sms_transliterate.get(language, "auto"))
        prefix = f"{clean(brand.display_name, 20)}: "
        if claim.riders:
            said = Shared(template, claim.kind, orders, self._formats_of(claim, brand, language)).sms()
            return shortened(economical(prefix + upper_first(said), policy), most)
        text = ""
        for name in ("sms", "sms_short"):
            if name not in template.blocks:
                break
            text = economical(prefix + upper_first(block(template, name, context)), policy)
            if measure(text).segments <= most:
                return text
        return shortened(economical(text, "always" if policy == "auto" else policy), most)

    def _context(
        self,
        claim: Claim,
        brand: Brand,
        language: str,
        room: Room = ROOMS[0],
        *,
        by_sms: bool = False,
        linked: bool = True,
    ) -> dict[str, object]:
        words = self._of(brand).words(language)
        formats = self._formats_of(claim, brand, language)
        names = self._of(brand).speaks_of(language, claim.kind)
        view = Viewer(
            claim, brand, formats, self._secret, names=names, room=room, by_sms=by_sms, linked=linked
        )
        context = view.context()
        context["brand"] = self._shop(brand)
        context["stem"] = str(words["stem"]).format(number=context["number"])
        context["several"] = None  # else the numbers of all the orders that the message is about
        context["lang"] = language
        context["dir"] = "rtl" if language in _RIGHT_TO_LEFT else "ltr"
        context["category"] = self._category(claim)
        return context

    def _of(self, brand: Brand) -> Environments:
        made = self._environments.get(brand.templates)
        if made is None:
            over = Path(brand.templates) if brand.templates else None
            made = self._environments[brand.templates] = Environments(self._folder, over, self._patience)
        return made

    def _formats_of(self, claim: Claim, brand: Brand, language: str) -> Formats:
        return self._formats(claim.locale, language, claim.timezone or brand.timezone, brand)

    def _formats(self, locale: str, language: str, zone: str, brand: Brand) -> Formats:
        key = (locale, language, zone, brand.templates)
        known = self._known_formats.get(key)
        if known is None:
            if len(self._known_formats) >= MOST_FORMATS:
                self._known_formats.clear()
            words = self._of(brand).words(language)
            known = self._known_formats[key] = Formats(babel_locale(locale, language), _zone(zone), words)
        return known

    def _language(self, claim: Claim, brand: Brand) -> str:
        for locale in (claim.locale, brand.locale):
            language = locale.replace("_", "-").partition("-")[0].lower()
            if language in self._languages:
                return language
        return SOURCE_LANGUAGE

    def _category(self, claim: Claim) -> str:
        return self._world.kind(claim.kind, claim.shop).category

    def _sender(self, claim: Claim, brand: Brand) -> str:
        marketing = brand.marketing_from if self._category(claim) == "C" else None
        return marketing or brand.mail_from or self._world.defaults.mail_from or ""

    def _unsubscribe(self, claim: Claim, brand: Brand) -> tuple[str, ...]:
        if self._category(claim) != "C":
            return ()
        kind = self._world.kind(claim.kind, claim.shop)
        page = links.page(brand, self._secret, "unsubscribe", claim.customer_id, kind.purpose or claim.kind)
        _, answer = own_mailbox(brand.reply_to or self._sender(claim, brand))
        return tuple(filter(None, (page, f"mailto:{answer}?subject=unsubscribe")))

    def _shop(self, brand: Brand) -> Shop:
        """Made once for each brand, and again when its configuration is another."""
        known = self._shops.get(brand.id)
        if known is None or known[0] is not brand:
            known = self._shops[brand.id] = (brand, shop_of(brand))
        return known[1]

    def _signer(self, brand: Brand) -> Signer | None:
        if not (brand.dkim_domain and brand.dkim_selector and brand.dkim_key_file):
            return None
        key = (brand.dkim_domain, brand.dkim_selector, brand.dkim_key_file)
        if key not in self._signers:
            self._signers[key] = Signer.from_file(*key)
        return self._signers[key]
