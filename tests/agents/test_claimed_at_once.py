"""A message is claimed in the very unit that makes it ready, where a sender is free; and sent not before."""

import asyncio
import datetime as dt

import pytest

from streams.agents.desk import DeskAgent
from streams.agents.errands import Errand
from streams.agents.senders import SenderPool
from streams.agents.shell import NOTIFICATIONS, note
from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Content, CustomerSeen, IntentRaised
from streams.domain.values import Contact
from streams.domain.world import Brand, World
from streams.engine.api import Record
from streams.engine.unit import fold_unit

NOON = dt.datetime(2026, 3, 4, 11, 0, tzinfo=dt.UTC)
WORLD = World(
    brands={"acme": Brand(id="acme", delivery="live", timezone="Europe/Warsaw", locale="en")},
    zones={"PL": "Europe/Warsaw"},
    languages={"PL": "pl"},
)


class Courier:
    def __init__(self):
        self.delivered = []

    async def deliver(self, claim, may_start):
        may_start()
        self.delivered.append(claim.customer_id)
        return Attempted(
            claim.notification_id, claim.customer_id, claim.channel, claim.attempt, "sent", claim.provider
        )


class Desk:
    """One partition of the agent, with one sender for mails. A unit is durable once `agent.after` is told."""

    def __init__(self):
        self.courier, self.answers, self.rows, self.locals = Courier(), [], {}, []
        self.pool = SenderPool(
            self.courier, {"email": 1, "sms": 1}, emit=self._emit, fail=self._fail, clock=lambda: NOON
        )
        self.agent = DeskAgent(WORLD, self.pool)
        self.agent.opened(0, self.locals.append)

    async def _emit(self, answer, claim):
        self.answers.append(answer)

    def _fail(self, error):
        raise error

    def unit(self, *events):
        records = [
            Record(NOTIFICATIONS, 0, offset, out.key, out.value, int(NOON.timestamp() * 1000), out.headers)
            for offset, out in enumerate(events)
        ]
        before, self.locals[:] = self.locals[:], []
        unit = fold_unit(
            self.agent, self.rows, [*records, *before], NOON.timestamp(), 900_000, answer=self._answer
        )
        assert not unit.refused
        self.rows |= {key: data for key, (data, _) in unit.rows.items()}
        return unit

    def _answer(self, after):
        left = self.agent.announce(0, after)
        said, self.locals[:] = self.locals[:], []
        return left, said


def intent(customer):
    content = Content("1001", "shipped", placed_at=NOON - dt.timedelta(days=1))
    raised = IntentRaised(
        f"n-{customer}", 1, f"o-{customer}", customer, "acme", "shipped", slot="shipped", because=("cause",),
        caused_at=NOON, decided_at=NOON, locale=None, timezone=None, country="PL", content=content,
        covers=("shipped:1",),
    )  # fmt: skip
    person = Contact(customer, "PL", "Anna", f"{customer}@example.com", None)
    told = (CustomerSeen(person, f"o-{customer}", "acme"), raised)
    now = NOON.timestamp()
    return [note(NOTIFICATIONS, customer, each, source="test", name=f"{customer}{place}", now=now)
            for place, each in enumerate(told)]  # fmt: skip


@pytest.fixture
async def desk():
    desk = Desk()
    yield desk
    await desk.pool.close()


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_is_claimed_in_the_unit_that_makes_it_ready(desk):
    unit = desk.unit(*intent("c1"))
    (errand,) = [each for each in unit.after if isinstance(each, Errand)]
    assert isinstance(errand.item, Claim)
    assert desk.agent.decode(unit.rows[b"c1"][0]).pending["n-c1"].deliveries[0].state == "claimed"


async def test_nothing_leaves_before_the_unit_is_durable(desk):
    unit = desk.unit(*intent("c1"))
    await settled()
    assert desk.courier.delivered == []
    desk.agent.after(0, unit.after)
    await settled()
    assert desk.courier.delivered == ["c1"]


async def test_no_more_is_claimed_than_there_are_senders(desk):
    unit = desk.unit(*intent("c1"), *intent("c2"))
    assert [each.item.customer_id for each in unit.after if isinstance(each, Errand)] == ["c1"]
    desk.agent.after(0, unit.after)
    await settled()
    assert len(desk.locals) == 1  # the sender is free again, for the other
    desk.agent.after(0, desk.unit().after)
    await settled()
    assert desk.courier.delivered == ["c1", "c2"]
