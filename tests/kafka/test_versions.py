"""A rolling upgrade on a real Kafka: new rows beside old ones, which an old program must not touch."""

import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from streams.engine.config import EngineConfig
from tests.brokers import Cluster
from tests.kafka.support import Fatals, Ledger, eventually, fast, read, ready, running, write

pytestmark = pytest.mark.kafka


class Old(Ledger):
    row_format = 1


class New(Ledger):
    """Writes format 2, in which the list has another name, and reads 1 as well."""

    row_format = 2

    def encode(self, row: Any) -> bytes:
        return b"\x02" + json.dumps({"places": row["folded"], "due": row["due"]}).encode()

    def decode(self, data: bytes) -> Any:
        if data[:1] == b"\x01":
            return super().decode(data)
        row = json.loads(data[1:])
        return {"folded": row["places"], "due": row["due"], "ballast": ""}


class Careless(Old):
    """An old program that takes each row for one of its own."""

    row_format = 255

    def decode(self, data: bytes) -> Any:
        return {"folded": [], "due": None, "ballast": ""} | json.loads(data[1:])


KEYS = [f"{number}".encode() for number in range(100)]


async def rows(config: EngineConfig) -> dict[bytes, bytes]:
    found = await read(config.brokers, config.changelog("ledger", "events"))
    return {record.key: record.value for record in found if record.key[:1] != b"\x00"}


async def upgraded(config: EngineConfig) -> list[str]:
    """An old worker and a new one fold side by side; then the new one ends. What had been folded by then."""
    old, new, fatals = Old(), New(), Fatals()
    async with AsyncExitStack() as leaving:
        first = await leaving.enter_async_context(running([old], config))
        await write(config.brokers, config.topic("events"), [(key, b"v") for key in KEYS])
        await eventually(lambda: len(old.done) == 100)
        async with running([new], config, on_fatal=fatals) as second:
            await eventually(lambda: ready(first) and ready(second))
            await write(config.brokers, config.topic("events"), [(key, b"v") for key in KEYS])
            await eventually(lambda: len(old.done) + len(new.done) == 200)
            assert new.done, "some of the old rows were read and written anew by the new program"
            await leaving.aclose()
            await eventually(lambda: len(second._sources[0].partitions) == 4)
    assert fatals == []
    return old.done + new.done


async def test_an_old_worker_refuses_new_rows_and_a_new_one_reads_both(kafka: Cluster):
    config = fast(kafka.bootstrap, "versions.", openings=1)
    done = await upgraded(config)
    before = await rows(config)
    assert {data[0] for data in before.values()} == {1, 2}
    fatals, old = Fatals(), Old()
    async with running([old], config, on_fatal=fatals):
        await write(kafka.bootstrap, "versions.events", [(key, b"v") for key in KEYS])
        await eventually(lambda: fatals)
    assert fatals.errors[0] == "RowsTooNew"
    assert "ledger has rows of format 2, and this program reads them up to 1" in str(fatals[0][1])
    after = await rows(config)
    assert {key: data for key, data in after.items() if before[key][0] == 2} == {
        key: data for key, data in before.items() if data[0] == 2
    }
    new = New()
    async with running([new], config):
        await eventually(lambda: len(done) + len(old.done) + len(new.done) == 300)
    found = {key: New().decode(data)["folded"] for key, data in (await rows(config)).items()}
    assert sorted(place for row in found.values() for place in row) == sorted(done + old.done + new.done)
    assert {len(row) for row in found.values()} == {3}


async def test_a_careless_one_would_have_lost_what_the_new_one_wrote(kafka: Cluster):
    """That the refusal is not for nothing."""
    config = fast(kafka.bootstrap, "careless.", openings=1)
    await upgraded(config)
    careless = Careless()
    async with running([careless], config):
        await write(kafka.bootstrap, "careless.events", [(key, b"v") for key in KEYS])
        await eventually(lambda: len(careless.done) == 100)
    found = [json.loads(data[1:])["folded"] for data in (await rows(config)).values()]
    assert min(map(len, found)) == 1
