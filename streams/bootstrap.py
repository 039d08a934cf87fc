"""The one place where streams meets adapters: settings in, a running daemon out.

Nothing here decides anything. A test or the demo builds the same parts with other edges.
"""

import datetime as dt
import functools
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec
from aiokafka.helpers import create_ssl_context

from adapters.answers import Answers
from adapters.courier import SendingCourier
from adapters.messages import links
from adapters.messages.coverage import covered
from adapters.pages import CustomerPages
from adapters.preview_send import ByHand
from adapters.registry import Providers, build_providers
from adapters.render import Templates
from adapters.trials import check_overrides
from adapters.world import build_world, public_holidays
from streams.agents.desk import DeskAgent, Senders, attempted
from streams.agents.ingest import IngestAgent
from streams.agents.place import PlaceAgent
from streams.agents.senders import NoHooks as NoSenderHooks
from streams.agents.senders import SenderHooks, SenderPool
from streams.agents.shell import (
    DEAD_LETTERS,
    INPUTS,
    NOTIFICATIONS,
    ORDER_EVENTS,
    OUTCOMES,
    REFERENCES,
    TICKETS,
    TIMELINES,
    Meter,
)
from streams.agents.timeline import TimelineAgent, view_of
from streams.domain.answer import Answer
from streams.domain.effects import Claim
from streams.domain.notes import Attempted
from streams.domain.report import TimelineView
from streams.domain.world import World
from streams.engine.api import Processor
from streams.engine.config import EngineConfig, Stage, TopicSpec
from streams.engine.hooks import Hooks
from streams.engine.hooks import NoHooks as NoEngineHooks
from streams.engine.worker import Worker
from streams.settings import Settings
from streams.simulate import Parts

ROLES = ("timeline", "desk")

TOPICS = (
    TopicSpec(TIMELINES, compacted=True),
    TopicSpec(TICKETS),
    TopicSpec(OUTCOMES),
    TopicSpec(DEAD_LETTERS, retention=30 * 86_400.0),
    # A worker may run one role alone: each names the topics that the other one reads.
    *(TopicSpec(name) for name in (*INPUTS, REFERENCES, ORDER_EVENTS, NOTIFICATIONS)),
)

# Rule 18: what must be folded up to a timer's due time before it fires, upstream first. An event may be
# asked for under a second reference, and one that waits is released by what the timeline binds: what was
# read in time must not be told of too late, so these steps count too.
_INGEST = Stage("ingest", INPUTS)
_PLACE = Stage("place", (REFERENCES,))
_TIMELINE = Stage("timeline", (ORDER_EVENTS,))
STAGES: Mapping[str, list[Stage]] = {
    "place": [_INGEST],
    "timeline": [_INGEST, _PLACE, _PLACE, _TIMELINE, _PLACE],
    "desk": [_INGEST, _PLACE, _PLACE, _TIMELINE, _PLACE, _TIMELINE],
}


class Edges(NamedTuple):
    """What the daemon touches besides Kafka."""

    world: World
    providers: Providers
    templates: Templates
    courier: SendingCourier

    async def close(self) -> None:
        """Ends kept connections."""
        await self.courier.close()


def build_edges(settings: Settings) -> Edges:
    """Providers, templates and the world. Raises `ConfigurationError`, one clear sentence."""
    providers = configured_providers(settings)
    world = covered(simulated_world(settings))
    templates = Templates(world, link_secret=(settings.link_secret or "").encode())
    templates.load_keys()
    courier = SendingCourier(
        templates,
        providers,
        brand=world.brand,
        attempt_timeout=settings.limits.attempt_timeout.total_seconds(),
    )
    return Edges(with_channels(world, courier), providers, templates, courier)


def configured_providers(settings: Settings) -> Providers:
    """Each that is named, with no connection open yet. Raises `ConfigurationError`."""
    providers = build_providers(
        settings.providers, default_mail=settings.mail_provider, default_sms=settings.sms_provider
    )
    providers.fit((settings.defaults, *settings.brands.values()))
    return providers


def try_overrides(settings: Settings) -> None:
    """Raises `ConfigurationError` where a brand's own templates fail: the first of them, with its place."""
    templates = renderer(with_sender(settings))
    templates.load_keys()
    check_overrides(templates)


def by_hand(settings: Settings) -> ByHand | None:
    """What sends one sample to whoever looks at it; None where nothing can send."""
    if not settings.providers:
        return None
    configured_providers(settings)  # what is wrong with them is said at the start
    return ByHand(simulated_world(settings), functools.partial(configured_providers, settings))


def simulated_world(settings: Settings) -> World:
    """The world as configured, with a way to every channel."""
    return build_world(
        brands=settings.brands,
        defaults=settings.defaults,
        limits=settings.limits,
        kinds=settings.kinds,
        version=settings.version,
        jurisdictions=settings.jurisdictions,
        silence=settings.silence(),
        holidays=settings.holidays(public_holidays),
    )


def with_channels(world: World, courier: SendingCourier) -> World:
    """The same world, knowing which channels each shop has a provider for."""
    return msgspec.structs.replace(world, channels=courier.channels, repeats_safely=courier.repeats_safely)


def engine_config(settings: Settings, **changes: Any) -> EngineConfig:
    """How the engine reaches Kafka."""
    assert settings.brokers is not None, "the command line has asked for brokers"
    return EngineConfig(
        brokers=settings.brokers,
        prefix=settings.topic_prefix,
        client=kafka_client(settings),
        partitions=settings.partitions,
        replication=settings.replication or -1,
        create_topics=settings.create_topics,
        **changes,
    )


def kafka_client(settings: Settings) -> dict[str, Any]:
    """TLS and SASL as aiokafka's clients take them."""
    kafka = settings.kafka
    client: dict[str, Any] = {"security_protocol": kafka.security_protocol}
    if "SSL" in kafka.security_protocol.split("_"):
        client["ssl_context"] = create_ssl_context(
            cafile=kafka.ssl_cafile,
            certfile=kafka.ssl_certfile,
            keyfile=kafka.ssl_keyfile,
            password=kafka.ssl_password,
        )
    if kafka.security_protocol.startswith("SASL"):
        client |= {
            "sasl_mechanism": kafka.sasl_mechanism,
            "sasl_plain_username": kafka.sasl_username,
            "sasl_plain_password": kafka.sasl_password,
        }
    return client


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


class Daemon:
    """The agents of some roles, running in this process against one Kafka cluster."""

    def __init__(
        self,
        settings: Settings,
        edges: Edges,
        roles: Collection[str] = ROLES,
        *,
        meters: Meters = NO_METERS,
        config: EngineConfig | None = None,
        on_fatal: Callable[[str, BaseException | None], None] | None = None,
    ) -> None:
        self._pool: SenderPool | None = None
        self.edges = edges
        processors: list[Processor] = []
        if "timeline" in roles:
            processors += upstream_agents(edges.world, meters.agents)
        if "desk" in roles:
            self._pool = self._senders(settings, meters.senders)
            processors.append(DeskAgent(edges.world, self._pool, meters.agents))
        self.worker = Worker(
            processors,
            config or engine_config(settings),
            topics=TOPICS,
            stages=STAGES,
            hooks=meters.engine,
            on_fatal=on_fatal,
        )

    def _senders(self, settings: Settings, hooks: SenderHooks) -> SenderPool:
        return SenderPool(
            self.edges.courier,
            {"email": settings.senders.email, "sms": settings.senders.sms},
            emit=self._emit,
            fail=self._senders_failed,
            clock=functools.partial(dt.datetime.now, dt.UTC),
            per_brand=settings.senders.per_brand,
            attempt_timeout=settings.limits.attempt_timeout.total_seconds() + 5,
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
    return [
        IngestAgent(world.limits.ahead_of_clock, meter),
        PlaceAgent(world.limits, meter),
        TimelineAgent(world, meter, every_view=every_view),
    ]


def simulation(settings: Settings) -> Parts:
    """What `simulate` runs: the same agents and templates, with senders that are always free."""
    settings = with_sender(settings)
    world = covered(simulated_world(settings))

    def agents(senders: Senders) -> list[Processor]:
        return [*upstream_agents(world, None, every_view=False), DeskAgent(world, senders)]

    def tied(shop: str) -> bool:
        return world.brand(shop).remedy_budget is not None

    return Parts(agents, attempted, functools.partial(renderer, settings), view_of, tied)


def with_sender(settings: Settings) -> Settings:
    """Nothing leaves the machine, so a sender that nobody has will do where none is named."""
    if settings.defaults.mail_from is not None:
        return settings
    defaults = msgspec.structs.replace(settings.defaults, mail_from="orders@simulate.invalid")
    return msgspec.structs.replace(settings, defaults=defaults)


def answering(settings: Settings) -> Callable[[bytes, str | None], Answer]:
    """Where an order is: from its timeline's JSON, in the language asked for or the order's own."""
    answers, read = Answers(simulated_world(settings)), msgspec.json.Decoder(TimelineView).decode
    return lambda timeline, locale: answers.answer(read(timeline), dt.datetime.now(dt.UTC), locale)


def customer_pages(settings: Settings) -> tuple[Callable[[str], tuple[str, ...] | None], CustomerPages]:
    """What reads the tokens of our links, and what draws the pages behind them."""
    secret, clock = (settings.link_secret or "").encode(), functools.partial(dt.datetime.now, dt.UTC)
    return functools.partial(links.read, secret), CustomerPages(simulated_world(settings), clock)


def renderer(settings: Settings) -> Templates:
    """The templates alone, for a process that does nothing but render."""
    return Templates(simulated_world(settings), link_secret=(settings.link_secret or "").encode())
