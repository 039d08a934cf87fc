"""The seller's pages: find an order, read its timeline, see why each message was sent or held back.

Read-only. Whoever has the token may read every order of the installation; without a token the pages
are off. Nothing on them comes from elsewhere: no script, no foreign image, no font.
"""

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import jinja2
import msgspec
from aiohttp import web

from streams.web import words

if TYPE_CHECKING:
    from streams.web.timelines import TimelineSource

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",  # the address carries the token
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
STYLE = "/assets/orders.css"

Page = Callable[[web.Request], Awaitable[web.Response]]


def add_timeline_routes(app: web.Application, timelines: "TimelineSource", token: str) -> None:
    """Adds `/orders` (search) and `/orders/{shop}/{number or id}`, both with `?token=`.

    Raises `ValueError` for an empty token: that would be a page open to everybody.
    """
    if not token:
        raise ValueError("the timeline pages need a token")
    pages = _Pages(timelines, token)
    app.router.add_get("/orders", pages.guarded(pages.search))
    app.router.add_get("/orders/{shop}/{order}", pages.guarded(pages.order))
    app.router.add_get(STYLE, _style)


async def _style(_request: web.Request) -> web.Response:
    text = files("streams.web").joinpath("pages/orders.css").read_text("utf-8")
    return web.Response(text=text, content_type="text/css", headers={"Cache-Control": "max-age=3600"})


class _Pages:
    def __init__(self, timelines: "TimelineSource", token: str) -> None:
        self._timelines = timelines
        self._token = token.encode()
        self._templates = _environment()

    def guarded(self, page: Page) -> Page:
        """The page, for those who have the token; compared in constant time."""

        async def answer(request: web.Request) -> web.Response:
            if not hmac.compare_digest(_token_of(request).encode(errors="surrogateescape"), self._token):
                return self._render("token.html", request, status=401, realm=True)
            return await page(request)

        return answer

    async def search(self, request: web.Request) -> web.Response:
        sought = request.query.get("q", "").strip()
        found = self._timelines.search(sought) if sought else []
        return self._render("search.html", request, sought=sought, found=found)

    async def order(self, request: web.Request) -> web.Response:
        shop, order = request.match_info["shop"], request.match_info["order"]
        timeline = self._timelines.find(shop, order)
        if timeline is None:
            return self._render("search.html", request, status=404, sought=order, found=[], missing=True)
        return self._render("order.html", request, **_told(msgspec.json.decode(timeline)))

    def _render(self, name: str, request: web.Request, *, status: int = 200, **values: Any) -> web.Response:
        headers = HEADERS | ({"WWW-Authenticate": "Bearer"} if values.pop("realm", False) else {})
        token = request.query.get("token") if status != HTTPStatus.UNAUTHORIZED else None
        asked = {"link": _linker(token), "path": request.path, "token": token}
        text = self._templates.get_template(name).render(asked | values)
        return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _token_of(request: web.Request) -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer if scheme.lower() == "bearer" else request.query.get("token", "")


def _linker(token: str | None) -> Callable[..., str]:
    """Addresses within the pages, with the token where it came in the address."""
    carried = {"token": token} if token else {}

    def link(*parts: str, **query: str) -> str:
        path = "/".join(("/orders", *(quote(part, safe="") for part in parts)))
        asked = urlencode(carried | query)
        return f"{path}?{asked}" if asked else path

    return link


def _told(view: dict[str, Any]) -> dict[str, Any]:
    """The timeline, newest message last, each with the events behind it; what is absent is empty."""
    zone = view.get("timezone")
    events = view.get("events") or []
    by_id = {str(event.get("id")): event for event in events}
    return {
        "view": view,
        "events": events,
        "by_id": by_id,
        "messages": sorted(view.get("messages") or [], key=lambda message: str(message.get("at"))),
        "titles": {str(line.get("line_id")): line.get("title") for line in view.get("lines") or []},
        "moment": lambda value: words.moment(value, zone),
        "window": lambda value: words.window(value, zone),
        "cause": lambda name: words.cause(name, by_id),
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("streams.web", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "spoken": words.spoken,
        "status": words.status,
        "reason": words.reason,
        "event_title": words.event_title,
        "web_link": words.web_link,
    }
    environment.globals["style"] = STYLE
    return environment
