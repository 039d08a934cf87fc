import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
from prometheus_client import generate_latest

from streams.agents.errands import SenderHooks
from streams.agents.shell import Meter, Tally
from streams.counting import MOST_FOREIGN, AgentMetrics, EngineMetrics, SenderMetrics, SupervisorMetrics
from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Content
from streams.engine.hooks import Hooks, Opened, UnitDone
from streams.engine.supervisor import SupervisorHooks
from streams.metrics import Metrics

NOON = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
AGENTS = Path(__file__).parents[3] / "streams" / "agents"


@pytest.fixture
def metrics():
    return Metrics()


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(f"orderherald_{name}", labels)


def claim(**changes):
    fields = {
        "notification_id": "n-1",
        "message_key": "n-1:email",
        "attempt": 1,
        "channel": "email",
        "provider": None,
        "to": "ola@example.com",
        "intended_for": "ola@example.com",
        "customer_id": "acme:c1",
        "order_id": "acme:1",
        "shop": "acme",
        "kind": "delay",
        "locale": "pl",
        "timezone": "Europe/Warsaw",
        "country": "PL",
        "customer_name": "Ola",
        "address": None,
        "content": Content("1", "shipped"),
        "because": ("e1",),
        "caused_at": NOON,
        "decided_at": NOON,
        "claimed_at": NOON,
        "lease_until": NOON,
    }
    return Claim(**(fields | changes))


def attempted(**changes):
    fields = {
        "notification_id": "n-1",
        "customer_id": "acme:c1",
        "channel": "email",
        "attempt": 1,
        "result": "sent",
        "provider": "smtp",
    }
    return Attempted(**(fields | changes))


def test_every_metric_has_a_help_text_and_stands_under_our_name(metrics):
    text = generate_latest(metrics.registry).decode()
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))
    assert all(helps.values())
    assert {name for name in helps if not name.startswith("orderherald_")} <= {
        name for name in helps if name.startswith("process_")
    }


def test_times_and_sizes_say_their_unit(metrics):
    for family in metrics.registry.collect():
        if family.type == "histogram":
            assert family.name.endswith(("_seconds", "_records")), family.name


def test_no_label_is_an_id(metrics):
    labels = {label for each in vars(metrics).values() for label in getattr(each, "_labelnames", ())}
    assert labels == {
        *("agent", "type", "kind", "decision", "reason", "outcome", "channel", "provider", "what"),
        *("brand", "mode", "of", "cause", "source", "code", "page", "remedy"),
    }


def test_a_unit_is_counted_once_whatever_its_size(metrics):
    unit = UnitDone("timeline", "order-events", 3, 500, 0, 0, 40, 12_000, 0.02, 0.005, 0.4)
    EngineMetrics(metrics).unit_done(unit)
    assert value(metrics, "records_total", agent="timeline") == 500
    assert value(metrics, "folding_seconds_count", agent="timeline") == 1
    assert value(metrics, "transaction_seconds_sum", agent="timeline") == 0.005
    assert value(metrics, "waited_seconds_sum", agent="timeline") == 0.4


def test_a_unit_without_records_says_nothing_of_how_long_records_wait(metrics):
    """A sender's being free is a unit of its own: thousands of zeros would hide that records wait."""
    EngineMetrics(metrics).unit_done(UnitDone("desk", "notifications", 3, 0, 1, 0, 0, 0, 0.02, 0.0, 0.0))
    assert value(metrics, "folding_seconds_count", agent="desk") == 1
    assert not value(metrics, "transaction_seconds_count", agent="desk")
    assert not value(metrics, "waited_seconds_count", agent="desk")


def test_openings_and_timers_are_shown(metrics):
    hooks: Hooks = EngineMetrics(metrics)
    hooks.opened(Opened("desk", "notifications", 0, 10, 20, 0.3))
    hooks.timers("desk", waiting=5, overdue=2.5, fired=3)
    hooks.closed("desk", "notifications", 0)
    hooks.fatal("fenced")
    assert value(metrics, "opening_seconds_sum", agent="desk") == 0.3
    assert value(metrics, "timers_overdue_seconds", agent="desk") == 2.5
    assert value(metrics, "timers_fired_total", agent="desk") == 3


class Figures(NamedTuple):
    name: str
    assigned: int = 6
    open: int = 5
    behind: int = 1200
    behind_seconds: float = 3.5
    rows: int = 99
    timers: int = 7
    bytes: int = 4000
    due: int = 2
    withheld: int = 1
    put_off: int = 2
    partitions: Mapping[str, int | None] = MappingProxyType({})


def test_lag_and_stores_are_read_when_somebody_asks(metrics):
    held = [Figures("timeline")]
    metrics.agents.watch(lambda: held)
    assert value(metrics, "lag_records", agent="timeline") == 1200
    assert value(metrics, "store_rows", agent="timeline") == 99
    assert value(metrics, "store_bytes", agent="timeline") == 4000
    assert value(metrics, "timers_withheld", agent="timeline") == 1
    assert value(metrics, "conclusions_put_off", agent="timeline") == 2
    held.clear()
    assert value(metrics, "lag_records", agent="timeline") is None


def test_tallies_of_the_agents_are_added_to_their_metrics(metrics):
    meter: Meter = AgentMetrics(metrics)
    meter.count("ingest", Counter({Tally("event", ("order.placed",)): 12, Tally("dead", ("not_json",)): 2}))
    meter.count("desk", Counter({Tally("suppressed", ("delay", "cap")): 3, Tally("parked"): 1}))
    assert value(metrics, "events_total", agent="ingest", type="order.placed") == 12
    assert value(metrics, "dead_letters_total", agent="ingest", reason="not_json") == 2
    assert value(metrics, "suppressions_total", kind="delay", reason="cap") == 3
    assert value(metrics, "parked_total") == 1


def test_every_tally_that_an_agent_knows_has_its_metric(metrics):
    known = {what for file in AGENTS.glob("*.py") for what in re.findall(r'Tally\("(\w+)"', file.read_text())}
    meter = AgentMetrics(metrics)
    assert known
    assert known <= meter._by_agent.keys() | meter._plain.keys()


def test_every_count_of_the_timeline_has_its_metric(metrics):
    said = re.findall(r'counts\.append\(\("(\w+)"', (AGENTS.parent / "domain" / "timeline.py").read_text())
    assert said
    assert set(said) <= AgentMetrics(metrics)._plain.keys()


def test_codes_that_others_write_fill_no_memory(metrics):
    meter = AgentMetrics(metrics)
    for number in range(MOST_FOREIGN + 50):
        meter.count("timeline", Counter({Tally("unknown_status", ("/carrier/x", f"code-{number}")): 2}))
    assert value(metrics, "unknown_statuses_total", source="/carrier/x", code="code-0") == 2
    assert value(metrics, "unknown_statuses_total", source="other", code="other") == 100


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (attempted(), "sent"),
        (attempted(result="failed", reason="550", permanent=True), "refused"),
        (attempted(result="failed", reason="451"), "deferred"),
        (attempted(result="failed", reason="disconnected", in_doubt=True), "in_doubt"),
    ],
)
def test_an_attempt_is_counted_by_what_came_of_it(metrics, answer, outcome):
    hooks: SenderHooks = SenderMetrics(metrics)
    hooks.attempted(claim(), answer, 0.2)
    assert value(metrics, "messages_total", kind="delay", channel="email", outcome=outcome) == 1
    assert value(metrics, "attempt_seconds_sum", channel="email", provider="smtp") == 0.2


def test_what_went_unanswered_and_what_repeats_it_are_both_counted(metrics):
    hooks = SenderMetrics(metrics)
    hooks.attempted(claim(), attempted(result="failed", reason="disconnected", in_doubt=True), 1)
    hooks.attempted(claim(attempt=2, repeat=True), attempted(attempt=2), 1)
    assert value(metrics, "claims_in_doubt_total", channel="email", what="unanswered") == 1
    assert value(metrics, "claims_in_doubt_total", channel="email", what="repeated") == 1


def test_the_way_from_event_and_from_arrival_to_hand_over_is_measured(metrics):
    hooks = SenderMetrics(metrics)
    hooks.handed(claim(), 7200.0, 0.8)
    hooks.handed(claim(), 60.0, None)
    hooks.load("email", 8, 3, 20)
    hooks.granted("email", "claimed")
    assert value(metrics, "event_to_handover_seconds_count", channel="email") == 2
    assert value(metrics, "arrival_to_handover_seconds_sum", channel="email") == 0.8
    assert value(metrics, "sender_waiting", channel="email") == 20
    assert value(metrics, "sender_grants_total", channel="email", outcome="claimed") == 1


def test_segments_are_counted_for_messages_that_went_out(metrics):
    hooks = SenderMetrics(metrics)
    hooks.attempted(claim(channel="sms"), attempted(channel="sms", provider="smsapi", segments=2), 1)
    assert value(metrics, "sms_segments_total", provider="smsapi") == 2


def test_the_delivery_mode_of_a_brand_shows_no_address(metrics):
    metrics.show_delivery({"acme": "redirect:ola@example.com", "bolt": "off"})
    assert value(metrics, "delivery_mode", brand="acme", mode="redirect") == 1
    assert "ola" not in generate_latest(metrics.registry).decode()


def test_restarts_are_counted_by_cause(metrics):
    hooks: SupervisorHooks = SupervisorMetrics(metrics)
    hooks.restarting("desk", "stalled")
    metrics.show_version("0.1.0")
    assert value(metrics, "restarts_total", of="desk", cause="stalled") == 1
    assert value(metrics, "build_info", version="0.1.0") == 1
