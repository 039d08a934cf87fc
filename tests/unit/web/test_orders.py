import datetime as dt
import re
from html.parser import HTMLParser

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from streams.domain.report import (
    EventReport,
    LineReport,
    MessageReport,
    ParcelReport,
    TicketReport,
    TimelineView,
)
from streams.domain.values import LineQuantity, Window
from streams.web.orders import add_timeline_routes
from streams.web.timelines import Timelines
from tests.unit.web.pages import status_of

TOKEN = "quite-secret"
NOON = dt.datetime(2026, 3, 5, 11, tzinfo=dt.UTC)
VIEW = TimelineView(
    order_id="acme:o-1",
    state="shipped",
    overlays=("delay",),
    number="10/17",
    shop="acme",
    country="PL",
    timezone="Europe/Warsaw",
    placed_at=NOON,
    told=Window(latest="2026-03-09"),
    lines=(LineReport("l1", "SKU-1", "Mug <b>blue</b>", 2, "in_transit"),),
    parcels=(
        ParcelReport(
            "p1",
            "in_transit",
            carrier="inpost",
            tracking_number="600",
            tracking_url="javascript:alert(1)",
            lines=(LineQuantity("l1", 2),),
        ),
        ParcelReport("p2", "announced", tracking_url="https://track.example.com/p2"),
    ),
    events=(
        EventReport("e1", "/shop/acme", "order.placed", NOON),
        EventReport("e2", "/carrier/inpost", "shipment.status", NOON, "in_transit"),
    ),
    messages=(
        MessageReport("n-2", "delay", "suppressed", NOON, ("timer:delay",), "cap"),
        MessageReport("n-1", "order_confirmation", "sent", NOON - dt.timedelta(hours=1), ("e1",)),
    ),
    tickets=(TicketReport("t1", "supplier_silent", NOON, NOON),),
)


@pytest.fixture
async def shop():
    timelines = Timelines()
    timelines.put("acme:o-1", msgspec.json.encode(VIEW))
    timelines.put(
        "bolt:o-9", msgspec.json.encode(TimelineView("bolt:o-9", None, number="10/17", shop="bolt"))
    )
    app = web.Application()
    add_timeline_routes(app, timelines, TOKEN)
    async with TestClient(TestServer(app)) as client:
        client.timelines = timelines
        yield client


async def page(client, path, **query):
    response = await client.get(path, params={"token": TOKEN} | query)
    return response, await response.text()


@pytest.mark.parametrize("path", ["/orders", "/orders/acme/acme:o-1", "/orders/acme/nothing"])
@pytest.mark.parametrize("token", [None, "", "wrong", "zażółć", TOKEN + "x"])
async def test_without_the_token_there_is_nothing_to_see(shop, path, token):
    response = await shop.get(path, params={} if token is None else {"token": token})
    text = await response.text()
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "Mug" not in text
    assert not token or token not in text


async def test_the_token_may_come_in_a_header_too(shop):
    response = await shop.get("/orders/acme/acme:o-1", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status == 200
    assert TOKEN not in await response.text()


async def test_a_token_that_is_no_text_is_none(shop):
    assert await status_of(shop, "/orders", b"Bearer \xff\xfe") == 401
    assert await status_of(shop, "/orders", b"Bearer " + TOKEN.encode()) == 200


def test_an_empty_token_is_refused():
    with pytest.raises(ValueError, match="need a token"):
        add_timeline_routes(web.Application(), Timelines(), "")


@pytest.mark.parametrize("order", ["acme:o-1", "o-1", "10%2F17"])
async def test_an_order_is_found_by_id_and_by_number_of_its_shop(shop, order):
    response = await shop.get(f"/orders/acme/{order}?token={TOKEN}")
    assert response.status == 200
    assert "Order 10/17" in await response.text()


async def test_another_shops_order_of_the_same_number_is_another_page(shop):
    response, text = await page(shop, "/orders/bolt/bolt:o-9")
    assert response.status == 200
    assert "not placed yet" in text
    assert (await page(shop, "/orders/bolt/acme:o-1"))[0].status == 404


async def test_a_search_shows_every_order_of_that_number(shop):
    _, text = await page(shop, "/orders", q="10/17")
    assert re.findall(r'href="(/orders/[^"?]+)', text) == [
        "/orders/acme/acme%3Ao-1",
        "/orders/bolt/bolt%3Ao-9",
    ]
    assert "2 orders" in text


async def test_what_nobody_knows_is_said_to_be_unknown(shop):
    response, text = await page(shop, "/orders/acme/404")
    assert response.status == 404
    assert "No order 404" in text


async def test_each_message_shows_what_became_of_it_and_why(shop):
    _, text = await page(shop, "/orders/acme/acme:o-1")
    assert "The customer had been written to often enough that day." in text
    assert "held back" in text
    assert re.search(r'Because of\s*<a href="#event-e1">order: placed</a>', text)
    assert "a moment that was waited for (delay)" in text
    assert text.index("Order confirmation") < text.index("held back")


async def test_moments_are_those_of_the_customers_zone(shop):
    _, text = await page(shop, "/orders/acme/acme:o-1")
    assert '<time datetime="2026-03-05T11:00:00Z">5 Mar 2026, 12:00</time>' in text
    assert "9 Mar 2026" in text


async def test_others_data_can_bring_no_markup_and_no_script(shop):
    _, text = await page(shop, "/orders/acme/acme:o-1")
    assert "Mug &lt;b&gt;blue&lt;/b&gt;" in text
    assert "javascript:" not in text
    assert 'href="https://track.example.com/p2"' in text
    _, text = await page(shop, "/orders", q='"><script>alert(1)</script>')
    assert "<script" not in text


async def test_every_page_is_closed_to_scripts_frames_caches_and_referrers(shop):
    for path in ("/orders", "/orders/acme/acme:o-1", "/orders/acme/404"):
        response, text = await page(shop, path)
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script|style=|\son\w+=", text)


async def test_the_style_sheet_is_served(shop):
    response = await shop.get("/assets/orders.css")
    assert response.content_type == "text/css"


async def test_the_pages_are_read_only(shop):
    assert (await shop.post(f"/orders/acme/acme:o-1?token={TOKEN}")).status == 405


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.headings, self.ids, self.named = [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.named += [found[name] for name in ("for", "aria-labelledby") if name in found]
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        if tag not in ("meta", "link", "input", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", ["/orders", "/orders/acme/acme:o-1", "/orders/acme/404"])
async def test_a_page_is_well_formed_and_its_outline_can_be_followed(shop, path):
    _, text = await page(shop, path)
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    assert outline.headings[0] == 1
    assert all(
        after <= before + 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False)
    )
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.named) <= set(outline.ids)
    assert '<html lang="en">' in text


@pytest.mark.parametrize(
    "strange", [b"{}", b'{"order_id":"x","messages":[{}],"events":[{}],"parcels":[{}],"lines":[{}]}']
)
async def test_a_timeline_of_another_release_is_shown_as_far_as_it_goes(shop, strange):
    shop.timelines.put("x", strange)
    response, _ = await page(shop, "/orders/acme/x")
    assert response.status == 200


def test_a_timeline_that_is_gone_is_found_no_more():
    timelines = Timelines()
    timelines.put("acme:o-1", msgspec.json.encode(VIEW))
    timelines.put("acme:o-1", msgspec.json.encode(msgspec.structs.replace(VIEW, number="18")))
    assert timelines.find("acme", "10/17") is None
    assert [found.order_id for found in timelines.search("18")] == ["acme:o-1"]
    timelines.put("acme:o-1", None)
    timelines.put("acme:o-1", None)
    assert timelines.search("18") == []
    assert timelines._numbers == {}
    assert len(timelines) == 0
