"""Whose unit is next: the most pressing input's, and nobody waits for ever."""

import asyncio
import contextlib

import pytest
from aiokafka import TopicPartition

from streams.agents.ingest import IngestAgent
from streams.engine.api import Local
from streams.engine.changelog import Changelog
from streams.engine.config import EngineConfig
from streams.engine.fatal import Fatal
from streams.engine.hooks import NoHooks
from streams.engine.partition import Partition
from streams.engine.store import Store
from streams.engine.turns import Turns
from tests.kafka.support import Fatals, Ledger, eventually
from tests.unit.engine.test_store import Noting


async def order_of(ranks: list[int], number: int = 1) -> list[tuple[int, int]]:
    """As their turns came: (rank, place in the queue) of those who waited while all turns were taken."""
    turns, had = Turns(number), []

    async def one(place: int, rank: int) -> None:
        async with turns.taken(rank):
            had.append((rank, place))

    async with contextlib.AsyncExitStack() as held:
        for _ in range(number):
            await held.enter_async_context(turns.taken(0))
        tasks = [asyncio.create_task(one(place, rank)) for place, rank in enumerate(ranks)]
        await asyncio.sleep(0)
        assert had == []
    await asyncio.gather(*tasks)
    return had


async def test_the_most_pressing_goes_first_and_among_equals_the_first():
    assert await order_of([2, 0, 1, 0]) == [(0, 1), (0, 3), (1, 2), (2, 0)]


async def test_no_rank_waits_for_ever():
    had = await order_of([3, *[0] * 20])
    assert had.index((3, 0)) < 4


async def test_no_more_than_so_many_at_a_time():
    turns, at_once, most = Turns(3), 0, 0

    async def one(rank: int) -> None:
        nonlocal at_once, most
        async with turns.taken(rank):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    await asyncio.gather(*(one(number % 4) for number in range(40)))
    assert most == 3


@pytest.mark.parametrize("given", [False, True], ids=["while it waits", "just as it is given"])
async def test_a_turn_that_nobody_waits_for_any_more_is_anothers(*, given: bool):
    turns = Turns(1)

    async def one() -> None:
        async with turns.taken(0):
            pass

    async with turns.taken(0):
        gone = asyncio.create_task(one())
        await asyncio.sleep(0)
        if not given:
            gone.cancel()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    async with asyncio.timeout(1), turns.taken(0):
        pass


async def test_a_failure_gives_its_turn_back():
    turns = Turns(1)
    with pytest.raises(ValueError, match="in it"):
        async with turns.taken(0):
            raise ValueError("in it")
    async with asyncio.timeout(1), turns.taken(0):
        pass


class Closing(Noting):
    async def close(self) -> None: ...


def partition_of(topic: str, ledger: Ledger, turns: Turns, fatals: Fatals) -> Partition:
    config = EngineConfig(brokers="nowhere")
    store = Store(
        config,
        topic=topic,
        changelog=TopicPartition(f"{topic}-changelog", 0),
        transactions=Closing(),  # type: ignore[arg-type]
        found=Changelog(),
        partitions=1,
    )
    return Partition(config, ledger, store, fatal=Fatal(fatals), hooks=NoHooks(), turns=turns)


async def test_of_an_agents_inputs_the_first_named_goes_first():
    ledger, turns, fatals = Ledger(), Turns(1), Fatals()
    ledger.inputs = ("first", "second", "third")
    async with turns.taken(0):
        partitions = [partition_of(topic, ledger, turns, fatals) for topic in ("third", "first", "second")]
        for each in partitions:
            each.submit(Local(b"k", each.store.topic))
        await asyncio.sleep(0.01)
        assert ledger.done == []
    await eventually(lambda: len(ledger.done) == 3)
    assert (ledger.done, fatals) == (["first", "second", "third"], [])
    for each in partitions:
        await each.close()


def test_what_customers_want_goes_before_their_orders_and_those_before_what_is_said_of_them():
    assert IngestAgent.inputs == ("customers", "orders", "suppliers", "shipments")
