"""An export into a cluster where nothing of ours is yet: with its own offsets, and its own partition count.

Rows go where their keys are placed now. The inputs are read from their beginning again: what was
folded before is recognised as a repeat, and what the export brought along unfolded comes behind it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.engine.api import Processor
from streams.engine.changelog import IMPORTING, POSITION_KEY, Position, due_headers
from streams.engine.clients import start_client, stop_client
from streams.engine.config import EngineConfig, TopicSpec
from streams.engine.keys import partition_of
from streams.engine.offline import commit, none_runs, partitions_of
from streams.engine.portable import Line, Manifest, PortableError, Rest, Row, Table, lines
from streams.engine.topics import prepare_topics

_AT_ONCE = 1_000  # records on their way


async def import_state(
    config: EngineConfig,
    processors: Sequence[Processor],
    topics: Sequence[TopicSpec],
    folder: Path,
    manifest: Manifest,
) -> None:
    """Makes the topics that are missing. Raises `PortableError`, and `TopicsError` like a worker's start.

    An import that ends early leaves topics that no worker opens: delete them and import again.
    """
    _fits(manifest, processors)
    await none_runs(config, processors)
    await prepare_topics(config, processors, topics)
    reader = AIOKafkaConsumer(**config.consumer(), group_id=None)
    try:
        await start_client(reader)
        restore = _Restore(config, reader, folder, processors)
        await restore.refuse_what_is_there(manifest, {each.name for each in processors if each.has_rows})
        await restore.everything(manifest)
    finally:
        await stop_client(reader)


def _fits(manifest: Manifest, processors: Sequence[Processor]) -> None:
    ours = {(processor.name, topic) for processor in processors for topic in processor.inputs}
    theirs = {(table.agent, table.topic) for table in manifest.tables}
    if ours != theirs:
        odd = ", ".join(f"{agent} of {topic}" for agent, topic in sorted(ours ^ theirs))
        raise PortableError(f"the export was made by a program with other agents ({odd})")


class _Restore:
    def __init__(
        self, config: EngineConfig, reader: AIOKafkaConsumer, folder: Path, processors: Sequence[Processor]
    ) -> None:
        self._config, self._reader, self._folder = config, reader, folder
        self._hides = {each.name: getattr(each, "hides", _hides_none) for each in processors}

    async def refuse_what_is_there(self, manifest: Manifest, with_rows: set[str]) -> None:
        """Only the inputs from outside may hold records: importing over rows would mix two truths."""
        names = [self._config.topic(latest.topic) for latest in manifest.latest]
        for table in manifest.tables:
            names.append(self._config.changelog(table.agent, table.topic))
            if table.agent in with_rows:
                names.append(self._config.topic(table.topic))
        for name in names:
            places = await partitions_of(self._reader, name)
            begin = await self._reader.beginning_offsets(places)
            end = await self._reader.end_offsets(places)
            if begin != end:
                raise PortableError(f"topic {name} holds records: delete it first, or import elsewhere")

    async def everything(self, manifest: Manifest) -> None:
        """Positions last: until they are there, the changelogs are marked as half imported."""
        async with _producing(self._config) as send:
            for table in manifest.tables:
                await self._mark(send, table)
            for table in manifest.tables:
                await self._rows(send, table)
                await self._rest(send, table)
            for latest in manifest.latest:
                topic = self._config.topic(latest.topic)
                count = len(await partitions_of(self._reader, topic))
                for row in lines(self._folder / latest.file, Row):
                    await send(topic, partition_of(row.key, count), row.key, row.value)
        async with _producing(self._config) as send:
            for table in manifest.tables:
                await self._positions(send, table)

    async def _mark(self, send: Any, table: Table) -> None:
        for place in await self._changelog(table):
            await send(place.topic, place.partition, POSITION_KEY, IMPORTING)

    async def _rows(self, send: Any, table: Table) -> None:
        changelog = await self._changelog(table)
        hides = self._hides[table.agent]
        for row in self._lines(table, "rows", Row, table.rows):
            for partition in homes(row, table.partitions, len(changelog), hidden=hides(row.key)):
                headers = list(due_headers(row.due))
                await send(changelog[0].topic, partition, row.key, row.value, headers=headers)

    async def _rest(self, send: Any, table: Table) -> None:
        topic = self._config.topic(table.topic)
        count = len(await partitions_of(self._reader, topic))
        for rest in self._lines(table, "rest", Rest, table.rest):
            partition = partition_of(rest.key, count)
            await send(topic, partition, rest.key, rest.value, timestamp=rest.timestamp, headers=rest.headers)

    async def _positions(self, send: Any, table: Table) -> None:
        """And the groups' offsets: older ones would make the horizon believe that all is folded."""
        places = await partitions_of(self._reader, self._config.topic(table.topic))
        begin = await self._reader.beginning_offsets(places)
        name = self._config.changelog(table.agent, table.topic)
        for place in places:
            position = Position(begin[place] - 1, len(places), table.now).write()
            await send(name, place.partition, position.key, position.value)
        await commit(self._config, table.agent, begin)

    def _lines(self, table: Table, what: str, kind: type[Line], count: int) -> Iterator[Line]:
        """Raises `PortableError` at their end where the manifest speaks of another file."""
        found = 0
        for line in lines(self._folder / table.file(what), kind):
            found += 1
            yield line
        if found != count:
            raise PortableError(f"{table.file(what)} holds {found} lines, the manifest says {count}")

    async def _changelog(self, table: Table) -> list[TopicPartition]:
        return await partitions_of(self._reader, self._config.changelog(table.agent, table.topic))


def _hides_none(_key: bytes) -> bool:
    return False


def homes(row: Row, before: int, now: int, *, hidden: bool = False) -> Iterator[int]:
    """Where a row lies under the new count.

    One that is `hidden` (an erased customer's, under a hash) belongs to a key that nobody can tell any
    more: it may be looked for anywhere, so it lies everywhere. So does one that lay where its key had not
    put it; the other way round says nothing, for a hash may happen to lie where it would be put.
    """
    if before == now:
        yield row.partition
    elif not hidden and partition_of(row.key, before) == row.partition:
        yield partition_of(row.key, now)
    else:
        yield from range(now)


@asynccontextmanager
async def _producing(config: EngineConfig) -> AsyncIterator[Any]:
    """Sends in order for each partition; all of it is durable when the context ends."""
    producer = AIOKafkaProducer(**config.producer(), linger_ms=20)
    under_way: list[Any] = []

    async def send(
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        *,
        timestamp: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        under_way.append(
            await producer.send(
                topic, value, key, partition=partition, timestamp_ms=timestamp, headers=list(headers)
            )
        )
        if len(under_way) >= _AT_ONCE:
            await asyncio.gather(*under_way)
            under_way.clear()

    try:
        await start_client(producer)
        yield send
        await asyncio.gather(*under_way)
    finally:
        await producer.stop()
