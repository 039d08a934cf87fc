"""How long a worker needs to read a million orders' rows back before it works."""

import asyncio
import datetime as dt
import resource
import time
from collections.abc import Iterable

from confluent_kafka import Producer

from streams.agents.timeline import TimelineAgent
from streams.bootstrap.daemon import Daemon
from streams.bootstrap.edges import Edges, build_edges
from streams.bootstrap.kafka import engine_config
from streams.codec import read_event
from streams.domain import order as orders
from streams.domain import timeline
from streams.engine.changelog import Position, due_headers
from streams.engine.keys import partition_of
from streams.settings import Settings, load_settings
from tests.bench.load import AN_ORDER, PARTITIONS, backlog

_PATIENCE = 900.0


async def measure(bootstrap: str, rows: int) -> str:
    """Writes the changelog of so many delivered orders, and opens it. Returns a sentence."""
    settings = settings_for(bootstrap, "recovery.")
    edges = build_edges(settings)
    await opened(settings, edges)  # makes the topics
    size = fill(settings, edges, rows, AN_ORDER)
    seconds, cpu = await opened(settings, edges)
    await edges.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"  recovery of {rows:,} order rows of {size:,} bytes: {seconds:.1f} s, {rows / seconds:,.0f} rows/s "
        f"({cpu:.1f} s of CPU), at most {peak:.1f} GB"
    )


def settings_for(bootstrap: str, prefix: str) -> Settings:
    return load_settings(
        env={
            "ORDERHERALD_BROKERS": bootstrap,
            "ORDERHERALD_TOPIC_PREFIX": prefix,
            "ORDERHERALD_PARTITIONS": str(PARTITIONS),
        }
    )


async def opened(settings: Settings, edges: Edges) -> tuple[float, float]:
    """Wall and CPU seconds until every partition of the timeline is open."""
    daemon = Daemon(settings, edges, ("timeline",))
    begun, cpu = time.perf_counter(), time.process_time()
    await daemon.worker.start()
    try:
        await until_open(daemon)
        return time.perf_counter() - begun, time.process_time() - cpu
    finally:
        await daemon.worker.stop()


async def until_open(daemon: Daemon) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not _is_open(daemon):
            await asyncio.sleep(0.02)


def _is_open(daemon: Daemon) -> bool:
    found = {agent.name: agent for agent in daemon.worker.status().agents}["timeline"]
    return found.assigned == found.open == PARTITIONS


def fill(settings: Settings, edges: Edges, rows: int, events: int) -> int:
    """The changelog as the timeline would have written it: a row after so many events, under all keys.

    Each lies in its key's partition. Returns the row's bytes.
    """
    value, due = _a_row(edges, events)
    topic = engine_config(settings).changelog("timeline", "order-events")
    fill_changelog(settings, topic, value, due, (f"shop:{number}".encode() for number in range(rows)))
    return len(value)


def fill_changelog(
    settings: Settings,
    topic: str,
    value: bytes,
    due: float | None,
    keys: Iterable[bytes],
    *,
    last: bool = True,
) -> None:
    """The same row under each key, in the key's partition; `last`: then the position that all stand for."""
    producer = Producer(
        {
            "bootstrap.servers": settings.brokers,
            "linger.ms": 50,
            "compression.type": "snappy",
            "queue.buffering.max.kbytes": 2**20,
        }
    )
    headers = list(due_headers(due))
    for key in keys:
        while True:
            try:
                producer.produce(topic, value, key, partition=partition_of(key, PARTITIONS), headers=headers)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    position = Position(-1, PARTITIONS).write()
    for partition in range(PARTITIONS if last else 0):
        producer.produce(topic, position.value, position.key, partition=partition)
    producer.flush(600)


def _a_row(edges: Edges, events: int) -> tuple[bytes, float | None]:
    """An order's row after so many of its events, as the timeline leaves it."""
    agent = TimelineAgent(edges.world)
    row: timeline.Order | None = None
    for beat in backlog(AN_ORDER)[:events]:
        event = read_event(beat.value, dt.datetime.now(dt.UTC))
        row, _ = timeline.apply(row, event, dt.datetime.now(dt.UTC), edges.world)
    assert row is not None
    due = orders.due(row)
    return agent.encode(row), None if due is None else due.timestamp()
