"""From a ready message to a mail on the wire: pool, courier, templates and SMTP as they run together."""

import asyncio
import datetime as dt
import email
from email.policy import default

import msgspec
import pytest
import structlog

from adapters.courier import SendingCourier
from adapters.registry import build_providers
from adapters.render import Templates
from adapters.samples import BRAND, claims
from adapters.world import build_world
from streams.agents.senders import Errand, SenderPool, errands
from streams.domain.effects import DeskEffects, Ready
from tests.smtp.scripted import DROP, HANG, TAKE_AND_DROP, ScriptedSmtp

PASSWORD = "p4ssword-of-the-tests"


class Desk:
    """Claims whatever it is granted."""

    def __init__(self, server):
        world = build_world(brands={BRAND.id: BRAND}, defaults=BRAND)
        now = dt.datetime.now(dt.UTC)
        lease = now + dt.timedelta(seconds=60)
        sample = claims("shipped", "pl")["full"]
        self.claim = msgspec.structs.replace(sample, channel="email", provider=None, lease_until=lease)
        self.answers = []
        self.courier = SendingCourier(
            Templates(world),
            build_providers({"main": server.url(login=f"me:{PASSWORD}@")}),
            brand=world.brand,
        )
        self.pool = SenderPool(
            self.courier,
            {"email": 2, "sms": 1},
            emit=self.emit,
            fail=self.answers.append,
            clock=lambda: dt.datetime.now(dt.UTC),
        )
        self.pool.opened(0, lambda local: asyncio.get_running_loop().call_soon(self.fold, local))

    async def emit(self, attempted, claim):
        self.answers.append(attempted)

    def fold(self, local):
        self.pool.after(0, errands(local.key, local.item, DeskEffects(claims=[self.claim])))

    def say_ready(self):
        message = Ready(self.claim.message_key, self.claim.shop, "email", self.claim.claimed_at)
        self.pool.after(0, [Errand(b"c", message)])

    async def send(self):
        self.say_ready()
        while not self.answers:
            await asyncio.sleep(0.01)
        return await self.end()

    async def end(self):
        await self.pool.close()
        await self.courier.close()
        await asyncio.sleep(0.01)
        return self.answers.pop()


async def test_a_ready_message_is_rendered_and_arrives():
    async with ScriptedSmtp(extensions=("AUTH PLAIN",)) as server:
        desk = Desk(server)
        answer = await desk.send()
    assert (answer.result, answer.provider) == ("sent", "main")
    [(_, recipient, content)] = server.taken
    message = email.message_from_bytes(content, policy=default)
    assert recipient == desk.claim.to
    assert message["Message-ID"] == answer.provider_id
    assert message["Subject"]
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


async def test_a_lost_answer_is_in_doubt_and_the_logs_stay_clean():
    with structlog.testing.capture_logs() as logged:
        async with ScriptedSmtp({"content": TAKE_AND_DROP}, extensions=("AUTH PLAIN",)) as server:
            desk = Desk(server)
            answer = await desk.send()
    assert (answer.result, answer.reason, answer.in_doubt) == ("failed", "disconnect_content", True)
    assert [entry["event"] for entry in logged] == ["attempt_failed"]
    for secret in (PASSWORD, desk.claim.to, desk.claim.customer_name, desk.claim.customer_id):
        assert secret not in str(logged)


async def test_a_lost_connection_before_that_is_simply_tried_again_later():
    async with ScriptedSmtp({"RCPT": DROP}, extensions=("AUTH PLAIN",)) as server:
        answer = await Desk(server).send()
    assert (answer.result, answer.permanent, answer.in_doubt) == ("failed", False, False)


@pytest.mark.parametrize(
    ("moment", "reason", "in_doubt"),
    [("RCPT", "not_started", False), ("content", "disconnect_content", True)],
)
async def test_giving_a_partition_up_waits_only_for_what_has_passed_the_point_of_no_return(
    moment, reason, in_doubt
):
    async with ScriptedSmtp({moment: HANG}, extensions=("AUTH PLAIN",)) as server:
        desk = Desk(server)
        desk.say_ready()
        while "RCPT" not in " ".join(server.seen) or (moment == "content" and server.seen[-1] != "DATA"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        desk.pool.closing(0)
        drained = asyncio.create_task(desk.pool.drained(0))
        if in_doubt:
            await asyncio.sleep(0.05)
            assert not drained.done()
            server.leaving.set()
        async with asyncio.timeout(20):  # less than an attempt may take
            await drained
        answer = await desk.end()
    assert (answer.result, answer.reason, answer.in_doubt) == ("failed", reason, in_doubt)
