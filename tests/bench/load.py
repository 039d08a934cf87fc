"""A backlog of the contract's events: whole orders, from placed to delivered, interleaved as shops live."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from streams.agents.shell import ORDER_EVENTS, record_of, with_subject
from streams.codec import read_event
from streams.demo.shops import SHOPS, Shop
from streams.demo.stories import happy
from streams.demo.tale import Beat, Sample, Tale, draw_sample
from streams.domain.intake import split

AN_ORDER = 9  # events: placed, three from its supplier, its shipment, four scans
PARTITIONS = 4  # alike for all contenders; few, as two cores also carry the broker
INPUTS = ("orders", "shipments", "suppliers", "customers")
FLAT = "flat"  # the same events in one topic keyed by order, for those that can't correlate
_SPREAD = 600.0  # seconds in which the orders begin, the last of them just now


def backlog(events: int, seed: int = 1, shops: Sequence[Shop] = SHOPS) -> list[Beat]:
    """At least so many events, in order of arrival. Nothing in it is stale."""
    orders = -(-events // AN_ORDER)
    random = Random(seed)
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=_SPREAD + 60)
    beats: list[Beat] = []
    for serial in range(orders):
        sample = draw_sample(random, shops[serial % len(shops)], serial)
        beats += _order(random, sample, begun, _SPREAD * serial / orders)
    return sorted(beats, key=lambda beat: beat.after)


def _order(random: Random, sample: Sample, begun: dt.datetime, start: float) -> Iterator[Beat]:
    tale = Tale(sample, begun + dt.timedelta(seconds=start), random)
    happy(tale)
    return (beat._replace(after=beat.after + start) for beat in tale.beats)


def fill_order_events(bootstrap: str, prefix: str, beats: list[Beat]) -> None:
    """Writes them as the timeline reads them: placed already, and without the person."""
    now = dt.datetime.now(dt.UTC)
    events = (with_subject(read_event(beat.value, now), beat.key) for beat in beats)
    outs = [record_of(ORDER_EVENTS, event.subject or "", split(event)[0]) for event in events]
    _create(bootstrap, [prefix + ORDER_EVENTS])
    producer = _producer(bootstrap)
    for out in outs:
        producer.produce(prefix + out.topic, out.value, out.key)
        producer.poll(0)
    producer.flush(120)


def fill(bootstrap: str, prefix: str, beats: list[Beat]) -> None:
    """Writes them twice: into the daemon's four inputs, and into one topic for the others."""
    _create(bootstrap, [prefix + name for name in (*INPUTS, FLAT)])
    producer = _producer(bootstrap)
    for beat in beats:
        for topic in (beat.topic, FLAT):
            producer.produce(prefix + topic, beat.value, beat.key)
        producer.poll(0)
    producer.flush(120)


def send(bootstrap: str, prefix: str, beats: Iterable[Beat]) -> None:
    """Writes them into the daemon's inputs, which are there."""
    producer = _producer(bootstrap)
    for beat in beats:
        producer.produce(prefix + beat.topic, beat.value, beat.key)
        producer.poll(0)
    producer.flush(300)


def _create(bootstrap: str, names: list[str]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})
    for created in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names]).values():
        created.result(30)


def _producer(bootstrap: str) -> Producer:
    """With Java's partitioner, which every other client here goes by."""
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "linger.ms": 20,
            "queue.buffering.max.messages": 2_000_000,
            "partitioner": "murmur2_random",
        }
    )
