"""What the engine is for: nothing lost and nothing folded twice, whatever dies, on a real Kafka."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from streams.engine.fatal import FENCED
from streams.engine.topics import prepare_topics
from tests.brokers import Cluster
from tests.kafka.support import OUTPUTS, Ledger, fast, read, rows_of, write

pytestmark = pytest.mark.kafka
ROOT = Path(__file__).parent.parent.parent
EVENTS = 20_000


class Fleet:
    """Worker processes on one prefix; whatever is left of them at the end is killed."""

    def __init__(self, kafka: Cluster, prefix: str, folder: Path) -> None:
        self._command = [sys.executable, "-m", "tests.kafka.worker_process", kafka.bootstrap, prefix]
        self._log = folder / "workers.log"
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            worker = subprocess.Popen(self._command, cwd=ROOT, stdout=log, stderr=log)
        self.workers.append(worker)
        return worker

    def kill_all(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()


@pytest.fixture
def fleet(kafka: Cluster, request: pytest.FixtureRequest, tmp_path: Path):
    fleet = Fleet(kafka, prefix_of(request), tmp_path)
    yield fleet
    fleet.kill_all()


def prefix_of(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name[:30]}."


async def count(kafka: Cluster, topic: str) -> int:
    return len(await read(kafka.bootstrap, topic))


async def until(kafka: Cluster, topic: str, wanted: int, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while await count(kafka, topic) < wanted:
            await asyncio.sleep(0.2)


def events(number: int) -> list[tuple[bytes, bytes]]:
    return [(f"k{n % 300}".encode(), b"v") for n in range(number)]


async def check(kafka: Cluster, prefix: str) -> None:
    """Independent of the engine's own notes: the input against rows and outputs, as sets and as counts."""
    config = fast(kafka.bootstrap, prefix)
    sent = {f"{event.partition}:{event.offset}" for event in await read(kafka.bootstrap, prefix + "events")}
    rows = await rows_of(kafka.bootstrap, config)
    folded = Counter(place for row in rows.values() for place in row["folded"])
    written = Counter(record.value.decode() for record in await read(kafka.bootstrap, prefix + "folded"))
    assert len(sent) == EVENTS
    assert sent - set(folded) == set(), "lost"
    assert [place for place, times in folded.items() if times > 1] == [], "folded twice"
    assert written == folded, "outputs differ from rows"
    for key, row in rows.items():
        in_order = sorted(row["folded"], key=lambda place: int(place.split(":")[1]))
        assert row["folded"] == in_order, key


async def test_kill_9_in_the_middle_loses_nothing_and_repeats_nothing(
    kafka: Cluster, fleet: Fleet, request: pytest.FixtureRequest
):
    prefix = prefix_of(request)
    await prepare_topics(fast(kafka.bootstrap, prefix), [Ledger()], OUTPUTS)
    await write(kafka.bootstrap, prefix + "events", events(EVENTS))
    for part in (0.1, 0.4, 0.7):
        worker = fleet.start()
        await until(kafka, prefix + "folded", int(EVENTS * part))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    fleet.start()
    await until(kafka, prefix + "folded", EVENTS)
    await check(kafka, prefix)


async def test_workers_come_and_go_and_a_frozen_one_comes_back_without_a_loss_or_a_repeat(
    kafka: Cluster, fleet: Fleet, request: pytest.FixtureRequest
):
    prefix = prefix_of(request)
    await prepare_topics(fast(kafka.bootstrap, prefix), [Ledger()], OUTPUTS)
    first = fleet.start()
    writing = asyncio.create_task(write_slowly(kafka, prefix + "events"))
    await until(kafka, prefix + "folded", 1_000)
    zombie, third = fleet.start(), fleet.start()
    await until(kafka, prefix + "folded", EVENTS // 3)
    zombie.send_signal(signal.SIGSTOP)
    await asyncio.sleep(4.5)  # longer than the session: its partitions are others' by now
    zombie.send_signal(signal.SIGCONT)
    await until(kafka, prefix + "folded", EVENTS // 2)
    first.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(first.wait, 15) == 0
    fleet.start()
    await writing
    await until(kafka, prefix + "folded", EVENTS)
    await check(kafka, prefix)
    assert third.poll() is None
    assert zombie.poll() in (None, FENCED), "it may join again, or be fenced; nothing else"


async def write_slowly(kafka: Cluster, topic: str) -> None:
    everything = events(EVENTS)
    for start in range(0, EVENTS, 500):
        await write(kafka.bootstrap, topic, everything[start : start + 500])
        await asyncio.sleep(0.25)
