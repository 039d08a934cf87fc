"""Rules 4, 5, 7, 8, 9 and 15: how records come to a processor, and how partitions come and go.

One consumer for each processor. Its fetching loop alone seeks; everything slow runs beside it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import NoOffsetForPartitionError
from mode import Service

from streams.engine.api import Processor
from streams.engine.batches import Batch
from streams.engine.clients import asked_to_end, start_client, stop_client
from streams.engine.commits import Commits, stable_end, stands_at
from streams.engine.config import EngineConfig
from streams.engine.fatal import Fatal
from streams.engine.hooks import Hooks, Opened
from streams.engine.kept import Kept
from streams.engine.membership import Membership
from streams.engine.opening import Wanted, open_store
from streams.engine.partition import Partition
from streams.engine.progress import Progress
from streams.engine.turns import Turns

log = logging.getLogger("streams.engine")


def sticky_assignor(name: str) -> type[StickyPartitionAssignor]:
    """Rule 10: it remembers its last assignment in class attributes, so each agent needs a class."""
    return type(f"Sticky_{name}", (StickyPartitionAssignor,), {})


class Source(Service, ConsumerRebalanceListener):  # type: ignore[misc]  # neither library is typed
    """`hand_on` brings a batch to the agent, which calls `fold` with it."""

    def __init__(
        self,
        config: EngineConfig,
        processor: Processor,
        hand_on: Callable[[Batch], Any],
        *,
        fatal: Fatal,
        hooks: Hooks,
        clock: Callable[[], float] = time.time,
        beat: Callable[[], float] = time.monotonic,
        upstream: Callable[[], float] = lambda: 0.0,
        **service: Any,
    ) -> None:
        super().__init__(**service)
        self.partitions: dict[TopicPartition, Partition] = {}
        self.assigned: set[TopicPartition] = set()
        self.processor = processor
        self.membership = Membership(2 * config.rebalance_timeout)
        self.progress = Progress(config.progress_every, config.progress_patience, beat)
        self._config, self._hand_on = config, hand_on
        self._fatal, self._hooks, self._clock, self._upstream = fatal, hooks, clock, upstream
        self._logical = {config.topic(name): name for name in processor.inputs}
        self.consumer: Any = None
        self._epoch = 0
        self._opening: dict[TopicPartition, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(config.openings)
        self._units = Turns(config.units)
        self._leaving = False
        self._giving_up = asyncio.Lock()
        self._commits = Commits()
        self._kept = Kept(config.keep_stores)
        self._tasks_beside: list[asyncio.Task[None]] = []

    # -- life

    async def on_start(self) -> None:
        config = self._config
        self.consumer = AIOKafkaConsumer(
            **config.consumer(),
            group_id=config.group(self.processor.name),
            isolation_level="read_committed",
            partition_assignment_strategy=(sticky_assignor(self.processor.name),),
            max_poll_interval_ms=86_400_000,  # else a long wait for room would cost the membership for good
            session_timeout_ms=int(config.session_timeout * 1000),
            heartbeat_interval_ms=int(config.heartbeat * 1000),
            rebalance_timeout_ms=int(config.rebalance_timeout * 1000),
            max_partition_fetch_bytes=config.fetch_bytes,
            consumer_timeout_ms=20,  # what one full partition may hold up the others of its broker
        )
        self.consumer.subscribe(list(self._logical), listener=self)
        await start_client(self.consumer)
        self._tasks_beside = [
            asyncio.create_task(self._guarded("fetching", self._fetch)),
            asyncio.create_task(self._guarded("committing", self._commit)),
            asyncio.create_task(self._guarded("watching", self.progress.watch, self.consumer, self._reached)),
        ]

    async def on_stop(self) -> None:
        """Drains, commits what was folded, then leaves the group: others need wait for no time-out."""
        self._leaving = True
        for task in self._tasks_beside:
            task.cancel()
        await asyncio.gather(*self._tasks_beside, return_exceptions=True)
        closed = list(self.partitions.items())
        await self._guarded("stopping", self._give_up)
        await self._commits.say(self.consumer, {source: partition.settled for source, partition in closed})
        if self.consumer is not None:
            await stop_client(self.consumer)

    async def _guarded(self, what: str, work: Callable[..., Any], *arguments: Any) -> None:
        try:
            await work(*arguments)
        except (Exception, asyncio.CancelledError) as error:
            if asked_to_end() and isinstance(error, asyncio.CancelledError):
                raise
            self._fatal(f"{what} of {self.processor.name}", error)

    # -- partitions come and go; aiokafka swallows what these two raise, and waits for them without an end

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._epoch += 1
        await self._guarded("revoking", self._give_up)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Rule 4: nothing slow here, for no heartbeat is sent meanwhile."""
        self._epoch += 1
        self.membership.joined = True
        if self._leaving:
            return
        self.assigned = set(assigned)
        self.consumer.pause(*self.assigned)
        for source in sorted(self.assigned):
            work = self._guarded("opening", self._open, source, self._epoch)
            self._opening[source] = asyncio.create_task(work)

    async def _open(self, source: TopicPartition, epoch: int) -> None:
        name, topic = self.processor.name, self._logical[source.topic]
        async with self._turns:
            started = time.perf_counter()
            async with asyncio.timeout(self._config.opening_timeout):  # asked for ever inside
                committed = await self.consumer.committed(source) is not None
            newest: int | None = getattr(self.processor, "row_format", None)
            wanted = Wanted(name, topic, source.partition, not self.processor.has_rows, committed, newest)
            with self._kept.lent(source) as kept:
                store = await open_store(self._config, wanted, kept)
        if epoch != self._epoch:
            await store.close()
            self._kept.keep(source, store.kept())
            return
        self.partitions[source] = Partition(
            self._config,
            self.processor,
            store,
            fatal=self._fatal,
            hooks=self._hooks,
            turns=self._units,
            clock=self._clock,
            upstream=self._upstream,
        )
        self._opening.pop(source, None)
        seconds = time.perf_counter() - started
        self._hooks.opened(Opened(name, topic, source.partition, len(store.rows), store.read, seconds))

    async def _give_up(self) -> None:
        """Rule 9: stores close side by side. An opening is cut short, but not its fence.

        A rebalance that begins while all is given up anyway waits for that: the group would else hand on
        what is still being drained.
        """
        async with self._giving_up:
            openings, self._opening = list(self._opening.values()), {}
            partitions, self.partitions = self.partitions, {}
            self.assigned = set()
            self._commits.forget()
            for task in openings:
                task.cancel()
            async with asyncio.timeout(self._config.drain_timeout):
                await asyncio.gather(*openings, return_exceptions=True)
                await asyncio.gather(*(partition.close() for partition in partitions.values()))
            for source, partition in partitions.items():
                self._kept.keep(source, partition.store.kept())

    # -- records

    async def _fetch(self) -> None:
        while True:
            epoch = self._epoch
            self._seek_what_opened()
            room = [source for source, partition in self.partitions.items() if self._has_room(partition)]
            if not room:
                await asyncio.sleep(0.005 if self.partitions else 0.05)
                continue
            wait = 100 if len(room) == len(self.partitions) and not self._opening else 5
            try:
                fetched = await self.consumer.getmany(
                    *room, timeout_ms=wait, max_records=self._config.batch_records
                )
            except NoOffsetForPartitionError:
                continue  # asked by the client itself before we sought: nothing was taken, nothing skipped
            if epoch != self._epoch:
                continue  # rule 7: fetched across a rebalance is void; whoever owns it now seeks first
            for batch in [self._batch(source, records) for source, records in fetched.items()]:
                await self._hand_on(batch)

    def _has_room(self, partition: Partition) -> bool:
        """Rule 15: asking only these, and pausing none, keeps what the client has fetched ahead."""
        batches = partition.batches
        enough = batches.ahead > 1 and batches.waiting >= self._config.batch_records
        return partition.sought and not enough  # one batch is always asked for, so that a lost one shows

    def _seek_what_opened(self) -> None:
        """Rule 7: here alone, while no fetch is in flight, and always, even at the very start."""
        for source, partition in self.partitions.items():
            if not partition.sought:
                self.consumer.seek(source, partition.store.position + 1)
                self.consumer.resume(source)
                partition.sought = True

    def _batch(self, source: TopicPartition, records: list[Any]) -> Batch:
        position = stands_at(self.consumer, source)
        left = max(0, stable_end(self.consumer, source) - position)
        return self.partitions[source].batches.give(source, self._epoch, records, position, left)

    def fold(self, batch: Batch) -> None:
        """Called by the agent for each batch it reads; one that crossed a rebalance is void (rule 7)."""
        partition = self.partitions.get(batch.source)
        if partition is not None and batch.epoch == self._epoch:
            partition.accept(batch)

    def logical(self, source: TopicPartition) -> str:
        return self._logical[source.topic]

    def behind(self, source: TopicPartition) -> int:
        """Records (and markers) between what is settled and the last stable offset that a fetch has shown."""
        partition = self.partitions[source]
        done = partition.reached if partition.settled is None else partition.settled
        return max(0, stable_end(self.consumer, source) - done)

    def _reached(self) -> dict[TopicPartition, int]:
        return {source: each.reached for source, each in self.partitions.items() if each.sought}

    async def _commit(self) -> None:
        while True:
            await asyncio.sleep(self._config.commit_every)
            self._kept.forget()
            self.membership.look(self.consumer._coordinator)  # noqa: SLF001
            await self._commits.commit(self.consumer, self.partitions)
