"""One worker as a process of its own: `python -m tests.kafka.worker_process BOOTSTRAP PREFIX`."""

import asyncio
import signal
import sys

from streams.engine.worker import run_processors
from tests.kafka.support import OUTPUTS, Ledger, fast


async def main(bootstrap: str, prefix: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    config = fast(bootstrap, prefix, session_timeout=3.0, batch_records=200)
    await run_processors([Ledger(slow=0.0002)], config, stop, topics=OUTPUTS)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
