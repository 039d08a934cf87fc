"""Answers on demand: an order's timeline in the words of the mails."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from pathlib import Path

import jinja2

from adapters.formats import Formats, babel_locale
from adapters.messages import links
from adapters.messages.carriers import display_name
from adapters.messages.clean import NAME, clean, cleaned
from adapters.messages.environment import TEMPLATES, Environments, languages
from streams.domain.answer import Answer, ParcelAnswer
from streams.domain.clock import first_zone
from streams.domain.person import supported
from streams.domain.report import ParcelReport, TimelineView
from streams.domain.states import DELIVERED
from streams.domain.values import Value, Window
from streams.domain.world import Brand, World

OVER = frozenset({"delivered", "completed", "cancelled", "refunded"})
PROBLEMS = frozenset(
    {"lost", "damaged", "undeliverable", "refused", "returning", "returned", "pickup_expired"}
)
_GONE = frozenset({DELIVERED, "cancelled"})


class _Parcel(Value, frozen=True):
    """A parcel as the template sees it."""

    state: str
    number: str | None
    carrier: str | None
    place: str | None
    delivered_on: str | None
    delivered_to: str | None


class Answers:
    """`world`: brands, zones and languages. Says only what the timeline's own messages would."""

    def __init__(self, world: World, folder: Path = TEMPLATES) -> None:
        self._world = world
        self._environments = Environments(folder)
        self._languages = languages(folder)

    def answer(self, view: TimelineView, now: dt.datetime, locale: str | None = None) -> Answer:
        """In `locale`, else in the order's own language; `now` tells whether a promise has lapsed."""
        brand = self._world.brand(view.shop or "")
        language = self._language(view, brand, locale)
        zone = first_zone(view.timezone, self._world.zones.get(view.country or ""), brand.timezone)
        words = self._environments.words(language)
        formats = Formats(babel_locale(locale or view.locale or language, language), zone, words)
        template = self._environments.environment(language, "text").get_template("answers/order.j2")
        return _Telling(view, brand, formats, zone, template).told(now, language)

    def _language(self, view: TimelineView, brand: Brand, locale: str | None) -> str:
        """As asked for; else as the mails have it, but for a choice that the desk alone knows."""
        home = self._world.languages.get(view.customer_country or view.country or "")
        for wanted in (locale, view.locale or home, brand.locale):
            found = supported(wanted, self._languages) if wanted else None
            if found is not None:
                return found
        return self._languages[0]


class _Telling:
    """One answer under way."""

    def __init__(
        self,
        view: TimelineView,
        brand: Brand,
        formats: Formats,
        zone: zoneinfo.ZoneInfo,
        template: jinja2.Template,
    ) -> None:
        self._view, self._formats, self._zone, self._template = view, formats, zone, template
        self._hosts = links.own_hosts(brand)
        self._shown = [each for each in view.parcels if each.state != "cancelled"]

    def told(self, now: dt.datetime, language: str) -> Answer:
        view = self._view
        expected, promised = self._expected(), view.told or view.first_promise
        late = self._is_over(expected, now) and view.state not in OVER
        context = self._context(now, None if late else expected, promised, late=late)
        parcels = tuple(
            self._parcel_answer(context, place, each) for place, each in enumerate(self._shown, 1)
        )
        parts = {name: self._said(name, context) for name in ("state", "expected", "promised", "next")}
        where = " ".join(filter(None, (parts["state"], *(each.text for each in parcels))))
        said = (where, parts["expected"], parts["promised"], parts["next"])
        return Answer(
            shop=view.shop or "",
            order_id=view.order_id,
            number=view.number or view.order_id,
            locale=language,
            state=view.state or "",
            where=where,
            text="\n".join(filter(None, said)),
            overlays=view.overlays,
            parcels=parcels,
            expected=parts["expected"] or None,
            expected_window=expected if parts["expected"] and not late else None,
            promised=parts["promised"] or None,
            promised_window=promised if parts["promised"] else None,
            next=parts["next"] or None,
        )

    def _context(
        self, now: dt.datetime, expected: Window | None, promised: Window | None, *, late: bool
    ) -> Mapping[str, object]:
        view, formats = self._view, self._formats
        waiting = [each.pickup.deadline for each in self._shown if each.pickup and _waits(each)]
        problem = next((each for each in self._shown if each.state in PROBLEMS), None)
        reasons = [each.reason for each in self._shown if each.state not in _GONE and each.reason]
        updates = [each.next_update for each in view.messages if each.status == "sent" and each.next_update]
        ahead = updates and not self._is_over(Window(latest=updates[-1]), now)
        return {
            "number": clean(view.number or view.order_id, 40),
            "state": view.state,
            "open": view.state not in OVER,
            "late": late,
            "disputed": "disputed_delivery" in view.overlays,
            "needed": "action_required" in view.overlays,
            "reason": reasons[-1] if reasons else None,
            "problem": problem is not None,
            "expected": formats.window(expected),
            "promised": formats.window(promised) if promised != expected else None,
            "next_update": formats.by(updates[-1]) if ahead else None,
            "collect_by": next((formats.by(each, hour=True) for each in waiting if each), None),
            "count": len(self._shown),
        }

    def _parcel_answer(self, context: Mapping[str, object], index: int, parcel: ParcelReport) -> ParcelAnswer:
        delivered = self._formats.on(parcel.delivered_at) if parcel.delivered_at else None
        shown = _Parcel(
            state=parcel.state,
            number=cleaned(parcel.tracking_number, 40),
            carrier=cleaned(display_name(parcel.carrier), 40),
            place=clean(parcel.pickup.point, NAME) if parcel.pickup else None,
            delivered_on=delivered,
            delivered_to=parcel.delivered_to,
        )
        text = self._said("parcel", {**context, "parcel": shown, "index": index})
        link = links.tracking(parcel.tracking_url, self._hosts)
        return ParcelAnswer(parcel.state, text, shown.carrier, shown.number, link)

    def _expected(self) -> Window | None:
        """Of the parcel that comes last, by the carriers' own words; else what was told or promised."""
        under_way = [each for each in self._shown if each.state not in _GONE]
        known = [each.expected for each in under_way if each.expected is not None and each.expected.latest]
        if known and len(known) == len(under_way):
            return max(known, key=lambda window: self._formats.day(window.latest or ""))
        return self._view.told or self._view.promised

    def _is_over(self, window: Window | None, now: dt.datetime) -> bool:
        if window is None or window.latest is None:
            return False
        return self._formats.day(window.latest) < now.astimezone(self._zone).date()

    def _said(self, block: str, values: Mapping[str, object]) -> str:
        context = self._template.new_context(dict(values))
        return " ".join("".join(self._template.blocks[block](context)).split())


def _waits(parcel: ParcelReport) -> bool:
    return parcel.state == "ready_for_pickup"
