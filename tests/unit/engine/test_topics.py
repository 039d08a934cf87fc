"""Rule 16: compaction must never leave an empty control batch, which aiokafka cannot read."""

from itertools import cycle
from types import SimpleNamespace

import pytest

from streams.engine import topics
from streams.engine.config import EngineConfig, TopicSpec
from streams.engine.topics import changelog_settings, prepare_topics, settings_of
from tests.kafka.support import Ledger

A_DAY = 86_400_000  # producer.id.expiration.ms, by default


def test_tombstones_and_markers_outlive_the_brokers_memory_of_their_producer():
    settings = changelog_settings()
    assert settings["cleanup.policy"] == "compact"
    assert int(settings["delete.retention.ms"]) >= 2 * A_DAY


def test_a_tombstone_takes_effect_within_a_week():
    settings = changelog_settings()
    assert int(settings["segment.ms"]) <= A_DAY
    assert int(settings["segment.bytes"]) <= 64 * 1024 * 1024
    assert int(settings["max.compaction.lag.ms"]) <= 7 * A_DAY


def test_other_topics_end_by_retention_or_are_compacted():
    assert settings_of(TopicSpec("timelines", compacted=True))["cleanup.policy"] == "compact"
    assert settings_of(TopicSpec("tickets", retention=60.0))["retention.ms"] == "60000"


class TwoBrokers:
    """A cluster whose second broker hears of a new topic three questions late."""

    def __init__(self, **_: object) -> None:
        self.topics: dict[str, int] = {}
        self._heard: list[dict[str, int]] = [{}] * 3
        self._turn = cycle((0, 1))

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def describe_cluster(self):
        return {"controller_id": 1, "brokers": [{"node_id": 1}, {"node_id": 2}]}

    async def describe_topics(self):
        self._heard.append(dict(self.topics))
        known = self._heard[-1] if next(self._turn) == 0 else self._heard[-4]
        return [{"topic": name, "partitions": [None] * count} for name, count in known.items()]

    async def create_topics(self, wanted):
        self.topics |= {topic.name: topic.num_partitions for topic in wanted}
        return SimpleNamespace(topic_errors=[(topic.name, 0) for topic in wanted])


async def test_a_broker_that_has_not_heard_of_a_new_topic_yet_is_no_reason_to_fail(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(topics, "AIOKafkaAdminClient", TwoBrokers)
    config = EngineConfig(brokers="127.0.0.1:1", partitions=4)
    counts = await prepare_topics(config, [Ledger()], [TopicSpec("folded")])
    assert counts == {"events": 4, "folded": 4, config.changelog("ledger", "events"): 4}
