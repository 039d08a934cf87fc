"""`orderherald worker`: the daemon."""

import argparse
import os

from streams.bootstrap import try_overrides
from streams.domain.ports import ConfigurationError
from streams.engine.supervisor import CONTROL
from streams.roles import run_worker
from streams.settings import load_settings
from streams.settings.sending import incomplete


def run(args: argparse.Namespace) -> int:
    """Runs until it is told to stop. What would make every message fail is refused before."""
    settings = load_settings(args.config)
    if missing := incomplete(settings):
        raise ConfigurationError("\n".join(missing))
    if _renders(args.role):
        try_overrides(settings)
    return run_worker(settings, args.role)


def _renders(role: str | None) -> bool:
    """Once for a whole worker: a role that a supervisor starts, and starts again, was tried with it."""
    return role is None or (role == "desk" and CONTROL not in os.environ)
