"""Reads the file and the environment over it, and joins them with the defaults.

A setting `a.b` is `ORDERHERALD_A_B` in the environment; with `_FILE` at its end the variable names a
file that holds the value, as secrets are usually mounted. `deploy/orderherald.example.toml` shows all.
"""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError
from streams.settings import rules
from streams.settings.brands import check_overrides, read_brands, read_kind
from streams.settings.clocks import read_jurisdictions
from streams.settings.environment import lay_over
from streams.settings.model import Settings, Written
from streams.settings.own import check_own
from streams.settings.tables import Problems, joined, read_struct


def load_settings(
    file: str | Path | None = None, env: Mapping[str, str] | None = None, *, delivery: str = "off"
) -> Settings:
    """Reads `file` (else the one that ORDERHERALD_CONFIG names) and the environment over it.

    `delivery` is the mode where neither says one. Raises `ConfigurationError` with one sentence a
    line, for all that is wrong.
    """
    variables = os.environ if env is None else env
    problems = Problems()
    table = _table(file or variables.get("ORDERHERALD_CONFIG"), problems)
    lay_over(table, variables, problems)
    settings = _settings(table, delivery, problems)
    if settings is None or problems.sentences:
        raise ConfigurationError("\n".join(problems.sentences))
    return settings


def _table(file: str | Path | None, problems: Problems) -> dict[str, Any]:
    if not file:
        return {}
    try:
        return tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        problems.add(str(file), f"can't be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.add(str(file), f"not TOML: {error}")
    return {}


def _settings(table: dict[str, Any], delivery: str, problems: Problems) -> Settings | None:
    written = read_struct(Written, table, "", problems)
    defaults, brands = read_brands(table, delivery, problems)
    written_kinds = table.get("kinds")
    kinds = {
        name: read_kind(name, each, joined("kinds", name), problems)
        for name, each in (written_kinds.items() if isinstance(written_kinds, dict) else ())
        if isinstance(each, dict)  # else it is told where the table is read as a whole
    }
    jurisdictions = read_jurisdictions(table.get("jurisdictions"), problems)
    if written is None or defaults is None:
        return None
    providers = dict(written.providers)
    mail_provider = written.mail_provider
    if written.smtp_url is not None:
        providers["smtp"] = written.smtp_url
        mail_provider = mail_provider or "smtp"
    rules.check_installation(written, problems)
    rules.check_providers(written, providers, brands, problems)
    everywhere = {**KINDS, **{name: kind for name, kind in kinds.items() if kind is not None}}
    if not problems.sentences:  # else it is checked once those are mended
        named = [("defaults", defaults), *((joined("brands", name), each) for name, each in brands.items())]
        check_overrides(named, everywhere, problems)
        check_own(named, written.limits, jurisdictions, problems)
    rest = msgspec.structs.asdict(written)
    for name in ("smtp_url", "mail_from"):  # they live on in the providers and the brands
        del rest[name]
    rest |= {
        "delivery": written.delivery or delivery,
        "kinds": everywhere,
        "jurisdictions": jurisdictions,
        "defaults": defaults,
        "brands": brands,
        "providers": providers,
        "mail_provider": mail_provider,
        "version": _version(table, delivery),
    }
    return Settings(**rest)


_DECISIVE = (
    "brands", "calendars", "carriers", "defaults", "delivery", "jurisdictions", "kinds", "limits",
    "mail_from",
)  # fmt: skip


def _version(table: dict[str, Any], delivery: str) -> str:
    """Of what decisions depend on: not of secrets or addresses of servers."""
    parts = [delivery, *(table.get(name) for name in _DECISIVE)]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:12]
