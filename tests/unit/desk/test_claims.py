"""From ready to settled: one at a time, in order; tried again, given up, in doubt; told exactly once."""

import datetime as dt

import pytest

from streams.domain.notes import TimerFired

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def test_a_grant_for_what_is_not_ready_claims_nothing(story):
    story.raised(hold_until=story.now + HOUR)
    assert story.grant("n-1.1.email") == []
    assert story.grant("n-9.1.email") == []
    assert story.grant("nonsense") == []


def test_a_grant_without_a_row_makes_none(story_of):
    story = story_of(known=False)
    assert story.grant("n-1.1.email") == []
    assert story.row is None


def test_a_second_grant_claims_nothing_while_the_first_is_under_way(story):
    story.raised()
    [claim] = story.grant()
    assert story.grant(claim.message_key) == []


def test_what_was_announced_is_announced_again_ever_more_rarely(story):
    story.raised()
    story.passes(hours=1)
    pauses = [later.since for later in story.ready]
    assert 12 < len(pauses) < 20
    assert len(set(pauses)) == 1


def test_a_crash_forgets_an_announcement_for_a_quarter_of_what_it_had_waited(story):
    story.raised()
    story.passes(minutes=20)
    before = len(story.ready)
    story.passes(minutes=5, seconds=30)
    assert len(story.ready) > before


def test_a_failed_attempt_is_repeated_later_with_the_same_key(story):
    story.raised()
    [first] = story.grant()
    story.fail(first)
    assert not story.keys()
    story.passes(minutes=1)
    [second] = story.grant()
    assert (second.message_key, second.attempt, second.repeat) == (first.message_key, 2, False)
    story.answer(second)
    assert [told.outcome for told in story.told] == ["sent"]
    assert [note.reference for note in story.notes] == ["message:n-1.1.email"]


def test_pauses_double_up_to_their_limit_and_are_the_same_in_every_run(story_of):
    def pauses():
        story = story_of()
        story.raised("order_confirmation")
        waits = []
        for _ in range(story.world.limits.attempts - 1):
            [claim] = story.grant()
            story.fail(claim)
            waits.append(story.due() - story.now)
            story.until(story.due())
        return waits

    waits = pauses()
    assert waits == pauses()
    limits = story_of().world.limits
    for number, wait in enumerate(waits):
        doubled = min(limits.retry_first * 2**number, limits.retry_most)
        assert 0.75 * doubled <= wait <= 1.25 * doubled


def test_a_provider_that_asks_for_time_gets_it(story):
    story.raised()
    [claim] = story.grant()
    story.fail(claim, retry_after=900.0)
    assert story.due() == story.now + 15 * MINUTE


def test_attempts_end_and_then_the_other_channel_and_a_person_are_asked(story):
    story.raised("order_confirmation")
    for _ in range(story.world.limits.attempts):
        [claim] = story.grant()
        story.fail(claim)
        story.passes(hours=2)
    assert [ticket.kind for ticket in story.tickets] == ["delivery_failed"]
    [sms] = story.deliver()
    assert sms.channel == "sms"
    assert [(told.outcome, told.channels) for told in story.told] == [("sent", ("sms",))]


def test_a_message_that_fails_everywhere_is_told_as_failed(story_of):
    story = story_of(known=False)
    story.seen(phone=None)
    story.raised()
    [claim] = story.grant()
    story.fail(claim, "template", permanent=True)
    assert [(told.outcome, told.reason) for told in story.told] == [("failed", "template")]
    assert not story.suppressed
    assert not story.row.dead


def test_a_dead_address_is_remembered_and_the_message_goes_by_sms(story):
    story.raised()
    [claim] = story.grant()
    story.fail(claim, "smtp_550_5.1.1_rcpt", permanent=True, bad_address=True)
    assert [ticket.kind for ticket in story.tickets] == ["mail_bounced"]
    assert [claim.channel for claim in story.deliver()] == ["sms"]
    story.raised(name="n-2")
    assert [claim.channel for claim in story.deliver()] == ["sms"]


@pytest.mark.parametrize(
    "reason", ["template", "too_large", "smtp_552_5.2.2_rcpt", "smtp_550_5.7.1_content", "bad_address"]
)
def test_only_a_failure_that_says_so_is_the_addresss_own(reason, story):
    story.raised()
    [claim] = story.grant()
    story.fail(claim, reason, permanent=True)
    assert not story.row.dead
    assert [ticket.kind for ticket in story.tickets] == ["delivery_failed"]


def test_a_provider_may_say_itself_that_the_address_is_bad(story):
    story.raised("pickup_reminder")
    [claim] = story.grant()
    story.fail(claim, "smsapi_13", permanent=True, bad_address=True)
    assert "+48600000001" in story.row.dead
    assert [claim.channel for claim in story.deliver()] == ["email"]


def test_a_marketing_message_that_fails_falls_back_to_nothing(story_of):
    story = story_of(known=False)
    story.seen(consents=("reviews",))
    story.raised("review_request")
    [claim] = story.grant()
    story.fail(claim, "smtp_550_5.1.1_rcpt", permanent=True)
    assert [told.outcome for told in story.told] == ["failed"]
    assert not story.tickets


def test_messages_of_one_order_go_one_at_a_time_and_in_order(story):
    story.raised("order_confirmation", "n-1")
    story.raised("shipped", "n-2")
    assert story.keys() == ["n-1.1.email"]
    [first] = story.grant()
    story.fail(first)
    story.passes(seconds=10)
    assert story.keys() == []
    story.passes(minutes=1)
    [again] = story.grant()
    story.answer(again)
    assert story.keys() == ["n-2.1.email"]


def test_another_order_does_not_wait(story):
    story.raised("order_confirmation", "n-1")
    story.raised("order_confirmation", "n-2", order="o2")
    assert story.keys() == ["n-1.1.email", "n-2.1.email"]


def test_an_urgent_message_does_not_wait_for_the_one_before(story):
    story.raised("ready_for_pickup", "n-1")
    story.raised("attempt_failed", "n-2")
    assert len(story.grant()) == 4


def test_patience_with_the_message_before_ends(story):
    story.raised("order_confirmation", "n-1")
    story.raised("shipped", "n-2")
    [first] = story.grant()
    story.fail(first, retry_after=3600.0)
    story.passes(minutes=14)
    assert story.keys() == []
    story.passes(minutes=2)
    assert story.keys() == ["n-2.1.email"]


def test_one_that_waits_for_the_morning_holds_up_nothing(story_of):
    night = dt.datetime(2026, 3, 4, 22, 30, tzinfo=dt.UTC)
    story = story_of(now=night)
    story.raised("shipped", "n-1")
    story.raised("order_confirmation", "n-2")
    assert story.keys() == ["n-2.1.email"]


def test_a_mail_in_doubt_is_sent_again_and_says_so(story):
    story.raised()
    [first] = story.grant()
    story.fail(first, "timeout_content", in_doubt=True)
    story.passes(minutes=1)
    [second] = story.grant()
    assert (second.message_key, second.repeat) == (first.message_key, True)
    story.answer(second)
    assert [told.outcome for told in story.told] == ["sent"]


def test_a_mail_in_doubt_stays_one_when_the_customer_chooses_another_channel_and_back(story):
    story.raised()
    [first] = story.grant()
    story.fail(first, "timeout_content", in_doubt=True)
    for chosen in ("sms", "email"):
        story.prefer(channels={"T": (chosen,)})
        story.event(story.intent(revision=2 + (chosen == "email")))
    story.passes(hours=2)
    [again] = story.grant()

    assert (again.channel, again.attempt, again.repeat) == ("email", 2, True)
    assert again.message_key == first.message_key


def test_what_is_in_doubt_by_a_channel_that_is_dead_meanwhile_goes_by_the_other(story):
    story.raised(name="n-0")
    story.deliver()
    story.raised()
    [first] = story.grant()
    story.fail(first, "timeout_content", in_doubt=True)
    story.receipt("bounced", "n-0", channel="email", permanent=True)
    story.passes(hours=2)

    assert ("n-1", "sms") in [(claim.notification_id, claim.channel) for claim in story.deliver()]


def test_a_claim_without_an_outcome_is_in_doubt_after_lease_and_attempt(story):
    story.raised()
    story.grant()
    limits = story.world.limits
    assert story.due() == story.now + limits.lease + limits.attempt_timeout
    story.passes(minutes=3)
    assert [claim.repeat for claim in story.grant()] == [True]


def test_a_brand_may_hold_mail_in_doubt(story_of, make_world):
    story = story_of(world=make_world(brand={"mail_in_doubt": "hold"}))
    story.raised()
    story.grant()
    story.passes(minutes=3)
    assert [ticket.kind for ticket in story.tickets] == ["in_doubt"]
    assert [told.outcome for told in story.told] == ["in_doubt"]


def test_an_sms_in_doubt_is_held_and_a_person_is_asked(story):
    story.raised("pickup_reminder", covers=("pickup:P1",))
    [claim] = story.grant()
    story.fail(claim, "timeout", in_doubt=True)
    assert [ticket.kind for ticket in story.tickets] == ["in_doubt"]
    [told] = story.told
    assert (told.outcome, told.covers) == ("in_doubt", ("pickup:P1",))


def test_an_sms_in_doubt_is_repeated_where_the_provider_knows_its_keys(story_of, make_world):
    story = story_of(world=make_world(repeats_safely=lambda _shop, channel: channel == "sms"))
    story.raised("pickup_reminder")
    [claim] = story.grant()
    story.fail(claim, "timeout", in_doubt=True)
    story.passes(minutes=1)
    assert [claim.repeat for claim in story.grant()] == [True]


def test_a_late_outcome_settles_the_claim_and_cancels_its_repeat(story):
    story.raised()
    [claim] = story.grant()
    story.until(story.due())
    story.answer(claim)
    assert [told.outcome for told in story.told] == ["sent"]
    assert story.due() is None


def test_a_late_failure_clears_the_doubt(story):
    story.raised()
    [claim] = story.grant()
    story.until(story.due())
    story.fail(claim)
    story.passes(minutes=1)
    assert [claim.repeat for claim in story.grant()] == [False]


def test_a_doubt_outlives_the_failures_after_it(story):
    story.raised()
    [first] = story.grant()
    story.fail(first, "timeout", in_doubt=True)
    story.passes(minutes=1)
    [second] = story.grant()
    story.raised(revision=2)
    story.fail(second)
    story.passes(minutes=2)
    [third] = story.grant()
    assert (third.repeat, third.message_key) == (True, first.message_key)


def test_a_doubt_that_no_attempt_resolves_is_left_to_a_person(story):
    story.raised("order_confirmation")
    [claim] = story.grant()
    story.fail(claim, "timeout", in_doubt=True)
    for _ in range(story.world.limits.attempts - 1):
        story.passes(hours=2)
        [claim] = story.grant()
        story.fail(claim)
    assert [ticket.kind for ticket in story.tickets] == ["in_doubt"]
    assert [told.outcome for told in story.told] == ["in_doubt"]


def test_a_mail_that_did_go_out_needs_no_sms_in_its_place(story):
    story.raised("order_confirmation")
    for _ in range(story.world.limits.attempts):
        [claim] = story.grant()
        story.fail(claim)
        story.passes(hours=2)
    assert story.keys() == ["n-1.1.sms"]
    story.answer(claim)
    assert [(told.outcome, told.channels) for told in story.told] == [("sent", ("email",))]
    assert story.keys() == []


def test_an_outcome_after_the_end_closes_the_ticket(story):
    story.raised("pickup_reminder")
    [claim] = story.grant()
    story.until(story.due())
    story.answer(claim)
    opened, closed = story.tickets
    assert (opened.ticket_id, opened.closed, closed.closed) == (closed.ticket_id, False, True)
    assert len(story.told) == 1


def test_outcomes_that_come_twice_or_from_nowhere_change_nothing(story):
    story.raised()
    [claim] = story.grant()
    story.fail(claim)
    before = story.row
    story.fail(claim)
    assert story.row == before
    story.passes(minutes=1)
    [second] = story.grant()
    story.answer(second)
    story.answer(second)
    story.answer(claim)
    assert len(story.told) == 1
    assert len(story.attempts) == 2


def test_timers_that_come_early_late_or_twice_change_nothing(story):
    story.raised(hold_until=story.now + HOUR)
    due = story.due()
    story.until(due - MINUTE)
    assert story.due() == due
    story.until(due)
    before = story.row
    story.until(due)
    assert story.row == before


def test_a_timer_whose_time_was_cut_to_milliseconds_still_wakes(story):
    hold = story.now + dt.timedelta(minutes=1, microseconds=999)
    story.raised(hold_until=hold)
    story.now = hold.replace(microsecond=0)
    story.event(TimerFired(story.now))
    assert story.keys() == ["n-1.1.email"]


def test_a_timer_that_is_not_due_gives_the_very_same_row_back(story):
    story.raised(hold_until=story.now + HOUR)
    before = story.row
    story.event(TimerFired(story.now))
    story.event(TimerFired(story.now + HOUR))
    assert story.row is before


def test_a_claim_under_way_holds_up_the_next_however_long_it_was_ready(story):
    story.raised("order_confirmation", "n-1")
    story.passes(hours=1)
    story.grant()
    story.raised("shipped", "n-2")
    assert story.keys() == []


def test_a_hold_ends_and_the_message_goes(story):
    story.raised(hold_until=story.now + 45 * MINUTE)
    assert not story.ready
    story.passes(minutes=45)
    assert len(story.deliver()) == 1


def test_a_revision_replaces_what_waits_under_a_new_key(story):
    story.raised(covers=("a",))
    story.raised(revision=2, covers=("a", "b"))
    assert story.keys() == ["n-1.2.email"]
    story.deliver()
    assert [(told.revision, told.covers) for told in story.told] == [(2, ("a", "b"))]


def test_an_old_or_repeated_revision_changes_nothing(story):
    story.raised(revision=2)
    before = story.row
    assert not story.raised(revision=1).ready
    assert not story.raised(revision=2).ready
    assert story.row == before


def test_a_revision_that_comes_after_the_claim_is_not_told(story):
    story.raised(covers=("a",))
    [claim] = story.grant()
    story.raised(revision=2, covers=("a", "b"))
    story.answer(claim)
    assert [(told.revision, told.covers) for told in story.told] == [(1, ("a",))]
    story.raised(revision=3)
    assert story.deliver() == []
    assert len(story.told) == 1


def test_what_is_told_is_the_kind_that_went_out(story):
    story.raised("order_changed", slot="change")
    [claim] = story.grant()
    story.raised("order_cancelled", slot="change", revision=2)
    story.answer(claim)
    assert [(told.kind, told.revision) for told in story.told] == [("order_changed", 1)]


def test_a_revision_that_came_during_a_failed_attempt_is_what_is_sent_next(story):
    story.raised(covers=("a",))
    [claim] = story.grant()
    story.raised(revision=2, covers=("b",))
    story.fail(claim)
    story.passes(minutes=1)
    [again] = story.deliver()
    assert again.message_key == "n-1.2.email"
    assert [told.covers for told in story.told] == [("b",)]


def test_in_doubt_the_very_same_text_goes_again(story):
    story.raised(covers=("a",))
    [claim] = story.grant()
    story.raised(revision=2, covers=("b",))
    story.fail(claim, "timeout", in_doubt=True)
    story.passes(minutes=1)
    [again] = story.deliver()
    assert again.message_key == claim.message_key
    assert [(told.revision, told.covers) for told in story.told] == [(1, ("a",))]


def test_the_second_channel_says_what_is_true_by_then(story):
    story.raised("ready_for_pickup", covers=("a",))
    mail, sms = story.keys()
    [first] = story.grant(mail)
    story.raised("ready_for_pickup", revision=2, covers=("b",))
    story.answer(first)
    assert story.keys() == ["n-1.2.sms"]
    story.deliver()
    assert sms == "n-1.1.sms"
    [told] = story.told
    assert (told.revision, told.covers, told.channels) == (2, ("b",), ("email", "sms"))


def test_the_second_channel_does_not_wait_for_the_first_to_say_the_newest(story):
    story.raised("ready_for_pickup", covers=("a",))
    [first] = story.grant("n-1.1.email")
    story.raised("ready_for_pickup", revision=2, covers=("b",))
    assert story.keys() == ["n-1.2.sms"]
    assert story.grant("n-1.1.sms") == []
    [sms] = story.grant("n-1.2.sms")
    story.answer(sms)
    story.answer(first)
    [told] = story.told
    assert (told.revision, told.covers, told.channels) == (2, ("b",), ("email", "sms"))


def test_a_channel_that_was_dropped_comes_back_when_it_is_true_again(story):
    story.raised("ready_for_pickup")
    [mail] = story.grant("n-1.1.email")
    story.withdrawn()
    story.raised("ready_for_pickup", revision=2)
    story.fail(mail)
    assert story.keys() == ["n-1.2.sms"]
    story.deliver()
    story.passes(minutes=1)
    story.deliver()
    assert [(told.outcome, told.channels) for told in story.told] == [("sent", ("email", "sms"))]


def test_two_held_overnight_go_out_in_their_order(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 22, 30, tzinfo=dt.UTC))
    story.raised("shipped", "n-1")
    story.raised("delivered", "n-2")
    story.until(story.due())
    assert story.keys() == ["n-1.1.email"]
    story.deliver()
    assert [told.kind for told in story.told] == ["shipped", "delivered"]


def test_the_pause_a_provider_asked_for_outlasts_the_night(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 19, 58, tzinfo=dt.UTC))
    story.raised("shipped", "n-1", useful_until=None)
    [claim] = story.grant()
    story.fail(claim, retry_after=13 * 3600.0)
    until = story.due()
    story.raised("shipped", "n-1", revision=2)
    story.now += 5 * MINUTE
    story.raised("shipped", "n-1", revision=3)
    story.passes(hours=12)
    assert story.keys() == []
    story.until(until)
    assert story.keys() == ["n-1.3.email"]


def test_what_is_withdrawn_while_a_sender_has_it_is_told_as_it_went(story):
    story.raised()
    [claim] = story.grant()
    story.withdrawn()
    story.answer(claim)
    assert [told.outcome for told in story.told] == ["sent"]
    assert not story.suppressed


def test_what_is_withdrawn_is_not_tried_again(story):
    story.raised()
    [claim] = story.grant()
    story.withdrawn()
    story.fail(claim)
    assert [told.reason for told in story.told] == ["moot"]
    assert story.reasons() == ["moot"]


def test_what_is_withdrawn_while_in_doubt_stays_in_doubt(story):
    story.raised()
    [claim] = story.grant()
    story.withdrawn()
    story.fail(claim, "timeout", in_doubt=True)
    assert [told.outcome for told in story.told] == ["in_doubt"]


def test_what_was_taken_back_in_time_may_become_true_again(story):
    story.raised()
    story.withdrawn()
    story.raised(revision=2)
    assert len(story.deliver()) == 1
    assert [told.outcome for told in story.told] == ["suppressed", "sent"]


def test_a_refusal_ends_its_revision_alone(story):
    story.prefer(channels={"T": ()})
    story.raised()
    story.raised()
    story.prefer(channels={"T": ("email",)})
    story.raised(revision=2)
    story.deliver()
    assert [(told.revision, told.outcome) for told in story.told] == [(1, "suppressed"), (2, "sent")]


def test_beyond_the_rows_bound_messages_are_refused_and_a_person_is_asked(story):
    for number in range(402):
        story.raised("order_confirmation", f"n-{number}", order=f"o{number}")
    assert len(story.row.pending) == 400
    assert story.reasons() == ["overload"] * 2
    assert len({ticket.ticket_id for ticket in story.tickets}) == 1


def test_mail_sent_and_sms_withdrawn_is_one_message_told_as_sent(story):
    story.raised("ready_for_pickup")
    [claim] = story.grant("n-1.1.email")
    story.answer(claim)
    story.withdrawn()
    [told] = story.told
    assert (told.outcome, told.channels) == ("sent", ("email",))
    assert not story.suppressed
