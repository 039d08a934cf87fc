"""One message about several orders, in every language: whole, short enough, each order with its own links."""

import email
import email.policy
import re

import msgspec
import pytest

from adapters import samples
from adapters.messages.environment import languages
from adapters.messages.wording import MOST_BYTES
from adapters.render import Templates
from adapters.sms.segments import measure
from streams.domain.kinds import ABOUT_SEVERAL_ORDERS
from streams.domain.notes import Item
from streams.domain.policy.together import MOST_LETTERS, MOST_LINES, MOST_ORDERS
from streams.domain.values import Window
from streams.domain.world import World

TEMPLATES = Templates(samples.WORLD, link_secret=samples.SECRET)
EVERY = [(kind, locale) for kind in sorted(ABOUT_SEVERAL_ORDERS) for locale in languages()]
replace = msgspec.structs.replace


def of_orders(claim, *numbers, **fields):
    """The claim about all these orders."""
    first, *others = (
        replace(
            claim,
            notification_id=f"n-{number}",
            order_id=f"meadow:{number}",
            content=replace(claim.content, number=number, **fields),
        )
        for number in numbers
    )
    return replace(first, riders=tuple(others))


def parts(mail):
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert not message.defects
    found = (message.get_body((subtype,)) for subtype in ("plain", "html"))
    return [part.get_content().replace("\r", "") for part in found]


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_it_renders_whatever_the_data(kind, locale):
    for flavour, claim in samples.claims(kind, locale).items():
        both = samples.with_another(claim)
        mail = TEMPLATES.mail(both)
        text, html = parts(mail)
        assert len(mail.raw) < MOST_BYTES, flavour
        assert html.count("<h1") == 1
        assert "%(" not in text + mail.subject.replace("%(x)s", "") or flavour == "hostile"
        assert measure(TEMPLATES.sms(samples.by_sms(both)).text).segments == 1
    assert not re.search("[0-9] 1002", mail.subject) or flavour == "hostile"


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_it_names_every_order_and_keeps_their_things_apart(kind, locale):
    claim = of_orders(samples.claims(kind, locale)["full"], "1001", "1002", "1003")
    mail = TEMPLATES.mail(claim)
    text, html = parts(mail)
    stem = TEMPLATES.mail(replace(claim, riders=())).subject.partition(" 1001")[0]
    for number in ("1001", "1002", "1003"):
        assert number in mail.subject
        assert f"\n{stem} {number}\n" in text
        assert f">{stem} {number}</h2>" in html
        assert number in TEMPLATES.sms(samples.by_sms(claim)).text
    links = re.findall(r"https://orders\.meadow\.example\.com/(?:choice|order)/\S+", text)
    assert len(set(links)) == len(links)
    assert len(links) % 3 == 0


def test_a_delivery_of_two_orders_has_a_way_to_say_of_each_that_it_is_not_there():
    text, _ = parts(TEMPLATES.mail(samples.with_another(samples.claims("delivered", "en")["full"])))
    assert len(re.findall(r"^https://orders\.meadow\.example\.com/choice/", text, re.MULTILINE)) == 2


@pytest.mark.parametrize(("kind", "locale"), EVERY)
def test_what_the_desk_lets_into_one_text_is_one_segment_that_nothing_is_cut_from(kind, locale):
    brand = replace(samples.BRAND, name="Meadow & Companions.")
    templates = Templates(World(brands={"meadow": brand}), link_secret=samples.SECRET)
    long = "A" * (MOST_LETTERS // 2)
    late = Window("2026-09-24", "2026-09-24")  # a Thursday
    claim = samples.claims(kind, locale)["full"]
    parcel = replace(claim.content.parcels[0], expected=late)
    both = of_orders(claim, long, f"{long[1:]}B", expected=late, parcels=(parcel,))
    sms = templates.sms(samples.by_sms(both))
    assert sms.segments == 1
    assert not sms.text.endswith("...")
    three = of_orders(claim, *("A" * (MOST_LETTERS // 3 - 1) + last for last in "BCD"), expected=late)
    assert not templates.sms(samples.by_sms(three)).text.endswith("...")


@pytest.mark.parametrize("kind", sorted(ABOUT_SEVERAL_ORDERS))
def test_what_the_desk_lets_into_one_mail_shows_every_line_of_it(kind):
    goods = tuple(
        Item(f"l{number}", "sku", f"{number} Hemd aus Leinen mit langen Ärmeln, weiß, Größe M", 1)
        for number in range(MOST_LINES // MOST_ORDERS - 2)
    )
    claim = samples.claims(kind, "de")["full"]
    parcel = replace(claim.content.parcels[0], items=goods)
    numbers = [f"{1000 + number}" for number in range(MOST_ORDERS)]
    all_of_it = of_orders(claim, *numbers, items=goods, parcels=(parcel,), remaining=())
    alone = TEMPLATES.mail(replace(all_of_it, riders=()))
    text, _ = parts(TEMPLATES.mail(all_of_it))
    assert text.count("Ärmeln") == parts(alone)[0].count("Ärmeln") * MOST_ORDERS


def test_part_of_them_and_all_of_them_are_told_apart():
    claim = of_orders(samples.claims("delay", "en")["full"], "1001", "1002")
    assert TEMPLATES.mail(claim).subject == "Orders 1001 and 1002: they will arrive later than we said"
    [other] = claim.riders
    some = replace(claim, riders=(replace(other, content=replace(other.content, whole_order=False)),))
    assert TEMPLATES.mail(some).subject == "Orders 1001 and 1002: part of them will arrive later than we said"


def test_dates_that_differ_are_not_said_of_both():
    claim = of_orders(samples.claims("delay", "en")["full"], "1001", "1002")
    [other] = claim.riders
    later = replace(other, content=replace(other.content, expected=Window(None, "2026-03-20")))
    text = TEMPLATES.sms(samples.by_sms(replace(claim, riders=(later,)))).text
    assert "Expected" not in text


def test_a_brands_own_frame_still_shows_every_order(tmp_path):
    """A folder from before there were such messages knows nothing of them."""
    (tmp_path / "text").mkdir()
    layout = "{{ subject }}\n{% block body %}{% endblock %}\nOrder {{ number }} {{ preferences_link }}\n"
    (tmp_path / "text" / "layout.j2").write_text(layout)
    brand = replace(samples.BRAND, templates=str(tmp_path))
    templates = Templates(World(brands={"meadow": brand}), link_secret=samples.SECRET)
    text, _ = parts(templates.mail(samples.with_another(samples.claims("shipped", "en")["full"])))
    assert "\nOrder 1001\n" in text
    assert "\nOrder 1002\n" in text
