"""What a template may speak of: a claim, cleaned, formatted, with only the links that may be shown.

Templates choose words and nothing else: no rule about hosts, zones or money is left to them.
"""

import datetime as dt
import fnmatch
from collections.abc import Collection, Sequence

from adapters.formats import Formats, When
from adapters.messages import links
from adapters.messages.carriers import display_name
from adapters.messages.clean import NAME, SENTENCES, clean, cleaned
from adapters.messages.parts import ROOMS, Advice, Choice, Parcel, Place, Room, Row, Rows
from streams.domain import states
from streams.domain.effects import Claim
from streams.domain.notes import Content, Item, ParcelView
from streams.domain.values import Alternative, Money, Pickup
from streams.domain.world import Brand

MOST_TIPS = 5
CITY_FIRST = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "US"})


def _something(money: Money) -> bool:
    return bool(money.amount.strip("-0."))


class Viewer:
    """Turns the parts of one claim into what its templates show."""

    def __init__(
        self,
        claim: Claim,
        brand: Brand,
        formats: Formats,
        secret: bytes,
        *,
        names: Collection[str],
        room: Room = ROOMS[0],
        by_sms: bool = False,
        linked: bool = True,
    ) -> None:
        """`by_sms`: its links are short ones where there are any. `linked`: it may have links at all."""
        self._claim = claim
        self._brand = brand
        self._formats = formats
        self._secret = secret
        self._names = names
        self._page_of = links.short_page if by_sms else links.page
        self._linked = linked
        self._hosts = links.own_hosts(brand)
        self._most = room.rows
        self._parcels = room.parcels

    def context(self) -> dict[str, object]:
        """Every name that a template may use; a misspelt one fails the check of the templates."""
        content = self._claim.content
        return (
            self._order(content)
            | self._dates(content)
            | self._links(content)
            | {
                "parcels": tuple(map(self._parcel, content.parcels[: self._parcels])),
                "parcel_count": len(content.parcels),
                "reason": content.reason,
                "reason_given": cleaned(content.reason, SENTENCES),
                "party": content.party,
                "by": content.by,
                "changes": content.changes,
                "whole_order": content.whole_order,
                "amount": self._formats.money(content.amount) if content.amount else None,
                "method": cleaned(content.method, NAME),
                "reference": cleaned(content.reference, NAME),
                "subject_kind": content.subject_kind,
                "decision": content.decision,
                "remedy": content.remedy,
                "reasoning": cleaned(content.reasoning, SENTENCES),
                "advice": cleaned(content.advice, SENTENCES),
                "tips": self._tips(content),
                "metric": content.metric,
                "count": content.count,
                "country": self._claim.country,
                "mailed": self._claim.mailed,
            }
        )

    def _tips(self, content: Content) -> tuple[Advice, ...]:
        """The shop's own about these goods, in the customer's language."""
        language = self._claim.locale.replace("_", "-").partition("-")[0]
        fitting = [
            tip
            for tip in self._brand.tips
            if any(fnmatch.fnmatchcase(item.sku, sku) for item in content.items for sku in tip.skus)
        ]
        found = [(tip.text.get(self._claim.locale) or tip.text.get(language), tip.url) for tip in fitting]
        return tuple(Advice(clean(text, SENTENCES), self._shops_own(url)) for text, url in found if text)[
            :MOST_TIPS
        ]

    def _order(self, content: Content) -> dict[str, object]:
        return {
            "number": clean(content.number, 40),
            "order_state": content.order_state,
            "preparing": content.order_state in states.PREPARING,
            "items": self._rows(content.items),
            "remaining": self._rows(content.remaining),
            "total": self._price(content.total),
            "delivery_price": self._price(content.delivery_price),
            "delivery_free": content.delivery_price is not None and not _something(content.delivery_price),
            "alternatives": tuple(map(self._choice, content.alternatives[:5])),
            "address": self._address(),
        }

    def _address(self) -> tuple[str, ...]:
        address = self._claim.address
        if address is None:
            return ()
        code, city = address.postal_code, address.city
        town = f"{city} {code}" if address.country in CITY_FIRST else f"{code} {city}"
        return tuple(filter(None, (clean(line, NAME) for line in (address.name, *address.lines[:4], town))))

    def _price(self, money: Money | None) -> str | None:
        """Shops that don't know a price write zero: what costs nothing shows none."""
        return self._formats.money(money) if money is not None and _something(money) else None

    def _dates(self, content: Content) -> dict[str, object]:
        formats, claim = self._formats, self._claim
        latest = content.expected.latest if content.expected else None
        return {
            "placed_on": formats.dated(content.placed_at) if content.placed_at else None,
            "expected": formats.window(content.expected),
            "told": formats.window(content.told),
            "first_promise": formats.window(content.first_promise),
            "next_update": formats.by(content.next_update) if content.next_update else None,
            "deadline": formats.by(content.deadline, hour=True) if content.deadline else None,
            "deadline_day": formats.by(content.deadline) if content.deadline else None,
            "withdraw_until": formats.by(content.withdraw_until) if content.withdraw_until else None,
            "occurred": formats.instant(content.occurred_at) if content.occurred_at else None,
            "today": latest is not None and formats.day(latest) == formats.day(claim.decided_at),
            "same_day": formats.day(claim.caused_at) == formats.day(claim.decided_at),
        }

    def _links(self, content: Content) -> dict[str, object]:
        return self._pages(content) | {
            "pay_link": self._shops_own(content.pay_url),
            "label_link": self._shops_own(content.label_url),
            "advice_link": self._shops_own(content.url),
        }

    def _pages(self, content: Content) -> dict[str, object]:
        """Only those that the template shows: each is signed."""
        claim = self._claim
        choice = ("choice", claim.order_id, claim.notification_id)
        pages: dict[str, tuple[str, ...]] = {
            "order_link": ("order", claim.order_id),
            "choice_link": choice,
            "wait_link": (*choice, "wait"),
            "refund_link": (*choice, "refund"),
            "feedback_link": ("feedback", claim.order_id, content.metric or "review"),
            "preferences_link": ("preferences", claim.customer_id),
        }
        return {name: self._page(*parts) for name, parts in pages.items() if name in self._names}

    def _page(self, *parts: str) -> str | None:
        return self._page_of(self._brand, self._secret, *parts) if self._linked else None

    def _shops_own(self, url: str | None) -> str | None:
        return links.shops_own(url, self._brand) if self._linked else None

    def _rows(self, items: Sequence[Item]) -> Rows:
        shown = tuple(map(self._row, items[: self._most]))
        return Rows(shown, sum(item.quantity for item in items), len(items) - len(shown))

    def _row(self, item: Item) -> Row:
        return Row(
            title=clean(item.title) or clean(item.sku) or "–",  # noqa: RUF001  # what a price list shows for nothing
            quantity=item.quantity,
            price=self._price(item.unit_price),
            image=links.allowed(item.image_url, self._hosts),
        )

    def _choice(self, offer: Alternative) -> Choice:
        return Choice(
            title=clean(offer.title),
            price=self._formats.money(offer.unit_price),
            image=links.allowed(offer.image_url, self._hosts),
            # The page behind it knows no titles: it shows the one that was offered.
            link=self._page(
                "choice",
                self._claim.order_id,
                self._claim.notification_id,
                f"alternative:{offer.sku}",
                clean(offer.title, NAME),
            ),
        )

    def _parcel(self, parcel: ParcelView) -> Parcel:
        only = self._claim.content.items  # where nobody knows what is in it, it is what the message is about
        return Parcel(
            carrier=cleaned(display_name(parcel.carrier), 40),
            number=cleaned(parcel.tracking_number, 40),
            link=links.tracking(parcel.tracking_url, self._hosts) if self._linked else None,
            goods=self._rows(parcel.items or (only if len(self._claim.content.parcels) == 1 else ())),
            expected=self._expected(parcel),
            place=self._place(parcel.pickup) if parcel.pickup else None,
            delivered_to=parcel.delivered_to,
            delivered_on=self._day(parcel.delivered_at),
            state=parcel.state,
            reason=parcel.reason,
            party=parcel.party,
            replaced=cleaned(parcel.replaced_number, 40),
        )

    def _expected(self, parcel: ParcelView) -> str | None:
        if parcel.state == "delivered":
            return None
        return self._formats.window(parcel.expected, hours=self._claim.kind == "out_for_delivery")

    def _place(self, pickup: Pickup) -> Place:
        deadline: dt.datetime | None = pickup.deadline
        return Place(
            point=clean(pickup.point, NAME),
            address=cleaned(pickup.address, NAME),
            code=cleaned(pickup.code, 20),
            by=self._formats.by(deadline, hour=True) if deadline else None,
            by_short=self._formats.date(deadline) if deadline else None,
        )

    def _day(self, moment: When | None) -> str | None:
        return self._formats.on(moment) if moment else None
