"""The sender pool: grants, slots, fairness, closing, leases. The courier is a fake that tells no lies."""

import asyncio
import datetime as dt
from collections import Counter

import pytest

from streams.agents.senders import Declined, Errand, SenderPool, errands
from streams.domain.effects import Claim, DeskEffects, Granted, Ready
from streams.domain.notes import Attempted, Content

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def ready(name, shop="acme", channel="email", *, urgent=False):
    return Ready(message_key=name, shop=shop, channel=channel, since=NOW, urgent=urgent)


def claim(name, shop="acme", channel="email", *, lease=60, attempt=1):
    return Claim(
        notification_id=f"n-{name}",
        message_key=name,
        attempt=attempt,
        channel=channel,
        provider="main",
        to="anna@example.com",
        intended_for="anna@example.com",
        customer_id=f"c-{name}",
        order_id="acme:1",
        shop=shop,
        kind="shipped",
        locale="en",
        timezone="UTC",
        country="PL",
        customer_name=None,
        address=None,
        content=Content(number="1", order_state="shipped"),
        because=("e1",),
        caused_at=NOW - dt.timedelta(minutes=5),
        decided_at=NOW,
        claimed_at=NOW,
        lease_until=NOW + dt.timedelta(seconds=lease),
        arrived_at=NOW - dt.timedelta(minutes=1),
    )


def outcome(claim, result="sent", **more):
    return Attempted(
        notification_id=claim.notification_id,
        customer_id=claim.customer_id,
        channel=claim.channel,
        attempt=claim.attempt,
        result=result,
        provider="main",
        **more,
    )


class Courier:
    """Holds each attempt until the test lets it go."""

    def __init__(self):
        self.begun = []
        self.gates = {}
        self.results = {}
        self.held = False
        self.at_once = Counter()
        self.most = Counter()

    def channels(self, shop):
        return ("email", "sms")

    async def deliver(self, claim, may_start):
        self.begun.append(claim.message_key)
        self.at_once[claim.channel] += 1
        self.most[claim.channel] = max(self.most[claim.channel], self.at_once[claim.channel])
        try:
            if self.held:
                await self.gates.setdefault(claim.message_key, asyncio.Event()).wait()
            if not may_start():
                return outcome(claim, "failed", reason="lease_over")
            return self.results.get(claim.shop, outcome)(claim)
        finally:
            self.at_once[claim.channel] -= 1

    def let_go(self, name):
        self.gates.setdefault(name, asyncio.Event()).set()


class Desk:
    """Answers grants as the agent would, once the loop turns: a claim, or a refusal."""

    def __init__(self, **options):
        self.courier = Courier()
        self.out = []
        self.failed = []
        self.granted = []
        self.refuse = set()
        self.mute = set()
        self.shops = {}
        self.lease = 60
        self.now = NOW
        self.broken = False
        options = {"slots": {"email": 4, "sms": 2}, "per_brand": 4} | options
        self.pool = SenderPool(
            self.courier,
            options.pop("slots"),
            emit=self.emit,
            fail=self.failed.append,
            clock=lambda: self.now,
            **options,
        )
        self.pool.opened(0, self.submit)

    async def emit(self, attempted, claim):
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("the broker is gone")
        self.out.append(attempted)

    def submit(self, local):
        name = local.item.message_key
        self.granted.append(name)
        if name not in self.mute:
            asyncio.get_running_loop().call_soon(self.fold, local)

    def fold(self, local):
        name = local.item.message_key
        effects = DeskEffects()
        if name not in self.refuse:
            channel, shop = self.shops[name]
            effects.claims.append(claim(name, shop, channel, lease=self.lease))
        self.pool.after(0, errands(local.key, local.item, effects))

    def say(self, *messages):
        for message in messages:
            self.shops[message.message_key] = (message.channel, message.shop)
            self.pool.after(0, [Errand(b"k", message)])


@pytest.fixture
async def desk():
    desk = Desk()
    yield desk
    for gate in desk.courier.gates.values():
        gate.set()
    desk.courier.held = False
    await desk.pool.close()


async def settle(turns=30):
    for _ in range(turns):
        await asyncio.sleep(0)


def test_a_grant_that_folds_into_no_claim_is_declined():
    assert errands(b"k", Granted("m1"), DeskEffects()) == [Errand(b"k", Declined("m1"))]


def test_a_claim_of_its_own_message_answers_a_grant():
    effects = DeskEffects(claims=[claim("m1")], ready=[ready("m2")])
    assert [type(errand.item) for errand in errands(b"k", Granted("m1"), effects)] == [Claim, Ready]


def test_a_claim_of_another_message_does_not_answer_a_grant():
    effects = DeskEffects(claims=[claim("m2")])
    assert Errand(b"k", Declined("m1")) in errands(b"k", Granted("m1"), effects)


async def test_a_ready_message_is_granted_claimed_sent_and_told(desk):
    desk.say(ready("m1"))
    await settle()
    assert desk.granted == ["m1"]
    assert [(a.notification_id, a.result) for a in desk.out] == [("n-m1", "sent")]


async def test_saying_ready_twice_grants_once(desk):
    desk.courier.held = True
    desk.say(ready("m1"), ready("m1"))
    await settle()
    assert desk.granted == ["m1"]


async def test_no_more_attempts_run_than_there_are_slots(desk):
    desk.say(*(ready(f"m{n}") for n in range(50)))
    await settle(600)
    assert len(desk.out) == 50
    assert desk.courier.most["email"] <= 4


async def test_no_more_grants_are_out_than_there_are_slots(desk):
    desk.mute = {f"m{n}" for n in range(50)}
    desk.say(*(ready(f"m{n}") for n in range(50)))
    await settle()
    assert len(desk.granted) == 4


async def test_a_declined_grant_gives_its_slot_to_the_next(desk):
    desk.refuse = {f"m{n}" for n in range(9)}
    desk.say(*(ready(f"m{n}") for n in range(10)))
    await settle(100)
    assert [a.notification_id for a in desk.out] == ["n-m9"]


async def test_channels_have_slots_of_their_own(desk):
    desk.courier.held = True
    desk.say(*(ready(f"m{n}") for n in range(10)), ready("s1", channel="sms"))
    await settle()
    assert "s1" in desk.courier.begun


async def test_urgent_messages_of_a_brand_go_first():
    desk = Desk(slots={"email": 1})
    desk.courier.held = True
    desk.say(ready("first"), ready("normal"), ready("urgent", urgent=True))
    for name in ("first", "urgent", "normal"):
        await settle()
        desk.courier.let_go(name)
    await settle()
    assert desk.courier.begun == ["first", "urgent", "normal"]
    await desk.pool.close()


async def test_brands_take_turns():
    desk = Desk(slots={"email": 1})
    desk.say(*(ready(f"a{n}", "acme") for n in range(20)), ready("b0", "bolt"), ready("b1", "bolt"))
    await settle(300)
    assert desk.granted.index("b0") <= 2
    assert desk.granted.index("b1") <= 4
    await desk.pool.close()


async def test_a_brand_that_hangs_leaves_slots_to_the_others():
    desk = Desk(slots={"email": 4}, per_brand=None)
    desk.courier.held = True
    desk.say(*(ready(f"a{n}", "acme") for n in range(20)))
    await settle()
    assert len(desk.courier.begun) == 3
    desk.say(ready("b0", "bolt"), ready("b1", "bolt"))
    await settle()
    assert Counter(name[0] for name in desk.courier.begun) == {"a": 3, "b": 1}
    for n in range(20):
        desk.courier.let_go(f"a{n}")
    desk.courier.let_go("b0")
    desk.courier.let_go("b1")
    await desk.pool.close()


async def test_among_several_brands_one_has_at_most_half():
    desk = Desk(slots={"email": 8}, per_brand=None)
    desk.courier.held = True
    desk.say(ready("b0", "bolt"), *(ready(f"a{n}", "acme") for n in range(20)))
    await settle()
    assert Counter(name[0] for name in desk.courier.begun) == {"a": 4, "b": 1}
    for n in range(20):
        desk.courier.let_go(f"a{n}")
    desk.courier.let_go("b0")
    await desk.pool.close()


async def test_a_brand_whose_provider_fails_is_down_to_one_slot_until_something_gets_through():
    desk = Desk(slots={"email": 4})
    desk.courier.results["acme"] = lambda claim: outcome(claim, "failed", reason="connect_refused")
    for n in range(3):
        desk.say(ready(f"a{n}"))
        await settle()
    desk.courier.held = True
    desk.say(*(ready(f"d{n}") for n in range(5)))
    await settle()
    assert desk.courier.begun[3:] == ["d0"]
    del desk.courier.results["acme"]
    desk.courier.let_go("d0")
    await settle()
    assert len(desk.courier.begun) == 3 + 5
    for n in range(5):
        desk.courier.let_go(f"d{n}")
    await desk.pool.close()


async def test_a_refused_recipient_does_not_brake_the_brand():
    desk = Desk(slots={"email": 4})
    desk.courier.results["acme"] = lambda claim: outcome(claim, "failed", reason="smtp_550", permanent=True)
    desk.say(*(ready(f"a{n}") for n in range(10)))
    await settle(100)
    desk.courier.held = True
    desk.say(*(ready(f"d{n}") for n in range(4)))
    await settle()
    assert len(desk.courier.begun) == 14
    for n in range(4):
        desk.courier.let_go(f"d{n}")
    await desk.pool.close()


async def test_closing_takes_back_what_waits_and_what_is_granted(desk):
    desk.mute = {"m1"}
    desk.say(ready("m1"), *(ready(f"w{n}") for n in range(10)))
    desk.pool.closing(0)
    await asyncio.wait_for(desk.pool.drained(0), 1)
    desk.say(ready("m2"))
    await settle()
    assert "m2" not in desk.granted


async def test_closing_calls_back_what_has_not_passed_the_point_of_no_return(desk):
    desk.courier.held = True
    desk.say(ready("m1"))
    await settle()
    desk.pool.closing(0)
    await asyncio.wait_for(desk.pool.drained(0), 1)
    assert [(a.reason, a.permanent, a.in_doubt) for a in desk.out] == [("not_started", False, False)]


async def test_drained_waits_for_what_has_passed_it_and_for_its_outcome(desk):
    gate = asyncio.Event()

    async def deliver(claim, may_start):
        assert may_start()
        await gate.wait()
        return outcome(claim)

    desk.courier.deliver = deliver
    desk.say(ready("m1"))
    await settle()
    desk.pool.closing(0)
    drained = asyncio.create_task(desk.pool.drained(0))
    await settle()
    assert not drained.done()
    gate.set()
    await asyncio.wait_for(drained, 1)
    assert [a.result for a in desk.out] == ["sent"]


async def test_a_claim_for_a_closed_partition_is_answered_not_sent(desk):
    desk.mute = {"m1"}
    desk.say(ready("m1"))
    desk.pool.closing(0)
    desk.pool.start(0, claim("m1"))
    await asyncio.wait_for(desk.pool.drained(0), 1)
    assert [(a.result, a.reason, a.permanent, a.in_doubt) for a in desk.out] == [
        ("failed", "not_started", False, False)
    ]
    assert desk.courier.begun == []


async def test_a_claim_that_never_had_a_grant_waits_for_a_slot(desk):
    desk.courier.held = True
    desk.say(*(ready(f"m{n}") for n in range(4)))
    await settle()
    desk.pool.start(0, claim("late"))
    await settle()
    assert "late" not in desk.courier.begun
    desk.courier.let_go("m0")
    await settle()
    assert "late" in desk.courier.begun
    for name in ("late", "m1", "m2", "m3"):
        desk.courier.let_go(name)


async def test_a_late_claim_is_answered_when_its_partition_closes(desk):
    desk.courier.held = True
    desk.say(*(ready(f"m{n}") for n in range(4)))
    await settle()
    desk.pool.start(0, claim("late"))
    desk.pool.closing(0)
    await settle()
    assert "late" not in desk.courier.begun
    assert {a.notification_id: a.reason for a in desk.out}["n-late"] == "not_started"


async def test_an_attempt_past_its_lease_is_not_made(desk):
    desk.lease = 0
    desk.say(ready("m1"))
    await settle()
    assert desk.courier.begun == []
    assert [(a.reason, a.permanent, a.in_doubt) for a in desk.out] == [("not_started", False, False)]


async def test_a_lease_that_runs_out_during_the_attempt_stops_it_before_the_point_of_no_return(desk):
    desk.courier.held = True
    desk.say(ready("m1"))
    await settle()
    desk.now = NOW + dt.timedelta(seconds=61)
    desk.courier.let_go("m1")
    await settle()
    assert [(a.result, a.reason) for a in desk.out] == [("failed", "lease_over")]


async def test_an_attempt_that_never_ends_is_cut_off():
    desk = Desk(attempt_timeout=0.02)
    desk.courier.held = True
    desk.say(ready("m1"))
    await asyncio.sleep(0.1)
    assert [(a.reason, a.in_doubt) for a in desk.out] == [("timeout", False)]
    await desk.pool.close()


async def test_an_attempt_cut_off_after_the_point_of_no_return_is_in_doubt():
    desk = Desk(attempt_timeout=0.02)

    async def hang(claim, may_start):
        assert may_start()
        await asyncio.Event().wait()

    desk.courier.deliver = hang
    desk.say(ready("m1"))
    await asyncio.sleep(0.1)
    assert [(a.reason, a.in_doubt) for a in desk.out] == [("timeout", True)]
    await desk.pool.close()


async def test_a_grant_that_is_never_answered_is_given_again_three_times_at_most():
    desk = Desk(slots={"email": 1}, grant_timeout=0.01)
    desk.mute = {"m1"}
    desk.say(ready("m1"), ready("m2"))
    await asyncio.sleep(0.2)
    assert Counter(desk.granted) == {"m1": 3, "m2": 1}
    assert [a.notification_id for a in desk.out] == ["n-m2"]
    await desk.pool.close()


async def test_an_outcome_that_cannot_be_written_ends_the_process(desk):
    desk.broken = True
    desk.say(ready("m1"))
    await settle()
    assert [type(error) for error in desk.failed] == [OSError]


async def test_a_courier_that_raises_ends_the_process(desk):
    async def explode(claim, may_start):
        raise RuntimeError("a fault of ours")

    desk.courier.deliver = explode
    desk.say(ready("m1"))
    await settle()
    assert [type(error) for error in desk.failed] == [RuntimeError]


async def test_what_a_provider_keeps_for_longer_than_a_drain_is_answered_in_doubt():
    """Its own time-out may be longer: the process would end with this and all other outcomes untold."""
    desk = Desk(patience=0.1)

    async def silent(_claim, may_start):
        assert may_start()
        await asyncio.sleep(60)

    desk.courier.deliver = silent
    desk.say(ready("m1"), ready("m2"))
    await settle()
    desk.pool.closing(0)
    async with asyncio.timeout(2):
        await desk.pool.drained(0)
    assert [(each.reason, each.in_doubt) for each in desk.out] == [("timeout", True)] * 2
    assert desk.failed == []


async def test_what_is_cut_off_may_take_its_time_to_end():
    """A time-out that has passed can't be set anew."""
    desk, ended = Desk(patience=0.05), []

    async def untidy(_claim, _may_start):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.15)
            ended.append(1)
            raise

    desk.courier.deliver = untidy
    desk.say(ready("m1"))
    await settle()
    desk.pool.closing(0)
    await desk.pool.drained(0)
    assert (ended, [each.reason for each in desk.out]) == ([1], ["not_started"])


async def test_a_provider_is_given_no_more_a_second_than_it_takes():
    desk = Desk(rates={"email": 50.0})
    desk.say(*(ready(f"m{n}") for n in range(8)))
    await settle()
    assert len(desk.granted) == 1
    await asyncio.sleep(0.3)
    assert len(desk.out) == 8
    await desk.pool.close()


async def test_a_slow_provider_keeps_no_other_from_its_own_pace():
    desk = Desk(rates={"slow": 0.1, "fast": 50.0}, provider_of=lambda shop, _channel: shop)
    desk.say(*(ready(f"s{n}", "slow") for n in range(3)))
    await settle()
    desk.say(*(ready(f"f{n}", "fast") for n in range(8)))
    await asyncio.sleep(0.3)
    assert [name for name in desk.granted if name.startswith("s")] == ["s0"]
    assert [name for name in desk.granted if name.startswith("f")] == [f"f{n}" for n in range(8)]
    await desk.pool.close()


async def test_a_channel_has_a_pace_beside_its_providers():
    desk = Desk(rates={"email": 2.0, "quick": 1000.0}, provider_of=lambda _shop, _channel: "quick")
    desk.say(*(ready(f"m{n}") for n in range(4)), ready("t", channel="sms"))
    await asyncio.sleep(0.05)
    assert desk.granted == ["m0", "t"]
    await desk.pool.close()


async def test_a_forgotten_message_is_not_granted(desk):
    desk.courier.held = True
    desk.say(*(ready(f"m{n}") for n in range(5)))
    desk.pool.forget(0, "m4")
    await settle()
    for n in range(4):
        desk.courier.let_go(f"m{n}")
    await settle()
    assert "m4" not in desk.granted


async def test_figures_are_told():
    told = []

    class Hooks:
        def attempted(self, claim, attempted, seconds):
            told.append(("attempted", attempted.result, seconds >= 0))

        def handed(self, claim, since_cause, since_arrival):
            told.append(("handed", since_cause, since_arrival))

        def load(self, channel, slots, in_use, waiting):
            told.append(("load", channel, slots, in_use, waiting))

        def granted(self, channel, outcome):
            told.append(("granted", outcome))

    desk = Desk(hooks=Hooks())
    desk.say(ready("m1"))
    await settle()
    assert ("handed", 300.0, 60.0) in told
    assert ("attempted", "sent", True) in told
    assert ("granted", "claimed") in told
    assert told[-1] == ("load", "email", 4, 0, 0)
    await desk.pool.close()
