"""Together, too much, and going live safely."""

import datetime as dt

import pytest

from tests.unit.desk.conftest import world_of

HOUR = dt.timedelta(hours=1)


def sent(story):
    return len([told for told in story.told if told.outcome == "sent"])


def test_four_messages_of_an_order_a_day_and_no_fifth(story):
    for number in range(5):
        story.raised("delivered", f"n-{number}")
        story.deliver()
    assert sent(story) == 4
    assert story.reasons() == ["cap"]


def test_eight_messages_of_a_customer_a_day_and_no_ninth(story):
    for number in range(9):
        story.raised("delivered", f"n-{number}", order=f"o{number}")
    story.deliver()
    assert sent(story) == 8
    assert story.reasons() == ["cap"]


def test_messages_claimed_at_the_same_moment_count(story):
    for number in range(6):
        story.raised("attempt_failed", f"n-{number}", useful_until=None)
    assert len({claim.notification_id for claim in story.grant()}) == 4
    assert story.reasons() == ["cap", "cap"]


def test_the_day_is_the_customers_own(story_of):
    story = story_of(now=dt.datetime(2026, 3, 4, 22, 50, tzinfo=dt.UTC))  # 23:50 in Warsaw
    for number in range(5):
        story.raised("out_for_delivery", f"n-{number}")
        story.deliver()
    story.passes(minutes=20)
    story.raised("out_for_delivery", "n-9")
    story.deliver()
    assert sent(story) == 5
    assert story.reasons() == ["cap"]


def test_statutory_messages_neither_count_nor_are_refused(story):
    for number in range(6):
        story.raised("order_confirmation", f"s-{number}")
        story.deliver()
    for number in range(4):
        story.raised("delivered", f"n-{number}")
        story.deliver()
    story.raised("withdrawal_ack", "s-9")
    story.deliver()
    assert sent(story) == 11
    assert story.reasons() == []


def test_mail_and_sms_of_one_message_count_once(story):
    for number in range(4):
        story.raised("ready_for_pickup", f"n-{number}")
        story.deliver()
    assert sent(story) == 4
    assert len(story.claims) == 8


def test_a_message_counts_while_its_second_channel_is_still_tried(story):
    for number in range(5):
        story.raised("ready_for_pickup", f"n-{number}")
        for claim in story.grant():
            story.answer(claim, "sent" if claim.channel == "email" else "failed", reason="busy")
    assert len([claim for claim in story.claims if claim.channel == "email"]) == 4
    assert story.reasons() == ["cap"]


def test_a_failed_attempt_does_not_count(story_of):
    story = story_of(known=False)
    story.seen(phone=None)
    for number in range(6):
        story.raised("delivered", f"n-{number}")
        [claim] = story.grant()
        story.fail(claim, "template", permanent=True)
    story.raised("delivered", "n-9")
    assert len(story.deliver()) == 1


def test_one_request_for_opinion_in_ninety_days(story_of):
    story = story_of(known=False)
    story.seen(consents=("reviews", "surveys"))
    story.raised("survey", "n-1")
    story.deliver()
    story.passes(days=89)
    story.raised("review_request", "n-2")
    story.deliver()
    story.passes(days=2)
    story.raised("review_request", "n-3")
    story.deliver()
    assert sent(story) == 2
    assert story.reasons() == ["cap"]


def test_two_requests_for_opinion_ready_at_once_are_one(story_of):
    story = story_of(known=False)
    story.seen(consents=("reviews", "surveys"))
    story.raised("survey", "n-1", order="o1")
    story.raised("review_request", "n-2", order="o2")
    assert len(story.grant()) == 1
    assert story.reasons() == ["cap"]


def test_a_newer_kind_of_the_slot_replaces_the_one_that_waits(story):
    story.raised("order_changed", "n-1", slot="change", hold_until=story.now + HOUR)
    story.raised("order_cancelled", "n-2", slot="change")
    assert story.reasons() == ["coalesced"]
    assert [claim.kind for claim in story.deliver()] == ["order_cancelled"]


def test_a_message_already_under_way_is_not_replaced(story):
    story.raised("order_changed", "n-1", slot="change")
    [claim] = story.grant()
    story.raised("order_cancelled", "n-2", slot="change")
    story.answer(claim)
    story.deliver()
    assert [told.outcome for told in story.told] == ["sent", "sent"]


def test_the_same_kind_about_something_else_replaces_nothing(story):
    story.raised("delivered", "n-1", slot="delivered", covers=("delivered:P1",))
    story.raised("delivered", "n-2", slot="delivered", covers=("delivered:P2",))
    assert len(story.deliver()) == 2


def test_the_same_kind_that_covers_all_of_it_replaces_it(story):
    story.raised("shipped", "n-1", covers=("P1",), hold_until=story.now + HOUR)
    story.raised("shipped", "n-2", covers=("P1", "P2"))
    assert story.reasons() == ["coalesced"]


def test_another_order_replaces_nothing(story):
    story.raised("order_changed", "n-1", slot="change", order="o1")
    story.raised("order_cancelled", "n-2", slot="change", order="o2")
    assert len(story.deliver()) == 2


def test_redirected_the_message_goes_elsewhere_and_says_for_whom_it_was(story_of, make_world):
    story = story_of(world=make_world("redirect:test@shop.example"))
    story.raised("ready_for_pickup")
    [claim] = story.deliver()
    assert (claim.channel, claim.to, claim.intended_for) == (
        "email",
        "test@shop.example",
        "anna.kowalska@example.com",
    )


def test_redirected_by_mail_alone_an_sms_goes_by_mail(story_of, make_world):
    story = story_of(world=make_world("redirect:test@shop.example"))
    story.raised("pickup_reminder")
    assert [(claim.channel, claim.to) for claim in story.deliver()] == [("email", "test@shop.example")]


def test_a_redirect_that_bounces_leaves_the_customers_address_alive(story_of, make_world):
    story = story_of(world=make_world("redirect:test@shop.example"))
    story.raised()
    [claim] = story.grant()
    story.fail(claim, "smtp_550_5.1.1_rcpt", permanent=True, bad_address=True)
    assert list(story.row.dead) == ["test@shop.example"]


def test_redirected_to_both_each_channel_has_its_own(story_of, make_world):
    story = story_of(world=make_world("redirect:test@shop.example,+48500000000"))
    story.raised("ready_for_pickup")
    assert [claim.to for claim in story.deliver()] == ["test@shop.example", "+48500000000"]


ALLOW = [
    ("allow:*@example.com", True),
    ("allow:anna.*@EXAMPLE.com", True),
    ("allow:*@shop.example", False),
    ("allow:", False),
]


@pytest.mark.parametrize(("mode", "passes"), ALLOW)
def test_only_those_on_the_list_hear_anything(mode, passes, story_of, make_world):
    story = story_of(world=make_world(mode))
    story.raised("shipped")
    assert bool(story.deliver()) is passes
    assert story.reasons() == ([] if passes else ["not_allowed"])


def test_a_list_of_mail_addresses_lets_no_sms_through(story_of, make_world):
    story = story_of(world=make_world("allow:*@example.com"))
    story.raised("ready_for_pickup")
    assert [claim.channel for claim in story.deliver()] == ["email"]


def test_an_unknown_shop_follows_the_defaults(story_of, make_world):
    story = story_of(world=make_world(brands={}))
    story.raised("shipped")
    assert story.reasons() == ["delivery_off"]


def test_each_brand_has_its_own_caps_and_a_message_is_judged_by_those_of_its_own(story_of):
    own = {"limits": {"per_order_a_day": 2, "per_customer_a_day": 3}}
    story = story_of(world=world_of(brand=own))
    for number in range(3):
        story.raised("delivered", f"n-{number}")
        story.deliver()
    assert (sent(story), story.reasons()) == (2, ["cap"])
    for number in range(2):
        story.raised("delivered", f"m-{number}", order=f"o{number + 2}")
        story.deliver()
    assert (sent(story), story.reasons()) == (3, ["cap", "cap"])
