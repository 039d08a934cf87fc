"""The providers as they are configured. Alone, since a supervisor looks at nothing else of the edges."""

from adapters.registry import Providers, build_providers
from streams.settings import Settings


def configured_providers(settings: Settings) -> Providers:
    """Each that is named, with no connection open yet. Raises `ConfigurationError`."""
    providers = build_providers(
        settings.providers, default_mail=settings.mail_provider, default_sms=settings.sms_provider
    )
    providers.fit((settings.defaults, *settings.brands.values()))
    return providers
