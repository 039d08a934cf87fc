"""A process that lives and folds nothing is told from one that has nothing to fold."""

import asyncio
from typing import Any

from aiokafka import TopicPartition

from streams.engine.progress import Progress
from streams.engine.status import status_of
from tests.unit.engine.world import CONFIG, World

ZERO, ONE = TopicPartition("events", 0), TopicPartition("events", 1)


class Course:
    def __init__(self) -> None:
        self.now = 0.0
        self.progress = Progress(1.0, 60.0, lambda: self.now)

    def look(self, seconds: float, end: int, reached: int, place: TopicPartition = ZERO) -> bool:
        self.now += seconds
        self.progress.look({place: end}, {place: reached})
        return self.progress.stuck


def test_what_waits_and_never_moves_is_noticed_after_a_while():
    course = Course()
    assert [course.look(20.0, 5, 3) for _ in range(5)] == [False, False, False, False, True]


def test_whoever_moves_or_has_nothing_to_do_is_never_stuck():
    course = Course()
    assert not any(course.look(50.0, 1_000, number) for number in range(20))
    assert not any(course.look(50.0, 20, 20) for _ in range(20))


def test_what_nobody_could_ask_for_or_what_was_given_up_counts_for_nothing():
    course = Course()
    course.look(0.0, 5, 3)
    course.now = 50.0
    course.progress.unknown()
    assert not course.look(20.0, 5, 3)
    course.now += 100.0
    course.look(0.0, 9, 9, ONE)
    assert not course.progress.stuck


def test_a_worker_that_fetches_no_more_says_so_and_one_that_works_never_does():
    world = World(seed=5)
    try:
        world.start()
        world.pass_time(10.0)
        (process,) = world.alive

        def stuck() -> bool:
            return status_of(process.source, 0.0, 0.0).stuck

        for _ in range(40):
            world.produce(0, [(b"a", b"v")] * 3, "plain")
            world.produce(1, [(b"a", b"v")], "aborted")
            world.pass_time(CONFIG.progress_every)
            assert not stuck()

        async def never(*arguments: Any, **rest: Any) -> Any:
            await asyncio.Event().wait()

        process.source.consumer.getmany = never
        world.pass_time(2.0)  # until the fetch that was under way has come back
        world.produce(0, [(b"a", b"v")], "plain")
        world.pass_time(CONFIG.progress_patience / 2)
        assert not stuck()
        world.pass_time(CONFIG.progress_patience)
        assert stuck()
    finally:
        world.close()
