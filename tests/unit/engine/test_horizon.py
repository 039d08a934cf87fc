"""Rule 18: a timer waits for everything upstream, stage by stage."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from streams.engine.config import EngineConfig, Stage
from streams.engine.horizon import Horizon

INPUTS = Stage("ingest", ("orders", "shipments"))
PLACE = Stage("place", ("references",))


class Cluster:
    """Ends by topic and offsets by group, one partition each; stands for consumer, client and admin."""

    def __init__(self) -> None:
        self.ends = {"orders": 10, "shipments": 5, "references": 7}
        self.groups: dict[str, dict[str, int]] = {"orderherald-ingest": {}, "orderherald-place": {}}
        self._client = self
        self.down = False

    async def _wait_on_metadata(self, topic: str) -> set[int]:
        return {0}

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {place: self.ends[place.topic] for place in places}

    async def list_consumer_group_offsets(
        self, group: str, partitions: list[TopicPartition]
    ) -> dict[Any, Any]:
        if self.down:
            raise KafkaConnectionError
        offsets = self.groups[group]
        return {place: SimpleNamespace(offset=offsets.get(place.topic, -1)) for place in partitions}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def horizon(cluster: Cluster) -> Horizon:
    clock = iter(range(100, 1000)).__next__
    horizon = Horizon(
        EngineConfig(brokers=""), {"place": [INPUTS], "timeline": [INPUTS, PLACE]}, lambda: float(clock())
    )
    horizon._ends = horizon._admin = cluster
    return horizon


async def test_nothing_is_behind_us_until_the_first_stage_has_folded_what_had_arrived(
    horizon: Horizon, cluster: Cluster
):
    await horizon._tick()
    cluster.ends["orders"] = 500  # what arrives later is no reason to wait
    cluster.groups["orderherald-ingest"] = {"orders": 10, "shipments": 4}
    await horizon._tick()
    assert horizon.of("place") == 0
    cluster.groups["orderherald-ingest"]["shipments"] = 5
    await horizon._tick()
    assert horizon.of("place") == 100


async def test_the_second_stage_is_measured_only_after_the_first_has_passed(
    horizon: Horizon, cluster: Cluster
):
    cluster.groups["orderherald-place"] = {"references": 7}
    await horizon._tick()
    cluster.groups["orderherald-ingest"] = {"orders": 10, "shipments": 5}
    cluster.ends["references"] = 9  # written by the first stage on its way
    await horizon._tick()
    assert (horizon.of("place"), horizon.of("timeline")) == (100, 0)
    cluster.groups["orderherald-place"] = {"references": 9}
    await horizon._tick()
    assert horizon.of("timeline") == 100


async def test_a_broker_that_does_not_answer_makes_it_stand_still(horizon: Horizon, cluster: Cluster):
    cluster.groups["orderherald-ingest"] = {"orders": 10, "shipments": 5}
    cluster.down = True
    await horizon._tick()
    assert horizon.of("place") == 0
    cluster.down = False
    await horizon._tick()
    assert horizon.of("place") > 0


async def test_a_processor_without_stages_goes_by_the_clock(horizon: Horizon):
    assert horizon.of("ingest") >= 100


async def test_what_our_looking_takes_makes_nothing_late(cluster: Cluster):
    moment = [100.0]
    horizon = Horizon(EngineConfig(brokers=""), {"timeline": [INPUTS, PLACE]}, lambda: moment[0])
    horizon._ends = horizon._admin = cluster
    assert horizon.late("timeline") == 98, "nobody knows yet, but for a second a stage"
    cluster.groups["orderherald-ingest"] = {"orders": 10, "shipments": 5}
    cluster.groups["orderherald-place"] = {"references": 7}
    await horizon._tick()
    for late, now in [(0, 101.9), (0, 102.0), (3, 105.0)]:
        moment[0] = now
        assert horizon.late("timeline") == pytest.approx(late)
    assert horizon.late("ingest") == 0
