"""Every kind in every language with good, bare and hostile data, read as mail clients and phones would."""

import datetime as dt
import email
import email.policy
import pickle
import re
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser

import msgspec
import pytest

from adapters import samples
from adapters.messages.environment import TEMPLATES, languages
from adapters.messages.wording import MOST_BYTES
from adapters.render import Templates
from adapters.sms.segments import measure
from streams.domain.kinds import KINDS
from streams.domain.notes import Content
from streams.domain.ports import Mail, SendError
from streams.domain.values import Money, Window
from streams.domain.world import Brand, World

LANGUAGES = languages()
FLAVOURS = ("full", "minimal", "hostile")
EVERY = [(kind, locale) for kind in KINDS for locale in LANGUAGES]
replace = msgspec.structs.replace


TEMPLATES_OF_ALL = Templates(samples.WORLD, link_secret=samples.SECRET)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return TEMPLATES_OF_ALL


@cache
def rendered(kind: str, locale: str, flavour: str) -> Mail:
    """Several tests read the same mails."""
    return TEMPLATES_OF_ALL.mail(samples.claims(kind, locale)[flavour])


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return part.get_content()


class Page(HTMLParser):
    """What a mail client would find: addresses, tags, open elements, visible words."""

    VOID = frozenset({"meta", "br", "img", "hr", "link"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.stack: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_every_message_renders_whatever_the_data(templates, kind, locale):
    for flavour, claim in samples.claims(kind, locale).items():
        mail, sms = rendered(kind, locale, flavour), templates.sms(samples.by_sms(claim))
        message = parsed(mail.raw)
        assert not message.defects, flavour
        assert len(mail.raw) < MOST_BYTES, flavour
        page = Page(body(message, "html"))
        assert not page.wrong, flavour
        assert not page.stack, flavour
        assert page.tags.count("h1") == 1, flavour
        assert body(message, "plain").strip(), flavour
        assert mail.subject == message["Subject"], flavour
        assert measure(sms.text).segments <= KINDS[kind].max_segments or KINDS[kind].category == "S"
        assert sms.segments == measure(sms.text).segments <= KINDS[kind].max_segments, flavour


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_hostile_data_does_no_harm(kind, locale):
    raw = rendered(kind, locale, "hostile").raw
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert b"\r\nBcc:" not in head
    assert b"\x00" not in raw
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert head.isascii()
    message = parsed(raw)
    html, text = body(message, "html"), body(message, "plain")
    page = Page(html)
    assert "script" not in page.tags or page.tags.count("script") == html.count("application/ld+json")
    assert not [name for name in page.attributes if name.startswith("on")]
    assert "javascript:" not in "".join(page.addresses)
    assert "supplier-warehouse" not in html + text
    assert not re.search("[\u202a-\u202e\u2028\u2066-\u2069]", html + text)
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|\b49\b", html)  # nobody else's template is evaluated


@pytest.mark.parametrize("locale", LANGUAGES)
def test_links_and_images_point_to_hosts_of_the_brand_or_of_a_known_carrier_alone(locale):
    allowed = ("https://meadow.example.com/", "https://orders.meadow.example.com/", "https://pay.example.com/",
               "https://inpost.pl/")  # fmt: skip
    for kind in KINDS:
        page = Page(body(parsed(rendered(kind, locale, "full").raw), "html"))
        assert all(address.startswith(allowed) for address in page.addresses), kind


@pytest.mark.parametrize("locale", LANGUAGES)
def test_without_a_public_address_a_message_asks_for_a_reply_and_shows_no_link_of_ours(locale):
    brand = replace(samples.BRAND, public_url=None)
    bare = Templates(World(brands={"meadow": brand}), link_secret=samples.SECRET)
    for kind in KINDS:
        message = parsed(bare.mail(samples.claims(kind, locale)["full"]).raw)
        assert "orders.meadow" not in body(message, "html") + body(message, "plain"), kind


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_mails_of_one_order_share_thread_and_beginning_of_the_subject(locale):
    mails = [parsed(rendered(kind, locale, "full").raw) for kind in KINDS]
    assert len({mail["References"] for mail in mails}) == 1
    assert len({mail["In-Reply-To"] for mail in mails}) == 1
    assert len({str(mail["Subject"]).split(":")[0] for mail in mails}) == 1


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_sms_of_a_kind_that_may_carry_no_link_carries_none(templates, kind, locale):
    text = templates.sms(samples.by_sms(samples.claims(kind, locale)["full"])).text
    assert KINDS[kind].link or not re.search(r"https?:|www\.|\.com|\.pl\b", text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_way_to_unsubscribe_stands_on_messages_by_consent_and_on_no_others(kind):
    message = parsed(rendered(kind, "pl", "full").raw)
    by_consent = KINDS[kind].category == "C"
    assert ("List-Unsubscribe" in message) is by_consent
    assert (message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") is by_consent
    assert ("/unsubscribe/" in body(message, "html")) is by_consent
    assert message["List-ID"] == (f"<{KINDS[kind].purpose}.meadow.example.com>" if by_consent else None)
    assert ("news@" in message["From"]) is by_consent


def test_the_same_claim_gives_the_same_bytes_in_another_process_too(templates):
    claim = samples.claims("shipped", "pl")["full"]
    other = Templates(samples.WORLD, link_secret=samples.SECRET)
    assert templates.mail(claim).raw == other.mail(pickle.loads(pickle.dumps(claim))).raw


def test_a_repeat_differs_in_its_date_alone(templates):
    claim = samples.claims("delivered", "lt")["full"]
    later = claim.claimed_at + dt.timedelta(hours=1)
    again = replace(claim, repeat=True, attempt=2, claimed_at=later)
    first, second = (templates.mail(c).raw.split(b"\r\n") for c in (claim, again))
    assert [line for line in first if not line.startswith(b"Date:")] == [
        line for line in second if not line.startswith(b"Date:")
    ]
    assert first != second


def test_dates_are_those_of_the_customers_zone(templates):
    pickup = samples.claims("ready_for_pickup", "en")["full"]
    warsaw = body(parsed(templates.mail(replace(pickup, timezone="Europe/Warsaw")).raw), "plain")
    tokyo = body(parsed(templates.mail(replace(pickup, timezone="Asia/Tokyo")).raw), "plain")
    assert "by Wednesday, 4 March, 10:30" in warsaw
    assert "by Wednesday, 4 March, 18:30" in tokyo


@pytest.mark.parametrize("kind", ["ready_for_pickup", "pickup_reminder"])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_pickup_point_with_a_long_name_leaves_room_for_code_and_deadline(templates, kind, locale):
    claim = samples.claims(kind, locale)["full"]
    (parcel,) = claim.content.parcels
    pickup = replace(parcel.pickup, point="Parcel locker at the corner of a street with a very long name")
    parcel = replace(parcel, pickup=pickup)
    text = templates.sms(replace(claim, content=replace(claim.content, parcels=(parcel,))))
    assert text.segments == 1
    assert "482913" in text.text
    assert ":30" in text.text


def test_an_hour_is_shown_only_where_one_was_given_and_only_by_the_courier_at_the_door(templates):
    window = Window("2026-03-05T13:00:00Z", "2026-03-05T15:00:00Z")
    for kind, shown in (("shipped", False), ("delay", False), ("out_for_delivery", True)):
        claim = samples.claims(kind, "en")["full"]
        (parcel,) = claim.content.parcels
        content = replace(claim.content, expected=window, parcels=(replace(parcel, expected=window),))
        text = body(parsed(templates.mail(replace(claim, content=content)).raw), "plain")
        assert ("between 13:00 and 15:00" in text) is shown, kind
        assert "Thursday, 5 March" in text, kind


@pytest.mark.parametrize("kind", ["shipped", "tracking_changed", "delay", "back_on_time", "delay_followup"])
def test_of_two_parcels_each_is_shown_and_neither_speaks_for_both(templates, kind):
    claim = samples.claims(kind, "en")["full"]
    (parcel,) = claim.content.parcels
    two = tuple(
        replace(parcel, tracking_number=number, replaced_number=old, tracking_url=None)
        for number, old in (("NUMBER-ONE", "OLD-ONE"), ("NUMBER-TWO", "OLD-TWO"))
    )
    content = replace(claim.content, parcels=two)
    message = parsed(templates.mail(replace(claim, content=content)).raw)
    for subtype in ("plain", "html"):
        shown = body(message, subtype)
        assert "NUMBER-ONE" in shown
        assert "NUMBER-TWO" in shown
        assert "OLD-ONE" not in shown


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", ("2 parcels have been delivered", "left with a neighbour", "put into your letterbox")),
        ("pl", ("2 paczki zostały doręczone", "u sąsiadów", "do skrzynki")),
        ("lt", ("2 siuntos pristatytos", "kaimynams", "pašto dėžut")),
        ("de", ("2 Pakete sind zugestellt", "Nachbarn", "Briefkasten")),
    ],
)
def test_of_two_parcels_that_came_it_is_said_where_each_was_left(templates, locale, said):
    claim = samples.claims("delivered", locale)["full"]
    (parcel,) = claim.content.parcels
    two = tuple(replace(parcel, delivered_to=where) for where in ("neighbour", "mailbox"))
    claim = replace(claim, content=replace(claim.content, parcels=two))
    mail, text = templates.mail(claim), templates.sms(claim)
    count, *places = said
    assert count in mail.subject
    for subtype in ("plain", "html"):
        shown = body(parsed(mail.raw), subtype)
        assert [place in shown for place in places] == [True, True]
    assert text.text.startswith("Meadow & Co: 2 ")
    assert text.segments == 1


@pytest.mark.parametrize("whole", [True, False])
def test_an_order_is_called_delivered_where_all_of_it_is(templates, whole):
    assert ("step 4 of 4" in plain(templates, "delivered", whole_order=whole, remaining=())) is whole


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_problem_comes_with_an_apology(templates, locale):
    sorry = {"en": "sorry", "pl": "przepraszamy", "lt": "atsiprašome", "de": "leid"}[locale]
    (parcel,) = samples.claims("parcel_problem", locale)["full"].content.parcels
    for state in ("lost", "damaged", "undeliverable", "refused", "returning", "returned"):
        parcels = (replace(parcel, state=state),)
        assert sorry in plain(templates, "parcel_problem", locale, parcels=parcels).lower()
    assert sorry in plain(templates, "attempt_failed", locale).lower()


@pytest.mark.parametrize("kind", ["preship_delay", "preship_delay_2", "delay"])
@pytest.mark.parametrize("locale", LANGUAGES)
def test_of_an_order_only_the_part_is_late_that_is(templates, kind, locale):
    claim = samples.claims(kind, locale)["full"]
    whole, part = (
        replace(claim, content=replace(claim.content, whole_order=whole)) for whole in (True, False)
    )
    word = {"en": "part of", "pl": "część", "lt": "dalis", "de": "teil"}[locale]
    assert word in templates.mail(part).subject.lower()
    assert word not in templates.mail(whole).subject.lower()
    assert templates.sms(part).text != templates.sms(whole).text
    assert templates.sms(part).segments == 1


def test_an_unknown_language_falls_back_to_the_brands(templates):
    claim = replace(samples.claims("shipped", "pl")["full"], locale="xx-ZZ")
    assert parsed(templates.mail(claim).raw)["Subject"].startswith("Order 1001")
    polish = Templates(World(brands={"meadow": replace(samples.BRAND, locale="pl")}))
    assert parsed(polish.mail(claim).raw)["Subject"].startswith("Zamówienie 1001")


def test_polish_and_lithuanian_count_parcels_in_their_own_plurals(templates):
    claim = samples.claims("shipped", "pl")["full"]
    (parcel,) = claim.content.parcels
    found = {}
    for locale in ("pl", "lt"):
        for count in (2, 5, 11, 21, 22):
            content = replace(claim.content, parcels=(parcel,) * count)
            subject = templates.mail(replace(claim, locale=locale, content=content)).subject
            found[locale, count] = subject.split(": ")[1]
    assert found["pl", 2] == "2 paczki są w drodze"
    assert found["pl", 5] == "5 paczek jest w drodze"
    assert found["pl", 22] == "22 paczki są w drodze"
    assert found["pl", 21] == "21 paczek jest w drodze"
    assert found["lt", 2] == "2 siuntos pakeliui"
    assert found["lt", 11] == "11 siuntų pakeliui"
    assert found["lt", 21] == "21 siunta pakeliui"


@pytest.mark.parametrize("address", ["", "nobody",
                                     "a@b\r\nBcc: c@d.example", "a b@example.com", "a@-.example",
                                     "żółw@example.com", "a@b,c@d.example"])  # fmt: skip
def test_an_address_that_could_break_an_envelope_is_refused_without_being_named(templates, address):
    claim = replace(samples.claims("shipped", "en")["full"], to=address, intended_for=address)
    with pytest.raises(SendError) as refused:
        templates.mail(claim)
    assert refused.value.permanent
    assert refused.value.bad_address
    assert refused.value.reason == "bad_address"
    assert not address or address not in str(refused.value)


def test_a_mail_goes_to_the_domain_that_was_written_and_not_to_one_that_looks_like_it(templates):
    claim = replace(samples.claims("shipped", "en")["full"], to="a@straße.example")
    assert templates.mail(claim).recipient == "a@xn--strae-oqa.example"


@pytest.mark.parametrize("own", [{"mail_from": "nobody"}, {"mail_from": ""}, {"reply_to": "a b@example.com"}])
def test_a_sender_that_is_wrong_is_the_shops_fault_and_mends_itself_once_it_is_right(own):
    claim = samples.claims("shipped", "en")["full"]
    brand = replace(samples.WORLD.brand(claim.shop), **own)
    world = replace(samples.WORLD, brands={claim.shop: brand}, defaults=Brand(id="", mail_from=None))
    with pytest.raises(SendError) as refused:
        Templates(world).mail(claim)
    assert (refused.value.reason, refused.value.permanent) == ("configuration_sender", False)
    assert not refused.value.bad_address


@pytest.mark.parametrize(("written", "shown"), [
    ("Meadow Orders <orders@meadow.example.com>", "Meadow Orders <orders@meadow.example.com>"),
    ('"Meadow, Orders" <orders@meadow.example.com>', '"Meadow, Orders" <orders@meadow.example.com>'),
    ("<orders@meadow.example.com>", "Meadow & Co <orders@meadow.example.com>"),
])  # fmt: skip
def test_a_sender_may_be_written_with_a_name(written, shown):
    claim = samples.claims("shipped", "en")["full"]
    brand = replace(samples.BRAND, mail_from=written, reply_to=f"Help <{samples.BRAND.reply_to}>")
    mail = Templates(World(brands={"meadow": brand})).mail(claim)
    message = parsed(mail.raw)
    assert (str(message["From"]), mail.sender) == (shown, "orders@meadow.example.com")
    assert str(message["Reply-To"]) == samples.BRAND.reply_to


def test_a_template_that_fails_costs_its_own_message_and_names_nobody(tmp_path):
    for path in TEMPLATES.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(TEMPLATES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "kinds" / "shipped.j2").write_text("{% block title %}{{ no_such_thing }}{% endblock %}")
    (tmp_path / "kinds" / "delay.j2").write_text(
        '{% extends "layout.j2" %}{% block title %}x{% endblock %}{% block preheader %}{% endblock %}'
        "{% block body %}{% for i in range(99999) %}xxxxxxxxx{% endfor %}{% endblock %}"
    )
    (tmp_path / "kinds" / "delivered.j2").write_text(
        "{% block title %}{{ number.__class__.__mro__ }}{% endblock %}"
    )
    broken = Templates(samples.WORLD, folder=tmp_path)
    for kind in ("shipped", "delay", "delivered"):
        with pytest.raises(SendError) as failed:
            broken.mail(samples.claims(kind, "en")["full"])
        assert (failed.value.reason, failed.value.permanent) == ("template", True)
        assert "Emma" not in str(failed.value)
    assert broken.mail(samples.claims("back_on_time", "en")["full"]).raw


def test_a_shop_that_is_only_known_by_its_id_still_speaks():
    world = World(defaults=Brand(id="", mail_from="shop@example.com"))
    claim = samples.claim("delay", "pl", Content(number="7", order_state="shipped"), shop="olist")
    message = parsed(Templates(world).mail(claim).raw)
    assert message["From"] == "olist <shop@example.com>"


def test_a_redirected_mail_goes_to_the_redirect_without_the_customers_name(templates):
    claim = replace(samples.claims("shipped", "pl")["full"], to="test@shop.example.com")
    assert parsed(templates.mail(claim).raw)["To"] == "test@shop.example.com"


def test_a_message_that_memory_was_short_for_is_tried_again(templates, monkeypatch):
    def short(*_):
        raise MemoryError

    monkeypatch.setattr(templates._wording, "_fitting", short)
    with pytest.raises(SendError) as failed:
        templates.mail(samples.claims("shipped", "en")["full"])
    assert (failed.value.reason, failed.value.permanent) == ("template", False)


def test_prices_that_nobody_knows_are_not_shown(templates):
    claim = samples.claims("order_confirmation", "pl")["full"]
    zero = replace(claim.content.total, amount="0.00")
    items = tuple(replace(item, unit_price=zero) for item in claim.content.items)
    unpriced = replace(claim, content=replace(claim.content, items=items, total=zero, delivery_price=None))
    message = parsed(templates.mail(unpriced).raw)
    assert "0,00" not in body(message, "html") + body(message, "plain")


@pytest.mark.parametrize("kind", ["order_confirmation", "order_changed"])
def test_a_total_is_shown_in_both_parts_where_nobody_knows_what_each_piece_costs(templates, kind):
    claim = samples.claims(kind, "en")["full"]
    items = tuple(replace(item, unit_price=Money("0.00", "GBP")) for item in claim.content.items)
    content = replace(claim.content, items=items, delivery_price=Money("4.50", "GBP"))
    message = parsed(templates.mail(replace(claim, content=content)).raw)
    for part in ("html", "plain"):
        assert all(said in body(message, part) for said in ("Delivery", "£4.50", "Total", "£248.90")), part


def plain(templates: Templates, kind: str, locale: str = "en", **content) -> str:
    claim = samples.claims(kind, locale)["full"]
    changed = replace(claim, content=replace(claim.content, **content))
    return body(parsed(templates.mail(changed).raw), "plain")


def test_a_refused_return_gives_the_reason_that_came_with_the_event(templates):
    assert "Our reasons: worn outdoors" in plain(
        templates, "return_rejected", reasoning=None, reason="worn outdoors"
    )


def test_days_of_a_withdrawal_are_dates_where_they_are_known(templates):
    assert "14 days" not in plain(templates, "withdrawal_ack")
    assert "by Monday, 16 March. We may wait" in plain(templates, "withdrawal_ack")
    assert plain(templates, "withdrawal_ack", deadline=None, next_update=None).count("14 days") == 2


def test_who_has_nothing_yet_is_not_simply_told_to_send_it_back(templates):
    here = plain(templates, "withdrawal_ack", order_state="delivered")
    not_yet = plain(templates, "withdrawal_ack", order_state="shipped")

    assert "Please send the goods back by" in here
    assert "If the goods have reached you, or still do, please send them back by" in not_yet


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("received", "withdrawal", "will write to you about your money"),
        ("received", "defect", "about what happens next"),
        ("accepted", "withdrawal", "as soon as it is settled"),
        ("refunded", "withdrawal", "has been made already"),
    ],
)
def test_a_return_that_has_arrived_is_told_by_where_it_stands(templates, state, kind, words):
    text = plain(templates, "return_received", decision=state, subject_kind=kind)

    assert words in text
    assert ("checking" in text) == (state == "received")


def test_goods_that_are_at_fault_are_not_called_unwanted(templates):
    assert "no longer want" in plain(templates, "return_steps", subject_kind="withdrawal")
    assert "no longer want" not in plain(templates, "return_steps", subject_kind="defect")
    assert "rather keep" not in plain(templates, "return_reminder", subject_kind="wrong_item")


def test_money_that_comes_back_another_way_is_not_said_to_come_the_way_it_was_paid(templates):
    assert "the way you paid" in plain(templates, "refund_done", method=None, deadline=None)
    assert "the way you paid" not in plain(templates, "refund_done", method="voucher", deadline=None)


def test_reasons_beyond_all_bounds_leave_room_for_the_ways_that_are_left(templates):
    claim = samples.by_sms(samples.claims("complaint_decision", "en")["full"])
    long = replace(
        claim, content=replace(claim.content, decision="rejected", reasoning="Worn outside. " * 90)
    )
    sms = templates.sms(long)

    assert "consumer" in sms.text
    assert "Our reasons: Worn" in sms.text
    assert measure(sms.text).segments <= KINDS["complaint_decision"].max_segments


@pytest.mark.parametrize("locale", languages())
@pytest.mark.parametrize("kind", ["order_confirmation", "withdrawal_ack", "safety_recall"])
def test_many_goods_leave_room_for_all_else_that_a_text_must_say(templates, kind, locale):
    claim = samples.by_sms(samples.claims(kind, locale)["full"])
    boots = replace(claim.content.items[0], title="Waterproof hiking boots, brown, 43.")
    few, many = (
        templates.sms(replace(claim, content=replace(claim.content, items=(boots,) * count)))
        for count in (1, 40)
    )
    _, _, rest = few.text.partition(boots.title)
    assert set(rest.split()) <= set(many.text.split())
    assert boots.title in many.text
    assert " 37 " in many.text
    assert many.segments <= KINDS[kind].max_segments


def test_who_has_no_mail_gets_the_label_by_text(templates):
    claim = samples.by_sms(samples.claims("return_steps", "en")["full"])
    short = replace(claim, content=replace(claim.content, label_url="https://meadow.example.com/l/7"))

    assert "https://meadow.example.com/l/7" in templates.sms(short).text


def test_a_recall_by_text_alone_leads_to_all_of_it(templates):
    claim = samples.by_sms(samples.claims("safety_recall", "en")["full"])

    assert samples.BRAND.public_url
    assert claim.content.url in templates.sms(claim).text


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_delivery_that_is_taken_back_is_told_as_that_and_not_as_late(templates, locale):
    late = samples.claims("delay", locale)["full"]
    content = replace(late.content, reason="told_delivered", next_update="2026-03-25")
    undone = replace(late, content=content)

    mail, plain = (parsed(templates.mail(each).raw) for each in (undone, late))
    assert mail["subject"] != plain["subject"]
    assert body(mail, "plain") != body(plain, "plain")
    text = templates.sms(samples.by_sms(undone))
    assert text.segments == 1
    if locale == "en":
        assert "has not been delivered after all" in text.text
        assert "late" not in text.text
        assert "later" not in mail["subject"]


def test_a_delay_without_a_date_speaks_of_no_new_date(templates):
    told = plain(templates, "delay", expected=None)
    assert "We do not have a new date yet." in told
    assert "the new date" not in told


@pytest.mark.parametrize("reason", ["customs_payment", "duties", "payment_required"])
@pytest.mark.parametrize("locale", languages())
def test_a_text_about_a_held_parcel_never_speaks_of_money(locale, reason):
    claim = samples.claims("action_required", locale)["full"]
    because = replace(claim.content, reason=reason)
    text = TEMPLATES_OF_ALL.sms(replace(claim, channel="sms", to="+48600000001", content=because)).text
    unsaid = TEMPLATES_OF_ALL.sms(
        replace(claim, channel="sms", to="+48600000001", content=replace(because, reason=None))
    )
    assert text == unsaid.text


@pytest.mark.parametrize("locale", LANGUAGES)
def test_only_what_can_be_chosen_is_offered_and_a_reminder_says_that_it_is_one(locale):
    claim = samples.claims("out_of_stock_choice", locale)["full"]
    asked = replace(claim.content, count=None, expected=None)
    waiting = body(parsed(TEMPLATES_OF_ALL.mail(replace(claim, content=asked)).raw), "plain")
    said = {"en": "Wait for it", "pl": "Poczekać", "lt": "Palaukti", "de": "Darauf warten"}[locale]
    assert said in waiting

    cases = (
        asked,
        replace(asked, alternatives=()),
        replace(asked, whole_order=True),
        replace(asked, count=2),
    )
    texts = [TEMPLATES_OF_ALL.sms(replace(claim, channel="sms", to="+48600000001", content=c)) for c in cases]
    assert len({text.text for text in texts}) == len(texts)
    assert [text.segments for text in texts] == [1, 1, 1, 1]
    subjects = [TEMPLATES_OF_ALL.mail(replace(claim, content=c)).subject for c in (asked, cases[-1])]
    assert subjects[0] != subjects[1]


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_confirmed_order_is_not_promised_to_be_confirmed_once_it_is_paid(locale):
    claim = samples.claims("payment_problem", locale)["full"]
    said = {"en": "we will confirm", "pl": "potwierdzimy", "lt": "patvirtinsime", "de": "bestätigen wir"}[
        locale
    ]
    for state, expected in (("awaiting_payment", True), ("processing", False)):
        content = replace(claim.content, order_state=state)
        text = body(parsed(TEMPLATES_OF_ALL.mail(replace(claim, content=content)).raw), "plain")
        assert (said in text) is expected


@pytest.mark.parametrize("locale", LANGUAGES)
def test_choices_in_a_text_part_are_not_all_called_the_first(locale):
    text = body(parsed(rendered("out_of_stock_choice", locale, "full").raw), "plain")
    assert "\n1. " not in text


OF_A_MAIL = {"en": "e-mail", "de": "E-Mail", "lt": "laisk", "pl": "e-mail"}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_text_speaks_of_a_mail_only_to_who_gets_one(locale):
    brand = replace(samples.BRAND, support_phone=None)
    shy = Templates(World(brands={"meadow": brand}), link_secret=samples.SECRET)
    for kind in KINDS:
        claim = samples.by_sms(samples.claims(kind, locale)["full"])
        assert OF_A_MAIL[locale] not in shy.sms(claim).text, kind
    claim = replace(samples.by_sms(samples.claims("action_required", locale)["full"]), mailed=True)
    assert OF_A_MAIL[locale] in shy.sms(claim).text


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("out_of_stock_choice", "deadline"),
        ("parcel_problem", "next_update"),
        ("choice_ack", "deadline"),
        ("choice_ack", "next_update"),
        ("withdrawal_ack", "next_update"),
    ],
)
def test_a_message_about_a_problem_says_by_when(templates, locale, kind, field):
    """In the mail, and in the text where there is room for it."""
    claim = samples.claims(kind, locale)["full"]
    bare = replace(claim.content, deadline=None, next_update=None, expected=None, told=None)
    text = body(parsed(templates.mail(replace(claim, content=bare)).raw), "plain")
    dated = replace(claim, content=replace(bare, **{field: "2026-03-19"}))
    said = body(parsed(templates.mail(dated).raw), "plain")
    assert "19" not in text.replace("1940", "")
    assert "19" in said
    if kind in ("choice_ack", "withdrawal_ack"):
        assert "19" in templates.sms(samples.by_sms(dated)).text


@pytest.mark.parametrize(("locale", "asked"), [("pl", "ktorejs?"), ("lt", "Kurios nors"), ("de", "eines?")])
def test_a_text_about_several_parcels_does_not_ask_for_the_one(templates, locale, asked):
    claim = samples.claims("delivered", locale)["full"]
    two = replace(claim, content=replace(claim.content, parcels=claim.content.parcels * 2))
    assert asked in templates.sms(samples.by_sms(two)).text


@pytest.mark.parametrize("kind", ["order_confirmation", "order_changed"])
@pytest.mark.parametrize(
    ("state", "preparing"),
    [("confirmed", True), ("partially_cancelled", True), ("partially_shipped", False), ("delivered", False)],
)
def test_nothing_is_being_got_ready_once_it_has_left(templates, kind, state, preparing):
    text = plain(templates, kind, order_state=state)

    assert ("getting it ready" in text) is preparing
    assert ("As soon as your parcel is on its way" in text) is (preparing and kind == "order_confirmation")
    assert "is confirmed" in text or kind == "order_changed"


@pytest.mark.parametrize(("state", "step"), [("confirmed", 1), ("shipped", 2), ("delivered", 4)])
def test_a_confirmation_that_comes_late_says_where_the_order_is_now(templates, state, step):
    assert f"(step {step} of 4)" in plain(templates, "order_confirmation", order_state=state)


@pytest.mark.parametrize(("day", "as_announced"), [("2026-03-03", True), ("2026-03-02", False)])
def test_only_the_day_that_was_announced_first_is_called_so(templates, day, as_announced):
    first = Window("2026-03-03", "2026-03-03")
    text = plain(templates, "back_on_time", expected=Window(day, day), first_promise=first)

    assert ("as first announced" in text) is as_announced
    assert "We expect delivery" in text


@pytest.mark.parametrize("locale", LANGUAGES)
def test_a_parcel_that_was_found_is_told_of_as_found_also_by_text(templates, locale):
    late, lost = ({"reason": reason, "told": None} for reason in ("weather", "told_lost"))
    claim = samples.by_sms(samples.claims("delay", locale)["full"])
    text = templates.sms(replace(claim, content=replace(claim.content, **lost)))

    assert text.segments == 1
    assert text.text != templates.sms(replace(claim, content=replace(claim.content, **late))).text
    assert plain(templates, "delay", locale, **lost) != plain(templates, "delay", locale, **late)
