"""What a claim says, in its customer's language: the words of a mail, the text of an SMS."""

import contextlib
import datetime as dt
import re
import zoneinfo
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

import jinja2

from adapters.formats import Formats, babel_locale
from adapters.mail.compose import own_mailbox, size
from adapters.messages import links
from adapters.messages.clean import clean
from adapters.messages.environment import (
    SOURCE_LANGUAGE,
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
from streams.domain.effects import Claim
from streams.domain.ports import SendError
from streams.domain.world import Brand, World

MOST_BYTES = 100_000  # clients cut what is longer, and then nobody sees how it ends
_HEADERS = 4000  # bytes that they and the parts' own take at most
MOST_FORMATS = 1024  # locales and zones come from outside
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


class Words(NamedTuple):
    """Of a mail: its subject and both of its parts; `unsubscribe`: the ways out of a class C message."""

    subject: str
    text: str
    html: str
    unsubscribe: tuple[str, ...]


class Wording:
    """A template compiles when it is first used, and all else that is of a brand or a language is kept."""

    def __init__(self, world: World, secret: bytes, folder: Path) -> None:
        self._world = world
        self._secret = secret
        self._folder = folder
        self._environments: dict[str | None, Environments] = {}
        self._patience = Patience()
        self._languages = languages(folder)
        self._shops: dict[str, tuple[Brand, Shop]] = {}
        self._known_formats: dict[tuple[str, str, str, str | None], Formats] = {}

    def mail(self, claim: Claim, brand: Brand, answers: str) -> Words:
        """`answers`: where a reply goes. Raises `SendError("template")`, permanent."""
        return self._guarded(lambda: self._fitting(claim, brand, answers))

    def sms(self, claim: Claim, brand: Brand) -> str:
        """Raises `SendError("template")`, permanent."""
        return self._guarded(lambda: self._short(claim, brand))

    def _guarded(self, render: Callable[[], _T]) -> _T:
        """Whatever a template or its data does wrong costs this message alone, and names nobody."""
        try:
            with self._patience:
                return render()
        except MemoryError as error:  # perhaps the machine's and not the template's: it is tried again
            raise SendError("template") from error
        except _WRONG as error:
            raise SendError("template", permanent=True) from error

    def _fitting(self, claim: Claim, brand: Brand, answers: str) -> Words:
        """As `_words`, with fewer lines and parcels where all of them would be cut by mail clients."""
        *rooms, last = (*ROOMS, LEAST) if claim.riders else ROOMS
        for room in rooms:
            with contextlib.suppress(OverflowError):
                return self._words(claim, brand, answers, room)
        return self._words(claim, brand, answers, last)

    def _words(self, claim: Claim, brand: Brand, answers: str, room: Room) -> Words:
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
        unsubscribe = self._unsubscribe(claim, brand, answers)
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
        return Words(subject, text, html, unsubscribe)

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

    def _unsubscribe(self, claim: Claim, brand: Brand, answers: str) -> tuple[str, ...]:
        if self._category(claim) != "C":
            return ()
        kind = self._world.kind(claim.kind, claim.shop)
        page = links.page(brand, self._secret, "unsubscribe", claim.customer_id, kind.purpose or claim.kind)
        return tuple(filter(None, (page, f"mailto:{own_mailbox(answers)[1]}?subject=unsubscribe")))

    def _shop(self, brand: Brand) -> Shop:
        """Made once for each brand, and again when its configuration is another."""
        known = self._shops.get(brand.id)
        if known is None or known[0] is not brand:
            known = self._shops[brand.id] = (brand, shop_of(brand))
        return known[1]
