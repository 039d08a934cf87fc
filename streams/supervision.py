"""All roles of a worker as processes under one supervisor. It imports little: they wait for it."""

import sys

import structlog

from streams.bootstrap import ROLES
from streams.counting import SupervisorMetrics
from streams.engine.health import private_dir
from streams.engine.supervisor import SUPERVISOR, Supervisor
from streams.logs import bind_process
from streams.metrics import Metrics
from streams.settings import Settings
from streams.web.control import Here, serve_control

log = structlog.get_logger("roles")


async def supervise(settings: Settings) -> int:
    """The exit status: 0 after a signal, 2 where a role says that the configuration is wrong."""
    bind_process({"role": SUPERVISOR})
    warn_of_silence(settings)
    metrics = Metrics()
    with private_dir() as run_dir:
        async with serve_control(run_dir / f"{SUPERVISOR}.sock", Here(metrics.registry)):
            supervisor = Supervisor(
                ROLES,
                lambda role: (sys.executable, "-m", "streams", "worker", "--role", role),
                run_dir,
                SupervisorMetrics(metrics, ROLES),
            )
            return await supervisor.run()


def warn_of_silence(settings: Settings) -> None:
    """A brand that isn't live sends nothing, or not to its customers: nobody should learn that later."""
    for name, brand in settings.every_brand.items():
        mode = brand.delivery.partition(":")[0]
        if mode != "live":
            log.warning("delivery_not_live", brand=name, mode=mode)
