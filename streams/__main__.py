"""The command line. Thin: says what can be asked for, and hands it to the command's own module."""

import argparse
import datetime as dt
import math
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from streams.bootstrap import ROLES
from streams.collector import quiet_collector
from streams.domain.ports import ConfigurationError

WRONG_USE = 2  # also of a wrong configuration
INTERRUPTED = 130
PORT = 8800  # of the demo's page
_LAST_PORT = 65_535


class _Parser(argparse.ArgumentParser):
    """Answers a wrong option with one sentence instead of a screen of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    quiet_collector()  # before a command is read in: that alone would be 260 collections
    args = _parser().parse_args(argv)
    if args.config:
        os.environ["ORDERHERALD_CONFIG"] = args.config  # for whatever this process starts, too
    try:
        status: int = import_module(f"streams.commands.{args.module}").run(args)
    except ConfigurationError as error:
        for sentence in str(error).splitlines():
            sys.stderr.write(f"orderherald: {sentence}\n")
        return WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="orderherald",
        description="Tells a shop's customers what happened to their order before they have to ask.",
        epilog="Begin with: orderherald demo",
    )
    parser.set_defaults(config=None)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _running(commands)
    _looking(commands)
    _setting_aside(commands)
    _connecting(commands)
    return parser


def _running(commands: "argparse._SubParsersAction[_Parser]") -> None:
    demo = _command(commands, "demo", "a shop living on this machine, nothing to install besides")
    demo.add_argument("--port", type=_port, default=PORT, help=f"of the page (default {PORT})")
    demo.add_argument("--seed", type=int, default=1, help="another seed, other stories (default 1)")
    demo.add_argument(
        "--for", type=_seconds, dest="seconds", metavar="SECONDS", help="how long; default: until Ctrl-C"
    )
    worker = _command(commands, "worker", "the daemon, against ORDERHERALD_BROKERS")
    worker.add_argument("--role", choices=ROLES, help="one role alone; default: all")
    _configurable(worker)


def _looking(commands: "argparse._SubParsersAction[_Parser]") -> None:
    simulate = _command(commands, "simulate", "recorded events through the same decisions, offline")
    simulate.add_argument(
        "--events",
        type=_name,
        metavar="FILE",
        help="one CloudEvent a line; - or .gz too; needed unless --diff is given",
    )
    simulate.add_argument("--out", required=True, type=_name, metavar="DIR", help="where the files go")
    simulate.add_argument(
        "--until", type=_instant, metavar="T", help="where the clock stops; default: the last arrival"
    )
    simulate.add_argument(
        "--processes",
        type=_count,
        metavar="N",
        help="how many share the work; changes the time, never the files",
    )
    simulate.add_argument(
        "--diff",
        type=_name,
        metavar="OTHER",
        help="the folder of an earlier run: say what this one gains, loses, moves and words otherwise",
    )
    _configurable(simulate)
    preview = _command(commands, "preview", "any message from sample data, as a page or as files")
    preview.add_argument("kind", nargs="?", metavar="KIND", help="one kind of message; default: all")
    preview.add_argument("--locale", type=_name, metavar="L", help="one language; default: all")
    preview.add_argument(
        "--out", type=_name, metavar="DIR", help="write every one there instead of serving a page"
    )
    _configurable(preview)
    answer = _command(commands, "answer", "where an order is, in the words of the mails")
    answer.add_argument(
        "--order", required=True, type=_name, metavar="NUMBER", help="as the customer knows it"
    )
    answer.add_argument("--shop", type=_name, help="where several shops may have that number")
    answer.add_argument("--locale", type=_name, metavar="L", help="the language; default: the order's own")
    answer.add_argument("--json", action="store_true", help="with its parts, for other programs")
    _configurable(answer)
    carriers = _command(commands, "carriers", "how long carriers are silent, as configuration to copy")
    carriers.add_argument(
        "--timelines",
        type=_name,
        metavar="FILE",
        help="as simulate writes them, or -; default: Kafka's topic of them",
    )
    _configurable(carriers)
    check = _command(commands, "check", "what is wrong with the configuration, and what to do")
    check.add_argument("--schema", action="store_true", help="print the JSON Schema of the file instead")
    _configurable(check)


def _setting_aside(commands: "argparse._SubParsersAction[_Parser]") -> None:
    letters = _command(commands, "dead-letters", "look at and put back what was set aside")
    actions = letters.add_subparsers(metavar="ACTION", required=True, dest="action")
    listed = actions.add_parser("list", help="one line each, oldest first")
    listed.add_argument("--reason", help="only those with this reason")
    listed.add_argument("--limit", type=_count, metavar="N", help="at most so many, the newest")
    for name, text in (
        ("show", "one whole, with its original"),
        ("replay", "put it back where it came from"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("which", nargs="+", metavar="PARTITION:OFFSET", help="as `list` names it")
    for action in actions.choices.values():
        _configurable(action)
    state = _command(commands, "state", "all that is remembered, as files: for backup, or a move")
    actions = state.add_subparsers(metavar="ACTION", required=True, dest="action")
    for name, text in (
        ("export", "write it to a folder; no worker may run"),
        ("import", "read it into a cluster where nothing of ours is yet"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("folder", type=_name, metavar="DIR")
        _configurable(action)
    erase = _command(commands, "erase", "have a customer forgotten, or show that they are")
    erase.add_argument("customer", type=_name, metavar="CUSTOMER", help="the customer's id")
    erase.add_argument("--check", action="store_true", help="look for them in every topic of ours")
    _configurable(erase)


def _connecting(commands: "argparse._SubParsersAction[_Parser]") -> None:
    sources = _command(commands, "sources", "what can be connected, and what a payload means")
    actions = sources.add_subparsers(metavar="ACTION", required=True, dest="action")
    actions.add_parser("list", help="every source, by its name")
    for name, text in (("test", "what a payload means"), ("replay", "send payloads in")):
        action = actions.add_parser(name, help=text)
        action.add_argument("name", type=_name, metavar="NAME")
        action.add_argument("file", type=_name, metavar="FILE", nargs="+" if name == "replay" else None)
        action.add_argument("--headers", type=_name, metavar="FILE")
    providers = _command(commands, "providers", "what can be sent through, and what its receipts mean")
    actions = providers.add_subparsers(metavar="ACTION", required=True, dest="action")
    actions.add_parser("list", help="every provider, by its name")
    outcomes = actions.add_parser("outcomes", help="what a receipt, bounce or complaint means")
    outcomes.add_argument("name", type=_name, metavar="NAME")
    outcomes.add_argument("file", type=_name, metavar="FILE")
    outcomes.add_argument("--headers", type=_name, metavar="FILE")


def _command(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> _Parser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(module=name.replace("-", "_"))
    return parser


def _configurable(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=_name, metavar="FILE", help="brands, policy, providers, calendars (TOML)"
    )


def _name(text: str) -> str:
    """Not nothing, as a variable that is unset leaves behind: it would mean the folder that we are in."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a name, got nothing")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number of seconds, got {text!r}")
    return seconds


def _instant(text: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"expected a date and time with offset, got {text!r}")
    return instant


def _port(text: str) -> int:
    number = _count(text)
    if number > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"expected a port up to {_LAST_PORT}, got {text!r}")
    return number


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
