"""`orderherald worker`: the daemon."""

import argparse

from streams.domain.ports import ConfigurationError
from streams.roles import run_worker
from streams.settings import load_settings
from streams.settings.sending import incomplete


def run(args: argparse.Namespace) -> int:
    """Runs until it is told to stop. What would make every message fail is refused before."""
    settings = load_settings(args.config)
    if missing := incomplete(settings):
        raise ConfigurationError("\n".join(missing))
    return run_worker(settings, args.role)
