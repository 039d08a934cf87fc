"""What the engine uses of Kafka and of aiokafka, in memory: logs, transactions, fences, and one group.

Harder than the real ones: every answer may be late, a fetch may take early and return late, an
assignment is drawn anew each time. Only what a broker promises is promised here: a fenced producer
appends nothing, a transaction is seen whole or not at all, a group's generation commits alone.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from itertools import islice
from types import SimpleNamespace
from typing import Any, NamedTuple

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaTimeoutError, ProducerFenced, UnknownMemberIdError

HERE: ContextVar["Machine"] = ContextVar("machine")
LATE = (0.0, 0.0, 0.0, 0.0, 0.001, 0.01, 0.2)  # seconds, one of them at each step to and from a broker


class Machine:
    """One process, as its clients see it: frozen, its requests wait; dead, they are never sent."""

    def __init__(self, cluster: "InMemoryKafka") -> None:
        self.cluster = cluster
        self.dead = self.frozen = False
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.awake = asyncio.Event()
        self.awake.set()
        self.commits: list[str] = []  # how the next ones end: `lost`, `ambiguous`, `marked again`
        self.held: list[tuple[str, float]] = []  # how the next fetches dawdle: (`early` or `late`, seconds)

    async def hop(self) -> None:
        await asyncio.sleep(self.cluster.random.choice(LATE))
        await self.awake.wait()
        if self.dead:
            raise asyncio.CancelledError

    def freeze(self) -> None:
        self.frozen = True
        self.awake.clear()

    def thaw(self) -> None:
        if not self.dead:
            self.frozen = False
            self.awake.set()

    def die(self) -> None:
        """Whatever it is about ends where it stands, and reaches no broker."""
        self.dead = True
        self.awake.set()
        for task in list(self.tasks):
            task.cancel()


@dataclass(eq=False)
class Transaction:
    """`session`: of its producer; one that starts later has a higher one."""

    session: int
    state: str = "open"
    places: set[TopicPartition] = field(default_factory=set)


class Entry(NamedTuple):
    """`transaction` None: written by a plain producer. A marker ends a transaction."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    transaction: Transaction | None = None
    marker: bool = False

    @property
    def visible(self) -> bool:
        return not self.marker and (self.transaction is None or self.transaction.state == "committed")


class Log(list[Entry]):
    def stable(self) -> int:
        """The last stable offset: where the oldest open transaction begins."""
        for offset, entry in enumerate(self):
            if entry.transaction is not None and entry.transaction.state == "open":
                return offset
        return len(self)

    def appended(self, begin: int = 0) -> Iterator[tuple[int, Entry]]:
        """As they are read uncommitted."""
        return ((at, self[at]) for at in range(begin, len(self)) if not self[at].marker)

    def committed(self, begin: int = 0) -> Iterator[tuple[int, Entry]]:
        stable = self.stable()
        for offset in range(begin, stable):
            if self[offset].visible:
                yield offset, self[offset]


class InMemoryKafka:
    """Topics appear when they are used, with `partitions` each; `random` draws all delays."""

    def __init__(self, partitions: int, seed: int) -> None:
        self.partitions = partitions
        self.random = random.Random(seed)
        self.logs: dict[TopicPartition, Log] = {}
        self.fences: dict[str, int] = {}  # transactional id → the session that holds it
        self.sessions = 0
        self._open: dict[str, Transaction] = {}
        self.group = Group(self)

    def log(self, place: TopicPartition) -> Log:
        return self.logs.setdefault(place, Log())

    def fence(self, transactional_id: str) -> int:
        left = self._open.pop(transactional_id, None)
        if left is not None:
            self.end(left, "aborted")
        self.sessions += 1
        self.fences[transactional_id] = self.sessions
        return self.sessions

    def begin(self, transactional_id: str, session: int) -> Transaction:
        self.check(transactional_id, session)
        return self._open.setdefault(transactional_id, Transaction(session))

    def check(self, transactional_id: str, session: int) -> None:
        if self.fences[transactional_id] != session:
            raise ProducerFenced

    def commit(self, transactional_id: str, session: int, markers: int = 1) -> None:
        self.check(transactional_id, session)
        transaction = self._open.pop(transactional_id, None)
        if transaction is not None:
            self.end(transaction, "committed", markers)

    def end(self, transaction: Transaction, how: str, markers: int = 1) -> None:
        """`markers`: a coordinator that has lost an answer writes them again."""
        transaction.state = how
        for place in transaction.places:
            self.log(place).extend([Entry(None, None, (), transaction, marker=True)] * markers)

    def produce(self, place: TopicPartition, entries: Sequence[Entry]) -> int:
        log = self.log(place)
        log += entries
        for entry in entries:
            if entry.transaction is not None:
                entry.transaction.places.add(place)
        return len(log) - len(entries)


class Group:
    """Eager, as aiokafka's: everyone gives all up, then everyone gets what is drawn for him."""

    patience = 12.0  # seconds for giving up; who takes longer is no member any more

    def __init__(self, cluster: InMemoryKafka) -> None:
        self.cluster = cluster
        self.members: list[InMemoryConsumer] = []
        self.offsets: dict[TopicPartition, int] = {}
        self.wanted = asyncio.Event()

    def join(self, member: "InMemoryConsumer") -> None:
        self.members.append(member)
        self.wanted.set()

    def leave(self, member: "InMemoryConsumer") -> None:
        if member in self.members:
            self.members.remove(member)
            self.wanted.set()

    async def run(self) -> None:
        while True:
            await self.wanted.wait()
            self.wanted.clear()
            await self._rebalance()

    async def _rebalance(self) -> None:
        here = list(self.members)
        givers = {member: member.run(member.give_up()) for member in here}
        if givers:
            await asyncio.wait(givers.values(), timeout=self.patience)
        for member, task in givers.items():
            if not task.done() and member in self.members:
                self.members.remove(member)
                task.add_done_callback(member.comes_back)
        joined = [member for member in here if member in self.members and givers[member].done()]
        for member, places in self._draw(joined).items():
            member.run(member.receive(places))

    def _draw(self, members: Sequence["InMemoryConsumer"]) -> dict["InMemoryConsumer", set[TopicPartition]]:
        drawn: dict[InMemoryConsumer, set[TopicPartition]] = {member: set() for member in members}
        topics = members[0].topics if members else ()
        for place in [TopicPartition(topic, n) for topic in topics for n in range(self.cluster.partitions)]:
            drawn[self.cluster.random.choice(members)].add(place)
        return drawn

    def expel(self, member: "InMemoryConsumer") -> None:
        """Its session has ended. It learns of it, and comes back, once it can ask."""
        if member in self.members:
            self.leave(member)
            member.run(member.hear_of_it())


class _Place:
    def __init__(self) -> None:
        self.position = 0
        self.has_valid_position = False
        self.lso: int | None = None
        self.paused = False


class InMemoryConsumer:
    """Of the group when it subscribes; else a plain reader of what it is assigned."""

    def __init__(self, **settings: Any) -> None:
        self.machine = HERE.get()
        self.cluster = self.machine.cluster
        self.uncommitted = settings.get("isolation_level") == "read_uncommitted"
        self.topics: Sequence[str] = ()
        self.assignment: dict[TopicPartition, _Place] = {}
        self._assigned = asyncio.Event()
        self._turn = asyncio.Lock()  # callbacks come one after the other
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=self))
        task = SimpleNamespace(done=bool)
        self._client = None
        self._coordinator = SimpleNamespace(_coordination_task=task, coordinator_id=1, generation=1)

    def state_value(self, place: TopicPartition) -> _Place | None:
        return self.assignment.get(place)

    def run(self, work: Any) -> asyncio.Task[None]:
        context = copy_context()
        context.run(HERE.set, self.machine)
        return asyncio.get_running_loop().create_task(work, context=context)

    # -- the group's side

    def subscribe(self, topics: Sequence[str], listener: Any) -> None:
        self.topics, self.listener = topics, listener

    async def give_up(self) -> None:
        async with self._turn:
            await self.machine.hop()
            self._assigned.clear()
            await self.listener.on_partitions_revoked(set(self.assignment))
        await self.machine.hop()

    async def receive(self, places: set[TopicPartition]) -> None:
        async with self._turn:
            await self.machine.hop()
            self.assignment = {place: _Place() for place in places}
            self._assigned.set()
            await self.listener.on_partitions_assigned(places)

    async def hear_of_it(self) -> None:
        await self.machine.hop()
        await asyncio.sleep(self.cluster.random.choice((0.0, 0.1, 1.0)))
        await self.give_up()
        self.cluster.group.join(self)

    def comes_back(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and not self.machine.dead:
            self.cluster.group.join(self)

    # -- the engine's side

    async def start(self) -> None:
        await self.machine.hop()
        if self.topics:
            self.cluster.group.join(self)

    async def stop(self) -> None:
        if self.topics and not self.machine.dead:
            self.cluster.group.leave(self)

    async def committed(self, place: TopicPartition) -> int | None:
        await self.machine.hop()
        return self.cluster.group.offsets.get(place)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        await self.machine.hop()
        if self not in self.cluster.group.members:
            raise UnknownMemberIdError
        self.cluster.group.offsets |= offsets

    def assign(self, places: Sequence[TopicPartition]) -> None:
        self.assignment = {place: _Place() for place in places}
        self._assigned.set()

    def pause(self, *places: TopicPartition) -> None:
        for place in places:
            self._place(place).paused = True

    def resume(self, *places: TopicPartition) -> None:
        for place in places:
            self._place(place).paused = False

    def seek(self, place: TopicPartition, offset: int) -> None:
        state = self._place(place)
        state.position, state.has_valid_position = offset, True

    def _place(self, place: TopicPartition) -> _Place:
        if place not in self.assignment:
            raise IllegalStateError(f"{place} is not assigned")
        return self.assignment[place]

    async def position(self, place: TopicPartition) -> int:
        return self._place(place).position

    def last_stable_offset(self, place: TopicPartition) -> int | None:
        return self._place(place).lso

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await self.machine.hop()
        return dict.fromkeys(places, 0)

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await self.machine.hop()
        return {place: self.cluster.log(place).stable() for place in places}

    async def getmany(self, *places: TopicPartition, timeout_ms: int, max_records: int) -> Any:
        await self._assigned.wait()
        how, seconds = self.machine.held.pop(0) if self.topics and self.machine.held else ("late", 0.0)
        taken = self._take(places, max_records) if how == "early" else None
        await asyncio.sleep(seconds)
        await self.machine.hop()
        if taken is None:
            taken = self._take(places, max_records)
        if not taken:
            await asyncio.sleep(timeout_ms / 1000)
        return taken

    def _take(self, places: Sequence[TopicPartition], most: int) -> dict[TopicPartition, Any]:
        found = {}
        for place in places:
            state = self.assignment.get(place)
            if state is None or state.paused or not state.has_valid_position:
                continue
            log = self.cluster.log(place)
            state.lso = log.stable()
            there = log.appended if self.uncommitted else log.committed
            records = [_record(place, *each) for each in islice(there(state.position), most)]
            reached = len(log) if self.uncommitted else state.lso
            short = len(records) < most
            state.position = max(state.position, reached) if short else records[-1].offset + 1
            if records:
                found[place] = records
        return found


def tag(loop: Any, work: Any, context: Context | None = None) -> asyncio.Task[Any]:
    """A task factory: each task belongs to the machine that it was started on."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
    machine = (copy_context() if context is None else context).get(HERE)
    if machine is not None:
        machine.tasks[task] = None
        task.add_done_callback(machine.tasks.pop)
    return task


def _record(place: TopicPartition, offset: int, entry: Entry) -> ConsumerRecord:
    headers = tuple(entry.headers)
    return ConsumerRecord(
        place.topic, place.partition, offset, 0, 0, entry.key, entry.value, None, 1, 1, headers
    )


class _Batch(list[Entry]):
    def append(self, *, timestamp: None, key: Any, value: Any, headers: Any) -> bool:  # type: ignore[override]
        super().append(Entry(key, value, headers))
        return True

    def size(self) -> int:
        return sum(len(entry.value or b"") for entry in self)


class InMemoryProducer:
    """Transactional, one partition's."""

    def __init__(self, *, transactional_id: str, **settings: Any) -> None:
        self.machine = HERE.get()
        self.cluster = self.machine.cluster
        self.id, self.session = transactional_id, 0
        self.client = self

    async def start(self) -> None:
        await self.machine.hop()
        self.session = self.cluster.fence(self.id)
        await self.machine.hop()

    async def stop(self) -> None:
        await self.machine.hop()

    close = stop

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(self.cluster.partitions))

    def create_batch(self) -> _Batch:
        return _Batch()

    async def begin_transaction(self) -> None: ...

    async def send_batch(self, batch: _Batch, topic: str, *, partition: int) -> asyncio.Task[Any]:
        return asyncio.create_task(self._send(batch, TopicPartition(topic, partition)))

    async def _send(self, batch: _Batch, place: TopicPartition) -> Any:
        await self.machine.hop()
        transaction = self.cluster.begin(self.id, self.session)
        entries = [entry._replace(transaction=transaction) for entry in batch]
        offset = self.cluster.produce(place, entries)
        await self.machine.hop()
        return SimpleNamespace(offset=offset)

    async def commit_transaction(self) -> None:
        await self.machine.hop()
        how = self.machine.commits.pop(0) if self.machine.commits else "well"
        if how != "lost":
            self.cluster.commit(self.id, self.session, 3 if how == "marked again" else 1)
        await self.machine.hop()
        if how in {"lost", "ambiguous"}:
            raise KafkaTimeoutError
