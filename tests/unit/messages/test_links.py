"""Where a message may point to, what its tokens say, and which text gets in at all."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.messages import links
from adapters.messages.clean import clean
from adapters.messages.colours import contrast, readable
from streams.domain.world import Brand

BRAND = Brand(id="s", public_url="https://orders.shop.example", hosts=("shop.example", "*.cdn.example"))
HOSTS = links.own_hosts(BRAND)


@pytest.mark.parametrize("url", [
    "https://shop.example/a?b=c#d", "https://SHOP.example/", "https://img.cdn.example/x.png",
    "https://orders.shop.example/", "https://shop.example:8443/",
])  # fmt: skip
def test_the_brands_own_hosts_may_be_linked(url):
    assert links.allowed(url, HOSTS) == url


@pytest.mark.parametrize("url", [
    None, "", "javascript:alert(1)", "http://shop.example/", "//shop.example/", "data:text/html,x",
    "https://evil.example/", "https://shop.example.evil.example/", "https://notshop.example/",
    "https://shop.example@evil.example/", "https://user:pass@shop.example/", "https://shop.example\\@evil.example",
    "https://shop.example/\r\nX: y", 'https://shop.example/"><script>', "https://shop.example/ x", "https://[::1/",
    "https://cdn.example.evil/", "https://shop.example:99999/", "https://shóp.example/",
    "https://shop.example/" + "x" * 2000,
])  # fmt: skip
def test_nothing_else_may(url):
    assert links.allowed(url, HOSTS) is None


def test_a_carriers_own_tracking_page_may_be_linked_and_a_suppliers_may_not():
    assert links.tracking("https://inpost.pl/sledzenie-przesylek?number=1", HOSTS)
    assert links.tracking("https://tracktrace.dpd.com.pl/parcelDetails?p1=1", HOSTS)
    assert links.tracking("http://inpost.pl/", HOSTS) is None
    assert links.tracking("https://inpost.pl.evil.example/", HOSTS) is None
    assert links.tracking("https://notinpost.pl/", HOSTS) is None
    assert links.tracking("https://warehouse.supplier.example/track/1", HOSTS) is None


@given(st.binary(min_size=1, max_size=40), st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_a_token_says_what_was_signed_and_to_nobody_else(secret, parts):
    parts = [part.encode("utf-8", "replace").decode() for part in parts]
    token = links.sign(secret, *parts)
    assert links.read(secret, token) == tuple(parts)
    assert links.read(secret + b"x", token) is None
    assert links.read(secret, token[:-2]) is None


@given(st.text(max_size=200))
def test_any_other_text_is_no_token(text):
    assert links.read(b"secret", text) is None


def test_a_page_needs_both_an_address_and_a_secret():
    assert links.page(BRAND, b"", "order", "1") is None
    assert links.page(msgspec.structs.replace(BRAND, public_url=None), b"s", "order", "1") is None
    page = links.page(BRAND, b"s", "order", "1")
    assert page
    assert page.startswith("https://orders.shop.example/order/")
    assert links.read(b"s", page.rpartition("/")[2]) == ("order", "1")


@given(st.text(max_size=400), st.integers(min_value=5, max_value=60))
def test_clean_text_is_one_short_line_without_tricks(text, most):
    tidy = clean(text, most)
    assert len(tidy) <= most
    assert tidy == tidy.strip()
    assert not any(
        ord(c) < 32 or 0xD800 <= ord(c) <= 0xDFFF or c in "\u2028\u2029\u202e\u200b\ufeff" for c in tidy
    )


@given(st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True))
def test_a_brands_colour_can_always_be_read(colour):
    assert contrast(readable(colour, "#ffffff"), "#ffffff") >= 4.5
    assert contrast(readable(colour, "#1c2128", towards="#ffffff"), "#1c2128") >= 4.5


def test_a_colour_that_is_none_becomes_our_own():
    assert readable("red; background:url(x)", "#ffffff") == "#1f5f8b"


def test_the_shops_own_address_stands_unless_its_list_of_hosts_says_otherwise() -> None:
    pay = "https://pay.example.net/now"
    assert links.shops_own(pay, Brand(id="acme")) == pay
    assert links.shops_own(pay, Brand(id="acme", hosts=("shop.example.com",))) is None
    assert links.shops_own(pay, Brand(id="acme", hosts=("pay.example.net",))) == pay
    assert links.shops_own("javascript:alert(1)", Brand(id="acme")) is None
    assert links.shops_own("http://pay.example.net/", Brand(id="acme")) is None


ASKED = st.sampled_from(["csat", "nps", "ces", "review"])
IDS = st.from_regex(r"[A-Za-z0-9._~:-]{1,60}", fullmatch=True)


@given(st.binary(min_size=1, max_size=40), IDS, ASKED, st.data())
def test_a_short_token_says_what_was_asked_and_to_nobody_else(secret, order_id, asked, data):
    token = links.brief(secret, "feedback", order_id, asked)
    assert token is not None
    assert len(token) == len(order_id) + 12
    assert links.read(secret, token) == ("feedback", order_id, asked)
    assert links.read(secret + b"x", token) is None
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("aZ09-_:cner").filter(lambda letter: letter != token[place]))
    assert links.read(secret, token[:place] + other + token[place + 1 :]) is None
    assert token[-1].isalpha()  # whatever finds addresses in a text keeps it


def test_a_mark_is_one_in_two_to_the_sixty_six_and_no_orders_are_alike():
    tokens = {links.brief(b"s", "feedback", f"shop:{number}", "csat") for number in range(2000)}
    marks = {token[:11] for token in tokens if token}
    assert len(marks) == 2000
    assert len({place[index] for place in marks for index in (0, 10)}) == 64


@pytest.mark.parametrize(
    "parts",
    [
        ("feedback", "shop:zamówienie", "csat"),
        ("feedback", "shop:1/2", "csat"),
        ("feedback", "s" * 61, "csat"),
        ("feedback", "shop:1", "other"),
        ("order", "shop:1"),
        ("preferences", "shop:c-1"),
        ("choice", "shop:1", "n-1", "wait"),
    ],
)
def test_what_has_no_short_form_keeps_its_long_one(parts):
    near = msgspec.structs.replace(BRAND, short_url="https://s.example")
    assert links.brief(b"s", *parts) is None
    assert links.short_page(near, b"s", *parts) == links.page(near, b"s", *parts)


def test_a_short_link_stands_on_the_shops_short_address_else_on_its_public_one():
    near = msgspec.structs.replace(BRAND, short_url="https://s.example/x/")
    asked = ("feedback", "shop:1", "nps")
    assert str(links.short_page(near, b"s", *asked)).startswith("https://s.example/x/s/")
    assert str(links.short_page(BRAND, b"s", *asked)).startswith("https://orders.shop.example/s/")
    assert links.short_page(near, b"", *asked) is None
    assert links.short_page(Brand(id="s"), b"s", *asked) is None
    assert "s.example" in links.own_hosts(near)
