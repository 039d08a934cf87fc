"""State as files: what comes back, where rows go, and what is refused."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from streams.agents.desk import DeskAgent
from streams.domain.customer import marker
from streams.engine.config import EngineConfig
from streams.engine.keys import partition_of
from streams.engine.portable import (
    PortableError,
    Rest,
    Row,
    Table,
    lines,
    make_folder,
    read_manifest,
    written,
)
from streams.engine.restore import _Restore, homes


def test_lines_come_back_as_they_were(tmp_path):
    rows = [Row(1, b"\x00k", b"\xffv", 12.5), Row(0, b"k", b"v")]
    with written(tmp_path / "f") as write:
        for row in rows:
            write(row)
    assert list(lines(tmp_path / "f", Row)) == rows


def test_what_holds_names_and_addresses_is_for_its_owner_alone(tmp_path):
    with written(tmp_path / "f") as write:
        write(Row(0, b"k", b"v"))
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_cut_short_is_refused(tmp_path):
    with written(tmp_path / "f") as write:
        write(Rest(None, b"v" * 500, 5, [("primary", b"1")]))
    whole = (tmp_path / "f").read_bytes()
    (tmp_path / "f").write_bytes(whole[:-12])
    with pytest.raises(PortableError, match="f can't be read"):
        list(lines(tmp_path / "f", Rest))


def test_a_file_that_a_disk_has_changed_is_refused(tmp_path):
    with written(tmp_path / "f") as write:
        for number in range(200):
            write(Row(0, hashlib.sha256(b"%d" % number).digest(), b"v"))
    whole = (tmp_path / "f").read_bytes()
    for place in range(20, len(whole), 7):
        changed = whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :]
        (tmp_path / "f").write_bytes(changed)
        with pytest.raises(PortableError, match="f can't be read"):
            list(lines(tmp_path / "f", Row))


def test_half_an_export_is_none(tmp_path):
    make_folder(tmp_path / "x")
    with pytest.raises(PortableError, match="holds no finished export"):
        read_manifest(tmp_path / "x")


@pytest.mark.parametrize("now", [3, 4, 7])
def test_a_row_goes_where_its_key_is_placed_now(now):
    key = b"acme:1001"
    assert list(homes(Row(partition_of(key, 4), key, b"v"), 4, now)) == [partition_of(key, now)]


def test_a_row_that_lies_under_a_hash_goes_everywhere_when_the_count_changes():
    key = b"erased:17"
    elsewhere = (partition_of(key, 4) + 1) % 4
    assert list(homes(Row(elsewhere, key, b"v"), 4, 4)) == [elsewhere]
    assert list(homes(Row(elsewhere, key, b"v"), 4, 6)) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("before", [1, 3])
def test_no_marker_of_an_erased_customer_is_lost_where_its_hash_lay_as_a_key_would(before):
    names = [f"acme:c-{number}" for number in range(60)]
    for name in names:
        key = marker(name).encode()
        row = Row(partition_of(name.encode(), before), key, b"v")
        assert partition_of(name.encode(), 12) in homes(row, before, 12, hidden=DeskAgent.hides(key))
    assert not any(DeskAgent.hides(name.encode()) for name in names)


async def test_an_import_brings_a_marker_to_every_partition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of an export with one partition each row lies where its key says, whatever its key is."""
    table = Table(DeskAgent.name, DeskAgent.inputs[0], 1, rows=2)
    with written(tmp_path / table.file("rows")) as write:
        write(Row(0, marker("acme:c-1").encode(), b"v"))
        write(Row(0, b"acme:c-2", b"v"))
    restore = _Restore(EngineConfig(brokers="nowhere"), None, tmp_path, [DeskAgent])  # type: ignore[list-item]  # asked for names alone

    async def changelog(_table: Table) -> list[TopicPartition]:
        return [TopicPartition("changelog", number) for number in range(4)]

    sent: list[tuple[int, bytes]] = []

    async def send(_topic: str, partition: int, key: bytes, _value: bytes, **_more: Any) -> None:
        sent.append((partition, key))

    monkeypatch.setattr(restore, "_changelog", changelog)
    await restore._rows(send, table)
    placed = partition_of(b"acme:c-2", 4)
    assert sent == [*((number, marker("acme:c-1").encode()) for number in range(4)), (placed, b"acme:c-2")]
