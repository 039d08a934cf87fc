import asyncio

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from streams.web.postbox import Postbox, UnavailableError
from streams.web.replies import unsubscribed
from tests.unit.web.pages import NOW

EVENT = unsubscribed("meadow:c-42", "tips", NOW)


class Outbox:
    """`errors`: one for each step, None where it goes well. `hold`: records wait for it."""

    def __init__(self, *errors):
        self.errors, self.sent, self.log, self.hold = list(errors), [], [], None

    def _step(self, name):
        self.log.append(name)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error

    async def start(self):
        self._step("start")

    async def stop(self):
        self.log.append("stop")

    async def send(self, out):
        self._step("send")
        if self.hold is not None:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                await asyncio.sleep(0)  # as a client does that has something to close
                self.log.append("cut short")
                raise
        self.sent.append(out)
        return 0


async def test_nothing_is_opened_before_there_is_something_to_say():
    outbox = Outbox()
    async with Postbox(outbox):
        pass
    assert outbox.log == []


async def test_events_lie_among_the_customers_under_their_key():
    outbox = Outbox()
    async with Postbox(outbox) as post:
        await asyncio.gather(*(post.put(EVENT, "meadow:c-42") for _ in range(3)))
    assert outbox.log == ["start", "send", "send", "send", "stop"]
    assert {(out.topic, out.key) for out in outbox.sent} == {("customers", b"meadow:c-42")}


@pytest.mark.parametrize("error", [KafkaConnectionError(), KafkaTimeoutError()])
async def test_a_broker_that_is_away_is_asked_anew_by_the_next_visitor(error):
    outbox = Outbox(error)
    async with Postbox(outbox) as post:
        with pytest.raises(UnavailableError):
            await post.put(EVENT, "k")
        await post.put(EVENT, "k")
    assert outbox.log == ["start", "start", "send", "stop"]


async def test_a_mistake_of_ours_is_not_called_a_broker_that_is_away():
    async with Postbox(Outbox(None, RuntimeError("ours"))) as post:
        with pytest.raises(RuntimeError, match="ours"):
            await post.put(EVENT, "k")


async def test_a_visitors_patience_ends_and_what_is_under_way_still_arrives():
    outbox = Outbox()
    outbox.hold = asyncio.Event()
    async with Postbox(outbox, patience=0.01) as post:
        with pytest.raises(UnavailableError):
            await post.put(EVENT, "k")
        outbox.hold.set()
    assert len(outbox.sent) == 1


async def test_what_is_still_under_way_at_the_end_has_ended_before_its_outbox_closes():
    outbox = Outbox()
    outbox.hold = asyncio.Event()
    async with Postbox(outbox, patience=0.01) as post:
        with pytest.raises(UnavailableError):
            await post.put(EVENT, "k")
    assert outbox.log == ["start", "send", "cut short", "stop"]


async def test_a_crowd_is_turned_away_at_once():
    outbox = Outbox()
    outbox.hold = asyncio.Event()
    async with Postbox(outbox, patience=60, most=2) as post:
        waiting = [asyncio.create_task(post.put(EVENT, "k")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError):
            await asyncio.wait_for(post.put(EVENT, "k"), 1)
        outbox.hold.set()
        await asyncio.gather(*waiting)


async def test_what_never_arrives_is_let_go_at_the_end(monkeypatch):
    outbox = Outbox()
    outbox.hold = asyncio.Event()
    async with Postbox(outbox, patience=0.01) as post:
        with pytest.raises(UnavailableError):
            await post.put(EVENT, "k")
    assert outbox.log[-1] == "stop"
    assert outbox.sent == []
