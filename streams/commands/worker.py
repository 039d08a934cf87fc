"""`orderherald worker`: the daemon. A supervisor alone waits for no import but its own."""

import argparse
import os
from collections.abc import Coroutine
from importlib import import_module
from typing import Any

import uvloop

from streams.domain.ports import ConfigurationError
from streams.engine.supervisor import CONTROL
from streams.logs import configure_logs
from streams.settings import Settings, load_settings
from streams.settings.sending import incomplete, own_files


def run(args: argparse.Namespace) -> int:
    """Runs until SIGTERM or SIGINT. What would make every message fail is refused before."""
    settings = load_settings(args.config)
    if missing := incomplete(settings):
        raise ConfigurationError("\n".join(missing))
    if _renders(args.role) and own_files(settings):
        import_module("streams.bootstrap.offline").try_overrides(settings)
    if args.role is None:  # or each of its roles would say the same mistake
        import_module("streams.bootstrap.providers").configured_providers(settings)
    if settings.brokers is None:
        raise ConfigurationError("ORDERHERALD_BROKERS: not set; it takes host:port of a Kafka broker")
    configure_logs(settings.log)
    return uvloop.run(_work(settings, args.role))


def _renders(role: str | None) -> bool:
    """Once for a whole worker: a role that a supervisor starts, and starts again, was tried with it."""
    return role is None or (role == "desk" and CONTROL not in os.environ)


def _work(settings: Settings, role: str | None) -> Coroutine[Any, Any, int]:
    if role is None:
        work: Coroutine[Any, Any, int] = import_module("streams.supervision").supervise(settings)
    else:
        work = import_module("streams.roles").run_role(settings, role)
    return work
