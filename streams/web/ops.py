"""The one address of a worker: `/metrics`, `/healthz`, `/readyz`, and whatever pages are added to it."""

import asyncio
import contextlib
import errno
from collections.abc import AsyncIterator, Callable, Mapping

from aiohttp import web

from streams.domain.ports import ConfigurationError
from streams.web.control import Asked, add_control_routes
from streams.web.union import Union

# A predecessor whose supervisor was killed needs a moment to notice, and holds the port until then.
BIND_TRIES = 20
BIND_PAUSE = 0.5


def ops_app(roles: Mapping[str, Asked]) -> web.Application:
    """An application that answers for all `roles`: name -> where to ask it."""
    app = web.Application()
    add_control_routes(app, Union(roles))
    return app


@contextlib.asynccontextmanager
async def serve_web(
    host: str,
    port: int,
    roles: Mapping[str, Asked],
    extend: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[int]:
    """Serves while the context is open, and yields the port. `extend` adds pages before it starts.

    Raises `ConfigurationError` where the address can't be had.
    """
    app = ops_app(roles)
    if extend is not None:
        extend(app)
    # Addresses of pages carry the token: no access log.
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2)
    await runner.setup()
    try:
        await _bind(runner, host, port)
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    for left in reversed(range(BIND_TRIES)):
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            if not left or error.errno != errno.EADDRINUSE:
                raise ConfigurationError(
                    f"ORDERHERALD_WEB: can't listen on {host}:{port}: {error}"
                ) from error
            await site.stop()
            await asyncio.sleep(BIND_PAUSE)
        else:
            return
