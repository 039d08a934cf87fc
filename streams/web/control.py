"""One role as others see it: its metrics, whether it lives, and whether its partitions have caught up.

Each role answers on a unix socket of its own; the supervisor asks there whether it lives, and the
process that owns the port asks there for what it shows of all roles together.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Protocol

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, generate_latest

from streams.engine.health import Answer, There
from streams.metrics import AgentFigures

# Behind by less than either is the ordinary run of things: one batch on its way, one slow answer.
CAUGHT_UP_RECORDS = 1000
CAUGHT_UP_SECONDS = 10.0
TEXT = "text/plain; version=0.0.4; charset=utf-8"
JSON = "application/json"


class RoleState(Protocol):
    """What a role can say of itself at any time, without waiting for anything."""

    def failing(self) -> str | None:
        """Why it must be started again, one of `VERDICTS`; None as long as it works."""
        ...

    def joined(self) -> bool:
        """Every consumer group of the role has said which partitions are its own, be it none."""
        ...

    def agents(self) -> Iterable[AgentFigures]: ...


class Alone:
    """The state of a role without partitions."""

    def failing(self) -> str | None:
        return None

    def joined(self) -> bool:
        return True

    def agents(self) -> Iterable[AgentFigures]:
        return ()


class Asked(Protocol):
    """A role that can be asked for `/metrics`, `/healthz` or `/readyz`, here or in another process."""

    async def ask(self, path: str) -> Answer: ...


class Here:
    """The role that runs in this process."""

    def __init__(self, registry: CollectorRegistry, state: RoleState | None = None) -> None:
        self._registry = registry
        self._state: RoleState = state if state is not None else Alone()

    async def ask(self, path: str) -> Answer:
        if path == "/metrics":
            return Answer(200, generate_latest(self._registry))
        return self.health() if path == "/healthz" else self.readiness()

    def health(self) -> Answer:
        failing = self._state.failing()
        body = msgspec.json.encode({"status": failing or "ok"})
        return Answer(503 if failing else 200, body)

    def readiness(self) -> Answer:
        agents = list(self._state.agents())
        ready = self._state.joined() and all(map(_caught_up, agents))
        shown = {"ready": ready, "agents": {agent.name: _shown(agent) for agent in agents}}
        return Answer(200 if ready else 503, msgspec.json.encode(shown))


def _caught_up(agent: AgentFigures) -> bool:
    near = agent.behind <= CAUGHT_UP_RECORDS or agent.behind_seconds <= CAUGHT_UP_SECONDS
    return agent.open == agent.assigned and near


def _shown(agent: AgentFigures) -> dict[str, object]:
    """`waiting`: records behind by partition, null for one whose store is being opened."""
    return {
        "partitions": agent.assigned,
        "open": agent.open,
        "behind": agent.behind,
        "behind_seconds": round(agent.behind_seconds, 1),
        "waiting": {name: behind for name, behind in agent.partitions.items() if behind != 0},
    }


def peers_of(environment: str) -> dict[str, Asked]:
    """The others' sockets, from what the supervisor wrote: `name=path,…`."""
    pairs = (pair.partition("=") for pair in environment.split(",") if pair)
    return {name: There(Path(path)) for name, _, path in pairs}


def add_control_routes(app: web.Application, role: Asked) -> None:
    """`/metrics`, `/healthz` and `/readyz` of one role, or of several."""
    for path, kind in (("/metrics", TEXT), ("/healthz", JSON), ("/readyz", JSON)):
        app.router.add_get(path, _handler(role, path, kind))


@contextlib.asynccontextmanager
async def serve_control(socket: Path, role: Here) -> AsyncIterator[None]:
    """Answers for this role on its socket while the context is open."""
    app = web.Application()
    add_control_routes(app, role)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(socket)).start()
        yield
    finally:
        await runner.cleanup()


def _handler(role: Asked, path: str, kind: str) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        status, body = await role.ask(path)
        return web.Response(status=status, body=body, headers={"Content-Type": kind})

    return answer
