"""Reads what comes out, as any other system would: the output topics, and the phones' messages."""

import asyncio
import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from streams.demo.inbox import Message
from streams.demo.scene import Scene
from streams.demo.shops import SHOPS
from streams.engine.clients import start_client, stop_client

_OUTPUTS = ("timelines", "notification-outcomes", "tickets", "dead-letters")
_LOOK_EVERY = 0.2  # seconds between two looks at the phones
_DIALLING = {re.sub(r"\{.*", "", shop.phone)[:3]: shop for shop in SHOPS}


class Outputs:
    """Follows the output topics into the scene. Reads committed records only."""

    def __init__(self, scene: Scene, brokers: str) -> None:
        self._scene, self._brokers = scene, brokers

    async def follow(self) -> None:
        """Until it is cancelled, which may be while it still connects."""
        consumer = AIOKafkaConsumer(
            *_OUTPUTS,
            bootstrap_servers=self._brokers,
            group_id=None,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=200,
        )
        try:
            await start_client(consumer)
            async for record in consumer:
                self._take(record)
        finally:
            await stop_client(consumer)

    def _take(self, record: "ConsumerRecord[Any, Any]") -> None:
        if record.value is None:
            return
        value = msgspec.json.decode(record.value)
        match record.topic:
            case "timelines":
                updated = dt.datetime.fromtimestamp(record.timestamp / 1000, dt.UTC)
                self._scene.add_timeline(value["order_id"], {**value, "updated": updated})
            case "notification-outcomes":
                self._scene.add_outcome(value["data"])
            case "tickets":
                self._scene.add_ticket(value)
            case "dead-letters":
                self._scene.add_dead_letter(value)


class Phones:
    """Follows the file of short messages that the console provider writes."""

    def __init__(self, scene: Scene, folder: Path, clock: Callable[[], dt.datetime]) -> None:
        self._scene = scene
        self._file = folder / "sms.jsonl"
        self._clock = clock
        self._read = 0
        self._count = 0

    async def follow(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            for line in self.new_lines():
                self._count += 1
                self._scene.add_message(read_sms(line, self._count, self._clock()))

    def new_lines(self) -> list[bytes]:
        """What was written since the last look, whole lines only."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            file.seek(self._read)
            lines = file.read().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]  # the last one may still be on its way
        self._read += sum(map(len, whole))
        return whole


def read_sms(line: bytes, number: int, at: dt.datetime) -> Message:
    """One line of the console provider's file."""
    sms = msgspec.json.decode(line)
    shop = _DIALLING.get(sms["to"][:3])
    found = re.search(r"n-[0-9a-f]{20}", sms["key"])
    return Message(
        id=f"s{number}",
        channel="sms",
        shop=shop.brand.id if shop else "",
        to=sms["to"],
        sender=sms["sender"] or "",
        subject="",
        preview=sms["text"],
        at=at,
        language=shop.brand.locale if shop else "",
        notification_id=found[0] if found else None,
        segments=sms["segments"],
    )
