"""Every provider by its name. Adding one is its file, one line here, and one rig for the contract tests.

Modules are imported when they are asked for: an installation without SMS never loads an HTTP client.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from adapters.options import Options, Spec
from streams.domain.ports import ConfigurationError, MailProvider, SendError, SmsProvider

MAIL: dict[str, str] = {
    "smtp": "adapters.mail.smtp:create",
    "console": "adapters.mail.console:create",
    "memory": "adapters.memory:create_mail",
    "null": "adapters.null:create_mail",
}
SMS: dict[str, str] = {
    "smsapi": "adapters.sms.smsapi:create",
    "console": "adapters.sms.console:create",
    "memory": "adapters.memory:create_sms",
    "null": "adapters.null:create_sms",
}
# Several URL schemes may mean one provider.
SCHEMES = {"smtps": "smtp", "smtp+starttls": "smtp"}


class Providers:
    """The providers of one process, by the names that the configuration gives them."""

    def __init__(
        self,
        mail: Mapping[str, MailProvider],
        sms: Mapping[str, SmsProvider],
        default_mail: str | None = None,
        default_sms: str | None = None,
    ) -> None:
        self.mail, self.sms = dict(mail), dict(sms)
        self.default_mail = _default(default_mail, self.mail, "mail")
        self.default_sms = _default(default_sms, self.sms, "SMS")

    async def check(self) -> dict[str, str | None]:
        """Touches each provider without sending: its name -> what is wrong, or None."""
        found: dict[str, str | None] = {}
        for provider in self._all():
            try:
                await provider.check()
                found[provider.name] = None
            except (SendError, ConfigurationError) as error:
                found[provider.name] = str(error)
        return found

    async def close(self) -> None:
        """Ends every connection."""
        for provider in self._all():
            await provider.close()

    def _all(self) -> list[MailProvider | SmsProvider]:
        return [*self.mail.values(), *self.sms.values()]


def build_providers(
    mail: Mapping[str, Spec],
    sms: Mapping[str, Spec],
    *,
    default_mail: str | None = None,
    default_sms: str | None = None,
) -> Providers:
    """The providers that the configuration names; raises `ConfigurationError`. Opens no connection."""
    return Providers(
        {name: cast("MailProvider", _build(name, spec, MAIL)) for name, spec in mail.items()},
        {name: cast("SmsProvider", _build(name, spec, SMS)) for name, spec in sms.items()},
        default_mail,
        default_sms,
    )


def _build(name: str, spec: Spec, known: Mapping[str, str]) -> object:
    values = {"url": spec} if isinstance(spec, str) else dict(spec)
    use = values.pop("use", None) or _scheme(values.get("url"))
    use = SCHEMES.get(str(use), str(use))
    if use not in known:
        raise ConfigurationError(
            f"provider {name}: unknown kind {use!r}; known are {', '.join(sorted(known))}"
        )
    module, _, function = known[use].partition(":")
    create = cast("Callable[[Options], object]", getattr(import_module(module), function))
    return create(Options(name, values))


def _scheme(url: object) -> str:
    """Only what stands before the colon: the rest of a URL may be a secret."""
    scheme, colon, _ = str(url).partition(":")
    return scheme.lower() if colon and len(scheme) <= 20 else "none"  # noqa: PLR2004  # longest: 13


def _default(name: str | None, known: Mapping[str, object], what: str) -> str | None:
    if name is None:
        return next(iter(known), None)
    if name not in known:
        raise ConfigurationError(f"default {what} provider {name}: no such provider")
    return name
