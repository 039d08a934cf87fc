"""`orderherald answer`: where an order is, in the words of the mails."""

import argparse
import asyncio
import contextlib
import logging
import sys

import msgspec
from aiokafka.errors import KafkaError

from adapters.messages.environment import languages
from streams.agents.shell import TIMELINES
from streams.bootstrap.kafka import engine_config
from streams.bootstrap.pages import answering
from streams.commands.topics import records
from streams.domain.answer import Answer
from streams.domain.person import supported
from streams.domain.ports import ConfigurationError
from streams.engine.config import EngineConfig
from streams.settings import load_settings
from streams.web.timelines import Timelines


def run(args: argparse.Namespace) -> int:
    """0 with the answer; 1 with one sentence where no order, or more than one, has this number."""
    settings, known = load_settings(args.config), languages()
    if args.locale is not None and supported(args.locale, known) is None:
        raise ConfigurationError(f"{args.locale}: no templates in this language, only {', '.join(known)}")
    if settings.brokers is None:
        raise ConfigurationError("ORDERHERALD_BROKERS: not set; it takes host:port of a Kafka broker")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said here, once
    try:
        timelines = asyncio.run(_read(engine_config(settings), args.order))
    except KafkaError as error:
        raise ConfigurationError(f"{settings.brokers}: Kafka says {type(error).__name__}") from None
    found = chosen(timelines, args.order, args.shop)
    if isinstance(found, str):
        sys.stderr.write(f"orderherald: {found}\n")
        return 1
    sys.stdout.write(shown(answering(settings)(found, args.locale), as_json=args.json))
    return 0


def chosen(timelines: Timelines, order: str, shop: str | None) -> bytes | str:
    """The timeline of the one order that is meant, or a sentence about why there is none."""
    shops = sorted({each.shop for each in timelines.search(order) if shop in (None, each.shop)})
    if len(shops) > 1:
        return f"several shops have an order {order}: say --shop {' or --shop '.join(shops)}"
    found = timelines.find(shops[0] if shops else shop or "", order)
    return found if found is not None else f"no order {order} is known"


def shown(answer: Answer, *, as_json: bool) -> str:
    """As it is printed."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"
    return answer.text + "\n"


async def _read(config: EngineConfig, order: str) -> Timelines:
    """The newest timelines that may be meant. One pass over the topic: a helpdesk asks the web role."""
    timelines, number = Timelines(), msgspec.json.encode(order)
    known: set[str] = set()
    async for record in records(config, config.topic(TIMELINES)):
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):  # none of ours
            order_id = (record.key or b"").decode()
            if order_id in known or order_id.rpartition(":")[2] == order or number in (record.value or b""):
                timelines.put(order_id, record.value)
                known.add(order_id)
    return timelines
