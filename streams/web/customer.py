"""The customer's own pages, behind the signed links of the messages. No cookies, no scripts, no accounts.

Whoever has a link may see and answer what it is about, and nothing else. Asking for a page changes
nothing, however often a scanner of mails does; sending its form is answered once the event is durable.
"""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NamedTuple, Protocol

import msgspec
import structlog
from aiohttp import web

from streams.domain.events import SCORES, Event
from streams.domain.pages import SHORT, Name, Pages, Shown, Visitor
from streams.domain.report import TimelineView
from streams.web import replies
from streams.web.postbox import UnavailableError
from streams.web.replies import RefusedError
from streams.web.visits import drawn, form_of, languages_of

LONGEST = 4000  # characters of a token
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058
_PARTS: dict[Name, range] = {
    "order": range(1, 2),
    "choice": range(2, 5),
    "preferences": range(1, 2),
    "unsubscribe": range(2, 3),
    "feedback": range(2, 3),
}

Parts = tuple[str, ...]

_timelines = msgspec.json.Decoder(TimelineView)
log = structlog.get_logger("web")


class Orders(Protocol):
    """The timelines. `current`: what isn't there now isn't known at all."""

    @property
    def current(self) -> bool: ...

    def get(self, order_id: str) -> bytes | None: ...


class Post(Protocol):
    """Takes an event under a key; returns once it is durable, or raises `UnavailableError`."""

    async def put(self, event: Event, key: str) -> None: ...


class Doors(NamedTuple):
    """What the pages stand on. `read` gives a token's parts; `tally` takes page and outcome."""

    read: Callable[[str], Parts | None]
    pages: Pages
    orders: Orders
    post: Post
    tally: Callable[[str, str], None] = lambda _page, _outcome: None
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)


class _GoneError(Exception):
    """The link leads nowhere: it isn't ours, or what it was about is over. `outcome` is for the count."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class _Ask(NamedTuple):
    """One request: what its link is about, and who may look."""

    request: web.Request
    page: Name
    parts: Parts
    visitor: Visitor

    @property
    def order(self) -> TimelineView:
        assert self.visitor.order is not None
        return self.visitor.order


_Show = Callable[[_Ask], Awaitable[web.Response]]


def add_customer_routes(app: web.Application, doors: Doors) -> None:
    """Adds `/order`, `/choice`, `/preferences`, `/unsubscribe` and `/feedback`, each with a token.

    `/s` is the last of them, by the short links of text messages.
    """
    pages = _Customer(doors)
    app.router.add_get("/order/{token}", pages.opened("order", pages.order))
    for page, ask, take in (
        ("choice", pages.ask_choice, pages.take_choice),
        ("preferences", pages.ask_preferences, pages.take_preferences),
        ("unsubscribe", pages.ask_unsubscribe, pages.take_unsubscribe),
        ("feedback", pages.ask_feedback, pages.take_feedback),
    ):
        name: Name = page  # type: ignore[assignment]  # one of them, which the checker has lost in the tuple
        for path in (page, SHORT) if page == "feedback" else (page,):
            app.router.add_get(f"/{path}/{{token}}", pages.opened(name, ask))
            app.router.add_post(f"/{path}/{{token}}", pages.opened(name, take))


class _Customer:
    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def opened(self, page: Name, show: _Show) -> Callable[[web.Request], Awaitable[web.Response]]:
        """The page, for whoever has a link that was signed for it."""

        async def answer(request: web.Request) -> web.Response:
            visitor = Visitor(languages_of(request), request.host)
            try:
                return await show(self._asked(request, page, visitor))
            except _GoneError as gone:
                self._doors.tally(page, gone.outcome)
                return self._drawn("gone", visitor, Shown(), HTTPStatus.NOT_FOUND)
            except UnavailableError:
                self._doors.tally(page, "unavailable")
                return self._drawn("later", visitor, Shown(), HTTPStatus.SERVICE_UNAVAILABLE)

        return answer

    def _asked(self, request: web.Request, page: Name, visitor: Visitor) -> _Ask:
        token = request.match_info["token"]
        parts = self._doors.read(token) if len(token) <= LONGEST else None
        if parts is None or parts[:1] != (page,) or len(parts) - 1 not in _PARTS[page]:
            raise _GoneError("bad_token")
        about = parts[1:]
        if page in ("preferences", "unsubscribe"):
            known = msgspec.structs.replace(visitor, customer_id=about[0])
        else:
            known = msgspec.structs.replace(visitor, order=self._order(about[0]))
        return _Ask(request, page, about, known)

    def _order(self, order_id: str) -> TimelineView:
        found = self._doors.orders.get(order_id)
        if found is None and not self._doors.orders.current:
            raise UnavailableError
        order = _read(found) if found is not None else None
        if order is None or order.state is None or order.erased:
            raise _GoneError("gone")
        return order

    async def order(self, ask: _Ask) -> web.Response:
        return self._shown(ask, Shown())

    async def ask_choice(self, ask: _Ask) -> web.Response:
        return self._shown(ask, _question(ask))

    async def take_choice(self, ask: _Ask) -> web.Response:
        question, form = _question(ask), await form_of(ask.request)

        def read() -> Event:
            return replies.chosen(ask.order, ask.parts[1], question.options, form, self._doors.now())

        return await self._taken(ask, question, read, ask.order.order_id)

    async def ask_preferences(self, ask: _Ask) -> web.Response:
        return self._shown(ask, Shown(once=uuid.uuid4().hex))

    async def take_preferences(self, ask: _Ask) -> web.Response:
        form = await form_of(ask.request)
        return await self._taken(
            ask,
            Shown(once=uuid.uuid4().hex),
            lambda: replies.preferred(ask.parts[0], form, self._doors.now()),
            ask.parts[0],
        )

    async def ask_unsubscribe(self, ask: _Ask) -> web.Response:
        return self._shown(ask, Shown())

    async def take_unsubscribe(self, ask: _Ask) -> web.Response:
        customer, purpose = ask.parts
        form = await form_of(ask.request)

        def read() -> Event:
            if form.get(ONE_CLICK[0]) != ONE_CLICK[1]:
                raise RefusedError
            return replies.unsubscribed(customer, purpose, self._doors.now())

        return await self._taken(ask, Shown(), read, customer)

    async def ask_feedback(self, ask: _Ask) -> web.Response:
        return self._shown(ask, _scores(ask))

    async def take_feedback(self, ask: _Ask) -> web.Response:
        form, now, shown = await form_of(ask.request), self._doors.now(), _scores(ask)
        (order_id, asked), customer = ask.parts, ask.order.customer_id
        if customer and form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
            stop = replies.unsubscribed(customer, replies.purpose_of(asked), now)
            return await self._taken(ask, shown, lambda: stop, customer)
        return await self._taken(ask, shown, lambda: replies.rated(order_id, asked, form, now), order_id)

    async def _taken(
        self, ask: _Ask, shown: Shown, read: Callable[[], Event | None], key: str
    ) -> web.Response:
        """The form again, where it says nothing that can be taken; else thanks, once that is durable."""
        try:
            event = read()
        except RefusedError:
            event = None
        if event is None:
            self._doors.tally(ask.page, "refused")
            again = msgspec.structs.replace(shown, refused=True)
            return self._drawn(ask.page, ask.visitor, again, HTTPStatus.BAD_REQUEST)
        await self._doors.post.put(event, key)
        self._doors.tally(ask.page, "taken")
        return self._drawn(ask.page, ask.visitor, msgspec.structs.replace(shown, done=event.data))

    def _shown(self, ask: _Ask, shown: Shown) -> web.Response:
        self._doors.tally(ask.page, "shown")
        return self._drawn(ask.page, ask.visitor, shown)

    def _drawn(
        self, name: Name, visitor: Visitor, shown: Shown, status: HTTPStatus = HTTPStatus.OK
    ) -> web.Response:
        return drawn(self._doors.pages.page(name, visitor, shown), status)


def _read(timeline: bytes) -> TimelineView:
    try:
        return _timelines.decode(timeline)
    except msgspec.MsgspecError:
        log.warning("timeline_unreadable")
        raise UnavailableError from None


def _question(ask: _Ask) -> Shown:
    """What the message asked. One that isn't in the timeline any more asks nothing."""
    about = ask.parts[1]
    kind = next((each.kind for each in ask.order.messages if each.notification_id == about), "")
    options = replies.offered(ask.parts, kind)
    if not options:
        raise _GoneError("gone")
    return Shown(kind=kind, options=options)


def _scores(ask: _Ask) -> Shown:
    asked = ask.parts[1]
    metric = replies.metric_of(asked)
    stop = bool(ask.order.customer_id)
    return Shown(metric=metric, review=asked == "review", scores=tuple(SCORES[metric]), stop=stop)
