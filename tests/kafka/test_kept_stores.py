"""Rule 10 on a real Kafka: who keeps a partition through a rebalance reads nothing of it again."""

from typing import Any

import pytest

from streams.engine.hooks import NoHooks, Opened
from tests.brokers import Cluster
from tests.kafka.support import Ledger, eventually, fast, ready, rows_of, running, write

pytestmark = pytest.mark.kafka


class Noting(NoHooks):
    def __init__(self) -> None:
        self.openings: list[Opened] = []

    def opened(self, opened: Opened) -> None:
        self.openings.append(opened)

    def read(self) -> int:
        return sum(opened.records for opened in self.openings)


def records(number: int) -> list[tuple[bytes, bytes]]:
    return [(f"{n % 200}".encode(), b"v") for n in range(number)]


async def test_a_store_that_comes_back_is_caught_up_and_not_read_anew(kafka: Cluster):
    config, hooks, other = fast(kafka.bootstrap, "kept."), Noting(), Noting()
    one, two = Ledger(), Ledger()
    async with running([one], config, hooks=hooks) as worker:
        for number in range(1, 11):
            await write(kafka.bootstrap, "kept.events", records(200))
            await eventually(lambda wanted=200 * number: len(one.done) == wanted)
        hooks.openings.clear()
        async with running([two], config, hooks=other) as second:
            await eventually(lambda: ready(worker) and ready(second))
            assert len(hooks.openings) == len(other.openings) == 2
            assert hooks.read() == 2, "of each its last position, and no more"
            assert other.read() > 700, "who never had them reads all"
            hooks.openings.clear()
            await write(kafka.bootstrap, "kept.events", records(400))
            await eventually(lambda: len(one.done) + len(two.done) == 2_400)
        await eventually(lambda: ready(worker) and len(hooks.openings) == 4)
        assert hooks.read() < 300, "of what came back, what the other wrote meanwhile"
        stores: list[Any] = [each.store for each in worker._sources[0].partitions.values()]
        held = {key: row for store in stores for key, row in store.rows.items()}
    assert sum(len(row["folded"]) for row in (await rows_of(kafka.bootstrap, config)).values()) == 2_400
    assert {key: one.decode(row) for key, row in held.items()} == await rows_of(kafka.bootstrap, config)
