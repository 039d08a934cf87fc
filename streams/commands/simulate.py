"""`orderherald simulate`: recorded events through the same decisions and templates, offline."""

import argparse
import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from streams.bootstrap.offline import simulation, try_overrides
from streams.domain.ports import ConfigurationError
from streams.settings import load_settings
from streams.simulate import Summary, simulate
from streams.simulate.difference import NoRunError, differences, run_in


def run(args: argparse.Namespace) -> int:
    """Writes everything into `--out`, and one line about it on a terminal; then what `--diff` asks for.

    Without `--events`, the run that lies in `--out` is compared as it is.
    """
    if args.events is None and args.diff is None:
        raise ConfigurationError("required: --events, or --diff to compare a run that is already there")
    if args.events and args.diff and Path(args.diff).resolve() == Path(args.out).resolve():
        raise ConfigurationError(f"{args.diff}: --diff needs the folder of another run than --out")
    try:
        before = run_in(Path(args.diff)) if args.diff is not None else None  # a run may take an hour
        if args.events is not None:
            _simulated(args)
        if before is not None:
            for line in differences(before, run_in(Path(args.out))):
                sys.stdout.write(line + "\n")
    except NoRunError as error:
        raise ConfigurationError(str(error)) from None
    return 0


def _simulated(args: argparse.Namespace) -> None:
    settings = load_settings(args.config, delivery="live")
    try_overrides(settings)
    try:
        with _progress() as watch:
            summary = simulate(
                args.events,
                Path(args.out),
                functools.partial(simulation, settings),
                until=args.until,
                processes=args.processes or len(os.sched_getaffinity(0)),
                watch=watch,
            )
    except OSError as error:
        raise ConfigurationError(f"{args.out}: can't be written: {error.strerror}") from None
    if sys.stderr.isatty():
        sys.stderr.write(_told(summary, args.out) + "\n")


def _told(summary: Summary, out: str) -> str:
    return (
        f"{summary.events} events, {summary.orders} orders: {summary.messages} messages, "
        f"{summary.suppressed.total()} decided against, {summary.tickets.total()} tickets, "
        f"{summary.dead_letters.total()} dead letters, in {out}"
    )


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int], Callable[[int], None]] | None]:
    """A bar, where there is a terminal to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:

        def begun(size: int) -> Callable[[int], None]:
            task = progress.add_task("Deciding", total=size)
            return lambda done: progress.update(task, completed=done)

        yield begun
