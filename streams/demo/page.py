"""The demo's page: a few static files, a stream of changes, and each mail in a sandbox of its own."""

import contextlib
import importlib.resources
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import quote

import msgspec
from aiohttp import ClientConnectionResetError, web

from streams.demo.scene import Scene

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The mail is a stranger's document: no script, no request, no form, an origin of its own.
_MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_FILES = ("page.css", "page.js", "dom.js", "views.js")
_SCENE = web.AppKey("scene", Scene)

SellerPages = Callable[[web.Application, Any, str], None]

encode = msgspec.json.Encoder().encode


class Director(Protocol):
    """Who makes things happen when a button is pressed. Returns a sentence about what was done."""

    async def act(self, what: str) -> str:
        """Raises `KeyError` for what nobody knows."""
        ...


def build_page(scene: Scene, director: Director, seller: SellerPages | None = None) -> web.Application:
    """The demo's page as an application of its own.

    `seller` adds the pages that shops read their orders on, given where from and the token they ask for.
    """
    app = web.Application(middlewares=[_guard])
    app[_SCENE] = scene
    app.router.add_get("/", _file("page.html"))
    for name in _FILES:
        app.router.add_get(f"/{name}", _file(name))
    app.router.add_get("/changes", _changes)
    app.router.add_get("/mail/{id}", _mail)
    app.router.add_get("/mail/{id}/source", _mail_source)
    app.router.add_get("/order/{id}", _order)
    app.router.add_post("/try/{what}", _try(director))
    if seller is not None:
        seller(app, scene, scene.token)
    return app


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answers loopback names alone: no page elsewhere reaches us by a name of its own (DNS rebinding)."""
    if request.host.rpartition(":")[0] not in ("127.0.0.1", "localhost", "[::1]"):
        raise web.HTTPForbidden(text="This page answers on the loopback address only.")
    return await handler(request)


def _headers(policy: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


def _file(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    body = importlib.resources.files("streams.demo").joinpath("static", name).read_bytes()

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(
            body=body,
            content_type=_TYPES[name.rpartition(".")[2]],
            charset="utf-8",
            headers=_headers(_PAGE_POLICY),
        )

    return answer


async def _changes(request: web.Request) -> web.StreamResponse:
    """Server-Sent Events: `snapshot` first, then each change; ends when the page must start over."""
    scene = request.app[_SCENE]
    response = web.StreamResponse(
        headers={**_headers(_PAGE_POLICY), "Content-Type": "text/event-stream; charset=utf-8"}
    )
    # A page that is closed between two changes is no error.
    with scene.changes() as next_change, contextlib.suppress(ClientConnectionResetError):
        await response.prepare(request)
        await response.write(_event("snapshot", scene.snapshot()))
        while (change := await next_change()) is not None:
            await response.write(_event(*change))
    return response


def _event(name: str, data: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + encode(data) + b"\n\n"


async def _mail(request: web.Request) -> web.Response:
    letter = request.app[_SCENE].letters.get(request.match_info["id"])
    if letter is None:
        raise web.HTTPNotFound(text="This mail is no longer kept.")
    return web.Response(text=letter.html, content_type="text/html", headers=_headers(_MAIL_POLICY))


async def _mail_source(request: web.Request) -> web.Response:
    """Headers and text part, for who wants to see them."""
    letter = request.app[_SCENE].letters.get(request.match_info["id"])
    if letter is None:
        raise web.HTTPNotFound(text="This mail is no longer kept.")
    return _json({"headers": letter.headers, "text": letter.text})


async def _order(request: web.Request) -> web.Response:
    scene, order_id = request.app[_SCENE], request.match_info["id"]
    view = scene.timelines.get(order_id)
    if view is None:
        raise web.HTTPNotFound(text="This order is no longer kept.")
    shop = quote(view.get("shop") or "-", safe="")
    page = f"orders/{shop}/{quote(order_id, safe='')}?token={scene.token}"
    return _json({"card": scene.card(order_id), "timeline": view, "seller": page})


def _try(director: Director) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("X-Demo") != "yes":  # a form of another site can't send it
            raise web.HTTPForbidden(text="Press the button on the page.")
        try:
            return _json({"done": await director.act(request.match_info["what"])})
        except KeyError:
            raise web.HTTPNotFound(text="The demo has no such button.") from None

    return answer


def _json(value: Any) -> web.Response:
    return web.Response(
        body=encode(value), content_type="application/json", charset="utf-8", headers=_headers(_PAGE_POLICY)
    )
