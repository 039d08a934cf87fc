"""What the timeline keeps without a word is counted all the same."""

import datetime as dt
from collections import Counter

from streams.agents.shell import ORDER_EVENTS, Tally
from streams.agents.timeline import TimelineAgent
from streams.domain.world import World
from streams.engine.memory import MemoryEngine
from tests.agents.events import ORDER, event, placed

START = dt.datetime(2026, 3, 5, 10, 0, tzinfo=dt.UTC).timestamp()


class Counting:
    def __init__(self) -> None:
        self.seen: Counter[Tally] = Counter()

    def count(self, agent: str, tallies: Counter[Tally]) -> None:
        self.seen += tallies


def test_codes_that_nobody_knows_and_scans_from_before_the_order_are_counted() -> None:
    meter = Counting()
    engine = MemoryEngine((TimelineAgent(World(), meter),), START)
    engine.append(ORDER_EVENTS, ORDER.encode(), placed())
    for name, status, time in (("s1", "teleported", "2026-03-05T11"), ("s2", "in_transit", "2026-03-01T11")):
        scan = {"order_id": ORDER, "tracking_number": "PL1", "status": status, "carrier_code": "T9"}
        value = event("shipment.status", scan, id=name, source="/carrier/x", time=f"{time}:00:00+00:00")
        engine.append(ORDER_EVENTS, ORDER.encode(), value)
    engine.run()
    assert meter.seen[Tally("unknown_status", ("/carrier/x", "T9"))] == 1
    assert meter.seen[Tally("older_scan")] == 1
