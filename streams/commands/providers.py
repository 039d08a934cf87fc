"""`orderherald providers`: what can be sent through."""

import argparse
import sys

from adapters.registry import MAIL, SMS
from streams.domain.ports import ConfigurationError


def run(args: argparse.Namespace) -> int:
    """Every provider of this version, with what it carries."""
    if args.action == "list":
        for channel, names in (("mail", MAIL), ("sms", SMS)):
            for name in sorted(names):
                sys.stdout.write(f"{name:<10} {channel}\n")
        return 0
    if args.name not in {*MAIL, *SMS}:
        raise ConfigurationError(f"{args.name}: no such provider")
    raise ConfigurationError(f"{args.name}: its receipts and bounces can't be read yet")
