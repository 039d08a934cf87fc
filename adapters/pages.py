"""The customer's own pages, drawn by the mails' templates: the same words, look and rules about hosts."""

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from babel import Locale
from markupsafe import Markup

from adapters.answers import Answers
from adapters.messages.clean import clean, cleaned
from adapters.messages.environment import TEMPLATES, Environments, languages
from adapters.messages.links import host_of
from adapters.messages.shop import shop_of
from streams.domain.answer import Answer
from streams.domain.pages import Name, Page, Shown, Visitor
from streams.domain.person import supported
from streams.domain.report import TimelineView
from streams.domain.world import Brand, World

_SHEETS = ("html/style.css", "html/dark.css", "pages/page.css")
_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_AT_THE_DOOR = frozenset({"out_for_delivery", "attempt_failed", "ready_for_pickup"})
_STAGES = {
    "confirmed": 1,
    "processing": 1,
    "partially_cancelled": 1,
    "partially_shipped": 2,
    "shipped": 2,
    "delivered": 4,
    "completed": 4,
}


class CustomerPages:
    """Implements `pages.Pages`. `now` tells whether a promise has lapsed."""

    def __init__(self, world: World, now: Callable[[], dt.datetime], folder: Path = TEMPLATES) -> None:
        self._world = world
        self._now = now
        self._answers = Answers(world, folder)
        self._environments = Environments(folder)
        self._languages = languages(folder)
        self._css = "".join(_COMMENT.sub("", (folder / sheet).read_text("utf-8")) for sheet in _SHEETS)

    def page(self, name: Name, visitor: Visitor, shown: Shown) -> Page:
        """Raises `jinja2.TemplateError` where a template is wrong: the tests render each."""
        brand = self._brand(visitor)
        locale, language = self._spoken(visitor, brand)
        shop, css = shop_of(brand), self._css
        for placeholder, colour in shop.colours.items():
            css = css.replace(placeholder, colour)
        template = self._environments.environment(language, "page").get_template(f"pages/{name}.j2")
        html = template.render(
            brand=shop,
            css=Markup(css),  # noqa: S704  # our own files and a colour that was checked
            lang=language,
            dir="ltr",
            shown=shown,
            locales=[(code, Locale.parse(code).get_display_name(code)) for code in self._languages],
            titles={option.choice: cleaned(option.title) for option in shown.options},
            **self._order(visitor.order, language, locale),
        )
        return Page(html, language, _hashed(css), f"https://{host_of(shop.logo)}" if shop.logo else "'none'")

    def _brand(self, visitor: Visitor) -> Brand:
        """The order's; else the customer's, by the shop that stands before their id; else the host's."""
        if visitor.order is not None and visitor.order.shop:
            return self._world.brand(visitor.order.shop)
        shop, named, _ = (visitor.customer_id or "").partition(":")
        if named:
            return self._world.brand(shop)
        here = [each for each in self._world.brands.values() if visitor.host.lower() in _hosts(each)]
        return (
            here[0] if len(here) == 1 else self._world.defaults
        )  # which bears no name, rather than a wrong one

    def _spoken(self, visitor: Visitor, brand: Brand) -> tuple[str, str]:
        """The locale for dates, and the language of the words: the order's, the browser's, the brand's."""
        order = visitor.order
        home = (order.customer_country or order.country or "") if order is not None else ""
        own = (order.locale or self._world.languages.get(home),) if order is not None else ()
        for wanted in (*own, *visitor.languages, brand.locale):
            found = supported(wanted, self._languages) if wanted else None
            if wanted and found is not None:
                return wanted, found
        return self._languages[0], self._languages[0]

    def _order(self, view: TimelineView | None, language: str, locale: str) -> Mapping[str, object]:
        words = self._environments.words(language)
        if view is None:
            return {"number": None, "stem": None, "answer": None, "stage": None, "pickup": False}
        number = clean(view.number or view.order_id, 40)
        answer = self._answers.answer(view, self._now(), locale)
        return {
            "number": number,
            "stem": str(words["stem"]).format(number=number),
            "answer": answer,
            "state": _without_parcels(answer),
            "stage": _stage(view),
            "pickup": any(parcel.pickup is not None for parcel in view.parcels),
        }


def _without_parcels(answer: Answer) -> str:
    return answer.where.removesuffix(" ".join(parcel.text for parcel in answer.parcels)).strip()


def _hosts(brand: Brand) -> set[str]:
    return {urlsplit(url).netloc.lower() for url in (brand.public_url, brand.short_url) if url}


def _stage(view: TimelineView) -> int | None:
    """How far the order is, of four; None where that is not how it stands."""
    states = {parcel.state for parcel in view.parcels}
    return 3 if view.state == "shipped" and states & _AT_THE_DOOR else _STAGES.get(view.state or "")


def _hashed(css: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'"
