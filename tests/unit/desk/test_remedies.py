"""What a customer's history allows, and whose word comes last."""

import datetime as dt

import msgspec

from streams.domain.budget import Offer, RemedyAsked, RemedyDecided, RemedyReserved
from streams.domain.values import Money

TEN, TWENTY = Money("10.00", "PLN"), Money("20.00", "PLN")
PLAIN = Offer("partial_refund", TEN)
LOYAL = Offer("voucher", TWENTY, orders=3)
RESTED = Offer("voucher", TWENTY, gap=dt.timedelta(days=90))


def ask(story, *offers):
    note = RemedyAsked("o1", "c1", "acme", "budget:acme:2026-03:PLN", offers)
    return story.event(note).notes


def promised(story, name="n-1"):
    intent = story.intent("apology", name)
    content = msgspec.structs.replace(intent.content, remedy="voucher", amount=TWENTY)
    story.event(msgspec.structs.replace(intent, content=content))


def test_the_first_that_the_history_allows_is_granted(story):
    assert ask(story, LOYAL, PLAIN) == [RemedyDecided("o1", "partial_refund", TEN)]


def test_orders_are_counted_once_each_and_also_when_they_are_over(story):
    for number in (1, 2, 3):
        story.linked(f"o{number}")
        story.linked(f"o{number}")
        if number < 3:
            story.linked(f"o{number}", ended=True)

    assert ask(story, LOYAL, PLAIN) == [RemedyDecided("o1", "voucher", TWENTY)]


def test_nothing_that_is_allowed_is_an_answer_too(story):
    assert ask(story, LOYAL) == [RemedyDecided("o1", "voucher", TWENTY, "history")]


def test_who_was_promised_something_lately_gets_words(story):
    promised(story)
    story.deliver()
    story.passes(days=89)
    assert [note.refused for note in ask(story, RESTED)] == ["history"]
    story.passes(days=2)

    assert [note.refused for note in ask(story, RESTED)] == [None]


def test_a_promise_on_its_way_counts_and_one_that_is_never_made_does_not(story):
    promised(story)
    assert [note.refused for note in ask(story, RESTED)] == ["history"]
    story.withdrawn()

    assert [note.refused for note in ask(story, RESTED)] == [None]


def test_words_alone_are_no_promise(story):
    story.raised("apology")
    story.deliver()

    assert [note.refused for note in ask(story, RESTED)] == [None]


def test_a_shop_with_a_budget_asks_it(story_of, make_world):
    story = story_of(world=make_world(brand={"remedy_budget": Money("100.00", "PLN")}))

    assert ask(story, PLAIN) == [
        RemedyReserved("o1", "budget:acme:2026-03:PLN", "partial_refund", TEN, Money("100.00", "PLN"))
    ]


def test_whoever_comes_back_after_an_erasure_has_no_history(story):
    for number in (1, 2, 3):
        story.linked(f"o{number}", story.now - dt.timedelta(days=1))
    promised(story)
    story.deliver()
    story.erase()
    story.passes(hours=1)
    story.seen("o9")

    assert [note.refused for note in ask(story, LOYAL, RESTED)] == [None]
    assert story.row.bought == 1
