"""What needs no Kafka: the simulation, templates alone, a mail by hand."""

import functools
from typing import Any

import msgspec

from adapters.messages.coverage import covered
from adapters.preview_send import ByHand
from adapters.render import Templates
from adapters.trials import check_overrides
from streams.agents.desk import DeskAgent, Senders, attempted
from streams.agents.timeline import view_of
from streams.bootstrap.daemon import upstream_agents
from streams.bootstrap.edges import simulated_world
from streams.bootstrap.providers import configured_providers
from streams.engine.api import Processor
from streams.settings import Settings
from streams.simulate import Parts


def simulation(settings: Settings) -> Parts:
    """What `simulate` runs: the same agents and templates, with senders that are always free."""
    settings = with_sender(settings)
    world = covered(simulated_world(settings))

    def agents(senders: Senders) -> list[Processor]:
        return [*upstream_agents(world, None, every_view=False), DeskAgent(world, senders)]

    def tied(shop: str) -> bool:
        return world.brand(shop).remedy_budget is not None

    def views(order: Any) -> bytes:
        return view_of(order, world)

    return Parts(agents, attempted, functools.partial(renderer, settings), views, tied)


def with_sender(settings: Settings) -> Settings:
    """Nothing leaves the machine, so a sender that nobody has will do where none is named."""
    if settings.defaults.mail_from is not None:
        return settings
    defaults = msgspec.structs.replace(settings.defaults, mail_from="orders@simulate.invalid")
    return msgspec.structs.replace(settings, defaults=defaults)


def renderer(settings: Settings) -> Templates:
    """The templates alone, for a process that does nothing but render."""
    return Templates(simulated_world(settings), link_secret=(settings.link_secret or "").encode())


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
