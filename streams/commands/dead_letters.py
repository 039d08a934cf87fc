"""`orderherald dead-letters`: look at what was set aside, and put it back where it came from."""

import argparse
import asyncio
import logging
import re
import sys
from collections.abc import AsyncIterator
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.agents.shell import DEAD_LETTERS
from streams.bootstrap.kafka import engine_config
from streams.codec import DeadLetter
from streams.domain.ports import ConfigurationError
from streams.engine.api import Out
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.outbox import Outbox
from streams.settings import load_settings
from streams.simulate.source import read_line

_WHICH = re.compile(r"([0-9]+):([0-9]+)")
_read = msgspec.json.Decoder(DeadLetter).decode


class Letter(NamedTuple):
    """One dead letter, and where it lies."""

    partition: int
    offset: int
    key: bytes | None
    letter: DeadLetter

    @property
    def name(self) -> str:
        """As the command line calls it."""
        return f"{self.partition}:{self.offset}"


def run(args: argparse.Namespace) -> int:
    """0 if everything that was asked for was there and could be done, else 1."""
    settings = load_settings(args.config)
    if settings.brokers is None:
        raise ConfigurationError("ORDERHERALD_BROKERS: not set; it takes host:port of a Kafka broker")
    config = engine_config(settings)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said here, once
    try:
        if args.action == "list":
            return asyncio.run(_list(config, args.reason, args.limit))
        wanted = [_located(which) for which in args.which]
        return asyncio.run((_show if args.action == "show" else _replay)(config, wanted))
    except KafkaError as error:
        raise ConfigurationError(f"{settings.brokers}: Kafka says {type(error).__name__}") from None


async def _list(config: EngineConfig, reason: str | None, limit: int | None) -> int:
    found = [each async for each in _letters(config) if reason in (None, each.letter.reason)]
    found.sort(key=lambda each: (each.letter.at, each.partition, each.offset))
    for each in found[-limit:] if limit else found:
        at = f"{each.letter.at:%Y-%m-%d %H:%M:%S}"
        where = each.letter.topic or "-"
        sys.stdout.write(f"{each.name:<10} {at}  {each.letter.reason:<16} {where:<14} {each.letter.detail}\n")
    return 0


async def _show(config: EngineConfig, wanted: list[tuple[int, int]]) -> int:
    found = await _chosen(config, wanted)
    for each in found:
        shown = msgspec.json.format(msgspec.json.encode(each.letter), indent=2)
        sys.stdout.write(f"{each.name}\n{shown.decode()}\n")
    return int(len(found) < len(wanted))


async def _replay(config: EngineConfig, wanted: list[tuple[int, int]]) -> int:
    found = await _chosen(config, wanted)
    outbox = Outbox(config)
    await outbox.start()
    try:
        done = [await _put_back(outbox, each) for each in found]
    finally:
        await outbox.stop()
    return int(len(found) < len(wanted) or not all(done))


async def _put_back(outbox: Outbox, each: Letter) -> bool:
    if each.letter.truncated:
        sys.stderr.write(f"{each.name}: only its beginning was kept, so it must come from its sender again\n")
        return False
    out = record_of(each)
    await outbox.send(out)
    sys.stdout.write(f"{each.name}: put back into {out.topic}\n")
    return True


def record_of(each: Letter) -> Out:
    """The original as it came: where it was set aside, else by the door for its type."""
    value = bytes(each.letter.event)
    if value.startswith(b'"'):  # it was no JSON, so its text is quoted
        value = msgspec.json.decode(value, type=str).encode()
    return Out(each.letter.topic or read_line(value).topic, each.key, value)


async def _chosen(config: EngineConfig, wanted: list[tuple[int, int]]) -> list[Letter]:
    found = {(each.partition, each.offset): each async for each in _letters(config)}
    for where in wanted:
        if where not in found:
            sys.stderr.write(f"{where[0]}:{where[1]}: no such dead letter\n")
    return [found[where] for where in wanted if where in found]


def _located(which: str) -> tuple[int, int]:
    match = _WHICH.fullmatch(which)
    if match is None:
        raise ConfigurationError(f"{which}: expected PARTITION:OFFSET, as `dead-letters list` names it")
    return int(match[1]), int(match[2])


async def _letters(config: EngineConfig) -> AsyncIterator[Letter]:
    """All of them, as far as the topic goes now. What others wrote there is said, and left out."""
    places = await _places(config)
    consumer = AIOKafkaConsumer(**config.consumer(), isolation_level="read_committed")
    try:
        await start_client(consumer)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        while left := [place for place in places if await consumer.position(place) < ends[place]]:
            for place, records in (await consumer.getmany(*left, timeout_ms=500)).items():
                for record in records:
                    try:
                        letter = _read(record.value or b"")
                    except msgspec.MsgspecError:
                        sys.stderr.write(f"{place.partition}:{record.offset}: not a dead letter of ours\n")
                    else:
                        yield Letter(place.partition, record.offset, record.key, letter)
    finally:
        await stop_client(consumer)


async def _places(config: EngineConfig) -> list[TopicPartition]:
    """Asked of the admin client: a consumer would wait for a missing topic until its time-out."""
    topic = config.topic(DEAD_LETTERS)
    admin = AIOKafkaAdminClient(bootstrap_servers=config.brokers, **config.client)
    try:
        await start_client(admin)
        found = {each["topic"]: each["partitions"] for each in await admin.describe_topics()}
    finally:
        await admin.close()
    if topic not in found:
        raise ConfigurationError(f"topic {topic} is missing: no worker has run here yet")
    return [TopicPartition(topic, each["partition"]) for each in found[topic]]
