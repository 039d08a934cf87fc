"""A worker that is told to end does, though no broker answers it any more."""

import asyncio
import os
import signal
import sys
import uuid
from pathlib import Path

import pytest

from tests.bench.latency import ready
from tests.brokers import Cluster, free_port
from tests.chaos.doors import Doors, Way

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("role", ["intake", "timeline", "desk"])
async def test_a_role_alone_ends_within_thirty_seconds_of_silence(kafka: Cluster, tmp_path: Path, role: str):
    ports = kafka.brokers[0].ports
    async with Doors([Way(ports.outer, ports.inner)]) as doors:
        port = free_port()
        worker = await _worker(role, doors.bootstrap, port, tmp_path)
        try:
            await ready(port)
            async with doors.silent():
                worker.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(worker.wait(), 30) == 0
        finally:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()


async def _worker(role: str, brokers: str, port: int, folder: Path) -> asyncio.subprocess.Process:
    env = os.environ | {
        "ORDERHERALD_BROKERS": brokers,
        "ORDERHERALD_TOPIC_PREFIX": f"t{uuid.uuid4().hex[:8]}.",
        "ORDERHERALD_PARTITIONS": "2",
        "ORDERHERALD_WEB": f"127.0.0.1:{port}",
        "ORDERHERALD_MAIL_FROM": "orders@shop.example",
        "ORDERHERALD_SMTP_URL": "smtp://127.0.0.1:9",
    }
    command = (sys.executable, "-m", "streams", "worker", "--role", role)
    with (folder / "log").open("wb") as log:
        return await asyncio.create_subprocess_exec(*command, env=env, stderr=log)
