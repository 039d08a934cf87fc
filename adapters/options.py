"""The options of one provider, from a URL or a mapping, read once and checked.

Errors name the provider and the option, never a value: it may be a secret.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from streams.domain.ports import ConfigurationError

Spec = str | Mapping[str, object]


class Options:
    """What an operator wrote for one provider; each `take` crosses an option off."""

    def __init__(self, provider: str, values: Mapping[str, object]) -> None:
        self.provider = provider
        self._left = dict(values)

    def text(self, name: str, default: str | None = None) -> str | None:
        """A string; numbers are taken as they are written."""
        value = self._left.pop(name, default)
        if value is None or isinstance(value, str):
            return value or default
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise self.wrong(name, "expected a text")

    def required(self, name: str) -> str:
        """A string that can't be left out."""
        value = self.text(name)
        if value is None:
            raise self.wrong(name, "is missing")
        return value

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        """A number between `least` and `most`."""
        value = self.text(name)
        try:
            found = default if value is None else float(value)
        except ValueError:
            raise self.wrong(name, "expected a number") from None
        if not least <= found <= most:
            raise self.wrong(name, f"expected a number from {least:g} to {most:g}")
        return found

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or no."""
        value = self._left.pop(name, default)
        if isinstance(value, bool):
            return value
        known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if str(value).lower() not in known:
            raise self.wrong(name, "expected yes or no")
        return known[str(value).lower()]

    def url(self, name: str = "url", default: str | None = None) -> "Url":
        """A URL in its parts."""
        value = self.text(name, default)
        if value is None:
            raise self.wrong(name, "is missing")
        return Url(self, name, value)

    def folder(self) -> Path | None:
        """The last option of a console: `folder`, or `console:FOLDER`; None is standard output."""
        folder = self.text("folder") or (self.text("url") or "").partition(":")[2]
        self._left.pop("url", None)
        self.done()
        return Path(folder) if folder else None

    def add(self, name: str, value: object) -> None:
        """One more option, from a URL's query."""
        if name in self._left:
            raise self.wrong(name, "is given twice")
        self._left[name] = value

    def done(self) -> None:
        """Nothing may be left: a misspelt option would be ignored in silence."""
        if self._left:
            raise self.wrong(min(self._left), "is unknown")

    def wrong(self, name: str, what: str) -> ConfigurationError:
        """The one sentence about an option."""
        return ConfigurationError(f"provider {self.provider}: {name}: {what}")


class Url:
    """A URL in its parts; its query became further options."""

    def __init__(self, options: Options, name: str, text: str) -> None:
        try:
            parts = urlsplit(text)
            self.port = parts.port
        except ValueError:
            raise options.wrong(name, "is no valid URL") from None
        self.scheme = parts.scheme
        self.host = parts.hostname
        self.path = unquote(parts.path)
        self.username = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password) if parts.password is not None else None
        self._check(options, name, parts)

    def _check(self, options: Options, name: str, parts: SplitResult) -> None:
        if parts.fragment:
            raise options.wrong(name, "holds a # that must be written %23")
        for key, value in parse_qsl(parts.query, keep_blank_values=True):
            options.add(key, value)
