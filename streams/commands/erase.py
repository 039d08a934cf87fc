"""`orderherald erase`: asks for a customer to be forgotten, and shows that they are."""

import argparse
import asyncio
import datetime as dt
import logging
import sys
import uuid
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from streams.agents.shell import at
from streams.bootstrap.kafka import engine_config
from streams.codec import write_event
from streams.commands.check_kafka import wanted
from streams.commands.topics import records
from streams.commands.traces import Keeping, Needle, Traces
from streams.domain.customer import marker
from streams.domain.events import CustomerErasure, Event
from streams.domain.ports import ConfigurationError
from streams.engine.api import Out
from streams.engine.clients import start_client
from streams.engine.config import EngineConfig
from streams.engine.outbox import Outbox
from streams.settings import load_settings

CUSTOMERS = "customers"
SETTINGS = ("cleanup.policy", "retention.ms", "segment.ms", "max.compaction.lag.ms", "delete.retention.ms")


class Found(NamedTuple):
    """What one topic still says of the customer, and whether it holds their marker."""

    traces: Traces
    marker: Traces


def run(args: argparse.Namespace) -> int:
    """0: it was asked for, or nothing names the customer at the head of any topic; 1: something does."""
    settings = load_settings(args.config)
    if settings.brokers is None:
        raise ConfigurationError("ORDERHERALD_BROKERS: not set; it takes host:port of a Kafka broker")
    config = engine_config(settings)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said here, once
    try:
        return asyncio.run((_check if args.check else _ask)(config, args.customer))
    except KafkaError as error:
        raise ConfigurationError(f"{settings.brokers}: Kafka says {type(error).__name__}") from None


async def _ask(config: EngineConfig, customer: str) -> int:
    outbox = Outbox(config)
    await outbox.start()
    try:
        await outbox.send(request(customer, dt.datetime.now(dt.UTC), uuid.uuid4().hex))
    finally:
        await outbox.stop()
    sys.stdout.write(f"asked for; it is remembered as {marker(customer)}, see `orderherald erase --check`\n")
    return 0


def request(customer: str, now: dt.datetime, name: str) -> Out:
    """The `customer.erasure` as a record for the customers' own door."""
    data = CustomerErasure(customer)
    event = Event(name, "/orderherald/operator", "customer.erasure", now, now, data)
    return Out(CUSTOMERS, customer.encode(), write_event(event))


async def _check(config: EngineConfig, customer: str) -> int:
    keepings = await _keepings(config)
    if not keepings:
        raise ConfigurationError("none of our topics is there: no worker has run here yet")
    found = [await _searched(config, topic, keeping, customer) for topic, keeping in keepings.items()]
    for line in told(customer, found):
        sys.stdout.write(line + "\n")
    return int(any(each.traces.head for each in found))


def told(customer: str, found: Iterable[Found]) -> Iterable[str]:
    """What the operator reads: first the marker, then each topic that still says something."""
    found = list(found)
    erased = any(each.marker.head for each in found)
    yield f"{marker(customer)}: {'remembered as erased' if erased else 'no erasure is remembered'}"
    for traces in (each.traces for each in found):
        if traces.head:
            yield f"{traces.topic}: {traces.head} at its head"
        if traces.older:
            gone = f"gone by {_day(traces.gone)}" if traces.gone else "kept for ever by the topic's settings"
            yield f"{traces.topic}: {traces.older} in older segments, {gone}"
    if not any(each.traces.head for each in found):
        yield f"nothing at the head of any of {len(found)} topics"


def _day(seconds: float) -> str:
    """The first whole day on which it is surely gone."""
    return f"{at(seconds) + dt.timedelta(days=1):%Y-%m-%d}"


async def _keepings(config: EngineConfig) -> dict[str, Keeping]:
    """Each of our topics that there is, and how long it keeps what."""
    admin = AIOKafkaAdminClient(bootstrap_servers=config.brokers, **config.client)
    try:
        await start_client(admin)
        there = {each["topic"] for each in await admin.describe_topics()}
        names = [name for name in wanted(config) if name in there]
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(SETTINGS, "")) for name in names
        ]
        answers = await admin.describe_configs(resources) if names else []
    finally:
        await admin.close()
    found: dict[str, Keeping] = {}
    for answer in answers:
        for _code, _message, _kind, topic, entries in answer.resources:
            found[topic] = _keeping({name: str(value) for name, value, *_ in entries})
    return {name: found[name] for name in names}


def _keeping(settings: Mapping[str, str]) -> Keeping:
    def seconds(name: str) -> float | None:
        value = int(settings[name])
        return value / 1000 if 0 <= value < 2**62 else None

    if settings["cleanup.policy"] == "compact":
        lag, tombstone = seconds("max.compaction.lag.ms"), seconds("delete.retention.ms") or 0.0
        return Keeping(compacted=True, seconds=None if lag is None else lag + tombstone)
    kept, segment = seconds("retention.ms"), seconds("segment.ms")
    # A record goes with its segment, and the youngest record of that may be a whole segment younger.
    return Keeping(compacted=False, seconds=None if kept is None else kept + (segment or 0.0))


async def _searched(config: EngineConfig, topic: str, keeping: Keeping, customer: str) -> Found:
    found = Found(Traces(topic, keeping, Needle(customer)), Traces(topic, keeping, Needle(marker(customer))))
    async for record in records(config, topic):
        for traces in found:
            traces.see(record.partition, record.key, record.value, record.timestamp / 1000)
    return found
