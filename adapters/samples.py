"""Sample claims for every kind of message, by which templates are checked and looked at.

`full` has all that a message can show, `minimal` only what every message has, `hostile` what people and
machines put into fields when they mean harm or simply don't care.
"""

import datetime as dt
from typing import Literal, cast

import msgspec

from streams.domain.effects import Claim
from streams.domain.notes import Channel, Content, Item, ParcelView
from streams.domain.values import Address, Alternative, Money, Pickup, Window
from streams.domain.world import Brand, World

Flavour = Literal["full", "minimal", "hostile"]
NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
SECRET = b"sample links lead nowhere"
_PEOPLE = {
    "en": ("Emma Taylor", "12 Mill Lane", "SW1A 1AA", "London", "GB", "Europe/London", "GBP"),
    "lt": ("Rūta Žemaitienė", "Ąžuolų g. 7-12", "08220", "Vilnius", "LT", "Europe/Vilnius", "EUR"),
    "pl": ("Łucja Brzęczyszczykiewicz", "ul. Długa 3/5", "31-146", "Kraków", "PL", "Europe/Warsaw", "PLN"),
    "de": ("Jörg Müßig", "Lindenstraße 8", "10969", "Berlin", "DE", "Europe/Berlin", "EUR"),
}
_GOODS = {
    "en": ("Linen shirt, white, M", "Coffee grinder", "Rye bread knife"),
    "lt": ("Lininiai marškiniai, balti, M", "Kavamalė", "Duonos peilis"),
    "pl": ("Koszula lniana, biała, M", "Młynek do kawy", "Nóż do chleba"),
    "de": ("Hemd aus Leinen, weiß, M", "Kaffeemühle", "Brotmesser"),
}
_POINTS = {
    "en": ("Locker LON04", "8 Station Road"),
    "lt": ("Paštomatas VNO12", "Gedimino pr. 9"),
    "pl": ("Paczkomat KRA010", "ul. Lipowa 4"),
    "de": ("Packstation 118", "Lindenplatz 2"),
}
_WORDS = {
    "en": ("The seam has come apart without any mark of wear.", "Please stop using it and unplug it."),
    "lt": ("Siūlė iširo, nors dėvėjimo žymių nėra.", "Nebenaudokite prekės ir išjunkite ją iš tinklo."),
    "pl": (
        "Szew puścił, choć nie widać śladów zużycia.",
        "Prosimy nie używać produktu i odłączyć go od prądu.",
    ),
    "de": (
        "Die Naht ist ohne Spuren von Abnutzung gerissen.",
        "Bitte nicht mehr benutzen und vom Strom trennen.",
    ),
}
_CASES: dict[str, dict[str, object]] = {
    "order_cancelled": {"by": "customer"},
    "payment_problem": {"order_state": "awaiting_payment"},
    "out_of_stock_choice": {"whole_order": False},
    "back_on_time": {"expected": Window("2026-03-03", "2026-03-03")},
    "arriving_tomorrow": {"expected": Window("2026-03-03", "2026-03-03")},
    "out_for_delivery": {"expected": Window("2026-03-02", "2026-03-02")},
    "delivery_limit": {"deadline": "2026-02-27"},
    "withdrawal_ack": {"next_update": "2026-03-16", "order_state": "delivered"},
    "return_received": {"decision": "received"},
    "delay": {"reason": "weather", "party": "force_majeure"},
    "preship_delay": {"reason": "no_stock"},
    "preship_delay_2": {"reason": "no_stock"},
    "action_required": {"reason": "address", "party": "recipient"},
    "parcel_problem": {"reason": "lost", "party": "carrier"},
    "complaint_ack": {"subject_kind": "damaged"},
    "complaint_decision": {"subject_kind": "damaged"},
    "choice_ack": {"decision": "refund", "next_update": None},
    "apology": {"remedy": "voucher", "reference": "SORRY-7Q4"},
    "care_tips": {"advice": None},
    "survey": {"metric": "csat"},
    "feedback_thanks": {"metric": "csat"},
}
_STATES = {
    "out_for_delivery": "out_for_delivery", "ready_for_pickup": "ready_for_pickup",
    "pickup_reminder": "ready_for_pickup", "attempt_failed": "attempt_failed",
    "action_required": "in_transit", "parcel_problem": "lost", "delivered": "delivered",
    "delivery_check": "delivered",
}  # fmt: skip
BRAND = Brand(
    id="meadow",
    name="Meadow & Co",
    locale="en",
    timezone="Europe/Warsaw",
    delivery="live",
    public_url="https://orders.meadow.example.com",
    short_url="https://mdw.example.com",
    colour="#2f6f4f",
    support_phone="+48 600 000 000",
    support_url="https://meadow.example.com/help",
    address="ul. Polna 1, 00-001 Warszawa",
    mail_from="orders@meadow.example.com",
    marketing_from="news@meadow.example.com",
    reply_to="help@meadow.example.com",
    sms_sender="Meadow",
    hosts=("meadow.example.com", "pay.example.com"),
)
# A shop that has set up nothing but its sender.
PLAIN = Brand(id="plain", locale="en", delivery="live", mail_from="shop@plain.example.com")
WORLD = World(brands={"meadow": BRAND, "plain": PLAIN})

_EVIL = "<script>alert(1)</script>\r\nBcc: evil@example.com\x00\u202egnp.exe\u2028{{ 7*7 }}%(x)s"
_TRICK = "javascript:alert(document.domain)//https://inpost.pl/"


def claims(kind: str, locale: str) -> dict[Flavour, Claim]:
    """One claim of each flavour, for the e-mail channel."""
    return {
        "full": claim(kind, locale, full(kind, locale), shop="meadow"),
        "minimal": claim(kind, locale, Content(number="1001", order_state="confirmed"), shop="plain"),
        "hostile": hostile(claim(kind, locale, full(kind, locale), shop="meadow")),
    }


def by_sms(mail: Claim) -> Claim:
    """The same notification on the other channel."""
    return msgspec.structs.replace(
        mail,
        channel="sms",
        to="+48600000000",
        intended_for="+48600000000",
        message_key=f"{mail.notification_id}.sms",
    )


def with_another(mail: Claim) -> Claim:
    """The same message about two orders."""
    content = msgspec.structs.replace(mail.content, number="1002")
    other = msgspec.structs.replace(
        mail, notification_id="n-7c1e9b2d4f6a80315527", order_id=f"{mail.shop}:1002", content=content
    )
    return msgspec.structs.replace(mail, riders=(other,))


def claim(kind: str, locale: str, content: Content, *, shop: str, channel: Channel = "email") -> Claim:
    """A claim around any content; a shop with an address book knows where the customer lives."""
    name, street, code, city, country, zone, _ = _PEOPLE.get(locale[:2], _PEOPLE["en"])
    known = shop != PLAIN.id
    return Claim(
        notification_id="n-5a3f0c1d2e4b69788796",
        message_key=f"n-5a3f0c1d2e4b69788796.{channel}",
        attempt=1,
        channel=channel,
        provider=None,
        to="customer@example.com",
        intended_for="customer@example.com",
        customer_id=f"{shop}:c-42",
        order_id=f"{shop}:1001",
        shop=shop,
        kind=kind,
        locale=locale,
        timezone=zone if known else "",
        country=country,
        customer_name=name if known else None,
        address=Address(name, (street,), code, city, country) if known else None,
        content=content,
        because=("event-1",),
        caused_at=NOW - dt.timedelta(minutes=2),
        decided_at=NOW,
        claimed_at=NOW,
        lease_until=NOW + dt.timedelta(minutes=1),
    )


def full(kind: str, locale: str) -> Content:
    """All that a message of this kind may be given, in the customer's language and currency."""
    language = locale[:2] if locale[:2] in _PEOPLE else "en"
    currency = _PEOPLE[language][-1]
    shirt, grinder, knife = _GOODS[language]
    items = (
        Item("l1", "LIN-M", shirt, 2, Money("54.95", currency), "https://meadow.example.com/p/shirt.png"),
        Item("l2", "GRN-1", grinder, 1, Money("119.00", currency)),
    )
    later = (Item("l3", "KNF-9", knife, 1, Money("20.00", currency)),)
    evidence, advice = _WORDS[language]
    content = Content(
        number="1001",
        order_state="confirmed",
        placed_at=NOW - dt.timedelta(days=3),
        items=items,
        remaining=later,
        parcels=(_parcel(kind, language, items),),
        total=Money("248.90", currency),
        delivery_price=Money("0.00", currency),
        expected=Window("2026-03-05", "2026-03-06"),
        told=Window(None, "2026-03-03"),
        first_promise=Window(None, "2026-03-03"),
        next_update="2026-03-09",
        deadline="2026-03-16",
        changes=("lines", "promised_delivery", "total"),
        amount=Money("109.90", currency),
        pay_url="https://pay.example.com/p/1001",
        label_url="https://meadow.example.com/label/R-77.pdf",
        alternatives=(Alternative("LIN-M-B", shirt.replace("M", "L"), Money("54.95", currency)),),
        withdraw_until=dt.date(2026, 3, 16),
        occurred_at=NOW - dt.timedelta(minutes=2),
        reference="R-77",
        subject_kind="withdrawal",
        decision="accepted",
        remedy="replacement",
        reasoning=evidence,
        advice=advice,
        url="https://meadow.example.com/recall",
        count=1,
    )
    # An order that is all in one piece needs no "still to come" in every sample.
    whole = kind not in {"shipped", "delivered"}
    case = _CASES.get(kind, {}) | ({"remaining": ()} if whole else {})
    return msgspec.structs.replace(content, **case)


def _parcel(kind: str, language: str, items: tuple[Item, ...]) -> ParcelView:
    point, street = _POINTS[language]
    return ParcelView(
        key="P1",
        state=_STATES.get(kind, "in_transit"),
        carrier="inpost",
        tracking_number="520113014230722029585646",
        tracking_url="https://inpost.pl/sledzenie-przesylek?number=520113014230722029585646",
        items=items,
        expected=cast("Window", _CASES.get(kind, {}).get("expected", Window("2026-03-05", "2026-03-06"))),
        pickup=Pickup(point, street, NOW + dt.timedelta(hours=48), "482913"),
        delivered_to="neighbour",
        delivered_at=NOW - dt.timedelta(minutes=12),
        replaced_number="520113014230722029580000",
    )


def hostile(good: Claim) -> Claim:
    """Every free field of a claim turned against its reader."""
    content = good.content
    replace = msgspec.structs.replace
    bad = tuple(replace(item, title=_EVIL * 40, sku=_EVIL, image_url=_TRICK) for item in content.items) * 60
    parcel = replace(
        content.parcels[0],
        carrier=_EVIL,
        tracking_number=_EVIL,
        tracking_url="https://supplier-warehouse.example.net/track",
        items=bad,
        pickup=Pickup(_EVIL * 9, _EVIL * 9, NOW, _EVIL),
        reason=_EVIL,
    )
    spoilt = replace(
        content,
        number="10\r\n01" + _EVIL,
        items=bad,
        remaining=bad,
        parcels=(parcel, *(replace(parcel, items=bad[:2]),) * 11),  # one is enough to fill a mail
        pay_url=_TRICK,
        label_url="http://meadow.example.com/plain",
        url="https://user:pass@meadow.example.com/",
        reference=_EVIL,
        method=_EVIL,
        reasoning=_EVIL * 90,
        advice=_EVIL * 90,
        alternatives=(Alternative(_EVIL, _EVIL * 9, Money("999999999999.9999", "XXX"), _TRICK),) * 9,
    )
    address = Address(_EVIL, (_EVIL,) * 9, _EVIL, _EVIL, "PL")
    return replace(good, content=spoilt, customer_name=_EVIL * 9, address=address, order_id="meadow:" + _EVIL)
