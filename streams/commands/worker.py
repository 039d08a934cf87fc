"""`orderherald worker`: the daemon."""

import argparse

from streams.roles import run_worker
from streams.settings import load_settings


def run(args: argparse.Namespace) -> int:
    """Runs until it is told to stop."""
    shared = ("--config", str(args.config)) if args.config else ()
    return run_worker(load_settings(args.config), args.role, shared)
