"""What decisions may know beyond their own row: configuration and calendars, read-only, with a version."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from streams.domain.events import Metric
from streams.domain.jurisdictions import JURISDICTIONS, Clocks, Jurisdiction, kept_by
from streams.domain.kinds import KINDS, Kind
from streams.domain.notes import Channel
from streams.domain.values import Decimal, Money, QuietHours, Value

_HOUR = dt.timedelta(hours=1)


class Limits(Value, frozen=True):
    """Caps and waits; those that say what customers hear may differ by brand. Durations are exact."""

    per_order_a_day: int = 4
    per_customer_a_day: int = 8
    delay_settles: dt.timedelta = dt.timedelta(hours=4)
    delay_gap: dt.timedelta = dt.timedelta(hours=24)
    park_for: dt.timedelta = dt.timedelta(days=30)
    parked_a_reference: int = 100
    facts_an_order: int = 400
    complete_after: dt.timedelta = dt.timedelta(days=30)
    keep_stub_for: dt.timedelta = dt.timedelta(days=730)
    attempts: int = 12  # over five hours: a provider's bad afternoon must not become an SMS for each mail
    retry_first: dt.timedelta = dt.timedelta(seconds=30)
    retry_most: dt.timedelta = dt.timedelta(hours=1)
    lease: dt.timedelta = dt.timedelta(seconds=60)
    attempt_timeout: dt.timedelta = dt.timedelta(seconds=30)
    ahead_of_clock: dt.timedelta = dt.timedelta(hours=24)
    in_order_for: dt.timedelta = dt.timedelta(minutes=15)  # how long a message waits for the one before it
    late_after: dt.timedelta = dt.timedelta(hours=1)  # an order heard of later than that: its past may follow
    late_settles: dt.timedelta = dt.timedelta(minutes=5)  # how long it is waited for
    contact_grace: dt.timedelta = dt.timedelta(minutes=1)  # for a customer who was never heard of
    transit_days: int = 2  # business days that a parcel is reckoned to travel
    preship_again_days: int = 3  # business days until an order that has still not left is spoken of again
    check_after_days: int = 3  # business days after a delivery that nobody took in
    check_left_with: tuple[str, ...] = ("neighbour", "mailbox", "safe_place")  # "unknown": nobody said
    tips_after: dt.timedelta = dt.timedelta(days=2)
    survey_after: dt.timedelta = dt.timedelta(days=3)
    review_after: dt.timedelta = dt.timedelta(days=5)
    ask_within: dt.timedelta = dt.timedelta(days=7)
    lost_after: dt.timedelta = dt.timedelta(days=21)  # without a scan, where nothing was measured
    receipts_for: dt.timedelta = dt.timedelta(days=30)  # how long a bounce finds the message's customer
    stock_remind_after: dt.timedelta = dt.timedelta(hours=4)  # asked once more what to do about it
    stock_ticket_after: dt.timedelta = dt.timedelta(hours=8)  # without an answer by then, somebody calls
    stock_answer_within: dt.timedelta = dt.timedelta(hours=12)
    pickup_reminders: tuple[dt.timedelta, ...] = (48 * _HOUR, 24 * _HOUR)  # before the deadline
    pickup_reminders_short: tuple[dt.timedelta, ...] = (24 * _HOUR, 12 * _HOUR)  # where it is `pickup_short`
    pickup_short: dt.timedelta = 48 * _HOUR  # a parcel that waits so long at most
    send_back_remind_before: dt.timedelta = dt.timedelta(days=4)  # day 10 of 14
    refund_ticket_before: dt.timedelta = dt.timedelta(days=4)  # day 10 of 14
    complaint_tickets_before: tuple[dt.timedelta, ...] = tuple(dt.timedelta(days=n) for n in (7, 4, 1))
    limit_ticket_before: dt.timedelta = dt.timedelta(days=5)
    tickets_due_in: dt.timedelta = 24 * _HOUR
    low_scores_due_in: dt.timedelta = _HOUR


# Those that say what a shop's customers and its people hear, and when: a brand may have its own.
# The others belong to the installation: what it does before it knows whose a record is, and how it sends.
OWN_LIMITS = frozenset(
    {
        "per_order_a_day", "per_customer_a_day", "delay_settles", "delay_gap", "complete_after",
        "keep_stub_for", "late_after", "late_settles", "transit_days", "preship_again_days",
        "check_after_days", "check_left_with", "tips_after", "survey_after", "review_after", "ask_within",
        "lost_after", "stock_remind_after", "stock_ticket_after", "stock_answer_within",
        "pickup_reminders", "pickup_reminders_short", "pickup_short", "send_back_remind_before",
        "refund_ticket_before", "complaint_tickets_before", "limit_ticket_before", "tickets_due_in",
        "low_scores_due_in",
    }
)  # fmt: skip


class Closures(Value, frozen=True):
    """Days that a country's public holidays don't know: `closed` ones more, `open` ones less."""

    closed: tuple[dt.date, ...] = ()
    open: tuple[dt.date, ...] = ()

    def over(self, public: frozenset[dt.date], year: int) -> frozenset[dt.date]:
        """The days of a year on which business rests, where `public` ones are its holidays."""
        return (public | {day for day in self.closed if day.year == year}) - set(self.open)


class Remedy(Value, frozen=True):
    """What makes up for a broken promise: the first rule that holds is taken.

    `late_days`: business days late at least. `total`: the order came to at least that much.
    `orders`: so many of the shop's orders are this customer's, this one among them. `gap`: they were
    promised nothing within that time before. `percent` of the order, or an `amount` in its currency:
    never more than the brand's `remedy_cap`, and all of a month's together within `remedy_budget`.
    """

    remedy: Literal["free_delivery", "voucher", "partial_refund"]
    late_days: int = 1
    total: Decimal = "0"
    orders: int = 1
    gap: dt.timedelta | None = None
    percent: int | None = None
    amount: Money | None = None


class Tip(Value, frozen=True):
    """How to treat what was bought: for lines whose SKU fits a pattern, by language.

    `url`: more of it, in the shop's own words.
    """

    text: dict[str, str]
    skus: tuple[str, ...] = ("*",)
    url: str | None = None


class Brand(Value, frozen=True):
    """One shop. `delivery`: `live`, `redirect:ADDRESS`, `allow:PATTERN,…` or `off`.

    `surveys`: what may be asked; `ces` after a return or a complaint, the others by turns.
    `tips`: of these a care message shows those that fit, else what holds for any goods.
    `hosts`: the only hosts to which an image or a link of its messages may point.
    `kinds`, `limits`: where it differs, as they are read. `jurisdictions`, `calendars`: by country of
    delivery, over the installation's.
    `orders_together`: the same news of several orders of a customer is one message, if it is due within
    its kind's hold.
    """

    id: str
    name: str = ""
    locale: str = "en"
    timezone: str = "UTC"
    delivery: str = "off"
    public_url: str | None = None
    short_url: str | None = None  # leads to where public_url does, for the links of text messages
    logo_url: str | None = None
    colour: str = "#1f5f8b"
    support_email: str | None = None
    support_phone: str | None = None
    support_url: str | None = None
    address: str | None = None
    mail_from: str | None = None
    marketing_from: str | None = None
    reply_to: str | None = None
    return_path: str | None = None  # where bounces go, tagged with the message; else to the sender
    sms_sender: str | None = None
    sms_senders: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # country of the number -> instead of it
    sms_transliterate: dict[str, str] = msgspec.field(default_factory=dict)  # locale -> auto|never|always
    hosts: tuple[str, ...] = ()
    signature: str | None = None
    quiet_hours: QuietHours = QuietHours("21:00", "08:00")
    mail_in_doubt: str = "resend"  # or "hold"
    kinds: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    limits: dict[str, object] = msgspec.field(default_factory=dict)
    jurisdictions: dict[str, Clocks] = msgspec.field(default_factory=dict)
    calendars: dict[str, Closures] = msgspec.field(default_factory=dict)
    mail_provider: str | None = None
    sms_provider: str | None = None
    dkim_domain: str | None = None
    dkim_selector: str | None = None
    dkim_key_file: str | None = None  # PEM, RSA or Ed25519; read at start
    templates: str | None = None  # a folder laid over the templates: whatever it lacks is theirs
    surveys: tuple[Metric, ...] = ("csat", "nps", "ces")
    tips: tuple[Tip, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    remedy_cap: Money | None = None  # by order
    remedy_budget: Money | None = None  # by calendar month of the brand's zone
    orders_together: bool = False

    @property
    def display_name(self) -> str:
        return self.name or self.id


def _no_holidays(_country: str, _year: int) -> frozenset[dt.date]:
    return frozenset()


def _as_it_is(number: str, _country: str) -> str | None:
    return number if number.startswith("+") else None


def _every_channel(_shop: str) -> tuple[Channel, ...]:
    return ("email", "sms")


def _unmeasured(_carrier: str, _country: str) -> dt.timedelta | None:
    return None


def _never(_shop: str, _channel: Channel) -> bool:
    return False


class World(msgspec.Struct, frozen=True):
    """`zones`: country -> its principal time zone. `languages`: country -> its language.

    `holidays(country, year)`: the public holidays, from a library, memoised by whoever provides it.
    `phone(number, country)`: in E.164, None where no SMS arrives.
    `channels(shop)`: those it has a provider for. `locales`: the languages of the templates.
    `silence(carrier, country)`: between a parcel's scans hardly ever more time passes (its 99 %
    quantile); None where that was not measured. `defaults`: what an unknown shop gets.
    `repeats_safely(shop, channel)`: its provider refuses a repeated key by itself, so what is in
    doubt may be sent again. `jurisdictions`: country -> its statutory clocks.
    """

    version: str = "default"
    brands: Mapping[str, Brand] = {}
    defaults: Brand = Brand(id="")
    kinds: Mapping[str, Kind] = msgspec.field(default_factory=lambda: KINDS)
    limits: Limits = Limits()
    zones: Mapping[str, str] = {}
    languages: Mapping[str, str] = {}
    locales: tuple[str, ...] = ("en", "lt", "pl")
    holidays: Callable[[str, int], frozenset[dt.date]] = _no_holidays
    channels: Callable[[str], tuple[Channel, ...]] = _every_channel
    phone: Callable[[str, str], str | None] = _as_it_is
    repeats_safely: Callable[[str, Channel], bool] = _never
    silence: Callable[[str, str], dt.timedelta | None] = _unmeasured
    jurisdictions: Mapping[str, Jurisdiction] = msgspec.field(default_factory=lambda: JURISDICTIONS)

    def brand(self, shop: str) -> Brand:
        """The shop's brand; an unknown shop is a brand named by its id."""
        found = self.brands.get(shop)
        return found if found is not None else msgspec.structs.replace(self.defaults, id=shop)

    def kind(self, name: str, shop: str) -> Kind:
        """The kind as this shop has configured it; one that nobody knows is switched off."""
        kind = self.kinds.get(name)
        if kind is None:
            return Kind(name, "T", enabled=False)
        overrides = self._own(shop).kinds.get(name)
        return msgspec.structs.replace(kind, **overrides) if overrides else kind

    def limits_of(self, shop: str) -> Limits:
        """Caps and waits, as this shop has them."""
        own: dict[str, Any] = self._own(shop).limits
        return msgspec.structs.replace(self.limits, **own) if own else self.limits

    def jurisdiction(self, country: str, shop: str) -> Jurisdiction | None:
        """The statutory clocks where the goods go, as this shop keeps to them; None: none are known."""
        law, own = self.jurisdictions.get(country), self._own(shop).jurisdictions.get(country)
        return kept_by(law, own) if law is not None and own is not None else law

    def rests(self, shop: str, country: str, year: int) -> frozenset[dt.date]:
        """The days on which neither the country of delivery nor the shop does business, weekends apart."""
        public, own = self.holidays(country, year), self._own(shop).calendars.get(country)
        return own.over(public, year) if own is not None else public

    def _own(self, shop: str) -> Brand:
        return self.brands.get(shop, self.defaults)
