"""A timeline that has a backlog folds it first, and says then what follows from all of it."""

import json
from typing import Any

from streams.agents.shell import NOTIFICATIONS, ORDER_EVENTS, REFERENCES, TICKETS, TIMELINES
from streams.agents.timeline import TimelineAgent
from streams.domain.world import World
from streams.engine.api import AT_ONCE, NOWHERE, Record
from streams.engine.unit import Unit, fold_unit
from tests.agents.events import ORDER, event, placed

KEY = ORDER.encode()
NOW = 1_772_719_200.0  # 5 March 2026, 14:00 UTC
LIMIT = 900_000


class Backlog:
    """One partition's rows, and what its units ask for."""

    def __init__(self) -> None:
        self.agent = TimelineAgent(World())
        self.rows: dict[bytes, bytes] = {}
        self.due: dict[bytes, float | None] = {}
        self.out: list[tuple[str, Any]] = []

    def fold(self, *values: bytes, put_off: bool = True) -> None:
        records = [
            Record(ORDER_EVENTS, 0, place, KEY, value, int(NOW * 1000)) for place, value in enumerate(values)
        ]
        self._done(fold_unit(self.agent, self.rows, records, NOW, LIMIT, choose=set if put_off else None))

    def wake(self) -> None:
        fire = self.agent.wake(KEY, NOW)
        record = Record(ORDER_EVENTS, 0, NOWHERE, KEY, fire.value, int(NOW * 1000))
        self._done(fold_unit(self.agent, self.rows, [record], NOW, LIMIT))

    def _done(self, unit: Unit) -> None:
        assert not unit.refused
        for key, (data, due) in unit.rows.items():
            assert data is not None
            self.rows[key], self.due[key] = data, due
        self.out += [(out.topic, json.loads(out.value or b"null")) for out in unit.out]

    def said(self, topic: str) -> list[Any]:
        return [value for name, value in self.out if name == topic]

    @property
    def kinds(self) -> list[str]:
        notes = self.said(NOTIFICATIONS)
        return list(dict.fromkeys(note["data"]["kind"] for note in notes if note["type"] == "intent.raised"))


def on_its_way(status: str, hour: int) -> bytes:
    data = {"order_id": ORDER, "tracking_number": "PL1", "carrier": "inpost", "status": status}
    time = f"2026-03-05T{hour:02}:00:00+00:00"
    return event("shipment.status", data, id=status, source="/carrier/inpost", time=time)


SCANS = [on_its_way("in_transit", 11), on_its_way("out_for_delivery", 12), on_its_way("delivered", 13)]


def test_an_order_that_has_arrived_meanwhile_is_not_said_to_be_on_its_way():
    one_by_one, backlog = Backlog(), Backlog()
    for value in (placed(), *SCANS):
        one_by_one.fold(value, put_off=False)
        backlog.fold(value)
    assert one_by_one.kinds == ["order_confirmation", "shipped", "out_for_delivery", "delivered"]
    assert backlog.kinds == []
    backlog.wake()
    assert backlog.kinds == ["order_confirmation", "delivered"]
    assert backlog.due[KEY] == one_by_one.due[KEY]


def test_a_row_says_itself_that_it_waits_and_is_published_once_it_is_concluded():
    backlog = Backlog()
    backlog.fold(placed())
    assert backlog.due[KEY] == AT_ONCE
    assert backlog.said(TIMELINES) == []
    backlog.wake()
    assert backlog.due[KEY] != AT_ONCE
    assert [each["order_id"] for each in backlog.said(TIMELINES)] == [ORDER]


def test_references_are_bound_at_once_for_events_wait_for_them():
    backlog = Backlog()
    backlog.fold(SCANS[0])
    assert [each["type"] for each in backlog.said(REFERENCES)] == ["reference.bound"]


def test_a_comment_that_no_row_keeps_is_quoted_in_its_ticket():
    backlog = Backlog()
    backlog.fold(placed(), *SCANS)
    feedback = {"order_id": ORDER, "metric": "csat", "score": 1, "comment": "It came broken"}
    backlog.fold(event("feedback.given", feedback, source="/shop/acme"))
    assert ["It came broken" in ticket["summary"] for ticket in backlog.said(TICKETS)] == [True]


def test_an_answer_of_no_consequence_keeps_no_row_waiting():
    backlog = Backlog()
    backlog.fold(placed(), put_off=False)
    before = dict(backlog.rows)
    raised = next(n["data"] for n in backlog.said(NOTIFICATIONS) if n["type"] == "intent.raised")
    told = {name: raised[name] for name in ("order_id", "notification_id", "revision", "slot", "covers")}
    told |= {"kind": "care_tips", "outcome": "sent", "at": "2026-03-05T14:00:00+00:00"}
    backlog.fold(event("notification.told", told))
    assert backlog.rows != before
    assert backlog.due[KEY] != AT_ONCE
