"""Who and how: order of choice, what works, what falls back to what, and in which language."""

import datetime as dt

import msgspec
import pytest

from streams.domain.values import Address


def channels(claims):
    return [claim.channel for claim in claims]


CASES = [
    # kind, preferences, mail, phone, expected
    ("shipped", {}, True, True, ["email"]),
    ("shipped", {}, False, True, ["sms"]),
    ("shipped", {"T": ("sms", "email")}, True, True, ["sms"]),
    ("shipped", {"T": ("sms", "email")}, True, False, ["email"]),
    ("shipped", {"T": ("sms",)}, True, False, ["email"]),
    ("shipped", {"shipped": ("email",), "T": ("sms",)}, True, True, ["email"]),
    ("out_for_delivery", {}, True, True, ["sms"]),
    ("out_for_delivery", {}, True, False, ["email"]),
    ("pickup_reminder", {}, True, False, ["email"]),
    ("ready_for_pickup", {}, True, True, ["email", "sms"]),
    ("ready_for_pickup", {}, True, False, ["email"]),
    ("ready_for_pickup", {}, False, True, ["sms"]),
    ("ready_for_pickup", {"T": ("email",)}, True, True, ["email"]),
    ("order_confirmation", {"T": ("sms",)}, True, True, ["email"]),
    ("order_confirmation", {}, False, True, ["sms"]),
    ("safety_recall", {"S": (), "C": ()}, True, True, ["email", "sms"]),
    ("safety_recall", {}, False, True, ["sms"]),
]


@pytest.mark.parametrize("case", CASES)
def test_a_message_goes_by_these_channels(case, story_of):
    kind, chosen, mail, phone, expected = case
    story = story_of(known=False)
    story.seen(email="anna@example.com" if mail else None, phone="+48600000001" if phone else None)
    story.prefer(channels=chosen)
    story.raised(kind)
    assert channels(story.deliver()) == expected
    assert len(story.told) == 1
    assert story.told[0].channels == tuple(expected)


def test_a_channel_without_a_provider_is_none(story_of, make_world):
    story = story_of(world=make_world(channels=lambda _shop: ("email",)))
    story.raised("pickup_reminder")
    assert channels(story.deliver()) == ["email"]


def test_the_timeline_may_ask_for_an_sms_too_unless_the_customer_has_chosen(story):
    story.raised("delay", "n-1", also_by=("sms",))
    assert channels(story.deliver()) == ["email", "sms"]
    story.prefer(channels={"T": ("email",)})
    story.raised("delay", "n-2", also_by=("sms",))
    assert channels(story.deliver()) == ["email"]


def test_a_statutory_sms_carries_a_ticket_where_no_mail_address_is_known(story_of):
    story = story_of(known=False)
    story.seen(email=None)
    story.raised("order_confirmation")
    story.deliver()
    assert [ticket.kind for ticket in story.tickets] == ["no_email"]


def test_a_customer_is_reached_at_the_newest_address_at_the_moment_of_sending(story):
    story.raised()
    story.contact(email="new@example.com")
    [claim] = story.grant()
    assert claim.to == "new@example.com"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "anna@localhost",
        "a..b@example.com",
        ".a@example.com",
        "a b@example.com",
        "anna@exam_ple.com",
        "anna@-example.com",
        "anna@127.0.0.1",
        "zażółć@example.com",
        "a@b@example.com",
        "anna@" + "x" * 64 + ".com",
    ],
)
def test_what_no_server_would_take_is_no_mail_address(address, story_of):
    story = story_of(known=False)
    story.seen(email=address, phone=None)
    story.raised()
    assert story.reasons() == ["no_contact"]


@pytest.mark.parametrize(
    ("domain", "plain"),
    [
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),  # and not strasse.example, which is another's
        ("Große-STRAẞE.example", "xn--groe-strae-73ag.example"),
        ("πελατες.example", "xn--mxahbwxqm.example"),
        ("ΠΕΛΑΤΕΣ.example", "xn--mxahbwxwf.example"),
        ("STRASSE.example", "strasse.example"),
    ],
)
def test_a_domain_of_another_script_is_written_in_ascii(domain, plain, story_of):
    story = story_of(known=False)
    story.seen(email=f"Anna@{domain}")
    story.raised()
    assert story.deliver()[0].to == f"Anna@{plain}"


@pytest.mark.parametrize("number", ["600 000 001", "+48", "+0600000001", "call me", "+4860000000012345678"])
def test_what_no_network_would_take_is_no_phone(number, story_of):
    story = story_of(known=False)
    story.seen(email=None, phone=number)
    story.raised()
    assert story.reasons() == ["no_contact"]


def test_a_national_number_is_read_by_the_worlds_library(story_of, make_world):
    world = make_world(phone=lambda number, country: f"+48{number}" if country == "PL" else None)
    story = story_of(world=world, known=False)
    story.seen(email=None, phone="600-000-001")
    story.raised("pickup_reminder")
    assert story.deliver()[0].to == "+48600000001"


LOCALES = [
    ("pl-PL", "LT", "pl"),
    (None, "LT", "lt"),
    ("de", "PL", "en"),
    (None, "DE", "en"),
    ("lt_LT", "PL", "lt"),
]


@pytest.mark.parametrize(("locale", "country", "expected"), LOCALES)
def test_the_language_is_the_orders_own(locale, country, expected, story):
    story.raised(locale=locale, country=country)
    assert story.deliver()[0].locale == expected


def test_a_chosen_language_is_for_later_orders(story, noon):
    hour = dt.timedelta(hours=1)
    story.prefer(locale="lt", at=noon)
    story.raised(name="n-1", locale="pl", placed_at=noon - hour)
    story.raised(name="n-2", order="o2", locale="pl", placed_at=noon + hour)
    assert sorted((claim.order_id, claim.locale) for claim in story.deliver()) == [("o1", "pl"), ("o2", "lt")]


ZONES = [(None, None, "PL", "Europe/Warsaw"), (None, "Europe/London", "PL", "Europe/London"),
         ("Asia/Tokyo", "Europe/London", "PL", "Asia/Tokyo"), (None, "Mars/Base", "LT", "Europe/Vilnius"),
         (None, None, "XX", "Europe/Warsaw"), (None, "Europe", "XX", "Europe/Warsaw")]  # fmt: skip


@pytest.mark.parametrize(("chosen", "order", "country", "expected"), ZONES)
def test_the_zone_is_the_customers_else_the_countrys_else_the_brands(chosen, order, country, expected, story):
    story.prefer(timezone=chosen)
    story.raised(timezone=order, country=country)
    assert story.deliver()[0].timezone == expected


def test_where_nobody_named_a_zone_it_is_that_of_where_the_goods_go(story):
    story.raised(country="PL", goes_to="LT")
    assert story.deliver()[0].timezone == "Europe/Vilnius"


def test_an_older_fact_never_replaces_a_newer_one(story, noon):
    hour = dt.timedelta(hours=1)
    story.contact(email="newest@example.com", at=noon + 2 * hour)
    story.seen("o2", email="older@example.com", at=noon + hour)
    story.prefer(channels={"T": ()}, at=noon - hour)
    story.prefer(channels={"T": ("email",)}, at=noon - 2 * hour)
    assert story.row.email.value == "newest@example.com"
    assert story.row.channels["T"].channels == ()


def test_each_order_keeps_its_own_address(story):
    other = Address("Jan Nowak", ("ul. Długa 2",), "80-001", "Gdańsk", "PL")
    story.seen("o2", address=other)
    story.raised(name="n-1", order="o1")
    story.raised(name="n-2", order="o2")
    assert {claim.order_id: claim.address.city for claim in story.deliver()} == {
        "o1": "Warszawa",
        "o2": "Gdańsk",
    }


def test_an_order_that_has_ended_leaves_no_address(story):
    story.linked("o1", ended=True)
    assert "o1" not in story.row.orders


def test_a_customer_with_thousands_of_orders_stays_bounded(story):
    for number in range(620):
        story.now += dt.timedelta(minutes=1)
        story.seen(f"o{number}")
    assert len(story.row.orders) == 500
    assert len(msgspec.msgpack.encode(story.row.older)) < 120 * 20
    assert (story.row.bought, story.let_go) == (620, 0)
    assert sum(placed.address is not None for placed in story.row.orders.values()) == 50
    assert "o619" in story.row.orders


def test_a_text_knows_whether_the_same_goes_by_mail(story_of):
    both, alone = story_of(known=False), story_of(known=False)
    both.seen(email="anna@example.com", phone="+48600000001")
    alone.seen(email=None, phone="+48600000001")
    for story in (both, alone):
        story.raised("action_required")
    assert [(c.channel, c.mailed) for c in both.deliver()] == [("email", False), ("sms", True)]
    assert [(c.channel, c.mailed) for c in alone.deliver()] == [("sms", False)]
