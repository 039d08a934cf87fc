"""Every provider by its name. Adding one is its file, one line here, and one rig for the contract tests.

Modules are imported when they are asked for: an installation without SMS never loads an HTTP client.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import cast

from adapters.explain import explain
from adapters.options import Options, Spec
from streams.domain.notes import Channel
from streams.domain.ports import ConfigurationError, MailProvider, SendError, SmsProvider
from streams.domain.world import Brand

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
            found.setdefault(provider.name, None)
            try:
                await provider.check()
            except SendError as error:
                found[provider.name] = explain(error.reason)
            except ConfigurationError as error:
                found[provider.name] = str(error)
        return found

    def fit(self, brands: Iterable[Brand]) -> None:
        """Raises `ConfigurationError` where a brand names a provider that can't do what it is named for."""
        for brand in brands:
            for setting, name, able, what in (
                ("mail_provider", brand.mail_provider, self.mail, "mail"),
                ("sms_provider", brand.sms_provider, self.sms, "SMS"),
            ):
                if name is not None and name not in able:
                    where = f"brands.{brand.id}" if brand.id else "defaults"
                    raise ConfigurationError(f"{where}.{setting}: {name} is no provider of {what}")

    async def close(self) -> None:
        """Ends every connection."""
        for provider in self._all():
            await provider.close()

    def _all(self) -> list[MailProvider | SmsProvider]:
        return [*self.mail.values(), *self.sms.values()]


def build_providers(
    specs: Mapping[str, Spec],
    *,
    default_mail: str | None = None,
    default_sms: str | None = None,
) -> Providers:
    """The providers that the configuration names; raises `ConfigurationError`. Opens no connection.

    What can do both, mail and SMS (console, memory, null), does both under its one name, unless
    its option `channel` says `email` or `sms`. Without a default, the first of a channel is it.
    """
    mail: dict[str, MailProvider] = {}
    sms: dict[str, SmsProvider] = {}
    for name, spec in specs.items():
        use, values = _read(name, spec)
        channels = _channels(name, use, values.pop("channel", None))
        if "email" in channels:
            mail[name] = cast("MailProvider", _create(MAIL[use], name, values))
        if "sms" in channels:
            sms[name] = cast("SmsProvider", _create(SMS[use], name, values))
    return Providers(mail, sms, default_mail, default_sms)


def _read(name: str, spec: Spec) -> tuple[str, dict[str, object]]:
    """What kind of provider it is, and its options."""
    values: dict[str, object] = {"url": spec} if isinstance(spec, str) else dict(spec)
    use = str(values.pop("use", None) or _scheme(values.get("url")))
    use = SCHEMES.get(use, use)
    if use not in MAIL and use not in SMS:
        names = ", ".join(sorted({*MAIL, *SMS}))
        raise ConfigurationError(f"provider {name}: unknown kind {use!r}; known are {names}")
    return use, values


def _channels(name: str, use: str, wanted: object) -> list[Channel]:
    able: list[Channel] = []
    if use in MAIL:
        able.append("email")
    if use in SMS:
        able.append("sms")
    chosen = [channel for channel in able if wanted in (None, channel)]
    if not chosen:
        raise ConfigurationError(f"provider {name}: channel: {use} can do {' and '.join(able)}")
    return chosen


def _create(path: str, name: str, values: Mapping[str, object]) -> object:
    module, _, function = path.partition(":")
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
