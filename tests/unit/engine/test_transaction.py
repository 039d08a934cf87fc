"""The producer of one partition: what a cancelled opening and a slow broker may not do (rules 9, 11, 14)."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ProducerFenced

from streams.engine import transaction as module
from streams.engine.config import EngineConfig
from streams.engine.transaction import Transactions, Write

LOG = TopicPartition("changelog", 0)


class FakeBatch:
    def __init__(self) -> None:
        self.records: list[bytes] = []

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: list[Any]) -> object | None:
        if len(self.records) == 3:
            return None
        self.records.append(value)
        return object()

    def size(self) -> int:
        return sum(map(len, self.records))


class FakeProducer:
    def __init__(self, **settings: Any) -> None:
        self.settings, self.calls = settings, list[str]()
        self.fencing, self.committing = asyncio.Event(), asyncio.Event()
        self.fencing.set()
        self.committing.set()
        self.error: Exception | None = None
        self.client = SimpleNamespace(close=self._note("client closed"))
        self.end = 0

    def _note(self, what: str) -> Any:
        async def noted() -> None:
            self.calls.append(what)

        return noted

    async def start(self) -> None:
        await self.fencing.wait()
        self.calls.append("fenced")

    async def stop(self) -> None:
        self.calls.append("stopped")

    def create_batch(self) -> FakeBatch:
        self.calls.append("built")
        return FakeBatch()

    async def begin_transaction(self) -> None:
        self.calls.append("begun")

    async def send_batch(self, batch: FakeBatch, topic: str, partition: int) -> Any:
        sent: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self.error:
            sent.set_exception(self.error)
        else:
            sent.set_result(SimpleNamespace(offset=self.end))
        self.end += len(batch.records)
        self.calls.append(f"sent {len(batch.records)}")
        return sent

    async def commit_transaction(self) -> None:
        await self.committing.wait()
        self.calls.append("committed")


@pytest.fixture
async def ours(monkeypatch: pytest.MonkeyPatch) -> Transactions:
    monkeypatch.setattr(module, "AIOKafkaProducer", FakeProducer)
    return Transactions(EngineConfig(brokers="", transaction_timeout=0.1), "group-events-0")


async def accept(first: int) -> None:
    """Whatever the changelog's end is."""


async def test_everything_is_built_before_the_transaction_begins(ours: Transactions):
    seen: list[int] = []

    async def look(first: int) -> None:
        seen.append(first)

    await ours.write({LOG: [Write(b"k", b"v")] * 5}, LOG, look)
    assert ours._producer.calls == ["built", "built", "begun", "sent 3", "sent 2", "committed"]
    assert seen == [0]


async def test_a_cancelled_opening_still_waits_for_its_fence(ours: Transactions):
    ours._producer.fencing.clear()
    opening = asyncio.create_task(ours.fence())
    await asyncio.sleep(0.01)
    opening.cancel()
    await asyncio.sleep(0.01)
    assert not opening.done(), "a late InitProducerId would fence the rightful owner"
    ours._producer.fencing.set()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert ours._producer.calls == ["fenced"]


async def test_a_fenced_unit_is_neither_retried_nor_aborted(ours: Transactions):
    ours._producer.error = ProducerFenced()
    with pytest.raises(ProducerFenced):
        await ours.write({LOG: [Write(b"k", b"v")]}, LOG, accept)
    assert "committed" not in ours._producer.calls


async def test_a_commit_that_does_not_end_is_cut_off(ours: Transactions):
    ours._producer.committing.clear()
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await ours.write({LOG: [Write(b"k", b"v")]}, LOG, accept)
    assert time.monotonic() - started < 2


async def test_what_the_check_refuses_is_not_committed(ours: Transactions):
    async def refuse(first: int) -> None:
        raise ValueError(first)

    with pytest.raises(ValueError, match="0"):
        await ours.write({LOG: [Write(b"k", b"v")]}, LOG, refuse)
    assert "committed" not in ours._producer.calls
