"""Which mails were said twice, and what excuses each: an incident that left the first copy in doubt.

A copy is excused in one of three ways.

- Its answer was withheld by the mailbox itself.
- Its sender died before the next copy came, and no outcome of it is in Kafka: it had no time to write it.
- Its sender was frozen, cut off or without Kafka while the outcome was to be written.

Whatever it was, it excuses one copy of a message, and no more messages of a sender than that could have
had in hand at once. The third only delays: what a sender that lives on was told must be in Kafka at last.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from tests.chaos.incidents import DIED, Incident
from tests.chaos.mailbox import Taken
from tests.chaos.settings import CLAIM_LASTS, SLOTS

UNANSWERED = "its answer was withheld"
FORE = 1.0  # seconds: a mail is noted here a little before its sender knows


class Excuse(NamedTuple):
    """`life`: how often the sender had died before; a supervisor starts its desk again by the same name."""

    incident: Incident
    sender: str
    life: int


class Outcomes(NamedTuple):
    """By message, how many of its outcomes are in Kafka: it was *sent*, or that is *doubtful*.

    A message is called as in its Message-ID, but for the domain.
    """

    sent: Counter[str]
    doubtful: Counter[str]


class Repeats:
    """`causes`: how often each kind of excuse was used; `needless`: copies that nothing excuses.

    `forgotten`: what its sender was told and never wrote, though it did not die.
    """

    def __init__(self) -> None:
        self.causes: Counter[str] = Counter()
        self.needless: list[str] = []
        self.forgotten: list[str] = []
        self.by_excuse: defaultdict[Excuse, list[str]] = defaultdict(list)

    @property
    def beyond(self) -> Iterator[str]:
        """Where one incident would have to excuse more than it can."""
        for (incident, sender, life), names in self.by_excuse.items():
            if len(names) > SLOTS or len(names) > len(set(names)):
                yield f"{sender} ({life}), {incident.what} at {incident.begin:.1f}: {', '.join(names[:9])}"

    @property
    def most(self) -> int:
        return max(map(len, self.by_excuse.values()), default=0)


def judge(mails: Iterable[Taken], written: Outcomes, incidents: Sequence[Incident]) -> Repeats:
    """Every mail is looked at, for what became of its outcome, not only those that came twice."""
    found = Repeats()
    copies: defaultdict[str, list[Taken]] = defaultdict(list)
    for mail in sorted(mails, key=lambda mail: mail.at):
        copies[mail.message_id].append(mail)
    for name, ours in copies.items():
        message = name.partition("@")[0]
        unwritten = sum(mail.answered for mail in ours) - written.sent[message]
        for before, after in pairwise(ours):
            unwritten -= _one(found, before, after, incidents, unwritten)
        if unwritten - written.doubtful[message] > (_death(ours[-1], None, incidents) is not None):
            found.forgotten.append(f"{name} by {', '.join(sorted({mail.sender for mail in ours}))}")
    return found


def _one(found: Repeats, before: Taken, after: Taken, incidents: Sequence[Incident], unwritten: int) -> bool:
    """Whether it took one of the outcomes that were never written to excuse this copy."""
    if not before.answered:
        found.causes[UNANSWERED] += 1
        return False
    incident = _death(before, after, incidents) if unwritten > 0 else None
    incident = incident or _trouble(before, incidents)
    if incident is None:
        found.needless.append(f"{before.message_id} by {before.sender} at {before.at:.1f} and {after.at:.1f}")
        return False
    found.causes[incident.what] += 1
    excuse = Excuse(incident, before.sender, _life(before, incidents))
    found.by_excuse[excuse].append(before.message_id)
    return incident.what == DIED


def _life(mail: Taken, incidents: Iterable[Incident]) -> int:
    return sum(
        each.what == DIED and each.sender == mail.sender and each.begin < mail.at for each in incidents
    )


def _death(before: Taken, after: Taken | None, incidents: Iterable[Incident]) -> Incident | None:
    end = after.at if after else float("inf")
    deaths = (each for each in incidents if each.what == DIED and each.sender == before.sender)
    return next((each for each in deaths if before.at - FORE <= each.begin <= end), None)


def _trouble(before: Taken, incidents: Iterable[Incident]) -> Incident | None:
    """What lasted while an outcome could be written in time: later, the claim was in doubt by itself."""
    for each in incidents:
        ours = each.what != DIED and each.sender in (None, before.sender)
        if ours and each.begin <= before.at + CLAIM_LASTS and each.end >= before.at - FORE:
            return each
    return None
