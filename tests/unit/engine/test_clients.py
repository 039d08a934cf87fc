"""Whoever ends a client goes on, whatever its own tasks were doing; one that finds nobody does not spin."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import KafkaConnectionError

from streams.engine import clients
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.offline import records_from
from tests.brokers import MockBroker, mock_broker
from tests.unit.engine.virtual_time import VirtualLoop

__all__ = ["mock_broker"]


class Client:
    closed = False

    async def close(self) -> None:
        self.closed = True


class Consumer:
    """Stops as aiokafka's does, with a fetch that has failed and waits before it is tried again."""

    def __init__(self) -> None:
        self._client = Client()
        self._fetcher = Fetcher.__new__(Fetcher)
        self._fetcher._fetch_task = asyncio.create_task(asyncio.sleep(60))
        self._fetcher._fetch_waiters = set()
        self._fetcher._pending_tasks = {asyncio.create_task(asyncio.sleep(60))}

    async def stop(self) -> None:
        await self._fetcher.close()
        await self._client.close()


async def test_the_client_is_as_we_think_it_is():
    """Once this fails, `stop_client` has become needless."""
    consumer = Consumer()
    with pytest.raises(asyncio.CancelledError):
        await consumer.stop()


async def test_a_cancellation_of_its_own_does_not_end_the_caller():
    consumer = Consumer()
    await stop_client(consumer)
    assert consumer._client.closed


async def test_a_cancellation_of_the_callers_does():
    consumer = Consumer()

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await stop_client(consumer)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert consumer._client.closed


async def test_a_reader_whose_broker_is_not_there_is_closed_all_the_same():
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
    nowhere = EngineConfig(brokers="127.0.0.1:1")
    with pytest.raises(KafkaConnectionError):
        _ = [each async for each in records_from(nowhere, TopicPartition("t", 0), 0)]
    gc.collect()
    await asyncio.sleep(0)
    assert [each for each in told if "Unclosed" in each] == []


class Asking:
    """A consumer whose client finds no broker, and is asked for the cluster's layout again and again."""

    def __init__(self) -> None:
        self._client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
        self._client._metadata_update = self._nobody
        self.asked = 0

    async def start(self) -> None: ...

    async def _nobody(self, *_arguments: object) -> bool:
        self.asked += 1
        if self.asked % 100 == 0:
            await asyncio.sleep(1)  # else this test would never end where it fails
        return False

    async def _ask(self) -> None:
        while True:
            await self._client.force_metadata_update()

    async def asked_within(self, seconds: float) -> int:
        tasks = [asyncio.create_task(work()) for work in (self._client._md_synchronizer, self._ask)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return self.asked


def test_a_client_that_finds_nobody_asks_twice_a_second():
    async def scene() -> tuple[int, int]:
        bare, ours = Asking(), Asking()
        await start_client(ours)
        return await bare.asked_within(10), await ours.asked_within(10)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        bare, ours = runner.run(scene())
    assert bare > 500  # once this fails, our patience has become needless
    assert ours <= 21


async def test_a_start_that_finds_no_end_is_over_before_the_caller_goes_on(monkeypatch):
    monkeypatch.setattr(clients, "_FINISH", 0.01)
    ended: list[str] = []

    class Waiting:
        async def start(self) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)
                ended.append("start")

    async def work() -> None:
        try:
            await start_client(Waiting())
        finally:
            ended.append("caller")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (task.cancelled(), ended) == (True, ["start", "caller"])


async def _cut_short(consumer: AIOKafkaConsumer, starting: Coroutine[None, None, None], turns: int) -> bool:
    """Whether it had started before it was cancelled."""
    task = asyncio.create_task(starting)
    for _ in range(turns):
        await asyncio.sleep(0)
    started = task.done()
    task.cancel()
    await asyncio.wait([task])
    await stop_client(consumer)
    return started


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "its own"])  # the latter is why there is ours
async def test_a_start_that_is_cut_short_leaves_no_connection(mock_broker, ours):
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for _ in range(1 if ours else 20):  # where the client leaves one hangs on what comes in when
            await _cut_short_everywhere(mock_broker, start_client if ours else AIOKafkaConsumer.start)
            if told:
                break
    assert ("Unclosed AIOKafkaConnection" in told) is not ours


async def _cut_short_everywhere(broker: MockBroker, start: Callable[[AIOKafkaConsumer], Any]) -> None:
    """Once after each of the loop's turns that a start takes."""
    for turns in range(1, 200):
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
        if await _cut_short(consumer, start(consumer), turns):
            return
        del consumer
        gc.collect()
