"""Tickets about reaching a customer: once for each cause, closed by an address that works."""


def tickets(story):
    return [(ticket.ticket_id, ticket.closed) for ticket in story.tickets]


def test_a_customer_without_a_mail_address_is_asked_for_one_once_an_order(story_of):
    story = story_of(known=False)
    story.seen(email=None)
    for number in range(3):
        story.raised("order_confirmation", f"n-{number}")
        story.deliver()

    assert tickets(story) == [("no_email:o1", False)]
    story.contact(phone="+48600000002")
    assert len(story.tickets) == 1
    story.contact(email="new@example.com")
    assert tickets(story) == [("no_email:o1", False), ("no_email:o1", True)]


def test_mail_that_comes_back_is_settled_by_another_address_and_asked_anew_if_that_fails_too(story):
    for name, email in (("n-1", "second@example.com"), ("n-2", "third@example.com")):
        story.raised(name=name)
        story.deliver()
        story.receipt("bounced", name, permanent=True)
        story.passes(minutes=1)
        story.contact(email=email)

    assert tickets(story) == [
        ("mail_bounced:o1", False),
        ("mail_bounced:o1", True),
        ("mail_bounced:o1:2", False),
        ("mail_bounced:o1:2", True),
    ]


def test_the_address_that_bounced_given_again_with_an_older_order_settles_nothing(story):
    story.raised()
    story.deliver()
    story.receipt("bounced", permanent=True)
    story.seen("o2", at=story.now.replace(hour=1))

    assert tickets(story) == [("mail_bounced:o1", False)]


def test_a_ticket_tells_where_the_order_stands_what_was_told_and_what_to_do(story):
    story.raised("order_confirmation", "n-0")
    story.deliver()
    story.raised()
    story.deliver()
    story.receipt("bounced", permanent=True)

    [ticket] = story.tickets
    assert ticket.told == ("2026-03-04 11:00Z order_confirmation", "2026-03-04 11:00Z shipped")
    assert ticket.proposed == "Ask the customer for another e-mail address."
    assert (ticket.due_at - ticket.at).total_seconds() == 86_400


def test_an_erasure_leaves_nobody_to_be_asked(story):
    story.raised()
    story.deliver()
    story.receipt("bounced", permanent=True)
    story.passes(hours=1)
    story.erase()

    assert tickets(story) == [("mail_bounced:o1", False), ("mail_bounced:o1", True)]
    assert story.row.tickets == {}


def test_only_so_many_are_remembered(story):
    for number in range(40):
        story.raised("order_confirmation", f"n-{number}", order=f"o{number}")
        [claim] = story.grant()
        story.fail(claim, reason="smtp_550", permanent=True)
        story.deliver()

    assert len(story.row.tickets) <= 24
