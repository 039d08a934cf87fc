"""Whatever happens, in whatever order: never more than the slots, every claim answered once, nothing left."""

import asyncio
import datetime as dt
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.agents.senders import Errand, SenderPool, errands
from streams.domain.effects import DeskEffects
from tests.unit.sending.test_senders import NOW, claim, outcome, ready

FATES = ("sent", "fails", "refused", "hangs", "declined", "unanswered", "lease over")


class Course:
    """One run: each message has a fate; turns of the loop come between the steps."""

    def __init__(self, slots, per_brand):
        self.fates = {}
        self.shops = {}
        self.claimed = Counter()
        self.answered = Counter()
        self.at_once = self.most = 0
        self.slots = slots
        self.failures = []
        self.pool = SenderPool(
            self,
            {"email": slots},
            emit=self.emit,
            fail=self.failures.append,
            clock=lambda: NOW,
            per_brand=per_brand,
            attempt_timeout=0.02,
            grant_timeout=0.01,
        )

    def channels(self, shop):
        return ("email",)

    async def emit(self, attempted, claim):
        await asyncio.sleep(0)
        self.answered[claim.message_key] += 1

    async def deliver(self, claim, may_start):
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            fate = self.fates[claim.message_key]
            await asyncio.sleep(0)
            if fate == "hangs":
                await asyncio.Event().wait()
            if not may_start():
                return outcome(claim, "failed", reason="lease_over")
            if fate == "sent":
                return outcome(claim)
            return outcome(claim, "failed", reason="busy", permanent=fate == "refused")
        finally:
            self.at_once -= 1

    def open(self):
        self.pool.opened(0, lambda local: asyncio.get_running_loop().call_soon(self.fold, local))

    def fold(self, local):
        name = local.item.message_key
        fate = self.fates[name]
        if fate == "unanswered":
            return
        effects = DeskEffects()
        if fate != "declined" and not self.claimed[name]:
            lease = -1 if fate == "lease over" else 60
            effects.claims.append(claim(name, self.shops[name], lease=lease))
            self.claimed[name] += 1
        self.pool.after(0, errands(local.key, local.item, effects))

    async def run(self, steps):
        self.open()
        for number, (shop, fate, urgent, turns, close) in enumerate(steps):
            name = f"m{number}"
            self.fates[name], self.shops[name] = fate, shop
            self.pool.after(0, [Errand(b"k", ready(name, shop, urgent=urgent))])
            for _ in range(turns):
                await asyncio.sleep(0)
            if close:
                self.pool.closing(0)
                await self.pool.drained(0)
                self.open()
        await asyncio.sleep(0.15)
        self.pool.closing(0)
        await asyncio.wait_for(self.pool.drained(0), 1)
        await self.pool.close()


steps = st.lists(
    st.tuples(
        st.sampled_from(["acme", "bolt", "cosy"]),
        st.sampled_from(FATES),
        st.booleans(),
        st.integers(0, 4),
        st.sampled_from([False] * 9 + [True]),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=dt.timedelta(seconds=5))
@given(steps=steps, slots=st.integers(1, 5), per_brand=st.none() | st.integers(1, 3))
def test_slots_hold_and_every_claim_is_answered_once(steps, slots, per_brand):
    course = Course(slots, per_brand)
    asyncio.run(course.run(steps))
    assert course.failures == []
    assert course.most <= slots
    assert course.answered == course.claimed
    assert course.pool._slots["email"].in_use == 0
    assert not course.pool._grants
