"""Everything that the agents remember, from a cluster into files, while no worker runs.

Rows, what their inputs still hold unfolded, and the newest of our compacted topics. Offsets stay
behind: another cluster has others. One partition's rows are in memory at a time.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.engine.api import Processor
from streams.engine.changelog import Changelog, Position, read_changelog
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig
from streams.engine.offline import none_runs, partitions_of, records_from
from streams.engine.portable import (
    FORMAT,
    Latest,
    Manifest,
    Rest,
    Row,
    Table,
    Writing,
    write_manifest,
    written,
)


async def export_state(
    config: EngineConfig, processors: Sequence[Processor], latest: Iterable[str], folder: Path
) -> Manifest:
    """`latest`: logical names of our compacted topics. Raises `PortableError`; writes nothing to Kafka."""
    await none_runs(config, processors)
    reader = AIOKafkaConsumer(**config.consumer())  # asked how topics are laid out
    try:
        await start_client(reader)
        pairs = [(processor, topic) for processor in processors for topic in processor.inputs]
        tables = [await _Export(config, reader, folder, *pair).table() for pair in pairs]
        kept = [await _latest(config, reader, topic, folder) for topic in latest]
    finally:
        await stop_client(reader)
    await none_runs(config, processors)  # one that started meanwhile has changed what was read
    manifest = Manifest(FORMAT, tables, kept)
    write_manifest(folder, manifest)
    return manifest


class _Export:
    """One input of one agent."""

    def __init__(
        self, config: EngineConfig, reader: AIOKafkaConsumer, folder: Path, processor: Processor, topic: str
    ) -> None:
        self._config, self._reader, self._folder = config, reader, folder
        self._processor, self._topic = processor, topic

    async def table(self) -> Table:
        """By the changelog's count: rows lie as they were placed, though their input may have grown since."""
        places = await partitions_of(self._reader, self._config.topic(self._topic))
        name = self._config.changelog(self._processor.name, self._topic)
        table = Table(self._processor.name, self._topic, len(await partitions_of(self._reader, name)))
        with (
            written(self._folder / table.file("rows")) as row,
            written(self._folder / table.file("rest")) as rest,
        ):
            for place in places:
                held = place.partition < table.partitions
                found = await self._changelog(name, place.partition) if held else Changelog()
                position = found.position or Position(-1, table.partitions)
                table.rows += self._rows(row, place.partition, found)
                table.rest += await self._rest(rest, place, position)
                table.now = max(table.now, position.now)
        return table

    async def _changelog(self, name: str, partition: int) -> Changelog:
        return await read_changelog(self._config, TopicPartition(name, partition))

    def _rows(self, write: Writing, partition: int, found: Changelog) -> int:
        for key, value in found.rows.items():
            write(Row(partition, key, value, found.due.get(key)))
        return len(found.rows)

    async def _rest(self, write: Writing, place: TopicPartition, position: Position) -> int:
        """What lies behind the position; of a partition that was never opened, all of it."""
        count = 0
        async for record in records_from(self._config, place, position.offset + 1):
            write(Rest(record.key, record.value, record.timestamp, list(record.headers)))
            count += 1
        return count


async def _latest(config: EngineConfig, reader: AIOKafkaConsumer, topic: str, folder: Path) -> Latest:
    kept = Latest(topic, 0)
    with written(folder / kept.file) as write:
        for place in await partitions_of(reader, config.topic(topic)):
            newest: dict[bytes, bytes] = {}
            async for record in records_from(config, place, 0):
                if record.value is None:
                    newest.pop(record.key, None)
                else:
                    newest[record.key] = record.value
            for key, value in newest.items():
                write(Row(place.partition, key, value))
            kept.records += len(newest)
    return kept
