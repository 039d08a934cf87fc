"""What the engine's tests share: a processor that notes what it folded, and readers of topics."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from streams.engine.api import AT_ONCE, NOTHING, NOWHERE, Folded, Local, Out, Record, Rows
from streams.engine.config import EngineConfig, TopicSpec
from streams.engine.fatal import where
from streams.engine.worker import Worker

OUTPUTS = (TopicSpec("folded"), TopicSpec("concluded"), TopicSpec("dead-letters"))


class Ledger:
    """A row is the list of `partition:offset` folded for its key; each fold writes one to `folded` too.

    A value `poison` raises, `big` writes too large a record, `grow` grows the row by 300 kB,
    `wake:SECONDS` asks for a timer then.
    """

    name = "ledger"
    inputs: tuple[str, ...] = ("events",)
    has_rows = True

    def __init__(self, slow: float = 0.0) -> None:
        self.submit: dict[int, Callable[[Local], bool]] = {}
        self.done: list[Any] = []
        self.given_up: list[int] = []
        self.slow = slow

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        row = rows.get(record.key or b"") or {"folded": [], "due": None, "ballast": ""}
        if isinstance(record, Local):
            return self._local(record, row, rows)
        value = record.value or b""
        place = f"{record.partition}:{record.offset}"
        row["folded"].append(place)  # in place, and before it fails: nothing of this may stay
        if value == b"poison":
            raise ValueError("this one cannot be folded")
        if value == b"big":
            return Folded(out=[Out("folded", record.key, b"x" * 2_000_000)])
        if value == b"grow":
            row["ballast"] += "x" * 300_000
        row["due"] = now + float(value[5:]) if value.startswith(b"wake:") else None
        rows.set(record.key or b"", row)
        if self.slow:
            time.sleep(self.slow)
        return Folded(out=[Out("folded", record.key, place.encode())], after=[place])

    def _local(self, item: Local, row: Any, rows: Rows) -> Folded:
        if item.item == "poison":
            raise ValueError("nor can this")
        if item.item == "nothing":
            return NOTHING
        row["folded"].append(f"local:{item.item}")
        rows.set(item.key, row)
        return Folded(after=[item.item])

    def refuse(self, record: Record, error: Exception) -> Iterable[Out]:
        letter = {"reason": type(error).__name__, "place": f"{record.partition}:{record.offset}"}
        return [Out("dead-letters", record.key, json.dumps(letter).encode())]

    def encode(self, row: Any) -> bytes:
        return b"\x01" + json.dumps(row).encode()

    def decode(self, data: bytes) -> Any:
        if data[:1] != b"\x01":
            raise ValueError("a row of a newer version")
        return json.loads(data[1:])

    def due(self, row: Any) -> float | None:
        return row["due"]

    def wake(self, key: bytes, due: float) -> Out:
        return Out(self.inputs[0], key, b"woken")

    def opened(self, partition: int, submit: Any) -> None:
        self.submit[partition] = submit

    def closing(self, partition: int) -> None:
        self.submit.pop(partition, None)
        self.given_up.append(partition)

    async def drained(self, partition: int) -> None:
        return None

    def after(self, partition: int, done: Any) -> None:
        self.done += done


class Deferring(Ledger):
    """It draws conclusions, which can wait: a row says how many records it had at its last one."""

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        if isinstance(record, Record) and record.offset == NOWHERE:
            rows.set(record.key or b"", rows.get(record.key or b""))
            return NOTHING
        return super().fold(record, rows, now)

    def share(self, key: bytes) -> bytes:
        return b"all"

    def put_off(self, key: bytes, row: Any, now: float) -> tuple[Any, Folded]:
        return row | {"owed": True}, NOTHING  # `concluded` stays what it was

    def conclude(self, key: bytes, row: Any, now: float) -> tuple[Any, Folded]:
        count = len(row["folded"])
        return row | {"owed": False, "concluded": count}, Folded((Out("concluded", key, b"%d" % count),))

    def due(self, row: Any) -> float | None:
        return AT_ONCE if row.get("owed") else super().due(row)


class Relay:
    """Without rows and with two inputs, as ingest: what comes in goes out to `events`."""

    name = "relay"
    inputs = ("left", "right")
    has_rows = False

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        assert isinstance(record, Record)
        return Folded(out=[Out("events", record.key, record.value)])

    def refuse(self, record: Record, error: Exception) -> Iterable[Out]:
        return [Out("dead-letters", record.key, b"refused")]

    def encode(self, row: Any) -> bytes:
        raise NotImplementedError

    decode = due = encode

    def wake(self, key: bytes, due: float) -> Out:
        raise NotImplementedError

    def opened(self, partition: int, submit: Any) -> None: ...

    def closing(self, partition: int) -> None: ...

    async def drained(self, partition: int) -> None: ...

    def after(self, partition: int, done: Any) -> None: ...


class Fatals(list):
    """Notes what would have ended the process."""

    def __call__(self, cause: str, error: BaseException | None) -> None:
        self.append((cause, error, where(error)))

    @property
    def errors(self) -> list[str]:
        return [type(error).__name__ for _, error, _ in self]


def fast(bootstrap: str, prefix: str, **changes: Any) -> EngineConfig:
    """Short time-outs, so that a test waits for none for long."""
    settings = {
        "partitions": 4,
        "session_timeout": 6.0,
        "heartbeat": 0.5,
        "drain_timeout": 8.0,
        "rebalance_timeout": 10.0,
        "request_timeout": 20.0,
        "commit_every": 0.2,
        "horizon_every": 0.1,
        "timer_every": 0.05,
    }
    return EngineConfig(brokers=bootstrap, prefix=prefix, **(settings | changes))


@asynccontextmanager
async def running(processors: list[Any], config: EngineConfig, **rest: Any) -> AsyncIterator[Worker]:
    worker = Worker(processors, config, topics=OUTPUTS, **rest)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def eventually(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to be in time")
        await asyncio.sleep(0.02)
    return found


def ready(worker: Worker) -> bool:
    status = worker.status()
    return status.ready and all(agent.open for agent in status.agents)


async def write(bootstrap: str, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        sent = [await producer.send(topic, value=value, key=key) for key, value in records]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def read(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Everything committed in it, from the beginning to the end as of now."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    await consumer.start()
    found: list[ConsumerRecord] = []
    try:
        await consumer._client._wait_on_metadata(topic)
        places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        ends = await consumer.end_offsets(places)
        begins = await consumer.beginning_offsets(places)
        consumer.assign(places)
        for place in places:
            consumer.seek(place, begins[place])
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += records
    finally:
        await consumer.stop()
    return found


async def rows_of(bootstrap: str, config: EngineConfig, name: str = "ledger") -> dict[bytes, Any]:
    """The rows as the changelog has them, by key."""
    rows: dict[bytes, Any] = {}
    for record in await read(bootstrap, config.changelog(name, "events")):
        if record.key[:1] != b"\x00":
            rows[record.key] = None if record.value is None else json.loads(record.value[1:])
    return {key: row for key, row in rows.items() if row is not None}
