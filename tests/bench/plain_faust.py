"""A plain Faust agent, as its own documentation writes one: decode, one table write, one output."""

import os

import faust

PREFIX = os.environ["BENCH_PREFIX"]

app = faust.App(
    f"{PREFIX}faust",
    broker=f"kafka://{os.environ['BENCH_BROKERS']}",
    topic_partitions=int(os.environ["BENCH_PARTITIONS"]),
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    datadir=os.environ["BENCH_FOLDER"],
)
events = app.topic(f"{PREFIX}flat", key_type=bytes, value_serializer="json")
told = app.topic(f"{PREFIX}faust-out", key_type=bytes, value_serializer="json")
orders = app.Table("orders", default=dict)


@app.agent(events)
async def fold(stream):
    async for key, event in stream.items():
        seen = orders[key.decode()]
        orders[key.decode()] = {"state": event["type"], "events": seen.get("events", 0) + 1}
        await told.send(key=key, value={"order": key.decode(), "type": event["type"]})


if __name__ == "__main__":
    app.main()
