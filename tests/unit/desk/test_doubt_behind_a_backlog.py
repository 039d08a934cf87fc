"""Rule 24: whoever takes over far behind must fold the old owner's answers before it judges its claims."""

import datetime as dt

from streams.domain.notes import TimerFired


def test_no_claim_is_judged_by_the_clock_while_its_answer_may_lie_behind_the_backlog(story):
    story.raised()
    [claim] = story.grant()
    over = story.due()
    claimed = story.now
    story.now += dt.timedelta(hours=2)  # a new owner opens the row, and folds what came before the answer
    story.event(TimerFired(claimed + dt.timedelta(seconds=5)))
    story.seen()
    story.raised("shipped", "n-2", order="o2")
    assert story.due() == over, "the claim stands as it was"
    story.answer(claim)
    assert [told.outcome for told in story.told] == ["sent"]
    story.event(TimerFired(over))
    assert story.grant(claim.message_key) == []


def test_a_fire_for_the_end_of_the_lease_lies_behind_every_answer_given_in_time_and_judges(story):
    story.raised()
    [claim] = story.grant()
    over = story.due()
    story.now = over + dt.timedelta(hours=2)
    story.event(TimerFired(over))
    story.passes(hours=1)
    assert [again.repeat for again in story.grant(claim.message_key)] == [True]
