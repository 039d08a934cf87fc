"""The senders: bounded, fair, and never ahead of what is durable.

A message is ready -> a slot falls free -> the desk is asked to claim it (`Granted`) -> the claim is
durable -> one bounded attempt -> its outcome is emitted. The slot is held from grant to outcome, so
claims in flight never exceed the slots, and a crash leaves few in doubt. Where one is free when a
message becomes ready, both lie in the same unit: `announce` costs nothing that could not be undone.
"""

import asyncio
import datetime as dt
import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, NamedTuple

import structlog

from streams.agents.attempt import failed
from streams.agents.errands import Declined, Errand, GrantOutcome, NoHooks, SenderHooks, errands
from streams.agents.lane import Lane, Submit
from streams.agents.slots import Pace, Slots
from streams.agents.waiting import Ident, Waiting
from streams.domain.effects import Claim, Granted, Ready
from streams.domain.notes import Attempted, Channel
from streams.domain.ports import Courier
from streams.engine.api import Local

__all__ = ["Declined", "Errand", "NoHooks", "SenderHooks", "SenderPool", "errands"]

# A grant whose fold raised is never answered; a message that does so every time must not loop.
MAX_GRANTS = 3

log = structlog.get_logger("senders")

Emit = Callable[[Attempted, Claim], Awaitable[None]]


class _Grant(NamedTuple):
    waiting: Waiting
    deadline: asyncio.TimerHandle


class SenderPool:
    """All senders of one process. Lives on the event loop; only `drained` and `close` wait.

    `emit` writes an outcome by an idempotent producer and may raise; `fail` then ends the process,
    since an outcome that is neither written nor written off would be a message sent twice.
    `slots`: how many attempts at once, by channel; `per_brand`: of them for one brand, see `Slots`.
    `patience`: seconds for what a provider has in hand while a partition is given up; its time-out may be
    longer than a drain, which would end the process, with all outcomes that are not written yet.
    `rates`: provider or channel -> messages a second; `provider_of(shop, channel)` names the provider.
    """

    def __init__(
        self,
        courier: Courier,
        slots: Mapping[Channel, int],
        *,
        emit: Emit,
        fail: Callable[[BaseException], None],
        clock: Callable[[], dt.datetime],
        per_brand: int | None = None,
        attempt_timeout: float = 30.0,
        grant_timeout: float = 60.0,
        patience: float = 15.0,
        rates: Mapping[str, float] | None = None,
        provider_of: Callable[[str, Channel], str] | None = None,
        hooks: SenderHooks | None = None,
    ) -> None:
        self._courier, self._emit, self._fail, self._clock = courier, emit, fail, clock
        self._attempt_timeout, self._grant_timeout = attempt_timeout, grant_timeout
        self._patience = patience
        self._hooks: SenderHooks = hooks or NoHooks()
        self._slots: dict[Channel, Slots] = {name: Slots(n, per_brand) for name, n in slots.items()}
        self._paces = {name: Pace(rate) for name, rate in (rates or {}).items()}
        self._provider_of = provider_of or (lambda _shop, channel: channel)
        self._lanes: dict[int, Lane] = {}
        self._grants: dict[Ident, _Grant] = {}

    def opened(self, partition: int, submit: Submit) -> None:
        """The partition is ours; `submit` folds a grant in its next unit."""
        self._lanes[partition] = Lane(submit)

    def after(self, partition: int, done: Iterable[Any]) -> None:
        """What a durable unit asked for; anything but an `Errand` is not ours."""
        for errand in done:
            match errand:
                case Errand(key, Ready() as ready):
                    self.ready(partition, key, ready)
                case Errand(_, Claim() as claim):
                    self.start(partition, claim)
                case Errand(_, Declined(message_key)):
                    self.declined(partition, message_key)

    def ready(self, partition: int, key: bytes, ready: Ready) -> None:
        """The message may be claimed as soon as a sender is free. Saying so twice is harmless."""
        lane = self._lanes.get(partition)
        waiting = Waiting(partition, key, ready)
        if lane and lane.open and waiting.ident not in self._grants:
            self._slots[ready.channel].queue.push(waiting)
            self._pump(ready.channel)

    def start(self, partition: int, claim: Claim) -> None:
        """Makes the attempt that the claim asks for; it is answered through `emit` in any case."""
        lane = self._lanes.setdefault(partition, Lane(None))
        slots = self._slots[claim.channel]
        if self._settle((partition, claim.message_key), "claimed"):
            self._spawn(lane, self._deliver(lane, slots, claim))
        elif lane.open:
            slots.late.append((lane, claim))
            self._pump(claim.channel)
        else:
            self._spawn(lane, self._answer(claim, failed(claim, "not_started")))

    def declined(self, partition: int, message_key: str) -> None:
        """The desk has thought better of it: the slot is free again."""
        waiting = self._settle((partition, message_key), "declined")
        if waiting:
            self._free(waiting.ready.channel, waiting.ready.shop)

    def forget(self, partition: int, message_key: str) -> None:
        """The message need not wait any longer."""
        for slots in self._slots.values():
            slots.queue.discard((partition, message_key))

    def closing(self, partition: int) -> None:
        """Starts nothing more for it; attempts short of the point of no return are called back."""
        lane = self._lanes.get(partition)
        if lane is None:
            return
        lane.close()
        for slots in self._slots.values():
            slots.queue.discard_partition(partition)
        for ident in [ident for ident in self._grants if ident[0] == partition]:
            self.declined(*ident)
        for channel in self._slots:  # late claims of this lane are answered, not sent
            self._pump(channel)

    async def drained(self, partition: int) -> None:
        """Every attempt for the partition has ended and its outcome is written."""
        lane = self._lanes.get(partition)
        if lane:
            await lane.idle(self._patience)
        if lane and not lane.open and self._lanes.get(partition) is lane:
            del self._lanes[partition]

    async def close(self) -> None:
        """At the very end: nothing of the pool is left running."""
        for partition in list(self._lanes):
            self.closing(partition)
        for partition in list(self._lanes):
            await self.drained(partition)
        for slots in self._slots.values():
            slots.silence()

    def _pump(self, channel: Channel) -> None:
        """Gives the free slots away."""
        slots = self._slots[channel]
        self._start_late(slots)
        while slots.free > 0:
            waiting = slots.queue.pop(lambda shop: slots.allows(shop) and self._in_pace(slots, shop, channel))
            if waiting is None:
                break
            self._grant(slots, waiting)
        self._hooks.load(channel, slots.slots, slots.in_use, len(slots.queue))

    def _start_late(self, slots: Slots) -> None:
        while slots.late and (slots.free > 0 or not slots.late[0][0].open):
            lane, claim = slots.late.popleft()
            slots.take(claim.shop)
            self._spawn(lane, self._deliver(lane, slots, claim))

    def _grant(self, slots: Slots, waiting: Waiting) -> None:
        loop = asyncio.get_running_loop()
        slots.take(waiting.ready.shop)
        for pace in self._paces_of(waiting.ready.shop, waiting.ready.channel):
            pace.take(loop.time())
        deadline = loop.call_later(self._grant_timeout, self._lost, waiting.ident)
        self._grants[waiting.ident] = _Grant(waiting, deadline)
        submit = self._lanes[waiting.partition].submit
        assert submit is not None
        submit(Local(waiting.key, Granted(waiting.ready.message_key)))

    def _in_pace(self, slots: Slots, shop: str, channel: Channel) -> bool:
        free_at = max((pace.free_at for pace in self._paces_of(shop, channel)), default=0.0)
        if free_at <= asyncio.get_running_loop().time():
            return True
        slots.look_again(free_at, functools.partial(self._pump, channel))
        return False

    def _paces_of(self, shop: str, channel: Channel) -> list[Pace]:
        """The provider's and the channel's, where they have one."""
        names = {channel, self._provider_of(shop, channel)} if self._paces else ()
        return [self._paces[name] for name in names if name in self._paces]

    def _settle(self, ident: Ident, outcome: GrantOutcome) -> Waiting | None:
        """The grant is answered, if there was one. Its slot is still taken."""
        grant = self._grants.pop(ident, None)
        if grant is None:
            return None
        grant.deadline.cancel()
        self._hooks.granted(grant.waiting.ready.channel, outcome)
        return grant.waiting

    def _lost(self, ident: Ident) -> None:
        """Its fold raised, or takes very long. A claim that comes after all is made as soon as it can be."""
        waiting = self._settle(ident, "lost")
        assert waiting is not None
        again = waiting._replace(grants=waiting.grants + 1)
        log.warning("grant_unanswered", partition=ident[0], message_key=ident[1], grants=again.grants)
        if again.grants < MAX_GRANTS:
            self._slots[waiting.ready.channel].queue.push(again)
        self._free(waiting.ready.channel, waiting.ready.shop)

    def _free(self, channel: Channel, shop: str) -> None:
        self._slots[channel].give_back(shop)
        self._pump(channel)

    def _spawn(self, lane: Lane, work: Coroutine[Any, Any, None]) -> None:
        lane.spawn(work, self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error:
            log.error("sender_failed", error=type(error).__name__)
            self._fail(error)

    async def _deliver(self, lane: Lane, slots: Slots, claim: Claim) -> None:
        """The slot is held until the outcome is written: only then may the desk decide anew."""
        try:
            attempted = await self._attempt(lane, claim)
            slots.learn(claim.shop, attempted)
            await self._answer(claim, attempted)
        finally:
            self._free(claim.channel, claim.shop)

    async def _attempt(self, lane: Lane, claim: Claim) -> Attempted:
        loop = asyncio.get_running_loop()
        began = loop.time()
        attempted = await lane.attempt(claim, self._courier, self._clock, self._attempt_timeout)
        self._hooks.attempted(claim, attempted, loop.time() - began)
        return attempted

    async def _answer(self, claim: Claim, attempted: Attempted) -> None:
        if attempted.result == "sent":
            now = self._clock()
            arrived = claim.arrived_at
            since_arrival = (now - arrived).total_seconds() if arrived else None
            self._hooks.handed(claim, (now - claim.caused_at).total_seconds(), since_arrival)
        await self._emit(attempted, claim)
