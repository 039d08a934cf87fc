"""Quix Streams around our own timeline agent: the same fold of the same records, rows in RocksDB."""

import os
import time

from quixstreams import Application
from quixstreams.state.rocksdb import RocksDBOptions

from streams.agents.timeline import TimelineAgent
from streams.bootstrap.edges import simulated_world
from streams.engine.api import Out, Record
from streams.settings import load_settings

PREFIX = os.environ["BENCH_PREFIX"]

app = Application(
    broker_address=os.environ["BENCH_BROKERS"],
    consumer_group=f"{PREFIX}quix-same-fold",
    auto_offset_reset="earliest",
    state_dir=os.environ["BENCH_FOLDER"],
    commit_interval=0.5,  # as often as ours
    rocksdb_options=RocksDBOptions(dumps=bytes, loads=bytes),  # the agent encodes its rows itself
    loglevel="WARNING",
)
events = app.topic(f"{PREFIX}order-events", value_deserializer="bytes", key_deserializer="bytes")
told = app.topic(f"{PREFIX}quix-same-fold-out", value_serializer="bytes", key_serializer="bytes")
agent = TimelineAgent(simulated_world(load_settings(env={})))


class _OneRow:
    """`Rows` of one key, as the agent sees them."""

    def __init__(self, state):
        self._state = state
        self.row = None

    def get(self, key):
        data = self._state.get(b"row")
        return None if data is None else agent.decode(data)

    def set(self, key, row):
        self.row = row


def fold(value, key, timestamp, headers, state):
    now, rows = time.time(), _OneRow(state)
    out: list[Out] = list(agent.fold(Record("order-events", 0, 0, key, value, timestamp), rows, now).out)
    if rows.row is not None:
        row, folded = agent.conclude(key, rows.row, now)
        out.extend(folded.out)
        if row is not None:
            state.set(b"row", agent.encode(row))
    return out


if __name__ == "__main__":
    outs = app.dataframe(events).apply(fold, stateful=True, expand=True, metadata=True)
    outs.apply(lambda out: out.value or b"").to_topic(told)
    app.run()
