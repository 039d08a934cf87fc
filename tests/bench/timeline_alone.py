"""Our timeline agent alone under the engine, for comparison with others that run the same fold."""

import asyncio
import os

import uvloop

from streams.agents.timeline import TimelineAgent
from streams.bootstrap.edges import simulated_world
from streams.bootstrap.kafka import TOPICS, engine_config
from streams.collector import quiet_collector
from streams.engine.worker import Worker
from streams.settings import load_settings


async def main() -> None:
    """Until it is ended."""
    settings = load_settings(
        env={
            "ORDERHERALD_BROKERS": os.environ["BENCH_BROKERS"],
            "ORDERHERALD_TOPIC_PREFIX": os.environ["BENCH_PREFIX"],
            "ORDERHERALD_PARTITIONS": os.environ["BENCH_PARTITIONS"],
        }
    )
    worker = Worker([TimelineAgent(simulated_world(settings))], engine_config(settings), topics=TOPICS)
    await worker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    quiet_collector()
    uvloop.run(main())
