"""`orderherald preview`: any message from sample data."""

import argparse
import sys
from pathlib import Path

from adapters.messages.environment import languages
from adapters.preview import write_all
from adapters.preview_server import serve
from streams.bootstrap.offline import by_hand
from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError
from streams.settings import load_settings
from streams.settings.tables import hint


def run(args: argparse.Namespace) -> int:
    """Writes every message into a folder, or serves them until Ctrl-C."""
    if args.kind is not None and args.kind not in KINDS:
        raise ConfigurationError(f"{args.kind}: no such kind of message{hint(args.kind, KINDS)}")
    settings = load_settings(args.config)
    locales = languages()
    if args.locale is not None and args.locale not in locales:
        raise ConfigurationError(f"{args.locale}: no templates in this language, only {', '.join(locales)}")
    if args.out is None:
        serve(kind=args.kind, locale=args.locale, by_hand=by_hand(settings))
        return 0
    try:
        files = write_all(Path(args.out), kind=args.kind, locale=args.locale)
    except OSError as error:
        raise ConfigurationError(f"{args.out}: can't be written: {error.strerror}") from None
    sys.stdout.write(f"{len(files)} files in {args.out}\n")
    return 0
