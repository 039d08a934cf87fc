"""Rule 6: fence, then read to the end, then compare with the input; and nothing is left behind on the way."""

from types import SimpleNamespace
from typing import Any

import pytest

from streams.engine import opening
from streams.engine.changelog import Changelog, Position, StateLost, due_headers
from streams.engine.config import EngineConfig
from streams.engine.fatal import RowsTooNew
from streams.engine.opening import Wanted, open_store

WANTED = Wanted("ledger", "events", 0, may_grow=False, committed=True)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []

    class Producer:
        def __init__(self, config: EngineConfig, transactional_id: str) -> None:
            done.append(transactional_id)

        async def fence(self) -> None:
            done.append("fenced")

        async def partitions_of(self, topic: str) -> int:
            return 4

        async def close(self) -> None:
            done.append("closed")

    async def read(config: EngineConfig, changelog: Any, kept: Changelog | None) -> Changelog:
        done.append(f"read {changelog.topic}")
        return Changelog(last_position=Position(10, 4).write().value)

    async def source(config: EngineConfig, source: Any) -> Any:
        done.append("compared")
        return opening._Source(0, end[0], None)

    end = [20]
    source.end = end
    monkeypatch.setattr(opening, "Transactions", Producer)
    monkeypatch.setattr(opening, "read_changelog", read)
    monkeypatch.setattr(opening, "_source", source)
    return done


async def test_nothing_is_read_before_the_fence_stands(steps: list[str]):
    store = await open_store(EngineConfig(brokers=""), WANTED)
    log = "orderherald-ledger-events-changelog"
    assert steps == ["orderherald-ledger-events-0", "fenced", f"read {log}", "compared"]
    assert store.position == 10


async def test_an_opening_that_is_refused_leaves_no_producer_behind(steps: list[str]):
    opening._source.end[0] = 5
    with pytest.raises(StateLost):
        await open_store(EngineConfig(brokers=""), WANTED)
    assert steps[-1] == "closed"


async def test_rows_of_a_newer_program_are_refused_before_anything_is_folded(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
):
    async def read(config: EngineConfig, changelog: Any, kept: Changelog | None) -> Changelog:
        return Changelog(rows={b"old": b"\x01", b"new": b"\x02", b"none": b""})

    monkeypatch.setattr(opening, "read_changelog", read)
    with pytest.raises(RowsTooNew, match="ledger has rows of format 2, and this program reads them up to 1"):
        await open_store(EngineConfig(brokers=""), WANTED._replace(row_format=1))
    assert steps[-1] == "closed"


def record(key: bytes, value: bytes | None, due: float | None = None) -> Any:
    return SimpleNamespace(key=key, value=value, headers=due_headers(due), offset=0)


def test_the_last_word_on_each_row_stands_and_a_tombstone_takes_row_and_timer():
    found = Changelog()
    found.take([record(b"a", b"1", 5.0), record(b"b", b"1", 6.0), record(b"a", b"2")])
    found.take([record(b"b", None), record(b"\x00position", Position(7, 4).write().value)])
    assert (found.rows, found.due) == ({b"a": b"2"}, {})
    assert found.position == Position(7, 4)
