"""Rule 8: what is put into a channel that nobody reads is gone: nothing is fetched before."""

import asyncio
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams.engine.config import EngineConfig
from streams.engine.worker import Worker
from tests.kafka.support import Ledger

ROOT = Path(__file__).parents[3]


async def test_the_worker_waits_until_each_channel_is_read():
    worker = Worker([Ledger()], EngineConfig(brokers=""))
    read, unread = SimpleNamespace(subscriber_count=1), SimpleNamespace(subscriber_count=0)
    waiting = asyncio.create_task(worker._subscribed([read, unread]))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    unread.subscriber_count = 1
    await asyncio.wait_for(waiting, 1)


async def test_no_source_is_started_before_its_channel_is_read(monkeypatch: pytest.MonkeyPatch):
    steps: list[str] = []

    async def nothing(*arguments: object) -> None: ...

    async def subscribed(self: Worker, channels: object) -> None:
        steps.append("subscribed")

    async def added(app: object, source: object) -> None:
        steps.append("source")

    monkeypatch.setattr("streams.engine.worker.prepare_topics", nothing)
    monkeypatch.setattr("streams.engine.outbox.Outbox.start", nothing)
    monkeypatch.setattr("streams.engine.worker.Horizon.run", nothing)
    monkeypatch.setattr(Worker, "_subscribed", subscribed)
    monkeypatch.setattr("streams.engine.worker._App.add_runtime_dependency", added)
    worker = Worker([Ledger()], EngineConfig(brokers="nowhere:1"))
    await worker.start()
    worker._sources.clear()
    await worker.stop()
    assert steps == ["subscribed", "source"]


async def test_nothing_is_written_where_the_worker_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    async def nothing(*arguments: object) -> None: ...

    for what in ("prepare_topics", "Outbox.start", "Source.on_start", "Horizon.run"):
        monkeypatch.setattr(f"streams.engine.worker.{what}", nothing)
    monkeypatch.chdir(tmp_path)
    worker = Worker([Ledger()], EngineConfig(brokers="nowhere:1"))
    await worker.start()
    worker._sources.clear()
    await worker.stop()
    assert _written(tmp_path) == []


def _written(folder: Path) -> list[Path]:
    return list(folder.iterdir())


GOES_AWAY = """
import asyncio
from aiokafka.errors import KafkaConnectionError
from streams.engine import worker
from streams.engine.config import EngineConfig
from streams.engine.topics import UnreachableError
from tests.kafka.support import Ledger

async def fine(*arguments): ...

async def away(self):
    raise KafkaConnectionError

worker.prepare_topics = worker.Outbox.start = fine
worker.Source.on_start = away

async def main():
    try:
        await worker.Worker([Ledger()], EngineConfig(brokers="nowhere:1")).start()
    except UnreachableError as error:
        print(error)

asyncio.run(main())
"""


def test_a_kafka_that_goes_away_during_the_start_ends_the_process_with_a_sentence():
    done = subprocess.run(
        [sys.executable, "-c", GOES_AWAY], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "Kafka went away meanwhile: KafkaConnectionError\n"), (
        done.stderr
    )
