"""Whose unit is next: the most pressing input's, and nobody waits for ever."""

import asyncio
import contextlib

import pytest

from streams.engine.turns import Turns


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
