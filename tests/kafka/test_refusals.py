"""What the engine refuses rather than start over in silence, on a real Kafka."""

import asyncio
import struct
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete

from streams.engine import source
from streams.engine.config import EngineConfig
from streams.engine.opening import open_store
from streams.engine.topics import TopicsError, prepare_topics
from streams.engine.worker import Worker
from tests.brokers import Cluster
from tests.kafka.support import (
    OUTPUTS,
    Fatals,
    Ledger,
    Relay,
    eventually,
    fast,
    read,
    ready,
    running,
    write,
)

pytestmark = pytest.mark.kafka


@pytest.fixture
async def admin(kafka: Cluster):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    yield admin
    await admin.close()


async def end_of(bootstrap: str, place: TopicPartition) -> int:
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await reader.start()
    try:
        return (await reader.end_offsets([place]))[place]
    finally:
        await reader.stop()


def producer_of(worker: Worker) -> tuple[int, int]:
    """The id and epoch of its only partition's producer."""
    (partition,) = worker._sources[0].partitions.values()
    manager = partition.store._transactions._producer._txn_manager
    return manager.producer_id, manager.producer_epoch


async def fold(config: EngineConfig, number: int) -> None:
    ledger = Ledger()
    async with running([ledger], config):
        await write(config.brokers, config.topic("events"), [(b"k", b"v")] * number)
        await eventually(lambda: len(ledger.done) == number)


async def refused(config: EngineConfig) -> Fatals:
    fatals = Fatals()
    async with running([Ledger()], config, on_fatal=fatals):
        await eventually(lambda: fatals)
    return fatals


async def test_records_that_retention_took_before_they_were_folded_are_not_skipped_in_silence(
    kafka: Cluster, admin: AIOKafkaAdminClient
):
    config = fast(kafka.bootstrap, "retention.", partitions=1)
    await fold(config, 10)
    await write(kafka.bootstrap, "retention.events", [(b"k", b"v")] * 10)
    await admin.delete_records({TopicPartition("retention.events", 0): RecordsToDelete(before_offset=15)})
    fatals = await refused(config)
    assert fatals.errors == ["StateLost"]
    assert "lost to retention" in str(fatals[0][1])


async def test_a_topic_made_anew_is_not_read_from_its_beginning(kafka: Cluster, admin: AIOKafkaAdminClient):
    config = fast(kafka.bootstrap, "anew.", partitions=1)
    await fold(config, 10)
    await admin.delete_topics(["anew.events"])
    await asyncio.sleep(1)
    await admin.create_topics([NewTopic("anew.events", 1, 1)])
    assert (await refused(config)).errors == ["StateLost"]


async def test_a_topic_made_anew_is_told_by_its_id_though_it_holds_more_than_was_folded(
    kafka: Cluster, admin: AIOKafkaAdminClient
):
    config = fast(kafka.bootstrap, "other.", partitions=1)
    await fold(config, 10)
    await admin.delete_topics(["other.events"])
    await asyncio.sleep(1)
    await admin.create_topics([NewTopic("other.events", 1, 1)])
    await asyncio.sleep(0.5)
    await write(kafka.bootstrap, "other.events", [(b"k", b"v")] * 30)
    fatals = await refused(config)
    assert fatals.errors == ["StateLost"]
    assert "events was deleted and made anew: its id was" in str(fatals[0][1])
    assert len(await read(kafka.bootstrap, "other.folded")) == 10


async def test_a_changelog_that_was_deleted_is_not_taken_for_a_first_start(
    kafka: Cluster, admin: AIOKafkaAdminClient
):
    config = fast(kafka.bootstrap, "gone.", partitions=1)
    await fold(config, 10)
    await admin.delete_topics([config.changelog("ledger", "events")])
    await asyncio.sleep(1)
    fatals = await refused(config)
    assert fatals.errors == ["StateLost"]
    assert "has no position" in str(fatals[0][1])


async def test_more_partitions_under_rows_are_refused_with_a_sentence(
    kafka: Cluster, admin: AIOKafkaAdminClient
):
    config = fast(kafka.bootstrap, "grown.", partitions=2)
    await fold(config, 4)
    await admin.create_partitions({"grown.events": NewPartitions(3)})
    await asyncio.sleep(0.5)
    with pytest.raises(TopicsError, match=r"grown.events has 3 partitions.*made for 2"):
        await Worker([Ledger()], config, topics=OUTPUTS).start()


async def test_an_input_without_rows_may_grow_and_its_positions_with_it(
    kafka: Cluster, admin: AIOKafkaAdminClient
):
    config, ledger = fast(kafka.bootstrap, "more.", partitions=2), Ledger()
    async with running([Relay(), ledger], config):
        await write(kafka.bootstrap, "more.left", [(b"a", b"v")])
        await eventually(lambda: len(ledger.done) == 1)
    await admin.create_partitions({"more.left": NewPartitions(4)})
    await asyncio.sleep(0.5)
    again = Ledger()
    async with running([Relay(), again], config) as worker:
        await eventually(lambda: ready(worker))
        assert worker.status().agents[0].assigned == 6
        await write(kafka.bootstrap, "more.left", [(f"{n}".encode(), b"v") for n in range(40)])
        await eventually(lambda: len(again.done) == 40)


async def test_missing_topics_are_named_where_they_may_not_be_created(kafka: Cluster):
    config = fast(kafka.bootstrap, "none.", create_topics=False)
    with pytest.raises(TopicsError, match=r"be created here: none\.concluded, none\.dead-letters, none\.ev"):
        await prepare_topics(config, [Ledger()], OUTPUTS)


async def test_no_broker_is_one_sentence():
    with pytest.raises(TopicsError, match=r"no broker answers at 127.0.0.1:1"):
        await prepare_topics(fast("127.0.0.1:1", ""), [Ledger()], OUTPUTS)


async def test_a_changelog_that_another_hand_wrote_to_ends_the_unit_uncommitted(kafka: Cluster):
    config, fatals, ledger = fast(kafka.bootstrap, "hand.", partitions=1), Fatals(), Ledger()
    async with running([ledger], config, on_fatal=fatals):
        await write(kafka.bootstrap, "hand.events", [(b"k", b"v")])
        await eventually(lambda: len(ledger.done) == 1)
        await write(kafka.bootstrap, config.changelog("ledger", "events"), [(b"other", b"\x01{}")])
        await write(kafka.bootstrap, "hand.events", [(b"k", b"v")])
        await eventually(lambda: fatals)
    assert fatals.errors == ["OffsetMismatch"]


async def mark_again(bootstrap: str, place: TopicPartition, producer: Any) -> None:
    """What a transaction coordinator asks of a partition's leader, once more (WriteTxnMarkers, version 1)."""
    name = place.topic.encode()
    topics = b"\x02" + bytes([len(name) + 1]) + name + b"\x02" + struct.pack(">i", place.partition) + b"\0"
    marker = struct.pack(">qhb", *producer, 1) + topics + struct.pack(">i", 0) + b"\0"
    body = struct.pack(">hhih", 27, 1, 1, -1) + b"\0" + b"\x02" + marker + b"\0"
    reader, writer = await asyncio.open_connection(*bootstrap.split(":"))
    writer.write(struct.pack(">i", len(body)) + body)
    await reader.readexactly(4)
    writer.close()


async def test_a_marker_that_a_coordinator_writes_twice_is_no_other_hand(kafka: Cluster):
    config, fatals, ledger = fast(kafka.bootstrap, "twice.", partitions=1), Fatals(), Ledger()
    changelog = TopicPartition(config.changelog("ledger", "events"), 0)
    async with running([ledger], config, on_fatal=fatals) as worker:
        for round_ in range(3):
            await write(kafka.bootstrap, "twice.events", [(b"k", b"v")])
            await eventually(lambda done=round_ + 1: len(ledger.done) == done or fatals)
            before = await end_of(kafka.bootstrap, changelog)
            for _ in range(round_):
                await mark_again(kafka.bootstrap, changelog, producer_of(worker))
            assert await end_of(kafka.bootstrap, changelog) == before + round_
        await write(kafka.bootstrap, "twice.events", [(b"k", b"v")])
        await eventually(lambda: len(ledger.done) == 4 or fatals)
    assert fatals.errors == []


async def test_a_second_owner_fences_the_first_which_writes_nothing_more(kafka: Cluster):
    config, fatals, ledger = fast(kafka.bootstrap, "fence.", partitions=1), Fatals(), Ledger()
    async with running([ledger], config, on_fatal=fatals):
        await write(kafka.bootstrap, "fence.events", [(b"k", b"v")])
        await eventually(lambda: len(ledger.done) == 1)
        thief = AIOKafkaProducer(
            bootstrap_servers=kafka.bootstrap, transactional_id=config.transactional_id("ledger", "events", 0)
        )
        await thief.start()
        await thief.stop()
        await write(kafka.bootstrap, "fence.events", [(b"k", b"v")])
        await eventually(lambda: fatals)
    assert fatals.errors == ["ProducerFenced"]
    assert len(await read(kafka.bootstrap, "fence.folded")) == 1


async def test_a_store_that_opens_slowly_does_not_cost_the_membership(
    kafka: Cluster, monkeypatch: pytest.MonkeyPatch
):
    async def slowly(*arguments: Any) -> Any:
        await asyncio.sleep(5)
        return await open_store(*arguments)

    monkeypatch.setattr(source, "open_store", slowly)
    config = fast(kafka.bootstrap, "slow.", session_timeout=2.0, openings=4)
    ledgers = Ledger(), Ledger()
    async with running([ledgers[0]], config) as one, running([ledgers[1]], config) as two:
        await eventually(lambda: ready(one) and ready(two), 15)
        await write(kafka.bootstrap, "slow.events", [(f"{n}".encode(), b"v") for n in range(100)])
        await eventually(lambda: sum(len(ledger.done) for ledger in ledgers) == 100, 5)
        assert [worker.status().agents[0].open for worker in (one, two)] == [2, 2]


async def test_the_groups_offsets_reach_the_very_end_past_the_markers_of_transactions(
    kafka: Cluster, admin: AIOKafkaAdminClient
):
    config, ledger = fast(kafka.bootstrap, "end.", partitions=1), Ledger()
    async with running([Relay(), ledger], config):
        await write(kafka.bootstrap, "end.left", [(b"a", b"v")])
        await eventually(lambda: len(ledger.done) == 1)
        await asyncio.sleep(1)
        place = TopicPartition("end.events", 0)
        offsets = await admin.list_consumer_group_offsets(config.group("ledger"), partitions=[place])
    assert offsets[place].offset == 2, "one record and the marker behind it"
