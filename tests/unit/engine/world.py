"""A few workers of the real engine on a Kafka in memory, and an observer that trusts none of them."""

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from contextvars import copy_context
from typing import Any, NamedTuple
from unittest import mock

import msgspec
from aiokafka import TopicPartition

from streams.engine import changelog, markers, opening, owed, source, transaction
from streams.engine.api import Folded, Local, Out, Record, Rows
from streams.engine.changelog import POSITION_KEY, Position
from streams.engine.source import Source
from streams.engine.worker import Worker
from tests.kafka.support import Deferring, Fatals, fast
from tests.unit.engine.kafka_in_memory import (
    HERE,
    Entry,
    InMemoryConsumer,
    InMemoryKafka,
    InMemoryProducer,
    Machine,
    Transaction,
    tag,
)
from tests.unit.engine.virtual_time import VirtualLoop

PARTITIONS = 2
SESSION = 3.0
CONFIG = fast(
    "nowhere",
    "",
    batch_records=4,
    backlog=2,
    put_off_for=4.0,
    wakes_a_unit=2,
    poison_a_minute=10_000,
    timer_again=5.0,
    timer_every=0.5,
    commit_every=0.5,
)
INPUTS = [TopicPartition("events", number) for number in range(PARTITIONS)]
CHANGELOGS = [TopicPartition(CONFIG.changelog("ledger", "events"), number) for number in range(PARTITIONS)]


class Outbox:
    """Plain: what it is given lies in the log, though the answer may be late."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def send(self, out: Out, partition: int) -> int:
        await self._machine.hop()
        offset = self._machine.cluster.produce(
            TopicPartition(out.topic, partition), [Entry(out.key, out.value)]
        )
        await self._machine.hop()
        return offset


class Announced(NamedTuple):
    key: bytes
    place: str


class Answering(Deferring):
    """What a record that says `ask` announces is answered in the same unit, by a local item."""

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        folded = super().fold(record, rows, now)
        if isinstance(record, Record) and record.value == b"ask":
            place = f"{record.partition}:{record.offset}"
            return folded._replace(after=[*folded.after, Announced(record.key or b"", place)])
        return folded

    def announce(self, partition: int, done: list[Any]) -> list[Any]:
        asked = [each for each in done if isinstance(each, Announced)]
        for each in asked:
            if submit := self.submit.get(partition):  # gone where the partition is being given up
                submit(Local(each.key, f"answer to {each.place}"))
        return [each for each in done if not isinstance(each, Announced)]


class Process(Machine):
    """One worker with one agent, from its start to its end."""

    def __init__(self, cluster: InMemoryKafka, skew: float) -> None:
        super().__init__(cluster)
        self.ever_frozen = False
        self.drops = 0  # of the next batches on their way to the fold
        self.dropped = self.stopping = False
        self.ledger, self.fatals = Answering(), Fatals()
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        clock = asyncio.get_running_loop().time
        self.worker = Worker([self.ledger], CONFIG, on_fatal=self._fatal, clock=lambda: clock() + skew)
        self.worker.outbox = Outbox(self)  # type: ignore[assignment]
        worker = self.worker
        self.source = Source(
            CONFIG,
            self.ledger,
            self._queue.put,
            fatal=worker._fatal,
            hooks=worker._hooks,
            clock=worker._clock,
            beat=clock,
        )
        worker._sources.append(self.source)

    def start(self) -> None:
        context = copy_context()
        context.run(HERE.set, self)
        asyncio.get_running_loop().create_task(self._run(), context=context)

    async def _run(self) -> None:
        await self.source.start()
        timers = self.worker._guarded("timers", self.worker._fire)
        await asyncio.gather(timers, self._agent())

    async def _agent(self) -> None:
        """As the worker's, but that its channel may drop a batch."""
        while True:
            batch = await self._queue.get()
            if self.drops:
                self.drops, self.dropped = self.drops - 1, True
            else:
                self.source.fold(batch)

    def _fatal(self, cause: str, error: BaseException | None) -> None:
        self.fatals(cause, error)
        self.end()

    def end(self) -> None:
        """At once; the group notices when its session is over."""
        self.die()
        for consumer in [each for each in self.cluster.group.members if each.machine is self]:
            asyncio.get_running_loop().call_later(SESSION, self.cluster.group.leave, consumer)

    def stop(self) -> None:
        """As on SIGTERM; a second one changes nothing."""
        if not self.stopping:
            self.stopping = True
            self.source.consumer.run(self._stop())

    async def _stop(self) -> None:
        await self.source.stop()
        self.end()

    def freeze_for(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self.ever_frozen = True
        self.freeze()
        loop.call_later(seconds, self.thaw)
        if seconds > SESSION:
            for consumer in [each for each in self.cluster.group.members if each.machine is self]:
                loop.call_later(SESSION, self.cluster.group.expel, consumer)

    @property
    def may_stand_still(self) -> bool:
        """Two batches in a row that are dropped leave no room for a third, which would show it."""
        return self.dead or self.dropped

    def unexpected(self) -> list[str]:
        """Why it ended, but for what a broker's failure, a frozen process and a dropped batch may lead to."""
        allowed = {"ProducerFenced", "KafkaTimeoutError"}
        allowed |= {"TimeoutError"} if self.ever_frozen else set()
        allowed |= {"Hole"} if self.dropped else set()
        return [
            f"{cause}: {error!r} at {at}"
            for cause, error, at in self.fatals
            if type(error).__name__ not in allowed
        ]


class Observer:
    """Reads what is committed, as anybody could; `look` raises where something is that must not be."""

    def __init__(self, cluster: InMemoryKafka) -> None:
        self._cluster = cluster
        self._changelogs = [_Changelog(cluster, place) for place in CHANGELOGS]

    def look(self, processes: list[Process]) -> None:
        for each in self._changelogs:
            each.read_on()
        folded = self.outputs()
        assert not [place for place, count in folded.items() if count > 1], "folded twice"
        for process in processes:
            assert not process.unexpected(), process.unexpected()
            assert process.may_stand_still or not process.source.progress.stuck, (
                "it says that it folds nothing"
            )
            for place, partition in process.source.partitions.items():
                self._changelogs[place.partition].agrees(partition.store)
                first = _first_put_off(partition.store)
                assert (partition.settled or 0) <= first, "the group passes what nothing was said about"

    def outputs(self) -> Counter[str]:
        """How often each input record has taken effect."""
        found: Counter[str] = Counter()
        for number in range(PARTITIONS):
            found.update(
                (entry.value or b"").decode()
                for _, entry in self._cluster.log(TopicPartition("folded", number)).committed()
            )
            found.update(
                msgspec.json.decode(entry.value or b"")["place"]
                for _, entry in self._cluster.log(TopicPartition("dead-letters", number)).committed()
            )
        return found

    def waiting(self) -> list[str]:
        """Inputs that are not folded to their end, and rows that wait for a timer."""
        found = []
        for each, place in zip(self._changelogs, INPUTS, strict=True):
            each.read_on()
            last = max((offset for offset, _ in self._cluster.log(place).committed()), default=-1)
            if each.position < last:
                found.append(f"{place.partition} stands at {each.position}, not at {last}")
            if each.due:
                found.append(f"{place.partition} has timers: {sorted(each.due)}")
        return found

    def conclude(self) -> None:
        """Everything exactly once, and each row what its records say, in their order."""
        wanted: Counter[str] = Counter()
        for place, each in zip(INPUTS, self._changelogs, strict=True):
            rows: dict[bytes, list[str]] = {}
            log = list(self._cluster.log(place).committed())
            for offset, entry in log:
                name = f"{place.partition}:{offset}"
                wanted[name] += 1
                if entry.value != b"poison":
                    rows.setdefault(entry.key or b"", []).append(name)
            rows_now = {key: msgspec.json.decode(row[1:]) for key, row in each.rows.items()}
            assert all(row["concluded"] == len(row["folded"]) for row in rows_now.values()), "nothing said"
            found = {key: row["folded"] for key, row in rows_now.items()}
            local = [name for row in found.values() for name in row if name.startswith("local:")]
            answered = Counter(name.removeprefix("local:answer to ") for name in local if "answer" in name)
            asked = [f"{place.partition}:{offset}" for offset, entry in log if entry.value == b"ask"]
            assert answered == Counter(asked), "an answer and what it answers came apart"
            assert len(local) == len(set(local)), "something of a worker's own was folded twice"
            kept = {key: [name for name in row if name not in local] for key, row in found.items()}
            assert {key: row for key, row in kept.items() if row} == rows, "a row is not what its records say"
        assert self.outputs() == wanted, "something is lost"


class _Changelog:
    """One partition's, read as the rules say; every state that it went through is remembered."""

    def __init__(self, cluster: InMemoryKafka, place: TopicPartition) -> None:
        self._log = cluster.log(place)
        self._read = 0
        self._session = 0
        self.position, self.now = -1, 0.0
        self.rows: dict[bytes, bytes] = {}
        self.due: dict[bytes, bytes] = {}
        self._ends, self._states = [0], [(self.rows, self.due)]

    def read_on(self) -> None:
        for offset, entry in self._log.committed(self._read):
            assert entry.transaction is not None
            assert entry.transaction.session >= self._session, "an old owner wrote after a new one"
            self._session = entry.transaction.session
            self._take(offset, entry)
        self._read = self._log.stable()

    def _take(self, offset: int, entry: Entry) -> None:
        if entry.key == POSITION_KEY:
            position = Position.read(entry.value or b"")
            assert position.offset >= self.position, "a position went back"
            assert position.now >= self.now, "the clock went back"
            self.position, self.now = position.offset, position.now
            self._ends.append(offset + 1)
            self._states.append((dict(self.rows), dict(self.due)))
            return
        key = entry.key or b""
        self.due.pop(key, None)
        if entry.value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = entry.value
            if entry.headers:
                self.due[key] = entry.headers[0][1]

    def agrees(self, store: Any) -> None:
        """With the state that the changelog had where this store has folded to, be it long ago."""
        rows, due = self._states[bisect_right(self._ends, store._end) - 1]
        assert dict(store.rows) == rows, "rows are not what their changelog says"
        assert set(store.timers._due) == set(due), "timers are not what their changelog says"


def _first_put_off(store: Any) -> float:
    """The offset of the first record whose row waits for its conclusion."""
    rows = [msgspec.json.decode(store.rows[key][1:]) for key in store.timers.put_off()]
    waiting = [name for row in rows for name in row["folded"][row.get("concluded", 0) :]]
    offsets = [int(name.partition(":")[2]) for name in waiting if not name.startswith("local:")]
    return min(offsets, default=float("inf"))


async def _id_of(client: Any, topic: str) -> bytes:
    return b"one and the same"


class World:
    """The loop, the cluster, its processes; `pass_time` lets all of them go on."""

    def __init__(self, seed: int) -> None:
        self._patched = ExitStack()
        for module in (source, changelog, opening, markers):
            self._patched.enter_context(mock.patch.object(module, "AIOKafkaConsumer", InMemoryConsumer))
        self._patched.enter_context(mock.patch.object(opening, "id_of", _id_of))
        self._patched.enter_context(mock.patch.object(owed, "_FEW", 0))  # else three rows were no backlog
        self._patched.enter_context(mock.patch.object(transaction, "AIOKafkaProducer", InMemoryProducer))
        self.loop = VirtualLoop()
        self.loop.set_task_factory(tag)
        self.errors: list[Any] = []
        self.loop.set_exception_handler(self._note)
        self.kafka = InMemoryKafka(PARTITIONS, seed)
        self.observer = Observer(self.kafka)
        self.processes: list[Process] = []
        self._locals = 0
        self.do(self._begin)

    def _begin(self) -> None:
        self._group = asyncio.ensure_future(self.kafka.group.run())

    def _note(self, loop: Any, context: dict[str, Any]) -> None:
        """What a callback raised; a task's own exception is for whoever waits for it."""
        if "handle" in context:
            self.errors.append(context)

    def do(self, what: Callable[..., Any], *arguments: Any) -> Any:
        """Inside the loop, where a process's calls belong."""

        async def done() -> Any:
            return what(*arguments)

        return self.loop.run_until_complete(done())

    def pass_time(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @property
    def alive(self) -> list[Process]:
        return [process for process in self.processes if not process.dead]

    def start(self, skew: float = 0.0) -> None:
        def started() -> None:
            process = Process(self.kafka, skew)
            self.processes.append(process)
            process.start()

        self.do(started)

    def produce(self, partition: int, values: list[tuple[bytes, bytes]], how: str) -> None:
        """`plain`, or by a transaction that is `committed` or `aborted` and leaves its marker behind."""
        owner = None if how == "plain" else Transaction(0)
        entries = [Entry(key, value, transaction=owner) for key, value in values]
        self.kafka.produce(INPUTS[partition], entries)
        if owner is not None:
            self.kafka.end(owner, how)

    def submit(self, process: Process, partition: int, key: bytes) -> None:
        submit = process.ledger.submit.get(partition)
        if submit is not None:
            self._locals += 1
            self.do(submit, Local(key, self._locals))

    def look(self) -> None:
        self.observer.look(self.processes)
        assert not self.errors, self.errors

    def settle(self) -> None:
        """No more faults: whoever ended is started again, and everything must come to rest."""
        for process in self.alive:
            process.commits.clear()
            process.held.clear()
            process.drops = 0
            self.do(process.thaw)
        for _ in range(120):  # what folds nothing is started again after 300 seconds
            for process in self.alive:
                if process.source.progress.stuck:  # its supervisor sees that, and starts it again
                    self.do(process.end)
            if not self.alive:
                self.start()
            if not self.observer.waiting():
                break
            self.pass_time(5.0)
            self.look()
        assert not self.observer.waiting(), f"this waits for ever: {self.observer.waiting()}"
        self.observer.conclude()

    def close(self) -> None:
        try:
            for process in self.alive:
                self.do(process.die)
            self._group.cancel()
            self.pass_time(1.0)
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.pass_time(1.0)
        finally:
            self.loop.close()
            self._patched.close()
