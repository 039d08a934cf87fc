"""What is shown of an order: to whoever asks where it is, and behind the links in mails."""

import datetime as dt
import functools
from collections.abc import Callable

import msgspec

from adapters.answers import Answers
from adapters.messages import links
from adapters.pages import CustomerPages
from streams.bootstrap.edges import simulated_world
from streams.domain.answer import Answer
from streams.domain.report import TimelineView
from streams.settings import Settings


def answering(settings: Settings) -> Callable[[bytes, str | None], Answer]:
    """Where an order is: from its timeline's JSON, in the language asked for or the order's own."""
    answers, read = Answers(simulated_world(settings)), msgspec.json.Decoder(TimelineView).decode
    return lambda timeline, locale: answers.answer(read(timeline), dt.datetime.now(dt.UTC), locale)


def customer_pages(settings: Settings) -> tuple[Callable[[str], tuple[str, ...] | None], CustomerPages]:
    """What reads the tokens of our links, and what draws the pages behind them."""
    secret, clock = (settings.link_secret or "").encode(), functools.partial(dt.datetime.now, dt.UTC)
    return functools.partial(links.read, secret), CustomerPages(simulated_world(settings), clock)
