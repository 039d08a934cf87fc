"""The same plain agent, tuned as far as Faust's own settings and operators go: batches, uvloop, lingering.

A batch's events of one order share a table write, and its outputs are sent before any is waited for. It
keeps what Faust promises: offsets are committed after their batch.
"""

import asyncio
import os

import faust

PREFIX = os.environ["BENCH_PREFIX"]
AT_ONCE = 1_000

app = faust.App(
    f"{PREFIX}tuned",
    broker=f"kafka://{os.environ['BENCH_BROKERS']}",
    topic_partitions=int(os.environ["BENCH_PARTITIONS"]),
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    datadir=os.environ["BENCH_FOLDER"],
    stream_buffer_maxsize=4 * AT_ONCE,
    broker_max_poll_records=AT_ONCE,
    producer_linger_ms=20,
    producer_max_batch_size=262_144,
)
events = app.topic(f"{PREFIX}flat", key_type=bytes, value_serializer="json")
told = app.topic(f"{PREFIX}tuned-out", key_type=bytes, value_serializer="json")
orders = app.Table("orders", default=dict, use_partitioner=True)  # else none may be written after a batch


@app.agent(events)
async def fold(stream):
    async for batch in stream.take_events(AT_ONCE, within=0.1):
        rows, sends = {}, []
        for event in batch:
            order = event.key.decode()
            seen = rows.get(order) or orders[order]
            rows[order] = {"state": event.value["type"], "events": seen.get("events", 0) + 1}
            answer = {"order": order, "type": event.value["type"]}
            sends.append(told.send(key=event.key, value=answer))
        for order, row in rows.items():
            orders[order] = row
        await asyncio.gather(*sends)


if __name__ == "__main__":
    app.main()
