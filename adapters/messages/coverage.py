"""Which brands would be left without words: no template, or none in their language."""

from collections.abc import Iterator
from pathlib import Path

from adapters.messages.environment import TEMPLATES, languages
from streams.domain.person import supported
from streams.domain.ports import ConfigurationError
from streams.domain.world import World


def covered(world: World) -> World:
    """The same world. Raises `ConfigurationError` with a sentence a line."""
    missing = list(uncovered(world))
    if missing:
        raise ConfigurationError("\n".join(missing))
    return world


def uncovered(world: World, folder: Path = TEMPLATES) -> Iterator[str]:
    """A sentence for each brand's language, and each kind that is on, that there is no template for."""
    known = languages(folder)
    for brand in (world.defaults, *world.brands.values()):
        if supported(brand.locale, known) is None:
            where = f"brands.{brand.id}" if brand.id else "defaults"
            yield f"{where}.locale: no message has words in {brand.locale}; there are {', '.join(known)}"
    for name, kind in world.kinds.items():
        if kind.enabled and not (folder / "kinds" / f"{name}.j2").is_file():
            yield f"kinds.{name}: there is no template for it; switch it off by enabled = false"
