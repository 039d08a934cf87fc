"""Rule 16: compaction must never leave an empty control batch, which aiokafka cannot read."""

from streams.engine.config import TopicSpec
from streams.engine.topics import changelog_settings, settings_of

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
