"""Several orders' news in one message: what rides with what, and what becomes of it in every case."""

import datetime as dt

import msgspec
import pytest

from streams.domain.kinds import ABOUT_SEVERAL_ORDERS, KINDS
from streams.domain.notes import Content, Item
from streams.domain.values import Window

MINUTE = dt.timedelta(minutes=1)
HOLD = KINDS["shipped"].hold


def about(number, **fields):
    return Content(number, "shipped", placed_at=dt.datetime(2026, 3, 3, 11, 0, tzinfo=dt.UTC), **fields)


@pytest.fixture
def world(make_world):
    return make_world(brand={"orders_together": True})


@pytest.fixture
def story(story_of, world):
    """A customer with two orders of a shop that tells of them together."""
    story = story_of(world=world)
    story.seen("o2")
    return story


def raise_two(story, kind="shipped", *, wait=HOLD, also_by=(), **fields):
    """The same news of both orders, and the moment at which the first leaves."""
    for number in (1, 2):
        content = about(f"100{number}", **fields)
        held = {"hold_until": story.now + wait, "also_by": also_by}
        story.raised(kind, f"n-{number}", order=f"o{number}", content=content, **held)
        story.passes(minutes=10)
    story.passes(minutes=40)


def riders(claim):
    return [each.notification_id for each in claim.riders]


def one_message(story):
    [claim] = story.grant()
    assert riders(claim) == ["n-2"]
    return claim


def outcomes(story):
    return [(told.notification_id, told.order_id, told.outcome, told.told_in) for told in story.told]


TWO = [("n-1", "o1", "sent", None), ("n-2", "o2", "sent", "n-1")]


def test_a_brand_that_says_nothing_sends_two(story_of):
    story = story_of()
    story.seen("o2")
    raise_two(story)
    assert [riders(claim) for claim in story.deliver()] == [[], []]
    assert [told.told_in for told in story.told] == [None, None]


def test_what_leaves_first_takes_the_other_orders_news_along(story):
    raise_two(story, expected=Window(None, "2026-03-06"))
    claim = one_message(story)
    assert [(each.order_id, each.content.number) for each in (claim, *claim.riders)] == [
        ("o1", "1001"),
        ("o2", "1002"),
    ]
    story.answer(claim)
    assert outcomes(story) == TWO
    assert [told.covers for told in story.told] == [("shipped:n-1",), ("shipped:n-2",)]
    assert {(told.at, told.channels, told.expected) for told in story.told} == {
        (story.now, ("email",), Window(None, "2026-03-06"))
    }
    story.passes(days=2)
    assert not story.keys()
    assert not story.row.pending
    assert not story.suppressed
    assert [note.reference for note in story.notes] == ["message:n-1.1.email"]


def test_what_has_left_whole_waits_for_the_other_orders_like(story):
    story.raised("shipped", "n-1", order="o1", content=about("1001"))
    story.passes(minutes=30)
    story.raised("shipped", "n-2", order="o2", content=about("1002"))
    assert not story.keys()
    story.passes(minutes=15)
    one_message(story)


def test_nobody_waits_for_an_order_that_there_is_not(story_of, world):
    story = story_of(world=world)
    story.raised()
    assert story.keys() == ["n-1.1.email"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_only_news_that_needs_no_answer_is_told_together(story, kind):
    story.prefer(channels={kind: ("email",)})
    story.seen("o2", consents=("reviews", "surveys", "tips"))
    raise_two(story, kind)
    claims = [claim for claim in story.deliver() if claim.channel == "email"]
    asked_once = KINDS[kind].gap is not None
    alone = 1 if kind in ABOUT_SEVERAL_ORDERS or asked_once else 2
    assert len(claims) == alone
    assert kind in ABOUT_SEVERAL_ORDERS or not any(claim.riders for claim in claims)
    assert kind not in ABOUT_SEVERAL_ORDERS or KINDS[kind].category == "T"


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "delivered"},
        {"order": "o1"},
        {"locale": "de"},
        {"useful_until": dt.datetime(2026, 3, 4, 11, 20, tzinfo=dt.UTC)},
        {"not_before": dt.datetime(2026, 3, 4, 13, 0, tzinfo=dt.UTC)},
    ],
)
def test_what_is_other_news_or_for_another_reader_or_not_to_be_said_now_goes_alone(story, other):
    story.raised("shipped", "n-1", order="o1", hold_until=story.now + HOLD)
    fields = {"kind": "shipped", "order": "o2", "slot": "another", "locale": "lt"} | other
    fields["locale"] = other.get("locale")
    later = story.now + dt.timedelta(hours=2)
    story.raised(fields.pop("kind"), "n-2", hold_until=later, **fields)
    story.passes(minutes=45)
    [claim] = story.grant("n-1.1.email")
    assert not claim.riders


def test_a_message_has_room_for_so_many_orders_and_lines(story):
    for number in range(6):
        story.seen(f"o{number}")
        items = (Item("l1", "s", "A", 1),) * (20 if number == 1 else 1)
        content = about(f"{1000 + number}", items=items)
        story.raised(
            "shipped", f"n-{number}", order=f"o{number}", hold_until=story.now + HOLD, content=content
        )
    story.passes(minutes=45)
    assert [riders(claim) for claim in story.deliver()] == [["n-1", "n-2", "n-3"], ["n-5"]]


def test_a_text_message_is_about_several_only_where_one_date_holds_for_all(story):
    story.prefer(channels={"T": ("sms",)})
    raise_two(story, "delay", expected=Window(None, "2026-03-06"))
    [claim] = story.deliver()
    assert (claim.channel, riders(claim)) == ("sms", ["n-2"])
    for number, day in ((3, "2026-03-07"), (4, "2026-03-08")):
        content = about(f"100{number}", expected=Window(None, day))
        story.raised("delay", f"n-{number}", order=f"o{number}", hold_until=story.now + HOLD, content=content)
    story.passes(minutes=45)
    assert [riders(claim) for claim in story.deliver()] == [[], []]


def test_nothing_rides_past_an_earlier_message_of_its_order(story):
    story.raised("tracking_changed", "n-0", order="o2", slot="x")
    story.grant()
    for number in (1, 2):
        content = about(f"100{number}")
        story.raised("shipped", f"n-{number}", order=f"o{number}", hold_until=story.now, content=content)
    [claim] = story.grant("n-1.1.email")
    assert not claim.riders


def test_a_later_message_of_a_riders_order_waits_for_its_outcome(story):
    raise_two(story)
    claim = one_message(story)
    story.raised("tracking_changed", "n-3", order="o2", slot="x")
    assert not story.keys()
    story.answer(claim)
    assert story.keys() == ["n-3.1.email"]


def test_what_surely_failed_is_told_anew_by_what_is_true_then(story):
    raise_two(story)
    story.fail(one_message(story))
    assert not story.keys()
    story.raised("shipped", "n-2", order="o2", revision=2, content=about("1002", reason="weather"))
    story.passes(minutes=1)
    [again] = story.grant("n-1.1.email")
    assert (riders(again), again.attempt, again.repeat) == (["n-2"], 2, False)
    assert again.riders[0].content.reason == "weather"
    story.answer(again)
    assert outcomes(story) == TWO
    assert story.told[1].revision == 2


def test_a_rider_that_was_set_down_goes_alone_where_the_message_fails_for_good(story):
    raise_two(story)
    story.fail(one_message(story), "template", permanent=True)
    sent = {(claim.notification_id, claim.channel) for claim in story.deliver()}
    assert sent == {("n-1", "sms"), ("n-2", "email")}
    assert [told.told_in for told in story.told] == [None, None]


def test_an_address_that_is_dead_is_so_for_all_of_them(story):
    raise_two(story)
    story.fail(one_message(story), "smtp_550_5.1.1_rcpt", permanent=True, bad_address=True)
    [claim] = story.deliver()
    assert (claim.channel, riders(claim)) == ("sms", ["n-2"])
    assert outcomes(story) == TWO
    assert [ticket.kind for ticket in story.tickets] == ["mail_bounced"]


def test_a_crash_between_claim_and_outcome_repeats_the_same_text_under_the_same_key(story):
    raise_two(story)
    first = one_message(story)
    story.raised("shipped", "n-2", order="o2", revision=2, content=about("1002", reason="weather"))
    story.raised("shipped", "n-3", order="o3", content=about("1003"))
    story.passes(minutes=3)
    [again] = story.grant("n-1.1.email")
    assert (again.message_key, again.repeat) == (first.message_key, True)
    same = ("notification_id", "order_id", "content", "because", "to", "locale")
    assert [[getattr(each, name) for name in same] for each in (again, *again.riders)] == [
        [getattr(each, name) for name in same] for each in (first, *first.riders)
    ]
    story.answer(again)
    assert outcomes(story) == TWO
    assert story.told[1].revision == 1


def test_an_answer_that_comes_after_the_lease_is_every_riders(story):
    raise_two(story)
    claim = one_message(story)
    story.passes(minutes=2)
    story.answer(claim)
    assert outcomes(story) == TWO
    story.passes(days=1)
    assert not story.keys()


@pytest.fixture
def held(story_of, make_world):
    story = story_of(world=make_world(brand={"orders_together": True, "mail_in_doubt": "hold"}))
    story.seen("o2")
    return story


def test_what_is_left_in_doubt_is_so_for_all_until_it_is_known(held):
    raise_two(held)
    claim = one_message(held)
    held.passes(minutes=3)
    assert [outcome for _, _, outcome, _ in outcomes(held)] == ["in_doubt", "in_doubt"]
    assert [(ticket.kind, ticket.order_id) for ticket in held.tickets] == [
        ("in_doubt", "o1"),
        ("in_doubt", "o2"),
    ]
    assert not held.row.pending
    held.answer(claim)
    closed = [ticket.ticket_id for ticket in held.tickets if ticket.closed]
    assert closed == [ticket.ticket_id for ticket in held.tickets if not ticket.closed]
    assert len(held.told) == 2


@pytest.mark.parametrize("taken_back", ["n-1", "n-2"])
@pytest.mark.parametrize("when", ["under way", "before the repeat"])
def test_what_carries_something_that_was_taken_back_is_not_repeated(story, taken_back, when):
    raise_two(story)
    claim = one_message(story)
    if when == "under way":
        story.withdrawn(taken_back, f"o{taken_back[-1]}")
    story.fail(claim, "timeout", in_doubt=True)
    if when == "before the repeat":
        story.withdrawn(taken_back, f"o{taken_back[-1]}")
    story.passes(hours=2)
    assert not story.keys()
    assert [outcome for _, _, outcome, _ in outcomes(story)] == ["in_doubt", "in_doubt"]


@pytest.mark.parametrize("taken_back", ["n-1", "n-2", "n-3"])
def test_nobody_else_in_it_is_told_twice_when_one_of_three_is_taken_back_in_doubt(story, taken_back):
    story.seen("o3")
    for number in (1, 2, 3):
        held = {"hold_until": story.now + HOLD, "content": about(f"100{number}")}
        story.raised("shipped", f"n-{number}", order=f"o{number}", **held)
    story.passes(minutes=46)
    [claim] = story.grant()
    assert riders(claim) == ["n-2", "n-3"]
    story.withdrawn(taken_back, f"o{taken_back[-1]}")
    story.passes(hours=2)  # without a word from the sender

    assert story.deliver() == []
    assert [outcome for _, _, outcome, _ in outcomes(story)] == ["in_doubt"] * 3


def test_what_is_taken_back_before_the_claim_does_not_ride(story):
    raise_two(story)
    story.withdrawn("n-2", "o2")
    assert [riders(claim) for claim in story.deliver()] == [[]]
    assert story.reasons() == ["moot"]


def test_what_is_taken_back_after_a_sure_failure_is_not_said(story):
    raise_two(story)
    claim = one_message(story)
    story.withdrawn("n-2", "o2")
    story.fail(claim)
    story.passes(minutes=2)
    assert [riders(claim) for claim in story.deliver()] == [[]]
    assert story.reasons() == ["moot"]


def test_a_bounce_of_the_one_mail_brings_a_text_about_all(story):
    raise_two(story)
    story.answer(one_message(story))
    assert list(story.row.kept) == ["n-1"]
    story.receipt("bounced", "n-1.1.email", channel="email", permanent=True)
    sent = story.deliver()
    assert [(claim.channel, claim.notification_id, riders(claim)) for claim in sent] == [
        ("sms", "n-1", ["n-2"])
    ]
    assert outcomes(story) == TWO
    assert [ticket.kind for ticket in story.tickets] == ["mail_bounced"]


def test_a_bounce_before_the_answer_does_so_too(story):
    raise_two(story)
    claim = one_message(story)
    story.receipt("bounced", "n-1.1.email", channel="email", permanent=True)
    assert {each.notification_id for sent in story.deliver() for each in (sent, *sent.riders)} == {
        "n-1",
        "n-2",
    }
    story.answer(claim)
    assert [outcome for _, _, outcome, _ in outcomes(story)] == ["sent", "sent"]


def test_it_counts_once_for_the_customer_and_for_each_order(story):
    for turn in range(4):
        for number in (1, 2):
            name = f"{turn}-{number}"
            story.raised("shipped", name, order=f"o{number}", slot=name, content=about(f"100{number}"))
        story.passes(minutes=46)
        [claim] = story.deliver()
        assert len(claim.riders) == 1
    assert sum(not each.rides for each in story.row.counted) == 4
    story.seen("o3")
    for number in (1, 2, 3):
        story.raised("delivered", f"d-{number}", order=f"o{number}", content=about(f"100{number}"))
    story.passes(minutes=11)
    assert [claim.notification_id for claim in story.deliver()] == ["d-3"]
    assert story.reasons() == ["cap", "cap"]


def test_an_erasure_forgets_what_rode_and_what_could_have_followed(story):
    raise_two(story)
    claim = one_message(story)
    story.erase()
    assert "anna" not in msgspec.json.encode(story.row).decode().lower()
    story.fail(claim, "timeout", in_doubt=True)
    story.passes(days=3)
    assert not story.row.pending
    assert [outcome for _, _, outcome, _ in outcomes(story)] == ["in_doubt", "in_doubt"]


def test_an_erasure_forgets_what_could_still_bounce(story):
    raise_two(story)
    story.answer(one_message(story))
    story.erase()
    assert not story.row.kept
    assert "anna" not in msgspec.json.encode(story.row).decode().lower()


def test_a_repeated_answer_about_what_now_rides_changes_nothing(story):
    story.raised("shipped", "n-2", order="o2", content=about("1002"))
    story.passes(minutes=46)
    [alone] = story.grant()
    story.fail(alone, retry_after=1200.0)
    story.passes(minutes=20, seconds=1)
    story.raised("shipped", "n-1", order="o1", hold_until=story.now, content=about("1001"))
    [claim] = story.grant("n-1.1.email")
    assert riders(claim) == ["n-2"]
    story.fail(alone)
    story.answer(claim)
    assert [(told.notification_id, told.outcome) for told in story.told] == [("n-1", "sent"), ("n-2", "sent")]


def test_a_revision_that_came_under_way_is_told_once_the_attempt_has_surely_failed(story):
    raise_two(story)
    claim = one_message(story)
    story.raised("shipped", "n-2", order="o2", revision=2, content=about("1002", reason="weather"))
    story.fail(claim)
    story.passes(minutes=1)
    [again] = story.grant("n-1.1.email")
    assert [each.content.reason for each in again.riders] == ["weather"]


def test_nothing_overtakes_a_rider_that_waits_to_ride_again(story):
    raise_two(story)
    story.fail(one_message(story), retry_after=300.0)
    story.raised("tracking_changed", "n-3", order="o2", slot="x")
    assert not story.keys()
    story.passes(minutes=6)
    [again] = story.grant("n-1.1.email")
    assert riders(again) == ["n-2"]


def test_what_may_have_got_through_is_not_mailed_again_on_its_own(story):
    raise_two(story)
    story.fail(one_message(story), "timeout", in_doubt=True)
    story.passes(minutes=1)
    [again] = story.grant("n-1.1.email")
    story.fail(again, "template", permanent=True)
    assert {claim.channel for claim in story.deliver()} == {"sms"}


def test_what_waits_to_be_tried_again_itself_rides_with_nothing(story):
    story.raised("shipped", "n-2", order="o2", content=about("1002"))
    story.passes(minutes=46)
    [alone] = story.grant()
    story.fail(alone, retry_after=3000.0)
    story.raised("shipped", "n-1", order="o1", hold_until=story.now, content=about("1001"))
    [claim] = story.grant("n-1.1.email")
    assert not claim.riders


def test_a_mail_that_bounces_while_the_texts_are_on_their_way_has_told_nobody(story):
    raise_two(story, "delay", also_by=("sms",))
    [mail] = story.grant("n-1.1.email")
    [text] = story.grant("n-1.1.sms")
    assert [riders(mail), riders(text)] == [["n-2"], ["n-2"]]
    story.answer(mail)
    story.receipt("bounced", "n-1.1.email", channel="email", permanent=True)
    story.answer(text)
    assert [(told.notification_id, told.channels) for told in story.told] == [
        ("n-1", ("sms",)),
        ("n-2", ("sms",)),
    ]


def test_news_does_not_ride_with_what_is_said_again_after_a_bounce(story):
    raise_two(story)
    story.answer(one_message(story))
    story.seen("o3")
    story.raised("shipped", "n-3", order="o3", content=about("1003"))
    story.receipt("bounced", "n-1.1.email", channel="email", permanent=True)
    assert [riders(claim) for claim in story.deliver()] == [["n-2"]]
    story.passes(minutes=45)
    assert [claim.notification_id for claim in story.deliver()] == ["n-3"]
