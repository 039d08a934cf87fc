"""Answers on demand: the present truth, in the words of the mails and as data."""

import datetime as dt

import msgspec
import pytest

from adapters.answers import Answers
from adapters.messages.environment import languages
from streams.domain import states
from streams.domain.cases import CaseReport
from streams.domain.report import LineReport, MessageReport, ParcelReport, TimelineView
from streams.domain.values import LineQuantity, Pickup, Window
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
    assert "has arrived and is waiting for you. WAW01" in answer.where
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


def case(kind, state, by="2026-03-18", lines=("l1",)):
    return CaseReport("c-1", state, kind, NOON, by, lines)


def bought(*states):
    return tuple(LineReport(f"l{place}", "sku", "Mug", 1, state) for place, state in enumerate(states, 1))


OURS, BY = "from order 10/17", "by Wednesday, 18 March."


@pytest.mark.parametrize(
    ("kind", "state", "texts"),
    [
        (
            "withdrawal",
            "acknowledged",
            [f"We have received your withdrawal {OURS}.", f"Please send the goods back {BY}"],
        ),
        (
            "defect",
            "declared",
            [f"We have received your request to send back goods {OURS}.", f"Please send the goods back {BY}"],
        ),
        (
            "withdrawal",
            "instructions_sent",
            [f"You can now send back your goods {OURS}.", f"Please send them {BY}"],
        ),
        (
            "withdrawal",
            "in_transit",
            [
                f"Your return {OURS} is on its way to us.",
                "As soon as the parcel has reached us, we will write to you.",
            ],
        ),
        (
            "withdrawal",
            "received",
            [
                f"Your return {OURS} has reached us. Thank you.",
                f"We are checking it now and will write to you about your money {BY}",
            ],
        ),
        (
            "withdrawal",
            "accepted",
            [f"We have accepted your return {OURS}.", f"We will return your money {BY}"],
        ),
        (
            "withdrawal",
            "refund_due",
            [f"We have received your withdrawal {OURS}.", f"We will return your money {BY}"],
        ),
        ("withdrawal", "refunded", ["We have made the refund for your order 10/17."]),
        ("defect", "rejected", [f"We have checked your return {OURS} and cannot accept it."]),
    ],
)
def test_a_return_says_where_it_stands_and_by_when_what_comes_next(answers, kind, state, texts):
    answer = asked(answers, state="delivered", lines=bought("delivered"), returns=(case(kind, state),))
    assert [(each.state, each.text) for each in answer.returns] == [(state, " ".join(texts))]
    assert " ".join(texts) in answer.text.splitlines()


def test_a_day_that_is_over_is_not_promised_again(answers):
    late = replace(case("withdrawal", "refund_due"), by="2026-03-04")
    answer = asked(answers, state="delivered", lines=bought("delivered"), returns=(late,))
    assert "March" not in answer.returns[0].text
    assert answer.returns[0].by == "2026-03-04"


def test_a_complaint_says_by_when_it_is_decided_and_then_how(answers):
    filed = asked(answers, state="delivered", complaints=(case("damaged", "acknowledged"),))
    assert filed.complaints[0].text.endswith("You will have our decision by Wednesday, 18 March.")
    assert "is something wrong with it" not in filed.text
    refused = asked(answers, state="delivered", complaints=(case("damaged", "rejected", None),))
    assert refused.complaints[0].text.endswith("carefully and cannot accept it.")


@pytest.mark.parametrize("locale", languages())
def test_every_state_of_a_return_and_a_complaint_has_its_words(answers, locale):
    wanted = {"declared", "acknowledged", "instructions_sent", "in_transit", "received", "accepted"}
    for kind in ("withdrawal", "defect"):
        for state in (*wanted, "refund_due", "refunded", "rejected", "not_sent_back"):
            told = asked(answers, locale, state="delivered", returns=(case(kind, state),)).returns[0].text
            assert len(told) > 20, state
            assert ".." not in told
    for state in ("filed", "acknowledged", "info_requested", "under_review", "accepted", "rejected"):
        told = asked(answers, locale, state="delivered", complaints=(case("other", state),))
        assert len(told.complaints[0].text) > 20, state


def test_no_day_is_expected_of_what_nobody_waits_for(answers):
    promise = Window(latest="2026-03-12")
    unpaid = asked(answers, state="awaiting_payment", first_promise=promise, promised=promise)
    assert (unpaid.expected, unpaid.promised) == (None, None)
    for state in ("lost", "returning", "ready_for_pickup", "out_for_delivery", "attempt_failed"):
        answer = asked(answers, parcels=(parcel(state),), told=promise)
        assert (answer.expected, answer.promised) == (None, "We promised delivery by Thursday, 12 March.")
    back = (case("withdrawal", "acknowledged"),)
    withdrawn = asked(answers, parcels=(parcel(),), told=promise, lines=bought("in_transit"), returns=back)
    assert (withdrawn.expected, withdrawn.promised) == (None, None)
    partly = asked(
        answers, parcels=(parcel(),), told=promise, lines=bought("in_transit", "in_transit"), returns=back
    )
    assert partly.expected == "We expect delivery by Thursday, 12 March."


def test_the_rest_of_a_split_order_has_its_day_while_a_part_waits(answers):
    waits = parcel("ready_for_pickup", lines=(LineQuantity("l1", 1),))
    answer = asked(
        answers,
        state="partially_shipped",
        parcels=(waits,),
        lines=bought("ready_for_pickup", "confirmed"),
        told=Window(latest="2026-03-12"),
    )
    assert answer.expected == "We expect delivery by Thursday, 12 March."


def test_a_carriers_day_that_is_over_does_not_break_a_promise_that_holds(answers):
    one = parcel(expected=Window("2026-03-03", "2026-03-04"))
    answer = asked(answers, parcels=(one,), told=Window(latest="2026-03-09"))
    assert answer.expected == "We expect delivery by Monday, 9 March."
    assert "sorry" not in answer.text


def test_a_pickup_that_is_over_is_not_asked_for(answers):
    waits = parcel("ready_for_pickup", pickup=Pickup("WAW01", deadline=NOON - dt.timedelta(hours=1)))
    assert asked(answers, parcels=(waits,)).next is None


def test_an_open_question_is_asked_again_until_it_is_answered(answers):
    question = MessageReport("n-1", "out_of_stock_choice", "sent", NOON)
    answer = asked(
        answers, state="processing", lines=bought("out_of_stock", "accepted"), messages=(question,)
    )
    assert answer.where == "We are sorry, part of order 10/17 is not available."
    assert answer.next == "We still need your choice about order 10/17."
    done = (question, MessageReport("n-2", "choice_ack", "sent", NOON))
    answer = asked(answers, state="processing", lines=bought("out_of_stock", "accepted"), messages=done)
    assert "getting it ready" in answer.where
    lost = MessageReport("n-1", "parcel_problem", "sent", NOON)
    assert "You choose." in asked(answers, parcels=(parcel("lost"),), messages=(lost,)).next


def test_what_its_customer_does_not_have_is_not_called_delivered(answers):
    there = parcel("delivered", delivered_at=NOON, delivered_to="mailbox")
    answer = asked(answers, state="delivered", overlays=("disputed_delivery",), parcels=(there,))
    assert answer.text == (
        "You do not have your parcel. We are asking the carrier now, and you will hear from us."
    )


def test_a_date_that_ends_in_a_full_stop_ends_its_sentence(answers):
    answer = asked(answers, "lt", parcels=(parcel(),), told=Window(latest="2026-03-09"))
    assert answer.expected.endswith("iki pirmadienio, kovo 9 d.")
