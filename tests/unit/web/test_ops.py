import asyncio
import json
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.counting import SupervisorMetrics
from streams.domain.ports import ConfigurationError
from streams.engine.health import Answer, There, private_dir, verdict
from streams.metrics import Metrics
from streams.web import ops
from streams.web.control import Alone, Here, peers_of, serve_control
from streams.web.ops import serve_web


class Figures(NamedTuple):
    name: str
    assigned: int = 6
    open: int = 6
    behind: int = 0
    behind_seconds: float = 0.0
    rows: int = 0
    timers: int = 0
    bytes: int = 0
    due: int = 0
    withheld: int = 0
    put_off: int = 0
    partitions: Mapping[str, int | None] = MappingProxyType({})


class State(Alone):
    def __init__(self, *agents, joined=True, failing=None):
        self._agents, self._joined, self._failing = agents, joined, failing

    def agents(self):
        return self._agents

    def joined(self):
        return self._joined

    def failing(self):
        return self._failing


class Deaf:
    async def ask(self, path):
        return Answer(0)


async def get(port, path):
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as response,
    ):
        return response.status, await response.text()


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State(Figures("timeline")), 200),
        (State(Figures("timeline", assigned=0, open=0)), 200),
        (State(Figures("timeline"), joined=False), 503),
        (State(Figures("timeline", open=5)), 503),
        (State(Figures("timeline", behind=900, behind_seconds=60)), 200),
        (State(Figures("timeline", behind=50_000, behind_seconds=2)), 200),
        (State(Figures("timeline", behind=50_000, behind_seconds=60)), 503),
        (State(Figures("ingest"), Figures("timeline", open=0)), 503),
    ],
)
def test_a_role_is_ready_once_its_partitions_are_open_and_caught_up(state, status):
    answer = Here(Metrics().registry, state).readiness()
    assert answer.status == status
    assert json.loads(answer.body)["ready"] == (status == 200)


def test_readiness_says_how_many_are_open_and_how_far_behind():
    partitions = {"order-events-0": 70, "order-events-1": 0, "order-events-2": None}
    figures = Figures("timeline", 6, 4, 70, 1.23, partitions=partitions)
    answer = Here(Metrics().registry, State(figures)).readiness()
    assert json.loads(answer.body)["agents"] == {
        "timeline": {
            "partitions": 6,
            "open": 4,
            "behind": 70,
            "behind_seconds": 1.2,
            "waiting": {"order-events-0": 70, "order-events-2": None},
        }
    }


async def test_a_role_answers_on_its_socket():
    with private_dir() as run_dir:
        path = run_dir / "desk.sock"
        async with serve_control(path, Here(Metrics().registry, State(failing="lost_group"))):
            assert verdict(await There(path).ask("/healthz")) == "lost_group"
            assert b"orderherald_build" in (await There(path).ask("/metrics")).body
        assert verdict(await There(path).ask("/healthz")) is None


async def test_the_directory_of_the_sockets_is_private():
    with private_dir() as run_dir:
        assert run_dir.stat().st_mode & 0o777 == 0o700


def test_words_that_nobody_knows_become_failing():
    assert verdict(Answer(503, b'{"status":"order 17 for ola"}')) == "failing"
    assert verdict(Answer(500, b"<html>")) == "failing"


async def test_a_role_that_does_not_answer_in_time_is_down():
    gone = asyncio.Event()

    async def silent(reader, writer):
        await reader.read()  # until the asker gives up
        writer.close()
        gone.set()

    with private_dir() as run_dir:
        async with await asyncio.start_unix_server(silent, run_dir / "x.sock"):
            assert await There(run_dir / "x.sock", seconds=0.1).ask("/metrics") == Answer(0)
            await gone.wait()


async def test_one_address_shows_all_roles_each_series_with_its_role():
    timeline, desk = Metrics(), Metrics()
    timeline.records.labels("timeline").inc(5)
    desk.records.labels("desk").inc(7)
    SupervisorMetrics(desk).restarting("web", "ended")
    with private_dir() as run_dir:
        async with serve_control(run_dir / "desk.sock", Here(desk.registry)):
            peers = peers_of(f"desk={run_dir}/desk.sock,gone={run_dir}/gone.sock")
            roles = {"timeline": Here(timeline.registry), **peers}
            async with serve_web("127.0.0.1", 0, roles) as port:
                status, text = await get(port, "/metrics")
    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert text.count("# TYPE orderherald_records_total counter") == 1
    samples = {(s.name, *sorted(s.labels.items())): s.value for f in families.values() for s in f.samples}
    assert samples["orderherald_records_total", ("agent", "timeline"), ("role", "timeline")] == 5
    assert samples["orderherald_records_total", ("agent", "desk"), ("role", "desk")] == 7
    assert samples["orderherald_restarts_total", ("cause", "ended"), ("of", "web"), ("role", "desk")] == 1
    assert samples["orderherald_role_up", ("role", "gone")] == 0
    assert samples["orderherald_role_up", ("role", "desk")] == 1
    assert all("role" in s.labels for f in families.values() for s in f.samples)


async def test_histograms_survive_the_union():
    metrics = Metrics()
    metrics.folding_seconds.labels("desk").observe(0.02)
    async with serve_web("127.0.0.1", 0, {"desk": Here(metrics.registry)}) as port:
        _, text = await get(port, "/metrics")
    assert 'orderherald_folding_seconds_bucket{agent="desk",le="0.025",role="desk"} 1.0' in text
    assert 'orderherald_folding_seconds_bucket{agent="desk",le="+Inf",role="desk"} 1.0' in text


async def test_health_and_readiness_are_those_of_the_worst_role():
    fine, behind = Here(Metrics().registry), Here(Metrics().registry, State(Figures("desk", open=1)))
    async with serve_web("127.0.0.1", 0, {"web": fine, "desk": behind}) as port:
        assert (await get(port, "/healthz"))[0] == 200
        status, text = await get(port, "/readyz")
    assert status == 503
    assert {role: state["ready"] for role, state in json.loads(text)["roles"].items()} == {
        "web": True,
        "desk": False,
    }


async def test_a_role_that_does_not_answer_makes_the_worker_unhealthy():
    async with serve_web("127.0.0.1", 0, {"web": Here(Metrics().registry), "desk": Deaf()}) as port:
        status, text = await get(port, "/healthz")
    assert status == 503
    assert json.loads(text)["roles"]["desk"] == {"status": "no answer"}


async def test_a_port_that_is_taken_is_a_clear_sentence(monkeypatch):
    monkeypatch.setattr(ops, "BIND_TRIES", 2)
    monkeypatch.setattr(ops, "BIND_PAUSE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"ORDERHERALD_WEB: can't listen on 127.0.0.1:{port}"):
            async with serve_web("127.0.0.1", port, {}):
                pass


async def test_a_port_that_falls_free_in_time_is_taken(monkeypatch):
    monkeypatch.setattr(ops, "BIND_PAUSE", 0.05)
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    asyncio.get_running_loop().call_later(0.1, taken.close)
    async with serve_web("127.0.0.1", port, {"web": Here(Metrics().registry)}) as bound:
        assert bound == port
        assert (await get(port, "/healthz"))[0] == 200
