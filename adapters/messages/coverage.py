"""Which brands would be left without words: no template, or none in their language."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.messages.environment import TEMPLATES, languages
from streams.domain.person import supported
from streams.domain.ports import ConfigurationError
from streams.domain.world import Brand, World


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
            there = ", ".join(known)
            yield f"{_where(brand)}.locale: no message has words in {brand.locale}; there are {there}"
        yield from _unknown(brand, world.defaults, known)
    for name, kind in world.kinds.items():
        if kind.enabled and not (folder / "kinds" / f"{name}.j2").is_file():
            yield f"kinds.{name}: there is no template for it; switch it off by enabled = false"


def _unknown(brand: Brand, shared: Brand, known: tuple[str, ...]) -> Iterator[str]:
    """Languages that something is set for, and in which nobody is ever written to."""
    set_for: list[tuple[str, Iterable[str]]] = []
    if not brand.id or brand.sms_transliterate != shared.sms_transliterate:
        set_for.append(("sms_transliterate", brand.sms_transliterate))
    if not brand.id or brand.tips != shared.tips:
        set_for += [(f"tips.{place}.text", tip.text) for place, tip in enumerate(brand.tips)]
    for path, locales in set_for:
        for locale in locales:
            if supported(locale, known) is None:
                there = ", ".join(known)
                yield f"{_where(brand)}.{path}.{locale}: no message has words in {locale}; there are {there}"


def _where(brand: Brand) -> str:
    return f"brands.{brand.id}" if brand.id else "defaults"
