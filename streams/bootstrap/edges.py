"""What the daemon touches besides Kafka: providers, templates, and the world as it is configured."""

from typing import NamedTuple

import msgspec

from adapters.courier import SendingCourier
from adapters.messages.coverage import covered
from adapters.registry import Providers
from adapters.render import Templates
from adapters.world import build_world, public_holidays
from streams.bootstrap.providers import configured_providers
from streams.domain.world import World
from streams.settings import Settings


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
