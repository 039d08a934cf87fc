"""Answers on demand: an order's timeline in the words of the mails."""

import datetime as dt
import zoneinfo
from collections import Counter, deque
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import jinja2

from adapters.formats import Formats, babel_locale
from adapters.messages import links
from adapters.messages.carriers import display_name
from adapters.messages.clean import NAME, clean, cleaned
from adapters.messages.environment import TEMPLATES, Environments, languages
from adapters.messages.output import block
from streams.domain import states
from streams.domain.answer import Answer, CaseAnswer, ParcelAnswer
from streams.domain.cases import CaseReport
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
_SETTLED = frozenset({"refunded", "remedied", "closed"})
_UNPAID = frozenset({"placed", "awaiting_payment"})
_ASKING = frozenset({"out_of_stock_choice", "parcel_problem", "choice_ack"})
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
        """As asked for; else as the mails have it."""
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
        expected, promised = self._expected(now), view.told or view.first_promise
        if view.state in _UNPAID or self._is_called_off():
            promised = None  # it counts from a payment that nobody has made; or nobody waits any more
        late = self._is_over(expected, now) and view.state not in OVER
        context = self._context(now, None if late else expected, promised, late=late)
        parcels = tuple(
            self._parcel_answer(context, place, each) for place, each in enumerate(self._shown, 1)
        )
        parts = {name: self._said(name, context) for name in ("state", "expected", "promised", "next")}
        where = " ".join(filter(None, (parts["state"], *(each.text for each in parcels))))
        returns = tuple(self._case_answer("return", context, each) for each in view.returns)
        complaints = tuple(self._case_answer("complaint", context, each) for each in view.complaints)
        cases = (each.text for each in (*returns, *complaints))
        said = (where, parts["expected"], parts["promised"], *cases, parts["next"])
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
            returns=returns,
            complaints=complaints,
        )

    def _context(
        self, now: dt.datetime, expected: Window | None, promised: Window | None, *, late: bool
    ) -> Mapping[str, object]:
        view, formats = self._view, self._formats
        deadlines = [each.pickup.deadline for each in self._shown if each.pickup and _waits(each)]
        waiting = [each for each in deadlines if each is not None and each >= now]
        missing = self._misses()
        problem = next((each for each in self._shown if each.state in PROBLEMS), None)
        reasons = [each.reason for each in self._shown if each.state not in _GONE and each.reason]
        updates = [each.next_update for each in view.messages if each.status == "sent" and each.next_update]
        ahead = updates and not self._is_over(Window(latest=updates[-1]), now)
        return {
            "now": now,
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
            "collect_by": formats.by(min(waiting), hour=True) if waiting else None,
            "uncollected": bool(deadlines) and not waiting,
            "missing": bool(missing),
            "all_missing": len(missing) == sum(each.state != "cancelled" for each in view.lines),
            "called_off": self._is_called_off(),
            "choose": self._asked() == "parcel_problem",
            "count": len(self._shown),
            "settled": not any(each.state not in _SETTLED for each in (*view.returns, *view.complaints)),
            "case": None,
            "by": None,
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

    def _case_answer(self, what: str, context: Mapping[str, object], case: CaseReport) -> CaseAnswer:
        """A day that is over is not promised once more."""
        over = self._is_over(Window(latest=case.by), cast("dt.datetime", context["now"]))
        by = self._formats.by(case.by) if case.by and not over else None
        text = self._said(what, {**context, "case": case, "by": by})
        return CaseAnswer(case.id, case.state, case.kind, text, case.by)

    def _expected(self, now: dt.datetime) -> Window | None:
        """Of the parcel that comes last, by the carriers' own words; else what was told or promised.

        None where no day is awaited: before it is paid, while the customer is asked what to have, once all
        of it is at the door, waits for them, won't come, or is withdrawn from. A carrier's day that is over
        says nothing any more.
        """
        under_way = [each for each in self._shown if each.state not in _GONE]
        arrived = all(each.state in states.NO_LONGER_AWAITED for each in under_way)
        nobody_waits = self._view.state in _UNPAID or self._is_called_off() or self._misses()
        if nobody_waits or (under_way and arrived and self._has_all_left()):
            return None
        known = [each.expected for each in under_way if each.expected is not None and each.expected.latest]
        if known and len(known) == len(under_way):
            last = max(known, key=lambda window: self._formats.day(window.latest or ""))
            if not self._is_over(last, now):
                return last
        return self._view.told or self._view.promised

    def _is_called_off(self) -> bool:
        """Whether the customer has withdrawn from all of it."""
        back = {
            line
            for case in self._view.returns
            if case.kind == "withdrawal" and case.state != "rejected"
            for line in case.line_ids
        }
        wanted = {each.line_id for each in self._view.lines if each.state != "cancelled"}
        return bool(back) and wanted <= back

    def _has_all_left(self) -> bool:
        """Whether no piece is still to be sent: a split order's rest has its day all the same."""
        held = Counter[str]()
        for parcel in self._shown:
            if parcel.lines is None:
                return self._view.state != "partially_shipped"
            held.update({each.line_id: each.quantity for each in parcel.lines})
        wanted = (each for each in self._view.lines if each.state != "cancelled")
        return all(held[each.line_id] >= each.quantity for each in wanted)

    def _asked(self) -> str | None:
        """The last question that the customer was asked and has not answered yet, as a kind of message."""
        sent = (each.kind for each in self._view.messages if each.status == "sent" and each.kind in _ASKING)
        last = deque(sent, maxlen=1)
        return last[0] if last and last[0] != "choice_ack" else None

    def _misses(self) -> list[str]:
        """The lines that can't be had, while it is the customer's turn to say what to do about them."""
        if self._asked() != "out_of_stock_choice":
            return []
        return [each.line_id for each in self._view.lines if each.state == "out_of_stock"]

    def _is_over(self, window: Window | None, now: dt.datetime) -> bool:
        if window is None or window.latest is None:
            return False
        return self._formats.day(window.latest) < now.astimezone(self._zone).date()

    def _said(self, name: str, values: Mapping[str, object]) -> str:
        context = self._template.new_context(dict(values))
        return block(self._template, name, context)


def _waits(parcel: ParcelReport) -> bool:
    return parcel.state == "ready_for_pickup"
