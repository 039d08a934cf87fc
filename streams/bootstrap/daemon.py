"""The agents of some roles as a running worker."""

import datetime as dt
import functools
import time
from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from streams.agents.desk import DeskAgent, attempted
from streams.agents.ingest import IngestAgent
from streams.agents.place import PlaceAgent
from streams.agents.senders import NoHooks as NoSenderHooks
from streams.agents.senders import SenderHooks, SenderPool
from streams.agents.shell import Meter
from streams.agents.timeline import TimelineAgent
from streams.bootstrap import AGENTS
from streams.bootstrap.edges import Edges
from streams.bootstrap.kafka import STAGES, TOPICS, engine_config
from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.domain.world import World
from streams.engine.api import Processor
from streams.engine.config import EngineConfig
from streams.engine.hooks import Hooks
from streams.engine.hooks import NoHooks as NoEngineHooks
from streams.engine.worker import Worker
from streams.settings import Settings


class Meters(Protocol):
    """Where a process counts: engine, agents and senders."""

    @property
    def engine(self) -> Hooks: ...

    @property
    def agents(self) -> Meter | None: ...

    @property
    def senders(self) -> SenderHooks: ...


class NoMeters(NamedTuple):
    """Where nobody looks at figures."""

    engine: Hooks = NoEngineHooks()
    agents: Meter | None = None
    senders: SenderHooks = NoSenderHooks()


NO_METERS = NoMeters()
FOR_PROVIDERS = 0.85  # of a drain's time; the rest is for their outcomes' way to Kafka


class Daemon:
    """The agents of some roles, running in this process against one Kafka cluster."""

    def __init__(
        self,
        settings: Settings,
        edges: Edges,
        roles: Collection[str] = AGENTS,
        *,
        meters: Meters = NO_METERS,
        config: EngineConfig | None = None,
        on_fatal: Callable[[str, BaseException | None], None] | None = None,
    ) -> None:
        config = config or engine_config(settings)
        self._pool: SenderPool | None = None
        self.edges = edges
        processors: list[Processor] = []
        if "intake" in roles:
            processors += intake_agents(edges.world, meters.agents)
        if "timeline" in roles:
            processors.append(TimelineAgent(edges.world, meters.agents))
        if "desk" in roles:
            self._pool = self._senders(settings, meters.senders, FOR_PROVIDERS * config.drain_timeout)
            processors.append(DeskAgent(edges.world, self._pool, meters.agents))
        self.worker = Worker(
            processors,
            config,
            topics=TOPICS,
            stages=STAGES,
            hooks=meters.engine,
            on_fatal=on_fatal,
        )

    def _senders(self, settings: Settings, hooks: SenderHooks, patience: float) -> SenderPool:
        return SenderPool(
            self.edges.courier,
            {"email": settings.senders.email, "sms": settings.senders.sms},
            emit=self._emit,
            fail=self._senders_failed,
            clock=functools.partial(dt.datetime.now, dt.UTC),
            per_brand=settings.senders.per_brand,
            attempt_timeout=settings.limits.attempt_timeout.total_seconds() + 5,
            patience=patience,
            rates=settings.senders.rates,
            provider_of=self.edges.courier.provider_of,
            hooks=hooks,
        )

    async def _emit(self, answer: Attempted, claim: Claim) -> None:
        await self.worker.outbox.send(attempted(answer, claim, time.time()))

    def _senders_failed(self, error: BaseException) -> None:
        self.worker.fail("senders", error)

    async def start(self) -> None:
        """Raises `TopicsError` where topics are missing or laid out otherwise than before."""
        await self.worker.start()

    async def stop(self) -> None:
        """Drains, hands over and closes; bounded by the engine."""
        await self.worker.stop()
        if self._pool is not None:
            await self._pool.close()
        await self.edges.close()


def upstream_agents(world: World, meter: Meter | None, *, every_view: bool = True) -> list[Processor]:
    """From the inputs to what is worth saying."""
    return [*intake_agents(world, meter), TimelineAgent(world, meter, every_view=every_view)]


def intake_agents(world: World, meter: Meter | None) -> list[Processor]:
    """From the inputs to the order that each event is about."""
    return [IngestAgent(world.limits.ahead_of_clock, meter), PlaceAgent(world.limits, meter)]
