"""`orderherald check`: reads the whole configuration, and touches each real dependency that it names."""

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

from adapters.registry import Providers
from adapters.trials import problems
from streams.bootstrap.edges import build_edges
from streams.bootstrap.offline import renderer, with_sender
from streams.commands.check_kafka import kafka_findings
from streams.domain.ports import ConfigurationError, MailProvider, SendError, SmsProvider
from streams.settings import Settings, load_settings
from streams.settings.schema import printed
from streams.settings.sending import incomplete

SHOWN = 10  # templates that fail; one mistake in what they share breaks them all
PATIENCE = 30.0  # seconds for each server; a firewall that drops packets never answers

# What a static reason of a provider asks of the operator; the first that fits.
ADVICE = {
    "tls_certificate": "its certificate isn't valid for this host, or its authority isn't known here",
    "starttls_missing": "it offers no TLS; use smtps:// where it does, smtp:// only on a network of your own",
    "auth_missing": "it takes no login; leave user and password out",
    "_login": "the user or password is refused",
    "unknown_host": "no such host; is the name right?",
    "connect_refused": "nothing listens there; is the port right?",
    "timeout": "no answer in time; may this machine reach it?",
    "disconnect": "it hung up; is this the right port for that kind of TLS?",
    "tls_failed": "no TLS there; use smtp+starttls:// or another port",
    "configuration": "it wants a login, TLS or a sender that it knows",
    "unauthori": "the token is refused",
}


class Finding(NamedTuple):
    """One line: what was looked at, and what is wrong with it together with what to do."""

    about: str
    wrong: str | None = None
    note: str = ""

    def __str__(self) -> str:
        if self.wrong is not None:
            return f"wrong {self.about}: {self.wrong}"
        return f"ok    {self.about}" + (f": {self.note}" if self.note else "")


def run(args: argparse.Namespace) -> int:
    """0 where all is well, 1 where something is wrong; a configuration that can't be read is 2."""
    if args.schema:
        sys.stdout.write(printed())
        return 0
    settings = load_settings(args.config)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said here, once
    return asyncio.run(_run(settings, lambda line: sys.stdout.write(line + "\n")))


async def _run(settings: Settings, say: Callable[[str], object]) -> int:
    wrong = 0
    async for finding in _findings(settings):
        say(str(finding))
        wrong += finding.wrong is not None
    say(f"{wrong} to be mended." if wrong else "All is well.")
    return int(bool(wrong))


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    edges = build_edges(settings)  # first, since it refuses what is of no use
    brands = ", ".join(settings.brands) or "none, so every shop is a brand named by its id"
    yield Finding("configuration", note=f"brands: {brands}")
    for finding in (*_delivery(settings), *_templates(settings)):
        yield finding
    try:
        async for finding in _providers(edges.providers):
            yield finding
    finally:
        await edges.close()
    async for about, wrong, note in kafka_findings(settings, PATIENCE):
        yield Finding(about, wrong, note)


def _delivery(settings: Settings) -> Iterator[Finding]:
    meaning = {
        "live": "its customers are written to",
        "redirect": "everything goes to one address instead",
        "allow": "only some addresses are written to",
        "off": "NOTHING IS SENT; set delivery to live once you have seen what would be",
    }
    for name, brand in {**settings.brands, "any other shop": settings.defaults}.items():
        mode = brand.delivery.partition(":")[0]
        yield Finding(f"delivery of {name}", note=f"{mode}: {meaning[mode]}")
    for sentence in incomplete(settings):
        about, _, text = sentence.partition(": ")
        yield Finding(about, text)


def _templates(settings: Settings) -> Iterator[Finding]:
    broken = problems(renderer(with_sender(settings)))  # a missing sender is told elsewhere, once
    for sentence in broken[:SHOWN]:
        yield Finding("template", f"{sentence}; mend it, or take the one of this version")
    if broken[SHOWN:]:
        yield Finding("templates", f"{len(broken) - SHOWN} more like these")
    if not broken:
        yield Finding("templates", note="every kind renders in every language")


async def _providers(providers: Providers) -> AsyncIterator[Finding]:
    every: dict[str, MailProvider | SmsProvider] = {**providers.mail, **providers.sms}
    for name, provider in every.items():
        try:
            async with asyncio.timeout(PATIENCE):
                wrong = await _touched(provider)
        except TimeoutError:
            wrong = f"no answer in {PATIENCE:.0f} s; is the address right, and may this machine reach it?"
        yield Finding(f"provider {name}", wrong, "it answers and lets us in")


async def _touched(provider: MailProvider | SmsProvider) -> str | None:
    try:
        await provider.check()
    except (SendError, ConfigurationError) as error:
        reason = str(error)
        todo = next((what for sign, what in ADVICE.items() if sign in reason), "see the provider's own log")
        return f"{reason}; {todo}"
    return None
