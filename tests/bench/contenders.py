"""Runs one contender against a backlog, from a standing start until all of it is done, and times it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from tests.bench.load import INPUTS, PARTITIONS

_LOOK_EVERY = 0.1
_QUIET = 2.0  # seconds without lag after which the daemon counts as done
_PATIENCE = 600.0

CONFIG = """
delivery = "live"
mail_from = "orders@shop.example"
log = "json"
[providers]
mail = "null://mail{options}"
texts = "null://sms{options}"
# A claim lasts a transaction: at these rates more of them are under way than connections would be.
[senders]
email = 512
sms = 512
per_brand = 512
"""

GROUPS = {
    "ingest": INPUTS,
    "place": ("references",),
    "timeline": ("order-events",),
    "desk": ("notifications",),
}


@dataclass
class Time:
    """Seconds from the launch of the processes to the first and to the last event done."""

    first: float
    last: float

    def rate(self, events: int) -> float:
        """Events a second from the standing start: interpreter, group and empty stores included."""
        return events / self.last

    def running(self, events: int) -> float:
        """Events a second once it moves."""
        return events / (self.last - self.first)


class Broker:
    """What is asked of the broker from outside, alike for all contenders."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        self._reader = AIOKafkaConsumer(bootstrap_servers=bootstrap)

    async def __aenter__(self) -> Self:
        await self._admin.start()
        await self._reader.start()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._reader.stop()
        await self._admin.close()

    async def create(self, topic: str) -> None:
        await self._admin.create_topics([NewTopic(topic, PARTITIONS, 1)])

    async def length(self, topic: str) -> int:
        """Records ever written to it, transaction markers included; -1 while it is not there."""
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        try:
            return sum((await self._reader.end_offsets(parts)).values())
        except KafkaError:
            return -1

    async def committed(self, group: str) -> int:
        """All that the group has done; 0 while there is no such group."""
        try:
            found = await self._admin.list_consumer_group_offsets(group)
        except KafkaError:  # its coordinator is not there before its first member is
            return 0
        return sum(max(0, each.offset) for each in found.values())


@contextlib.contextmanager
def running(command: list[str], folder: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process, with its output in `folder`; ended as a person would end it."""
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **env})
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def daemon(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """`orderherald worker` with its roles as processes; a null provider answers for its senders."""
    return await _worker(broker, prefix, folder, events, options="?unread=yes")


async def rendering(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """The same, with every message rendered, on the same two cores."""
    return await _worker(broker, f"{prefix}rendered.", folder, events, options="")


async def _worker(broker: Broker, prefix: str, folder: Path, events: int, *, options: str) -> Time:
    (folder / "bench.toml").write_text(CONFIG.format(options=options))
    env = {
        "ORDERHERALD_BROKERS": broker.bootstrap,
        "ORDERHERALD_TOPIC_PREFIX": prefix,
        "ORDERHERALD_PARTITIONS": str(PARTITIONS),
        "ORDERHERALD_CONFIG": str(folder / "bench.toml"),
        "ORDERHERALD_WEB": "127.0.0.1:0",
    }
    command = [sys.executable, "-m", "streams", "worker"]
    begun = time.monotonic()
    with running(command, folder, **env) as process:
        return await _until_nolag(broker, prefix, process, begun, events)


async def _until_nolag(
    broker: Broker, prefix: str, process: subprocess.Popen[bytes], begun: float, events: int
) -> Time:
    first = quiet = None
    while (now := time.monotonic() - begun) < _PATIENCE:
        _alive(process)
        await asyncio.sleep(_LOOK_EVERY)
        done = await broker.committed(f"{prefix}orderherald-ingest")
        first = now if first is None and done else first
        if done < events or await lagging(broker, prefix):
            quiet = None
        elif quiet is None:
            quiet = now
        elif first is not None and now - quiet > _QUIET:
            return Time(first, quiet)
    raise TimeoutError("the daemon has not done its backlog")


async def lagging(broker: Broker, prefix: str) -> bool:
    """Whether some agent has still to fold something.

    The last one is asked first, as it mostly has: each question takes a part of what the daemon has of
    the broker and of the cores.
    """
    for name, inputs in reversed(GROUPS.items()):
        there = sum([await broker.length(prefix + each) for each in inputs])
        if there != await broker.committed(f"{prefix}orderherald-{name}"):
            return True
    return False


async def faust(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """One process: a plain agent is one."""
    command = [sys.executable, "-m", "tests.bench.plain_faust", "worker", "-l", "warn"]
    return await _until_told(broker, prefix, folder, events, name="faust", command=command)


async def tuned_faust(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """One process: the same agent in batches, on uvloop."""
    command = [sys.executable, "-m", "tests.bench.tuned_faust", "--loop", "uvloop", "worker", "-l", "warn"]
    return await _until_told(broker, prefix, folder, events, name="tuned", command=command)


async def quix(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """One process, RocksDB as it comes."""
    command = [sys.executable, "-m", "tests.bench.plain_quix"]
    return await _until_told(broker, prefix, folder, events, name="quix", command=command)


async def timeline_alone(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """The timeline agent under our engine, one process."""
    command = [sys.executable, "-m", "tests.bench.timeline_alone"]
    group = f"{prefix}orderherald-timeline"
    return await _until_committed(broker, prefix, folder, events, group=group, command=command)


async def same_fold_quix(broker: Broker, prefix: str, folder: Path, events: int) -> Time:
    """The very same agent under Quix Streams, one process, RocksDB as it comes."""
    await broker.create(f"{prefix}quix-same-fold-out")
    command = [sys.executable, "-m", "tests.bench.same_fold_quix"]
    group = f"{prefix}quix-same-fold"
    return await _until_committed(broker, prefix, folder, events, group=group, command=command)


async def _until_committed(
    broker: Broker, prefix: str, folder: Path, events: int, *, group: str, command: list[str]
) -> Time:
    """Both commit their group's offsets twice a second, so that is how well the end is known."""
    begun, first = time.monotonic(), None
    with running(command, folder, **_env(broker, prefix, folder / "state")) as process:
        while (now := time.monotonic() - begun) < _PATIENCE:
            _alive(process)
            done = await broker.committed(group)
            first = now if first is None and done else first
            if done >= events and first is not None:
                return Time(first, now)
            await asyncio.sleep(_LOOK_EVERY)
    raise TimeoutError(f"{group} has not done its backlog")


def _env(broker: Broker, prefix: str, folder: Path) -> dict[str, str]:
    return {
        "BENCH_BROKERS": broker.bootstrap,
        "BENCH_PREFIX": prefix,
        "BENCH_PARTITIONS": str(PARTITIONS),
        "BENCH_FOLDER": str(folder),
    }


async def _until_told(
    broker: Broker, prefix: str, folder: Path, events: int, *, name: str, command: list[str]
) -> Time:
    await broker.create(f"{prefix}{name}-out")
    begun, first = time.monotonic(), None
    with running(command, folder, **_env(broker, prefix, folder / name)) as process:
        while (now := time.monotonic() - begun) < _PATIENCE:
            _alive(process)
            told = await broker.length(f"{prefix}{name}-out")
            first = now if first is None and told > 0 else first
            if told >= events and first is not None:
                return Time(first, now)
            await asyncio.sleep(_LOOK_EVERY)
    raise TimeoutError(f"{name} has not done its backlog")


def _alive(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise RuntimeError(f"it ended by itself, with status {process.returncode}")
