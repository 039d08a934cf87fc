"""What the customer's pages look like, say and keep to themselves."""

import base64
import hashlib
import re

import msgspec
import pytest

from adapters import samples
from adapters.pages import CustomerPages
from streams.domain.report import LineReport, SupplierReport, TicketReport
from streams.domain.world import Brand, World
from tests.unit.web.pages import NOW, ORDER, open_shop
from tests.unit.web.test_customer import ANSWERS, ASKS, ID
from tests.unit.web.test_orders import Outline

EVIL = "<script>alert(1)</script>\"' onload=x {{ 7*7 }}"


@pytest.fixture
async def shop():
    async with open_shop() as opened:
        yield opened


async def all_pages(shop):
    """Every page, asked for and answered, with those that say that something is wrong."""
    yield await shop.get("order", "meadow:2")
    for parts in ASKS:
        yield await shop.get(*parts)
    for parts, form in ANSWERS:
        yield await shop.send(*parts, data=form)
        yield await shop.send(*parts, data={})
    shop.orders.caught_up = False
    yield await shop.get("order", "meadow:2")


async def test_every_page_is_closed_to_scripts_frames_caches_referrers_and_search_engines(shop):
    async for response, text in all_pages(shop):
        headers = response.headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "Set-Cookie" not in headers
        assert not re.search(r"<script|style=|\son\w+=|<iframe|<link", text)
        css = re.search(r"<style>(.*)</style>", text, re.DOTALL)[1]
        assert base64.b64encode(hashlib.sha256(css.encode()).digest()).decode() in policy
        assert "@import" not in css
        assert "url(" not in css


async def test_every_page_is_well_formed_and_its_outline_can_be_followed(shop):
    async for _, text in all_pages(shop):
        outline = Outline()
        outline.feed(text)
        assert outline.open == []
        assert outline.headings[0] == 1
        assert outline.headings.count(1) == 1
        assert len(outline.ids) == len(set(outline.ids))
        assert set(outline.named) <= set(outline.ids)
        assert '<html lang="en" dir="ltr">' in text
        assert re.search(r"<title>[^<\n]+</title>", text)


async def test_the_page_of_an_order_says_where_it_is_and_nothing_of_the_kitchen(shop):
    order = msgspec.structs.replace(
        ORDER,
        lines=(LineReport("l1", "S-1", "A private matter", 1, "in_transit"),),
        suppliers=(SupplierReport("so-9", "delayed", supplier_id="s-secret"),),
        tickets=(TicketReport("t-77", "supplier_silent", NOW, NOW),),
    )
    shop.orders.know(order)
    _, text = await shop.get("order", ID)
    assert "Ready for pickup" in text
    assert "Paczkomat KRA010" in text
    assert "between 6 and 7 March" in text
    assert "What happens next" in text
    assert 'href="https://inpost.pl/sledzenie-przesylek?number=600"' in text
    for secret in (
        "482913", "ul. Lipowa", "warehouse.supplier.example", "s-secret", "so-9", "t-77", "supplier",
        "private matter", "c-42", "S-1", "n-delivered", "cap",
    ):  # fmt: skip
        assert secret not in text, secret


@pytest.mark.parametrize(("state", "stage"), [
    ("confirmed", 1), ("processing", 1), ("shipped", 3), ("partially_shipped", 2), ("delivered", 4),
    ("completed", 4), ("cancelled", None), ("refunded", None), ("awaiting_payment", None),
    ("partially_delivered", None), ("of another release", None),
])  # fmt: skip
async def test_the_strip_shows_how_far_the_order_is(shop, state, stage):
    shop.orders.know(msgspec.structs.replace(ORDER, state=state))
    response, text = await shop.get("order", ID)
    assert response.status == 200
    found = re.search(r"step (\d) of 4", text)
    assert (int(found[1]) if found else None) == stage


async def test_others_data_can_bring_no_markup_and_no_link(shop):
    parcel = msgspec.structs.replace(
        ORDER.parcels[0], carrier=EVIL, tracking_number=EVIL, tracking_url="javascript:alert(1)"
    )
    pickup = msgspec.structs.replace(parcel.pickup, point=EVIL)
    shop.orders.know(
        msgspec.structs.replace(ORDER, number=EVIL, parcels=(msgspec.structs.replace(parcel, pickup=pickup),))
    )
    for parts in (
        ("order", ID),
        ("feedback", ID, "csat"),
        ("choice", ID, "n-1", f"alternative:{EVIL}", EVIL),
    ):
        response, text = await shop.get(*parts)
        assert response.status == 200
        assert "<script" not in text
        assert "javascript:" not in text
        assert "49" not in text
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize(("locale", "word"), [("pl", "Czy nie"), ("lt-LT", "Atsisakyti"), ("xx", "Would")])
async def test_a_page_without_an_order_speaks_the_browsers_language(shop, locale, word):
    headers = {"Accept-Language": f"*, fr-CH;q=0.9, {locale};q=0.8, en;q=0.2, de;q=bad"}
    response, text = await shop.get("unsubscribe", "meadow:c-42", "tips", **headers)
    assert word in text
    assert response.headers["Content-Language"] == (locale[:2] if locale != "xx" else "en")


async def test_a_page_with_an_order_speaks_the_orders_language(shop):
    shop.orders.know(msgspec.structs.replace(ORDER, locale="pl-PL"))
    response, text = await shop.get("order", ID, **{"Accept-Language": "lt"})
    assert response.headers["Content-Language"] == "pl"
    assert "Zamówienie 1001" in text
    shop.orders.know(msgspec.structs.replace(ORDER, locale=None, country="LT"))
    pages = CustomerPages(msgspec.structs.replace(samples.WORLD, languages={"LT": "lt"}), lambda: NOW)
    async with open_shop(pages) as other:
        other.orders.know(msgspec.structs.replace(ORDER, locale=None, country="LT"))
        assert "Užsakymas 1001" in (await other.get("order", ID))[1]
        other.orders.know(msgspec.structs.replace(ORDER, locale="fr-FR", country="LT"))  # as mails
        assert "Order 1001" in (await other.get("order", ID))[1]
        assert "Bestellung 1001" in (await other.get("order", ID, **{"Accept-Language": "de"}))[1]


async def test_a_page_wears_its_brands_colours_and_logo_and_asks_no_other_host():
    brand = Brand(
        id="meadow",
        name="Meadow",
        public_url="https://orders.meadow.example.com",
        colour="#aa0000",
        logo_url="https://cdn.meadow.example.com/logo.png",
    )
    other = Brand(
        id="bolt", name="Bolt", public_url="https://bolt.example.com", logo_url="http://plain/x.png"
    )
    pages = CustomerPages(World(brands={"meadow": brand, "bolt": other}), lambda: NOW)
    async with open_shop(pages) as shop:
        response, text = await shop.get("order", ID)
        assert "#aa0000" in text
        assert "#b0a00" not in text
        assert 'src="https://cdn.meadow.example.com/logo.png" alt="Meadow"' in text
        assert "img-src https://cdn.meadow.example.com;" in response.headers["Content-Security-Policy"]
        response, text = await shop.get("unsubscribe", "bolt:c-1", "tips")
        assert "from Bolt?" in text
        assert "img-src 'none';" in response.headers["Content-Security-Policy"]
        _, text = await shop.get("order", "none", Host="bolt.example.com")
        assert "Bolt" in text
        _, text = await shop.get("order", "none", Host="elsewhere.example.com")
        assert "Bolt" not in text
        assert "Meadow" not in text
        assert "<title>This link leads nowhere</title>" in text


async def test_goods_that_are_offered_instead_are_named():
    async with open_shop() as shop:
        _, text = await shop.get("choice", ID, "n-1", "alternative:S-1", "Blue mug")
        assert "I would like this instead: Blue mug" in text
        _, text = await shop.get("choice", ID, "n-1", "alternative:S-1")
        assert "I would like the other item" in text
