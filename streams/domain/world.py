"""What decisions may know beyond their own row: configuration and calendars, read-only, with a version."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from streams.domain.events import Metric
from streams.domain.jurisdictions import JURISDICTIONS, Jurisdiction
from streams.domain.kinds import KINDS, Kind
from streams.domain.notes import Channel
from streams.domain.values import Decimal, Money, QuietHours, Value


class Limits(Value, frozen=True):
    """Caps and waits that hold for every brand that sets none itself. Durations are exact."""

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
    kinds: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)  # overrides by kind
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
        brand = self.brands.get(shop)
        overrides = brand.kinds.get(name) if brand is not None else None
        return msgspec.structs.replace(kind, **overrides) if overrides else kind
