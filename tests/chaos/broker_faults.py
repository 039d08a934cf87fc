"""What may befall Kafka: brokers that die, and brokers that will not write."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from streams.engine.config import EngineConfig
from tests.brokers import Cluster
from tests.chaos import disks
from tests.chaos.faults import Fault, frozen
from tests.chaos.stage import BROKER_STARTS, Stage

REFUSES = 12.0  # seconds: longer than a transaction may take
NOTICES = 60.0  # seconds until a broker with a full disk has something to write
STALLS = 1.0  # seconds in which each unit's transaction is open for certain
CHANGELOGS = {
    "timeline": "orderherald-timeline-order-events-changelog",
    "desk": "orderherald-desk-notifications-changelog",
}
UNWRITABLE = "min.insync.replicas", "9"  # more than there are: a record is refused, and may be tried again
# Every record is too large, and refused for good; a transaction's marker (78 bytes) is not. Kafka 4.1 forgets
# one that is: its transaction is then neither committed nor aborted, and nobody gets past it until the broker
# that coordinates it is started again.
TOO_SMALL = "max.message.bytes", "80"


async def kill_one(stage: Stage) -> None:
    async with stage.trouble_at_the_brokers():
        broker = stage.random.choice(stage.cluster.brokers)
        await stage.down([broker], stage.random.uniform(1, 6))


def kill_coordinator(agent: str) -> Fault:
    """The broker that leads an agent's group: members, offsets and rebalances move to another."""

    async def fault(stage: Stage) -> None:
        async with stage.trouble_at_the_brokers():
            node = await _coordinator(stage.cluster, agent)
            broker = stage.cluster.brokers[node - 1]  # nodes are counted from one
            await stage.down([broker], stage.random.uniform(1, 6))

    return fault


async def _coordinator(cluster: Cluster, agent: str) -> int:
    """Which node it is; after a broker's return there may be none for a moment."""
    group = EngineConfig(brokers=cluster.bootstrap).group(agent)
    admin = AIOKafkaAdminClient(bootstrap_servers=cluster.bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(BROKER_STARTS):
            while True:
                with contextlib.suppress(KafkaError):
                    return int(await admin.find_coordinator(group))
                await asyncio.sleep(0.5)
    finally:
        await admin.close()


def kill_all(seconds: float) -> Fault:
    async def fault(stage: Stage) -> None:
        async with stage.trouble_at_the_brokers():
            await stage.down(stage.cluster.brokers, seconds)

    return fault


def refuse(topic: str, setting: tuple[str, str]) -> Fault:
    """As a full disk does: what is written there is not taken for a while."""

    async def fault(stage: Stage) -> None:
        async with stage.trouble_at_the_brokers(), _set(stage.cluster, topic, *setting):
            await asyncio.sleep(REFUSES)

    return fault


async def fill_disk(stage: Stage) -> None:
    """The broker ends as soon as it can't write; it is started once there is room again."""
    async with stage.trouble_at_the_brokers():
        broker = stage.random.choice(stage.cluster.brokers)
        with disks.full(broker.data):
            ended = await asyncio.to_thread(broker.ended, NOTICES)
        if not ended:
            raise TimeoutError(f"{broker.address} has not noticed in {NOTICES:.0f} s that its disk is full")
        await stage.down([broker], 0)


def outlive_transaction(role: str) -> Fault:
    """Frozen with a transaction open for longer than the broker lets it be."""

    async def fault(stage: Stage) -> None:
        async with stage.trouble_at_the_brokers():
            async with _set(stage.cluster, CHANGELOGS[role], *UNWRITABLE):
                await asyncio.sleep(STALLS)
                freezing = asyncio.create_task(frozen(stage, role))
                await asyncio.sleep(STALLS)
            await freezing

    return fault


@contextlib.asynccontextmanager
async def _set(cluster: Cluster, topic: str, name: str, value: str) -> AsyncIterator[None]:
    """A topic's setting, for as long as the context lasts."""
    await asyncio.to_thread(_alter, cluster, topic, ConfigEntry(name, value), AlterConfigOpType.SET)
    try:
        yield
    finally:
        await asyncio.to_thread(_alter, cluster, topic, ConfigEntry(name, None), AlterConfigOpType.DELETE)


def _alter(cluster: Cluster, topic: str, entry: ConfigEntry, how: AlterConfigOpType) -> None:
    entry.incremental_operation = how
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": cluster.bootstrap, "log_level": 0})
    for answer in admin.incremental_alter_configs([resource], request_timeout=60).values():
        answer.result()


BROKERS: dict[str, Fault] = {
    "kill -9 of a broker": kill_one,
    "kill -9 of timeline's coordinator": kill_coordinator("timeline"),
    "kill -9 of desk's coordinator": kill_coordinator("desk"),
    "writes of timeline refused": refuse(CHANGELOGS["timeline"], UNWRITABLE),
    "writes of desk refused": refuse(CHANGELOGS["desk"], UNWRITABLE),
    "writes of outcomes refused for good": refuse("notifications", TOO_SMALL),
    "a transaction of timeline times out": outlive_transaction("timeline"),
    "a transaction of desk times out": outlive_transaction("desk"),
    "all brokers killed, 20 s": kill_all(20),
}
DISKS: dict[str, Fault] = {"a broker's disk is full": fill_disk}
