"""Whether Kafka is there, its topics are laid out as the worker needs them, and we have the rights."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from streams.agents.desk import DeskAgent
from streams.agents.ingest import IngestAgent
from streams.agents.place import PlaceAgent
from streams.agents.shell import DEAD_LETTERS, Agent
from streams.agents.timeline import TimelineAgent
from streams.bootstrap.kafka import TOPICS, engine_config
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.topics import changelog_settings, settings_of
from streams.settings import Settings

AGENTS: tuple[type[Agent], ...] = (IngestAgent, PlaceAgent, TimelineAgent, DeskAgent)
POLICY = "cleanup.policy"

Line = tuple[str, str | None, str]  # what was looked at, what is wrong with it, what is worth knowing


async def kafka_findings(settings: Settings, patience: float) -> AsyncIterator[Line]:
    """One line for each thing looked at. Nothing is created, and nothing is left in a topic."""
    if settings.brokers is None:
        yield "kafka", "ORDERHERALD_BROKERS is not set; the worker needs host:port of a broker", ""
        return
    try:
        config = engine_config(settings)
        async with asyncio.timeout(patience):
            lines = [line async for line in _findings(config)]
    except TimeoutError:
        lines = [("kafka", f"no answer from {settings.brokers} in {patience:.0f} s; is it reachable?", "")]
    except KafkaError as error:
        lines = [("kafka", _told(error, settings.brokers), "")]
    except OSError as error:
        lines = [("kafka", f"its TLS files can't be used: {error.strerror or error}", "")]
    for line in lines:
        yield line


async def _findings(config: EngineConfig) -> AsyncIterator[Line]:
    admin = AIOKafkaAdminClient(bootstrap_servers=config.brokers, **config.client)
    try:
        await start_client(admin)
        cluster = await admin.describe_cluster()
        yield "kafka", None, f"{len(cluster['brokers'])} brokers answer"
        counts = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics()}
        policies = await _policies(admin, [name for name in wanted(config) if name in counts])
        for line in topic_lines(config, counts, policies):
            yield line
        async for line in _group_lines(admin, config):
            yield line
    finally:
        await admin.close()
    yield await _reading(config, counts)
    yield await _writing(config, counts)


def wanted(config: EngineConfig) -> dict[str, str]:
    """Every topic by its full name, with the cleanup policy it must have."""
    found = {config.topic(spec.name): settings_of(spec)[POLICY] for spec in TOPICS}
    for agent in AGENTS:
        for name in agent.inputs:
            found[config.changelog(agent.name, name)] = changelog_settings()[POLICY]
    return found


def topic_lines(
    config: EngineConfig, counts: Mapping[str, int], policies: Mapping[str, str]
) -> Iterator[Line]:
    """Topics that are missing, cleaned the wrong way, or cut otherwise than their changelogs."""
    missing = [name for name in wanted(config) if name not in counts]
    if missing and config.create_topics:
        yield "topics", None, f"the worker will create {', '.join(missing)}"
    elif missing:
        yield "topics", f"missing: {', '.join(missing)}; create them, or let the worker do it", ""
    wrong = list(_wrong(config, counts, policies))
    yield from wrong
    if not missing and not wrong:
        yield "topics", None, f"all {len(wanted(config))} are there and laid out right"


def _wrong(config: EngineConfig, counts: Mapping[str, int], policies: Mapping[str, str]) -> Iterator[Line]:
    for name, policy in wanted(config).items():
        if policies.get(name, policy) != policy:
            yield f"topic {name}", f"{POLICY} is {policies[name]}; set it to {policy}", ""
    for agent in AGENTS:
        for name in agent.inputs:
            source, changelog = config.topic(name), config.changelog(agent.name, name)
            if agent.has_rows and counts.get(source, 0) != counts.get(changelog, counts.get(source, 0)):
                wrong = f"has {counts.get(source, 0)} partitions, but {changelog} has {counts[changelog]}"
                yield f"topic {source}", f"{wrong}; they must be equal, so undo what was changed", ""


async def _policies(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, str]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {POLICY: ""}) for name in names]
    found: dict[str, str] = {}
    for response in await admin.describe_configs(asked):
        for _code, _message, _kind, topic, entries in response.resources:
            found.update((topic, str(value)) for name, value, *_ in entries if name == POLICY)
    return found


async def _group_lines(admin: AIOKafkaAdminClient, config: EngineConfig) -> AsyncIterator[Line]:
    refused = []
    for agent in AGENTS:
        try:
            await _coordinated(admin, config.group(agent.name))
        except KafkaError as error:
            refused.append(f"{config.group(agent.name)} ({type(error).__name__})")
    if refused:
        yield "consumer groups", f"refused: {', '.join(refused)}; allow READ on these groups", ""
    else:
        yield "consumer groups", None, "may be used"


async def _coordinated(admin: AIOKafkaAdminClient, group: str) -> None:
    """A cluster that no group has used yet needs a moment to make its coordinator; `patience` bounds it."""
    while True:
        try:
            await admin.list_consumer_group_offsets(group)
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(0.5)
        else:
            return


async def _reading(config: EngineConfig, counts: Mapping[str, int]) -> Line:
    """Fetches from the end of everything, so that no record is read but every right is asked for."""
    places = [TopicPartition(name, 0) for name in wanted(config) if name in counts]
    if not places:
        return "reading", None, "no topic is there to read from yet"
    consumer = AIOKafkaConsumer(**config.consumer())
    try:
        await start_client(consumer)
        consumer.assign(places)
        await consumer.seek_to_end(*places)
        await consumer.getmany(timeout_ms=1000)
    except KafkaError as error:
        return "reading", f"{_refused(error)}; allow READ on them", ""
    finally:
        await stop_client(consumer)
    return "reading", None, "every topic that is there may be read"


async def _writing(config: EngineConfig, counts: Mapping[str, int]) -> Line:
    """A transaction that is given up: no reader of ours ever sees what was in it."""
    topic = config.topic(DEAD_LETTERS)
    asked: dict[str, Any] = config.producer() | {"transactional_id": f"{config.prefix}orderherald-check"}
    producer = AIOKafkaProducer(**asked)
    try:
        await start_client(producer)
        if topic not in counts:
            return "writing", None, "transactions may be used; no topic is there to write to yet"
        await producer.begin_transaction()
        try:
            await producer.send_and_wait(topic, b"orderherald check", partition=0)
        finally:
            await producer.abort_transaction()
    except KafkaError as error:
        return "writing", f"{_refused(error)}; allow WRITE there and on the transactional ids", ""
    finally:
        await producer.stop()
    return "writing", None, f"transactions may be used, and {topic} may be written"


def _refused(error: KafkaError) -> str:
    names = ", ".join(str(each) for each in error.args if isinstance(each, str | set))
    return f"refused ({type(error).__name__}{': ' + names if names else ''})"


def _told(error: KafkaError, brokers: str) -> str:
    advice = {
        "KafkaConnectionError": f"no broker answers at {brokers}; is the address right, and is it up?",
        "NodeNotReadyError": f"no broker answers at {brokers}; is the address right, and is it up?",
        "AuthenticationFailedError": "the user or password is refused; see ORDERHERALD_KAFKA_SASL_…",
        "UnsupportedSaslMechanismError": "it wants another ORDERHERALD_KAFKA_SASL_MECHANISM",
    }
    name = type(error).__name__
    return advice.get(name, f"it says {name}; see its log, and the ORDERHERALD_KAFKA_… settings")
