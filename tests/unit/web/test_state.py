from streams.engine.worker import AgentStatus, Status
from streams.metrics import Metrics
from streams.web.control import Here
from streams.web.state import WorkerState

STATUS = Status(ready=True, agents=(AgentStatus("timeline", 6, 6, 0, 0.0, 0.0, 3, 40),))


def test_a_role_whose_engine_has_not_started_is_alive_and_not_ready():
    state = WorkerState()
    here = Here(Metrics().registry, state)
    assert here.health().status == 200
    assert here.readiness().status == 503
    state.watch(lambda: STATUS)
    assert here.readiness().status == 200


def test_the_engines_own_figures_are_what_is_shown():
    metrics = Metrics()
    metrics.agents.watch(WorkerState(lambda: STATUS).agents)
    for name, value in (
        ("store_rows", 40),
        ("timers_waiting", 3),
        ("partitions_open", 6),
        ("lag_records", 0),
    ):
        assert metrics.registry.get_sample_value(f"orderherald_{name}", {"agent": "timeline"}) == value
