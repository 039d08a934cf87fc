"""The checker's own judgement: what excuses a second copy, and what doesn't."""

from collections import Counter
from collections.abc import Mapping

import pytest

from tests.chaos.incidents import DIED, Incident
from tests.chaos.mailbox import Taken
from tests.chaos.repeats import UNANSWERED, Outcomes, judge
from tests.chaos.settings import CLAIM_LASTS, SLOTS

AWAY = "Kafka was away"


def copies(*times: float, name: str = "m", sender: str = "a", answered: bool = True) -> list[Taken]:
    return [Taken(f"{name}@example.com", at, answered, sender) for at in times]


def wrote(sent: Mapping[str, int], doubtful: Mapping[str, int] | None = None) -> Outcomes:
    return Outcomes(Counter(sent), Counter(doubtful or {}))


def died(at: float, sender: str = "a") -> Incident:
    return Incident(DIED, at, at, sender)


def test_a_copy_without_any_reason_is_needless():
    found = judge(copies(10, 30), wrote({"m": 1}), [])
    assert len(found.needless) == 1
    assert not found.causes


def test_an_answer_that_was_withheld_excuses_the_next_copy():
    mails = copies(10, answered=False) + copies(12)
    assert judge(mails, wrote({"m": 1}), []).causes == {UNANSWERED: 1}


def test_a_crash_excuses_a_mail_whose_outcome_was_never_written():
    assert judge(copies(10, 30), wrote({"m": 1}), [died(11)]).causes == {DIED: 1}


@pytest.mark.parametrize(
    ("written", "death"),
    [
        (2, died(11)),  # the outcome was there before it died
        (1, died(8)),  # it had died before
        (1, died(31)),  # only after the second copy
        (1, died(11, "b")),  # it was another
    ],
)
def test_a_crash_excuses_no_more_than_it_can_have_caused(written: int, death: Incident):
    assert judge(copies(10, 30), wrote({"m": written}), [death]).needless


def test_a_crash_excuses_one_copy_of_a_message():
    found = judge(copies(10, 30, 50), wrote({"m": 1}), [died(11)])
    assert (found.causes, len(found.needless)) == ({DIED: 1}, 1)


def test_trouble_excuses_what_could_not_be_written_in_time():
    begun = Incident(AWAY, 11, 60)
    assert judge(copies(10, 70), wrote({"m": 2}), [begun]).causes == {AWAY: 1}
    late = Incident(AWAY, 10 + CLAIM_LASTS + 1, 60)
    assert judge(copies(10, 70), wrote({"m": 2}), [late]).needless


def test_trouble_of_another_sender_excuses_nothing():
    assert judge(copies(10, 70), wrote({"m": 2}), [Incident("frozen", 9, 30, "b")]).needless


def test_a_crash_leaves_no_more_in_doubt_than_a_sender_has_in_hand():
    names = [f"m{serial}" for serial in range(SLOTS + 1)]
    mails = [mail for name in names for mail in copies(10, 30, name=name)]
    found = judge(mails, wrote(dict.fromkeys(names, 1)), [died(11)])
    assert (found.most, len(list(found.beyond))) == (SLOTS + 1, 1)
    fewer = judge(mails[:-2], wrote(dict.fromkeys(names, 1)), [died(11)])
    assert (fewer.most, list(fewer.beyond)) == (SLOTS, [])


@pytest.mark.parametrize(("death", "beyond"), [(died(20), 0), (died(5), 1), (died(20, "b"), 1)])
def test_one_that_was_started_again_in_an_outage_has_its_own_in_hand(death: Incident, beyond: int):
    names = [f"m{serial}" for serial in range(SLOTS + 1)]
    mails = [mail for name in names[:-1] for mail in copies(10, 70, name=name)]
    mails += copies(21, 70, name=names[-1])
    found = judge(mails, wrote(dict.fromkeys(names, 2)), [Incident(AWAY, 6, 60), death])
    assert len(list(found.beyond)) == beyond


def test_what_a_sender_was_told_it_must_write_while_it_lives():
    assert judge(copies(10), wrote({"m": 1}), []).forgotten == []
    assert len(judge(copies(10), wrote({}), []).forgotten) == 1
    assert len(judge(copies(10), wrote({}), [died(11, "b"), died(8)]).forgotten) == 1
    assert judge(copies(10), wrote({}), [died(70)]).forgotten == []
    assert judge(copies(10), wrote({}, {"m": 1}), []).forgotten == []
    assert judge(copies(10, answered=False), wrote({}), []).forgotten == []


def test_trouble_delays_an_outcome_and_takes_none_away():
    away = Incident(AWAY, 11, 60)
    found = judge(copies(10, 70), wrote({"m": 1}), [away])
    assert (found.needless, len(found.forgotten)) == ([], 1)
    crashed = judge(copies(10, 70), wrote({"m": 1}), [away, died(50)])
    assert (crashed.causes, crashed.forgotten) == ({DIED: 1}, [])


def test_one_death_takes_one_outcome_away():
    found = judge(copies(10, 30), wrote({}), [died(11)])
    assert (found.causes, len(found.forgotten)) == ({DIED: 1}, 1)


def test_what_goes_on_still_excuses():
    assert judge(copies(10, 30), wrote({"m": 1}), [Incident(AWAY, 5, float("inf"))]).causes == {AWAY: 1}
