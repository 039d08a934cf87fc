from streams.engine.health import verdict
from streams.engine.status import AgentStatus, Status
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
    assert metrics.registry.get_sample_value("orderherald_store_bytes", {"agent": "timeline"}) == 0


def with_agent(**changes: object) -> Here:
    agent = STATUS.agents[0]._replace(**changes)
    return Here(Metrics().registry, WorkerState(lambda: Status(ready=True, agents=(agent,))))


def test_a_process_that_never_came_into_its_group_is_alive_and_not_ready():
    here = with_agent(joined=False)
    assert (here.health().status, here.readiness().status) == (200, 503)


def test_a_process_that_its_group_has_forgotten_asks_to_be_started_again():
    assert verdict(with_agent(lost=True).health()) == "lost_group"


def test_a_process_that_folds_nothing_though_there_is_something_asks_to_be_started_again():
    assert verdict(with_agent(stuck=True).health()) == "folds_nothing"
    assert verdict(with_agent(behind=7).health()) == "ok"


def test_the_lag_of_each_open_partition_is_shown():
    metrics, agent = (
        Metrics(),
        STATUS.agents[0]._replace(partitions={"order-events-0": 7, "order-events-1": None}),
    )
    metrics.agents.watch(lambda: (agent,))
    samples = [
        (sample.labels["partition"], sample.value)
        for family in metrics.registry.collect()
        if family.name == "orderherald_partition_lag_records"
        for sample in family.samples
    ]
    assert samples == [("order-events-0", 7)]
