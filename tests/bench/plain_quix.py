"""Quix Streams, as its own documentation writes it: decode, one state write (RocksDB), one output."""

import os

from quixstreams import Application

PREFIX = os.environ["BENCH_PREFIX"]

app = Application(
    broker_address=os.environ["BENCH_BROKERS"],
    consumer_group=f"{PREFIX}quix",
    auto_offset_reset="earliest",
    state_dir=os.environ["BENCH_FOLDER"],
    loglevel="WARNING",
)
events = app.topic(f"{PREFIX}flat", value_deserializer="json", key_deserializer="str")
told = app.topic(f"{PREFIX}quix-out", value_serializer="json", key_serializer="str")


def fold(event, state):
    order = state.get("order", {"events": 0})
    state.set("order", {"state": event["type"], "events": order["events"] + 1})
    return {"type": event["type"], "events": order["events"] + 1}


if __name__ == "__main__":
    app.dataframe(events).apply(fold, stateful=True).to_topic(told)
    app.run()
