"""`orderherald demo`: everything embedded on one machine, and a page to watch it."""

import argparse
import logging

import uvloop

from streams.bootstrap.daemon import Daemon, Meters
from streams.bootstrap.edges import build_edges
from streams.demo.run import Crew, Fatal, run_demo
from streams.logs import configure_logs
from streams.settings import Settings
from streams.web.orders import add_timeline_routes


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C, or for `--for` seconds."""
    configure_logs("text")
    logging.getLogger().setLevel(logging.WARNING)  # the page tells the rest
    return uvloop.run(
        run_demo(
            hire=_hire,
            port=args.port,
            seed=args.seed,
            seconds=args.seconds,
            seller=add_timeline_routes,
        )
    )


def _hire(settings: Settings, meters: Meters, fatal: Fatal) -> Crew:
    return Daemon(settings, build_edges(settings), meters=meters, on_fatal=fatal)
