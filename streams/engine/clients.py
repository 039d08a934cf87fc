"""What aiokafka's own ways of ending would do to whoever ends it."""

import asyncio

from aiokafka import AIOKafkaConsumer


async def stop_client(consumer: AIOKafkaConsumer) -> None:
    """Stops it, and no more than it.

    Where a fetch has failed a moment before, aiokafka 0.14 cancels its own task and lets that escape: taken
    for a cancellation of the caller's, it would end an opening in silence, and a drain before its end.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        await consumer._client.close()  # noqa: SLF001 - what it had left to do
        if asked_to_end():
            raise


def asked_to_end() -> bool:
    """Whether somebody has cancelled the current task: else a `CancelledError` in it is a stray one."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
