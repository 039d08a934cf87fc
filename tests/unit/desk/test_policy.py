"""The seven steps: each refusal is reached, carries its reason, and comes before those after it."""

import datetime as dt

import msgspec
import pytest

from streams.domain.kinds import KINDS
from streams.domain.values import QuietHours

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NIGHT = dt.datetime(2026, 3, 4, 22, 30, tzinfo=dt.UTC)


def test_a_message_goes_from_raised_to_told(story):
    raised = story.raised(covers=("parcel:P1",))
    [ready] = raised.ready
    assert (ready.message_key, ready.channel, ready.urgent) == ("n-1.1.email", "email", False)
    [claim] = story.grant(ready.message_key)
    assert (claim.to, claim.intended_for, claim.attempt, claim.locale) == (
        "anna.kowalska@example.com",
        "anna.kowalska@example.com",
        1,
        "pl",
    )
    assert (claim.customer_name, claim.address.city, claim.timezone) == ("Anna", "Warszawa", "Europe/Warsaw")
    story.answer(claim, provider_id="p-1")
    [told] = story.told
    assert (told.outcome, told.revision, told.covers, told.channels) == (
        "sent",
        1,
        ("parcel:P1",),
        ("email",),
    )
    assert [note.reference for note in story.notes] == ["message:n-1.1.email", "provider:p-1"]
    assert not story.row.pending
    assert story.due() is None


REFUSALS = {
    "moot": lambda s: (s.raised(hold_until=s.now + HOUR), s.withdrawn()),
    "stale_backfill": lambda s: s.raised(caused_at=s.now - 48 * HOUR - dt.timedelta(seconds=1)),
    "kind_off": lambda s: s.raised("off"),
    "expired": lambda s: s.raised(useful_until=s.now),
    "consent": lambda s: s.raised("review_request"),
    "preference": lambda s: (s.prefer(channels={"T": ()}), s.raised()),
    "coalesced": lambda s: (
        s.raised("order_changed", "n-1", slot="change", hold_until=s.now + HOUR),
        s.raised("order_cancelled", "n-2", slot="change", hold_until=s.now + HOUR),
    ),
    "erased": lambda s: (s.erase(), s.raised()),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_each_refusal_is_told_once_with_its_reason(reason, story_of, make_world):
    kinds = {**KINDS, "off": msgspec.structs.replace(KINDS["shipped"], name="off", enabled=False)}
    story = story_of(world=make_world(kinds=kinds))
    REFUSALS[reason](story)
    [refused] = story.suppressed
    assert (refused.reason, refused.because, refused.order_id) == (reason, ("cause",), "o1")
    [told] = story.told
    assert (told.notification_id, told.outcome, told.reason) == ("n-1", "suppressed", reason)
    assert not story.claims


def test_a_kind_that_nobody_knows_is_switched_off(story):
    story.raised("from_the_future")
    assert story.reasons() == ["kind_off"]


def test_without_any_contact_the_message_is_refused(story_of):
    story = story_of(known=False)
    story.seen(email=None, phone=None)
    story.raised()
    assert story.reasons() == ["no_contact"]


def test_a_customer_without_any_contact_is_one_ticket_until_there_is_one(story_of):
    story = story_of(known=False)
    story.seen(email=None, phone=None)
    story.raised("order_confirmation", "n-1")
    story.raised("delivered", "n-2", slot="delivered")
    [ticket] = story.tickets
    assert (ticket.kind, ticket.order_id, ticket.closed) == ("no_email", "o1", False)
    story.contact(email="ann@example.com")
    assert [each.closed for each in story.tickets] == [False, True]


def test_an_offer_that_nobody_can_be_sent_is_no_ticket(story_of):
    story = story_of(known=False)
    story.seen(email=None, phone=None)
    story.raised("care_tips")
    assert story.suppressed
    assert not story.tickets


def test_a_brand_that_is_off_sends_nothing(story_of, make_world):
    story = story_of(world=make_world("off"))
    story.raised("order_confirmation")
    assert story.reasons() == ["delivery_off"]


def test_stale_comes_before_preference_and_preference_before_contact(story_of):
    story = story_of(known=False)
    story.seen(email=None, phone=None)
    story.prefer(channels={"T": ()})
    story.raised(caused_at=story.now - 3 * DAY)
    story.raised(name="n-2")
    assert story.reasons() == ["stale_backfill", "preference"]


@pytest.mark.parametrize(("kind", "age"), [("shipped", 48 * HOUR), ("order_confirmation", 7 * DAY)])
def test_age_is_judged_to_the_second_by_the_kinds_own_limit(kind, age, story):
    story.raised(kind, "n-1", caused_at=story.now - age)
    story.raised(kind, "n-2", caused_at=story.now - age - dt.timedelta(seconds=1), order="o2")
    assert [claim.notification_id for claim in story.deliver()] == ["n-1"]
    assert story.reasons() == ["stale_backfill"]


def test_a_wait_that_we_impose_makes_no_message_old(story_of):
    story = story_of(now=NIGHT)
    story.raised(caused_at=NIGHT - 47 * HOUR)
    story.passes(hours=10)
    assert len(story.deliver()) == 1


def test_a_message_that_was_ready_through_an_outage_of_days_is_stale(story):
    story.raised()
    story.now += 3 * DAY
    assert story.grant() == []
    assert story.reasons() == ["stale_backfill"]


def test_a_cause_that_lies_ahead_is_fresh(story):
    story.raised(caused_at=story.now + HOUR)
    assert len(story.deliver()) == 1


def test_statutory_messages_are_sent_whatever_was_chosen(story):
    story.prefer(channels={"S": (), "order_confirmation": (), "C": ()})
    story.raised("order_confirmation")
    assert [claim.channel for claim in story.deliver()] == ["email"]


def test_what_was_chosen_for_the_kind_outweighs_the_class(story):
    story.prefer(channels={"T": (), "shipped": ("sms",)})
    story.raised("shipped", "n-1")
    story.raised("delivered", "n-2")
    assert [claim.channel for claim in story.deliver()] == ["sms"]
    assert story.reasons() == ["preference"]


def test_a_choice_made_while_the_message_waits_counts(story):
    story.raised()
    story.prefer(channels={"T": ()})
    assert story.grant() == []
    assert story.reasons() == ["preference"]


def test_marketing_needs_its_own_consent_until_it_is_withdrawn(story_of):
    story = story_of(known=False)
    story.seen(consents=("reviews",))
    story.raised("review_request", "n-1")
    story.raised("survey", "n-2")
    assert [claim.kind for claim in story.deliver()] == ["review_request"]
    assert story.reasons() == ["consent"]


def test_an_opt_in_kind_needs_to_be_named_itself(story):
    story.prefer(channels={"T": ("sms",)})
    story.raised("arriving_tomorrow", "n-1")
    story.prefer(channels={"arriving_tomorrow": ("sms",)})
    story.raised("arriving_tomorrow", "n-2")
    assert [claim.channel for claim in story.deliver()] == ["sms"]
    assert story.reasons() == ["preference"]


def test_an_arrival_is_announced_between_nine_and_seven(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 7, 30, tzinfo=dt.UTC))  # 08:30 in Warsaw
    story.prefer(channels={"arriving_tomorrow": ("sms",)})
    story.raised("arriving_tomorrow")
    assert story.due() == dt.datetime(2026, 3, 4, 8, 0, tzinfo=dt.UTC)


def test_where_one_quiet_time_ends_within_another_both_are_kept(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 7, 30, tzinfo=dt.UTC))  # 08:30 in Warsaw
    story.prefer(channels={"arriving_tomorrow": ("sms",)}, quiet_hours=QuietHours("08:45", "10:00"))
    story.raised("arriving_tomorrow")
    assert story.due() == dt.datetime(2026, 3, 4, 9, 0, tzinfo=dt.UTC)


def test_useful_to_the_very_end_of_quiet_hours_is_not_enough(story_of):
    story = story_of(now=NIGHT)
    story.raised(useful_until=dt.datetime(2026, 3, 5, 7, 0, tzinfo=dt.UTC))
    assert story.reasons() == ["quiet_hours_expired"]


def test_at_night_a_message_waits_for_the_morning(story_of):
    story = story_of(now=NIGHT)
    story.raised()
    assert not story.ready
    assert story.due() == dt.datetime(2026, 3, 5, 7, 0, tzinfo=dt.UTC)
    story.passes(hours=12)
    assert story.ready[0].since == dt.datetime(2026, 3, 5, 7, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "kind", ["out_for_delivery", "ready_for_pickup", "order_confirmation", "complaint_ack"]
)
def test_what_is_urgent_or_an_answer_goes_out_at_night(kind, story_of):
    story = story_of(now=NIGHT)
    story.raised(kind)
    assert story.deliver()


def test_held_past_its_usefulness_it_is_dropped_at_once(story_of):
    story = story_of(now=NIGHT)
    story.raised(useful_until=NIGHT + 2 * HOUR)
    assert story.reasons() == ["quiet_hours_expired"]


def test_a_customers_own_quiet_hours_replace_the_shops(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 20, 30, tzinfo=dt.UTC))  # 21:30 in Warsaw
    story.prefer(quiet_hours=QuietHours("23:00", "06:00"))
    story.raised("shipped", "n-1")
    assert len(story.deliver()) == 1


def test_ready_in_the_evening_and_granted_at_night_waits_after_all(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 19, 59, tzinfo=dt.UTC))
    story.raised()
    story.now += dt.timedelta(minutes=2)
    assert story.grant() == []
    assert story.due() == dt.datetime(2026, 3, 5, 7, 0, tzinfo=dt.UTC)


def test_a_kind_that_lasts_twelve_hours_expires_after_them(story):
    story.raised("out_for_delivery", caused_at=story.now - 12 * HOUR)
    assert story.reasons() == ["expired"]


def test_an_intent_from_before_its_customer_waits_a_minute_for_them(story_of):
    story = story_of(known=False)
    story.raised("order_confirmation", "n-1")
    assert not story.suppressed
    story.passes(seconds=20)
    story.seen()
    assert len(story.deliver()) == 1


def test_a_customer_who_is_never_heard_of_has_no_contact(story_of):
    story = story_of(known=False)
    story.raised("order_confirmation", "n-1")
    story.passes(minutes=1)
    assert story.reasons() == ["no_contact"]
