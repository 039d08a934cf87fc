"""Erasure, bounces, complaints and unsubscriptions."""

import datetime as dt

import msgspec

from streams.domain.desk import older
from streams.domain.events import CustomerConsent
from streams.domain.notes import Erased, ReferenceUnbound

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def erased(story):
    return [note.order_id for note in story.notes if isinstance(note, Erased)]


def personal(story):
    stored = msgspec.json.encode(story.row).decode()
    return [word for word in ("kowalska", "Anna", "+48600", "Prosta") if word in stored]


def test_an_erasure_leaves_nothing_personal_and_tells_every_order(story):
    story.linked("o2", story.now - DAY)
    story.raised("shipped", "n-1")
    story.deliver()
    story.raised("delivered", "n-2", hold_until=story.now + HOUR)
    assert personal(story)
    story.erase()
    assert personal(story) == []
    assert story.row.customer_id.startswith("erased:")
    assert story.reasons() == ["erased"]
    assert sorted(erased(story)) == ["o1", "o2"]
    assert not story.row.pending


def test_an_erasure_unbinds_its_messages_and_proves_itself_without_a_name(story):
    story.raised()
    [sent] = story.deliver()
    story.raised("delivered", "n-2", hold_until=story.now + HOUR)
    story.erase()
    [proof] = story.forgotten
    assert (proof.orders, proof.messages) == (1, 1)
    assert proof.held == ("email", "phone", "name", "addresses")
    assert proof.customer == story.row.customer_id
    unbound = [note.reference for note in story.notes if isinstance(note, ReferenceUnbound)]
    assert unbound == [f"message:{sent.message_key}"]


def test_an_address_that_follows_an_erased_order_is_not_learnt(story):
    story.erase()
    story.now += HOUR
    story.seen("o1", name=None, email=None, phone=None)
    assert personal(story) == []
    assert story.row.customer_id.startswith("erased:")


def test_a_message_under_way_at_the_erasure_is_told_as_it_went_and_not_tried_again(story):
    story.raised(name="n-1")
    story.raised(name="n-2", order="o2")
    first, second = story.grant()
    story.erase()
    assert personal(story) == []
    story.answer(first)
    story.fail(second)
    assert [told.outcome for told in story.told] == ["sent", "suppressed"]
    assert not story.row.pending
    assert story.due() is None


def test_a_claim_that_never_answers_ends_after_an_erasure(story):
    story.raised()
    story.grant()
    story.erase()
    story.passes(hours=1)
    assert [told.outcome for told in story.told] == ["in_doubt"]


def test_an_order_linked_later_but_placed_before_is_answered_with_the_erasure(story, noon):
    story.erase()
    story.linked("o7", noon - DAY)
    assert "o7" in erased(story)
    assert "o7" not in story.row.orders


def test_an_order_placed_at_the_very_moment_of_the_erasure_is_covered_by_it(story, noon):
    story.erase(at=noon)
    story.linked("o7", noon)
    story.raised(order="o7", placed_at=noon)
    assert "o7" in erased(story)
    assert story.reasons() == ["erased"]


def test_facts_from_before_the_erasure_stay_forgotten(story, noon):
    story.erase(at=noon + HOUR)
    story.seen("o1", at=noon)
    story.contact(email="anna.kowalska@example.com", at=noon)
    story.prefer(locale="lt", at=noon)
    assert personal(story) == []
    story.raised("order_confirmation", placed_at=noon)
    assert story.reasons() == ["erased"]


def test_a_customer_who_comes_back_is_served(story, noon):
    story.erase(at=noon + HOUR)
    story.now = noon + 3 * HOUR
    story.seen("o9", at=noon + 2 * HOUR)
    story.raised("order_confirmation", order="o9", placed_at=noon + 2 * HOUR)
    story.raised("shipped", "n-2", order="o1", placed_at=noon)
    assert [claim.order_id for claim in story.deliver()] == ["o9"]
    assert story.reasons() == ["erased"]
    assert story.row.customer_id == "c1"


def test_an_erasure_that_arrives_late_spares_what_came_after_it(story, noon):
    story.now = noon + 3 * HOUR
    story.seen("o9", at=noon + 2 * HOUR)
    story.raised("order_confirmation", order="o9", placed_at=noon + 2 * HOUR)
    story.erase(at=noon + HOUR)
    assert [claim.order_id for claim in story.deliver()] == ["o9"]
    assert erased(story) == ["o1"]


def test_an_erasure_repeated_or_older_changes_nothing(story, noon):
    story.erase(at=noon)
    before = story.row
    story.erase(at=noon)
    story.erase(at=noon - DAY)
    assert story.row == before
    assert erased(story) == ["o1"]


def test_a_hard_bounce_sends_the_message_by_sms_once_and_opens_a_ticket(story):
    story.raised()
    [mail] = story.deliver()
    story.passes(minutes=10)
    story.receipt("bounced", mail.message_key, channel="email", permanent=True, reason="smtp_550_5.1.1")
    assert [claim.channel for claim in story.deliver()] == ["sms"]
    assert [ticket.kind for ticket in story.tickets] == ["mail_bounced"]
    story.receipt("bounced", mail.message_key, channel="email", permanent=True)
    assert story.deliver() == []
    assert len(story.tickets) == 1
    assert len(story.told) == 1
    assert len(story.receipts) == 2


def test_the_sms_after_a_bounce_is_the_same_message_for_the_caps(story):
    for number in range(4):
        story.raised("delivered", f"n-{number}")
        story.deliver()
    story.receipt("bounced", "n-3", channel="email", permanent=True)
    assert [claim.channel for claim in story.deliver()] == ["sms"]
    assert len(story.row.counted) == 4


def test_the_address_that_bounced_is_the_one_that_was_used(story):
    story.raised()
    story.deliver()
    story.contact(email="new@example.com", at=story.now + HOUR)
    story.receipt("bounced", channel="email", permanent=True)
    story.raised(name="n-2")
    assert story.deliver()[-1].to == "new@example.com"


def test_a_bounce_of_old_news_is_not_repeated_by_sms(story):
    story.raised("out_for_delivery", also_by=())
    story.prefer(channels={"T": ("email",)})
    story.deliver()
    story.passes(hours=13)
    story.receipt("bounced", channel="email", permanent=True)
    assert story.deliver() == []
    assert len(story.told) == 1


def test_a_soft_bounce_changes_nothing_but_is_passed_on(story):
    story.raised()
    story.deliver()
    story.receipt("bounced", channel="email", permanent=False)
    story.receipt("deferred", channel="email")
    story.receipt("delivered", channel="email")
    assert not story.row.dead
    assert [note.outcome for note in story.receipts] == ["bounced", "deferred", "delivered"]


def test_a_complaint_ends_mail_to_that_address_and_all_offers(story_of):
    story = story_of(known=False)
    story.seen(consents=("reviews",))
    story.raised("shipped", "n-1")
    story.deliver()
    story.now += HOUR
    story.receipt("complained", channel="email")
    story.raised("review_request", "n-2")
    story.raised("delivered", "n-3")
    assert [claim.channel for claim in story.deliver()] == ["sms"]
    assert story.reasons() == ["consent"]


def test_an_unsubscription_by_mail_ends_offers_alone(story_of):
    story = story_of(known=False)
    story.seen(consents=("reviews",))
    story.raised("review_request", "n-1")
    story.deliver()
    story.now += HOUR
    story.receipt("unsubscribed", channel="email")
    story.raised("shipped", "n-2")
    assert [claim.channel for claim in story.deliver()] == ["email"]
    assert story.row.consents["reviews"].given is False


def test_an_address_that_the_customer_gives_anew_is_tried_again(story):
    story.raised()
    story.deliver()
    story.receipt("bounced", channel="email", permanent=True)
    story.now += HOUR
    story.contact(email="anna.kowalska@example.com")
    story.raised("delivered", "n-2")
    assert story.deliver()[-1].channel == "email"


def test_who_has_stopped_texts_is_sent_none_though_the_shop_tells_the_same_number_again(story):
    story.raised("pickup_reminder", "n-1")
    story.deliver()
    story.receipt("unsubscribed", channel="sms")
    story.now += HOUR
    story.contact(email="new@example.com", phone=story.claims[-1].to)
    story.raised("pickup_reminder", "n-2")
    assert story.deliver()[-1].channel == "email"


def test_a_receipt_about_nothing_known_is_passed_on(story_of):
    story = story_of(known=False)
    story.receipt("bounced", "n-404", channel="email", permanent=True)
    assert len(story.receipts) == 1
    assert not story.tickets
    assert story.row is None


def test_a_newer_withdrawal_of_consent_stands_whatever_comes_late(story, noon):
    story.receipt("unsubscribed", channel="email")
    story.event(CustomerConsent("c1", "reviews", given=False, proof="link"), noon)
    story.event(CustomerConsent("c1", "reviews", given=True, proof="form"), noon - HOUR)
    assert story.row.consents["reviews"].given is False
    story.raised("review_request")
    assert story.reasons() == ["consent"]


def with_orders(story, count):
    for number in range(count):
        story.now += dt.timedelta(minutes=1)
        story.linked(f"m{number}")
    return story


def test_an_erasure_reaches_the_orders_that_a_full_row_has_packed_away(story):
    with_orders(story, 720)
    before = story.now - dt.timedelta(minutes=10, seconds=30)
    story.erase(before)
    assert sorted(erased(story)) == sorted(["o1", *(f"m{number}" for number in range(709))])
    assert story.forgotten[0].orders == 710
    assert sorted(story.row.orders) == sorted(f"m{number}" for number in range(709, 720))
    assert story.row.older == ()


def test_a_packed_order_that_has_ended_or_was_placed_too_late_is_not_told_of_an_erasure(story):
    with_orders(story, 510)
    story.linked("m2", ended=True)
    story.linked("m3")  # said again
    story.erase(story.now - dt.timedelta(minutes=506, seconds=30))
    assert (sorted(erased(story)), story.row.bought) == (["m0", "m1", "o1"], 507)


def test_orders_beyond_all_bounds_are_counted(story, monkeypatch):
    monkeypatch.setattr(older, "A_PACK", 10)
    monkeypatch.setattr(older, "MOST_BYTES", 300)
    with_orders(story, 560)
    assert story.let_go > 0
    assert story.let_go % 10 == 0
    assert sum(map(len, story.row.older)) <= 300
    story.erase()
    assert len(erased(story)) == 561 - story.let_go
