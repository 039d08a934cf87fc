"""One open partition: a chain of units, one after the other; partitions run side by side."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from streams.engine.api import Local, Processor, Record
from streams.engine.batches import Batch, Batches
from streams.engine.catching_up import CatchingUp
from streams.engine.config import EngineConfig
from streams.engine.fatal import Fatal, Refusal, unit_of
from streams.engine.hooks import Hooks, UnitDone
from streams.engine.store import Store
from streams.engine.turns import Turns
from streams.engine.unit import Unit, fold_unit

_PATIENCE = 1.0  # seconds


class TooMuchPoison(Refusal):
    """Rule 13: when every record fails, the fault is ours and dead letters are no answer."""


class Partition:
    """Takes batches and local items, folds them in units, and is closed but once."""

    def __init__(
        self,
        config: EngineConfig,
        processor: Processor,
        store: Store,
        *,
        fatal: Fatal,
        hooks: Hooks,
        turns: Turns,
        clock: Callable[[], float] = time.time,
        upstream: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`upstream`: by how many seconds what has come through everything before this processor is late."""
        self.store = store
        self.sought = False
        self.batches = Batches(store.position)
        self.reached = store.position + 1  # everything before it is folded
        self.folded_at = 0.0  # the last folded record's own timestamp; before any, that of the first to come
        self._config, self._processor = config, processor
        self._fatal, self._hooks, self._clock, self._turns = fatal, hooks, clock, turns
        self._rank = processor.inputs.index(store.topic)
        self._local: list[Local] = []
        self._answers: list[Local] = []  # of the unit under way
        self._announce: Callable[[int, list[Any]], list[Any]] | None = getattr(processor, "announce", None)
        self._wanted = asyncio.Event()
        self._closing = False
        self._backlog = CatchingUp(config, processor, store, upstream)
        self._poison: deque[float] = deque()
        self._task = asyncio.create_task(self._run())
        processor.opened(store.partition, self.submit)

    @property
    def idle(self) -> bool:
        """Everything handed on is folded."""
        return self.batches.ahead == 0

    @property
    def put_off(self) -> int:
        """Rows whose conclusion waits until the backlog is folded."""
        return len(self._backlog)

    @property
    def settled(self) -> int | None:
        """What the group may commit; None where that is not known yet."""
        return self._backlog.settled(self.reached)

    def accept(self, batch: Batch) -> None:
        self.folded_at = self.folded_at or batch.records[0].timestamp / 1000
        self.batches.accept(batch)
        self._wanted.set()

    def submit(self, local: Local) -> bool:
        """False: the partition is being given up, and nothing was taken."""
        if self._closing:
            return False
        self._local.append(local)
        self._wanted.set()
        return True

    async def _run(self) -> None:
        """Rule 14: whatever is unexpected here ends the process, with the unit either durable or void."""
        try:
            while not self._closing:
                await self._something()
                while self._has_work() and not self._closing:
                    async with self._turns.taken(self._rank):
                        if not self._closing:
                            await self._unit()
                    await asyncio.sleep(0)  # a unit with nothing to write awaits nothing else
        except Exception as error:  # noqa: BLE001 - see above
            self._fatal(unit_of(self._processor.name), error)

    async def _something(self) -> None:
        """Waits for work; with something put off, not for long: what was said to be left may never come."""
        try:
            async with asyncio.timeout(_PATIENCE if self._backlog else None):
                await self._wanted.wait()
        except TimeoutError:
            self._backlog.left = 0
        self._wanted.clear()

    def _has_work(self) -> bool:
        return bool(self.batches or self._local) or self._backlog.has_work(self.store.now(self._clock()))

    async def _unit(self) -> None:
        batch = self.batches.take(self.store.position, self._config.batch_records)
        before = self.reached
        local, self._local, self._answers = self._local, [], []
        now = self.store.now(self._clock())
        if batch:
            before = min(before, batch.records[0].offset)  # a fetch under way may have moved it on
            self._backlog.left = batch.left
        items = self._items(batch, local) + self._backlog.wakings(now)
        started = time.perf_counter()
        unit = fold_unit(
            self._processor,
            self.store.rows,
            items,
            now,
            self._config.record_limit,
            choose=self._backlog.choose(),
            answer=self._answer if self._announce else None,
        )
        self._count_poison(unit.refused - unit.too_large)
        folded = time.perf_counter()
        offset = batch.records[-1].offset if batch else self.store.position
        written, durable = 0, folded
        if batch or unit.rows or unit.out:
            written = await self.store.commit(unit, offset, now)
            durable = time.perf_counter()
        self._backlog.note(unit, before, now)
        if batch:
            self._folded(batch)
        if unit.after:
            self._processor.after(self.store.partition, unit.after)
        own, times = len(local) + len(self._answers), (folded - started, durable - folded)
        self._report(batch, own, unit, written, times)

    def _answer(self, after: list[Any]) -> tuple[list[Any], list[Local]]:
        """What is submitted now is folded into the unit under way: that saves it a transaction."""
        assert self._announce is not None
        left = self._announce(self.store.partition, after)
        self._answers += self._local
        self._local = []
        return left, self._answers

    def _items(self, batch: Batch | None, local: list[Local]) -> list[Record | Local]:
        """Rule 23: local items are folded in the same chain, with records or without."""
        if batch is None:
            return list(local)
        topic, partition = self.store.topic, self.store.partition
        records: list[Record | Local] = [
            Record(topic, partition, found.offset, found.key, found.value, found.timestamp, found.headers)
            for found in batch.records
        ]
        return records + local

    def _folded(self, batch: Batch) -> None:
        self.batches.done()
        self.reached = batch.position
        self.folded_at = batch.records[-1].timestamp / 1000

    def _count_poison(self, refused: int) -> None:
        """Without what was too large: a row at its limit refuses all it is sent, and no restart mends it."""
        now = time.monotonic()
        self._poison.extend([now] * refused)
        while self._poison and self._poison[0] < now - 60:
            self._poison.popleft()
        if len(self._poison) > self._config.poison_a_minute:
            raise TooMuchPoison(f"{len(self._poison)} folds failed within a minute")

    def _report(
        self, batch: Batch | None, local: int, unit: Unit, written: int, times: tuple[float, float]
    ) -> None:
        records = len(batch.records) if batch else 0
        waited = self._clock() - batch.records[0].timestamp / 1000 if batch else 0.0
        self._hooks.unit_done(
            UnitDone(
                self._processor.name,
                self.store.topic,
                self.store.partition,
                records,
                local,
                unit.refused,
                len(unit.rows),
                written,
                times[0],
                times[1],
                waited,
            )
        )

    async def close(self) -> None:
        """Rule 9: the unit under way is finished, what waits is another's; then senders; then the store.

        The caller bounds it: the group waits no longer than `rebalance_timeout`.
        """
        self._closing = True
        self._processor.closing(self.store.partition)
        self._wanted.set()
        await asyncio.wait([self._task])
        await self._processor.drained(self.store.partition)
        await self.store.close()
        self._hooks.closed(self._processor.name, self.store.topic, self.store.partition)
