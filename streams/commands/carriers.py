"""`orderherald carriers`: how long each carrier's parcels are silent, as configuration to copy.

Measured from timelines: those in Kafka, which hold an order's parcels until 30 days after the
delivery, or a file of them that `simulate` wrote.
"""

import argparse
import asyncio
import datetime as dt
import json
import logging
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from aiokafka.errors import KafkaError

from streams.agents.shell import TIMELINES
from streams.bootstrap.kafka import engine_config
from streams.commands.topics import records
from streams.domain.ports import ConfigurationError
from streams.domain.silence import LEAST, quantile
from streams.engine.config import EngineConfig
from streams.settings import load_settings

Silences = Mapping[str, Mapping[str, Sequence[dt.timedelta]]]  # by carrier and country, one a parcel


class _Parcel(msgspec.Struct):
    state: str
    carrier: str | None = None
    longest_silence: int | None = None


class _Timeline(msgspec.Struct):
    country: str | None = None
    parcels: tuple[_Parcel, ...] = ()


_read = msgspec.json.Decoder(_Timeline).decode


def run(args: argparse.Namespace) -> int:
    """Prints `[carriers.…]` tables; what is too little to be measured is said in a comment."""
    try:
        found = gathered(_in_file(args.timelines) if args.timelines else _in_kafka(args.config))
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{args.timelines or TIMELINES}: not timelines: {error}") from None
    for line in tables(found):
        sys.stdout.write(line + "\n")
    return 0


def gathered(timelines: Iterable[bytes]) -> Silences:
    """Of parcels that were delivered: what got lost would call its own silence usual."""
    found: dict[str, dict[str, list[dt.timedelta]]] = defaultdict(lambda: defaultdict(list))
    for timeline in map(_read, timelines):
        for parcel in timeline.parcels:
            if parcel.state == "delivered" and parcel.carrier and parcel.longest_silence is not None:
                silence = dt.timedelta(seconds=parcel.longest_silence)
                found[parcel.carrier.strip().casefold()][timeline.country or ""].append(silence)
    return found


def tables(found: Silences) -> Iterator[str]:
    """As the file has them. A country stands by itself where it differs from the carrier as a whole."""
    for carrier, countries in sorted(found.items()):
        parcels = [silence for silences in countries.values() for silence in silences]
        whole = quantile(parcels)
        if whole is None:
            yield f"# {carrier}: {len(parcels)} parcels, at least {LEAST} are needed"
            continue
        yield f"[carriers.{json.dumps(carrier, ensure_ascii=False)}]"
        yield f'silence = "{_hours(whole)}h"  # 99 % of {len(parcels)} parcels'
        measured = {country: quantile(each) for country, each in sorted(countries.items()) if country}
        differing = {country: each for country, each in measured.items() if each not in (None, whole)}
        if differing:
            values = (f'{name} = "{_hours(each)}h"' for name, each in differing.items() if each)
            yield f"countries = {{ {', '.join(values)} }}"


def _hours(span: dt.timedelta) -> int:
    return span // dt.timedelta(hours=1)


def _in_file(name: str) -> Iterator[bytes]:
    try:
        if name == "-":
            yield from filter(bytes.strip, sys.stdin.buffer)
        else:
            with Path(name).open("rb") as file:
                yield from filter(bytes.strip, file)
    except OSError as error:
        raise ConfigurationError(f"{name}: can't be read: {error.strerror}") from None


def _in_kafka(file: str | None) -> Iterable[bytes]:
    settings = load_settings(file)
    if settings.brokers is None:
        raise ConfigurationError(
            "ORDERHERALD_BROKERS: not set; it takes host:port of a Kafka broker, or use --timelines"
        )
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said here, once
    try:
        return asyncio.run(_newest(engine_config(settings))).values()
    except KafkaError as error:
        raise ConfigurationError(f"{settings.brokers}: Kafka says {type(error).__name__}") from None


async def _newest(config: EngineConfig) -> dict[bytes, bytes]:
    """The newest timeline of each order."""
    found: dict[bytes, bytes] = {}
    async for record in records(config, config.topic(TIMELINES)):
        found.pop(record.key or b"", None)
        if record.value is not None:
            found[record.key or b""] = record.value
    return found
