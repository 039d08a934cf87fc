"""What a configuration that is right in itself still lacks for anything to be sent."""

from streams.domain.world import Brand
from streams.settings.model import Settings


def incomplete(settings: Settings) -> list[str]:
    """A sentence for each thing that a brand whose messages may go out does not have."""
    sending = {name: brand for name, brand in settings.every_brand.items() if brand.delivery != "off"}
    found = [
        f"brands.{name}.mail_from: missing, and ORDERHERALD_MAIL_FROM names no sender for all"
        for name, brand in sending.items()
        if not _sender(brand, settings)
    ]
    if sending and not settings.providers:
        found.append(
            "providers: none, though something is to be sent; set ORDERHERALD_SMTP_URL, or name some"
        )
    return found


def _sender(brand: Brand, settings: Settings) -> str | None:
    return brand.mail_from or settings.defaults.mail_from


def own_files(settings: Settings) -> bool:
    """Whether a brand has templates or a key of its own, which may be of no use."""
    brands = (settings.defaults, *settings.brands.values())
    return any(brand.templates is not None or brand.dkim_key_file is not None for brand in brands)
