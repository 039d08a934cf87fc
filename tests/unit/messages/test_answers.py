"""Answers on demand: the present truth, in the words of the mails and as data."""

import datetime as dt

import msgspec
import pytest

from adapters.answers import Answers
from adapters.messages.environment import languages
from streams.domain import states
from streams.domain.report import MessageReport, ParcelReport, TimelineView
from streams.domain.values import Pickup, Window
from streams.domain.world import Brand, World

NOON = dt.datetime(2026, 3, 5, 11, tzinfo=dt.UTC)  # a Thursday
WORLD = World(
    brands={"acme": Brand(id="acme", locale="en", timezone="Europe/Warsaw")},
    languages={"PL": "pl", "LT": "lt"},
)
VIEW = TimelineView(
    "acme:o-1", "shipped", number="10/17", shop="acme", country="PL", timezone="Europe/Warsaw"
)
STATES = (
    *("placed", "awaiting_payment", "confirmed", "processing", "partially_shipped", "shipped"),
    *("partially_delivered", "delivered", "completed", "partially_cancelled", "cancelled", "refunded"),
)
replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def answers():
    return Answers(WORLD)


def parcel(state="in_transit", number="600", **fields):
    return ParcelReport(f"p-{number}", state, carrier="inpost", tracking_number=number, **fields)


def asked(answers, locale="en", now=NOON, **fields):
    return answers.answer(replace(VIEW, **fields), now, locale)


def test_an_order_on_its_way_says_where_when_and_what_comes_next(answers):
    answer = asked(answers, parcels=(parcel(),), told=Window(latest="2026-03-09"))
    assert answer.text.splitlines() == [
        "Your parcel has set off and is on its way to you. (InPost, 600)",
        "We expect delivery by Monday, 9 March.",
        "We will let you know if the date changes, and when your parcel arrives.",
    ]
    assert (answer.state, answer.expected_window) == ("shipped", Window(latest="2026-03-09"))
    assert answer.promised is None


def test_the_carriers_own_date_is_expected_and_what_was_told_is_the_promise(answers):
    one = parcel(expected=Window("2026-03-11", "2026-03-11"))
    answer = asked(answers, parcels=(one,), told=Window(latest="2026-03-09"))
    assert answer.expected == "We expect delivery on Wednesday, 11 March."
    assert answer.promised == "We promised delivery by Monday, 9 March."


def test_a_promise_that_has_lapsed_is_not_repeated_as_if_it_held(answers):
    answer = asked(answers, parcels=(parcel(),), told=Window(latest="2026-03-04"))
    assert "is taking longer than we told you" in answer.where
    assert answer.expected == "We do not have a new date yet."
    assert answer.promised == "We promised delivery by Wednesday, 4 March."
    assert answer.expected_window is None


def test_the_news_that_was_promised_is_what_happens_next_until_its_day(answers):
    told = (MessageReport("n-1", "delay", "sent", NOON, next_update="2026-03-06"),)
    assert asked(answers, messages=told).next == (
        "You will hear from us again by Friday, 6 March, even if nothing has changed."
    )
    assert "hear from us again" not in asked(answers, messages=told, now=NOON + dt.timedelta(days=3)).next


def test_each_of_several_parcels_says_where_it_is(answers):
    two = (parcel("delivered", delivered_at=NOON, delivered_to="neighbour"), parcel("announced", "601"))
    answer = asked(answers, state="partially_delivered", parcels=two)
    assert [each.text for each in answer.parcels] == [
        "Parcel 1 of 2: It was delivered on Thursday, 5 March. It was left with a neighbour.",
        "Parcel 2 of 2: The carrier knows of it, but it has not set off yet. (InPost, 601)",
    ]


def test_a_parcel_that_waits_says_where_and_until_when_and_gives_no_code_away(answers):
    waits = parcel("ready_for_pickup", pickup=Pickup("WAW01", deadline=NOON, code="123456"))
    answer = asked(answers, parcels=(waits,))
    assert "It is waiting for you. WAW01" in answer.where
    assert answer.next == "Please collect it by Thursday, 5 March, 12:00. After that it can be sent back."
    assert "123456" not in msgspec.json.encode(answer).decode()


def test_the_order_speaks_its_own_language_unless_another_is_asked_for(answers):
    assert answers.answer(VIEW, NOON).locale == "pl"
    assert answers.answer(replace(VIEW, locale="lt-LT"), NOON).locale == "lt"
    assert answers.answer(VIEW, NOON, "en-GB").locale == "en"
    assert answers.answer(VIEW, NOON, "xx").locale == "pl"


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({"country": "LT"}, "lt"),
        ({"country": "LT", "customer_country": "PL"}, "pl"),
        ({"country": "PL", "locale": "fr"}, "en"),
    ],
)
def test_an_answer_is_in_the_language_of_the_mails(answers, fields, language):
    assert answers.answer(replace(VIEW, **fields), NOON).locale == language


@pytest.mark.parametrize("locale", languages())
def test_every_state_has_an_answer_in_every_language(answers, locale):
    for state in STATES:
        assert asked(answers, locale, state=state).where
    for state in states.PARCEL - {"cancelled"}:
        texts = asked(answers, locale, parcels=(parcel(state), parcel(state, "2"))).parcels
        assert all(len(each.text) > 20 for each in texts), state
    for overlay in ("delay", "action_required", "disputed_delivery"):
        assert asked(answers, locale, overlays=(overlay,)).text


def test_the_answer_names_no_supplier_and_nobody(answers):
    view = replace(VIEW, customer_id="acme:c-7")
    assert "c-7" not in msgspec.json.encode(answers.answer(view, NOON)).decode()
