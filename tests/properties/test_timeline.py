"""What holds for every history, however its events arrive."""

import datetime as dt
import os
from collections import Counter
from itertools import pairwise

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.domain.fold import derive
from streams.domain.notes import IntentRaised
from streams.domain.states import CORRECTIONS
from tests.properties.histories import START, arrivals, lives
from tests.unit.timeline.rig import Shop

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "130"))
some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_AWHILE = dt.timedelta(days=12)  # less than until an order is completed
_STATES = frozenset({"delivered", "out_for_delivery", "ready_for_pickup", "attempt_failed"})


def played(events, **how):
    shop = Shop(**how)
    shop.now = START - _AWHILE
    for event in events:
        shop.take(event)
    shop.until_instant(max(e.arrived for e in events) + _AWHILE)
    return shop


def facts_only(shop):
    """The timeline without what depends on when we heard of it; cases as the facts alone have them."""
    found = derive(shop.order.order_id, shop.order.facts, shop.order.closed)
    cases = [*found.returns.values(), *found.complaints.values()]
    bare = msgspec.structs.replace(
        shop.view, messages=(), tickets=(), told=None, overlays=(), returns=(), complaints=()
    )
    return bare, [(case.id, case.kind, case.state, case.last.time) for case in cases]


def _is_scan(event):
    return event.type == "shipment.status"


@some
@given(st.data())
def test_any_order_of_arrival_and_any_repeats_give_the_same_timeline(data):
    life = data.draw(lives())
    one = played(life)
    two = played(data.draw(arrivals(life)))

    assert facts_only(one) == facts_only(two)


@some
@given(st.data())
def test_a_backlog_that_is_concluded_at_its_end_comes_to_the_same_timeline(data):
    life = data.draw(lives())
    events = data.draw(arrivals(life))
    place = data.draw(st.integers(0, len(events) - 1))
    shop = Shop()
    shop.now = START - _AWHILE
    for event in events[:place]:
        shop.take(event)
    shop.catch_up(events[place:])
    shop.until_instant(max(e.arrived for e in events) + _AWHILE)

    assert facts_only(shop) == facts_only(played(life))
    assert not shop.order.owed
    told = Counter(c for _, i in shop.sent for c in i.covers if not c.startswith(("date:", "number:")))
    assert {cover: count for cover, count in told.items() if count > 1} == {}


@some
@given(st.data())
def test_nobody_is_told_the_same_thing_twice(data):
    shop = played(data.draw(arrivals(data.draw(lives()))))

    told = Counter(c for _, i in shop.sent for c in i.covers if not c.startswith(("date:", "number:")))
    assert {cover: count for cover, count in told.items() if count > 1} == {}


@some
@given(st.data())
def test_a_desk_that_answers_late_is_not_a_reason_to_say_it_twice(data):
    shop = Shop(answers=False)
    shop.now = START - _AWHILE
    for event in data.draw(arrivals(data.draw(lives()))):
        shop.take(event)
        if data.draw(st.booleans()):
            shop.answer_late()
    for _ in range(5):
        shop.answer_late()
        shop.until_instant(shop.now + dt.timedelta(hours=5))

    told = Counter(c for _, i in shop.sent for c in i.covers if not c.startswith(("date:", "number:")))
    assert {cover: count for cover, count in told.items() if count > 1} == {}
    held = {*shop.waiting, *(intent.notification_id for intent, _, _ in shop.unanswered)}
    assert not [e for e in shop.order.ledger if e.status == "open" and e.id not in held]


@some
@given(st.data())
def test_each_message_has_its_cause_and_no_revision_goes_back(data):
    shop = played(data.draw(arrivals(data.draw(lives()))))

    revisions: dict[str, int] = {}
    for note in shop.notes:
        if isinstance(note, IntentRaised):
            assert note.because
            assert note.caused_at <= note.decided_at + dt.timedelta(0)
            assert note.revision == revisions.get(note.notification_id, 0) + 1
            revisions[note.notification_id] = note.revision


@some
@given(st.data())
def test_nothing_contradicts_the_timeline_at_the_time_of_sending(data):
    shop = Shop()
    shop.now = START - _AWHILE
    for event in data.draw(arrivals(data.draw(lives()))):
        before = len(shop.sent)
        shop.take(event)
        states = {p.key: p.state for p in shop.view.parcels}
        for when, intent in shop.sent[before:]:
            if when == shop.now and intent.kind in _STATES:
                assert {states[p.key] for p in intent.content.parcels} == {intent.kind}


@some
@given(st.data())
def test_a_parcel_is_shipped_once_and_delivered_once_more_than_that_was_taken_back(data):
    life = data.draw(lives())
    shop = played(data.draw(arrivals(life)))
    taken_back = sum(e.data.status in CORRECTIONS | {"out_for_delivery"} for e in life if _is_scan(e))

    shipped = Counter(p.key for _, i in shop.sent if i.kind == "shipped" for p in i.content.parcels)
    delivered = Counter(p.key for _, i in shop.sent if i.kind == "delivered" for p in i.content.parcels)
    assert all(count == 1 for count in shipped.values())
    assert all(count <= 1 + taken_back for count in delivered.values())


@some
@given(st.data())
def test_delays_keep_a_day_between_them_and_shipped_is_never_said_of_paper(data):
    shop = played(data.draw(arrivals(data.draw(lives()))))

    delays = [when for when, i in shop.sent if i.kind == "delay"]
    assert all(later - earlier >= dt.timedelta(hours=24) for earlier, later in pairwise(delays))
    for _, intent in shop.sent:
        if intent.kind == "shipped":
            assert all(p.state not in ("announced", "cancelled") for p in intent.content.parcels)


@some
@given(st.data())
def test_once_the_desk_has_answered_nothing_is_left_waiting_for_ever(data):
    shop = played(data.draw(arrivals(data.draw(lives()))))

    assert shop.kinds.count("order_confirmation") <= 1
    assert [entry.kind for entry in shop.order.ledger if entry.status in ("open", "withdrawn")] == []
