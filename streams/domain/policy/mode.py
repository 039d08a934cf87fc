"""Going live safely: whose messages really leave, by the brand's delivery mode."""

import fnmatch
import functools
from typing import Literal

from streams.domain.notes import Channel
from streams.domain.world import Brand


def passes(brand: Brand, address: str | None) -> bool:
    """`allow:` lets through only addresses that match one of its patterns (`*@example.com`, `+48600*`)."""
    patterns = _patterns(brand.delivery)
    if patterns is None or address is None:
        return True
    return any(fnmatch.fnmatchcase(address.lower(), pattern) for pattern in patterns)


def reroute(brand: Brand, channel: Channel) -> str | Literal[False] | None:
    """Where everything on this channel goes instead; None: to the customer, False: nowhere."""
    targets = _targets(brand.delivery)
    if targets is None:
        return None
    fitting = (target for target in targets if ("@" in target) == (channel == "email"))
    return next(fitting, False)


@functools.lru_cache(maxsize=1024)
def _patterns(mode: str) -> tuple[str, ...] | None:
    return _parts(mode.lower(), "allow:")


@functools.lru_cache(maxsize=1024)
def _targets(mode: str) -> tuple[str, ...] | None:
    return _parts(mode, "redirect:")


def _parts(mode: str, prefix: str) -> tuple[str, ...] | None:
    if not mode.startswith(prefix):
        return None
    return tuple(part.strip() for part in mode.removeprefix(prefix).split(",") if part.strip())
