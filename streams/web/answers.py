"""`/answers/{shop}/{number}?locale=`: where an order is, for a chat, a bot or a helpdesk."""

import hmac
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from aiohttp import web

from streams.domain.answer import Answer
from streams.web.timelines import TimelineSource

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
TEXT = "text/plain"

# A timeline's JSON and the language asked for, if any. Raises `msgspec.MsgspecError`.
Answering = Callable[[bytes, str | None], Answer]


def add_answer_routes(
    app: web.Application, timelines: TimelineSource, answering: Answering, token: str
) -> None:
    """Adds the route. JSON, or the text alone to those who accept nothing but text/plain.

    Only `Authorization: Bearer` opens it. Raises `ValueError` for an empty token.
    """
    if not token:
        raise ValueError("the answers need a token")
    secret = token.encode()

    async def answer(request: web.Request) -> web.Response:
        if not hmac.compare_digest(_bearer(request).encode(errors="surrogateescape"), secret):
            return _refused(HTTPStatus.UNAUTHORIZED, "a bearer token is needed")
        timeline = timelines.find(request.match_info["shop"], request.match_info["number"])
        if timeline is None:
            return _refused(HTTPStatus.NOT_FOUND, "no such order is known")
        return _said(answering(timeline, request.query.get("locale")), request)

    app.router.add_get("/answers/{shop}/{number}", answer)


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _said(answer: Answer, request: web.Request) -> web.Response:
    headers = {**HEADERS, "Content-Language": answer.locale}
    if request.headers.get("Accept", "").partition(";")[0].strip() == TEXT:
        return web.Response(text=answer.text + "\n", content_type=TEXT, headers=headers)
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json", headers=headers)


def _refused(status: HTTPStatus, why: str) -> web.Response:
    headers = {**HEADERS, **({"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {})}
    body = msgspec.json.encode({"error": why})
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
