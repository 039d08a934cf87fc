"""Several roles shown as one: metrics with a `role` label each, one health, one readiness."""

import asyncio
from collections.abc import Iterable, Mapping

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from streams.engine.health import Answer
from streams.web.control import Asked


class Union:
    """All roles of one worker, asked at the same time. One that doesn't answer is down, and said to be."""

    def __init__(self, roles: Mapping[str, Asked]) -> None:
        self._roles = dict(roles)

    async def ask(self, path: str) -> Answer:
        """As `Asked`: of `/metrics` the union, of `/healthz` and `/readyz` the worst status and each body."""
        asked = await asyncio.gather(*(role.ask(path) for role in self._roles.values()))
        answers = dict(zip(self._roles, asked, strict=True))
        return Answer(200, _metrics(answers)) if path == "/metrics" else _states(answers)


def _states(answers: Mapping[str, Answer]) -> Answer:
    fine = all(answer.fine for answer in answers.values())
    roles = {name: _state(answer) for name, answer in sorted(answers.items())}
    body = msgspec.json.encode({"status": "ok" if fine else "failing", "roles": roles})
    return Answer(200 if fine else 503, body)


def _state(answer: Answer) -> object:
    return msgspec.Raw(answer.body) if answer.status else {"status": "no answer"}


def _metrics(answers: Mapping[str, Answer]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Families(answers))
    return generate_latest(registry)


class _Families(Collector):
    """One family a name, whatever number of roles has it, as the text format demands."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("orderherald_role_up", "1: the role answers.", labels=["role"])
        families: dict[str, Metric] = {}
        for role, answer in self._answers.items():
            up.add_metric([role], float(answer.fine))
            text = answer.body.decode() if answer.fine else ""
            for family in text_string_to_metric_families(text):
                joined = families.setdefault(family.name, _empty(family))
                joined.samples += [
                    sample._replace(labels={"role": role, **sample.labels}) for sample in family.samples
                ]
        yield up
        yield from families.values()


def _empty(family: Metric) -> Metric:
    return Metric(family.name, family.documentation, family.type, family.unit)
