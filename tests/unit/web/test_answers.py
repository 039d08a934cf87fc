"""The endpoint that says where an order is: who may ask, and in which form the answer comes."""

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from streams.bootstrap.pages import answering
from streams.commands.answer import chosen, shown
from streams.domain.answer import Answer
from streams.domain.report import TimelineView
from streams.settings import load_settings
from streams.web.answers import add_answer_routes
from streams.web.timelines import Timelines
from tests.unit.web.pages import status_of

TOKEN = "quite-secret"
MAY = {"Authorization": f"Bearer {TOKEN}"}


def timeline(order_id="acme:o-1", shop="acme", number="10/17", state="shipped"):
    return msgspec.json.encode(TimelineView(order_id, state, number=number, shop=shop, country="LT"))


@pytest.fixture
def timelines():
    found = Timelines()
    found.put("acme:o-1", timeline())
    return found


@pytest.fixture
async def helpdesk(timelines):
    app = web.Application()
    add_answer_routes(app, timelines, answering(load_settings(None, {})), TOKEN)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no"}, {"Authorization": f"Basic {TOKEN}"}])
async def test_nobody_without_the_token_learns_anything(helpdesk, headers):
    answer = await helpdesk.get(f"/answers/acme/10%2F17?token={TOKEN}", headers=headers)
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert await answer.json() == {"error": "a bearer token is needed"}


async def test_a_token_that_is_no_text_is_none(helpdesk):
    assert await status_of(helpdesk, "/answers/acme/10%2F17", b"Bearer \xff\xfe") == 401
    assert await status_of(helpdesk, "/answers/acme/10%2F17", b"Bearer " + TOKEN.encode()) == 200


async def test_the_answer_is_data_and_its_text_in_the_language_asked_for(helpdesk):
    answer = await helpdesk.get("/answers/acme/10%2F17?locale=en", headers=MAY)
    assert (answer.status, answer.headers["Content-Language"]) == (200, "en")
    told = msgspec.json.decode(await answer.read(), type=Answer)
    assert (told.state, told.where) == ("shipped", "Your order 10/17 is on its way to you.")
    assert told.text.startswith(told.where)


async def test_whoever_accepts_text_alone_gets_text_in_the_orders_language(helpdesk):
    answer = await helpdesk.get("/answers/acme/acme:o-1", headers=MAY | {"Accept": "text/plain"})
    assert (answer.content_type, answer.headers["Content-Language"]) == ("text/plain", "lt")
    assert (await answer.text()).startswith("Jūsų užsakymas 10/17 keliauja pas Jus.")


async def test_an_order_that_nobody_knows_is_not_found(helpdesk):
    answer = await helpdesk.get("/answers/acme/11", headers=MAY)
    assert (answer.status, await answer.json()) == (404, {"error": "no such order is known"})


def test_without_a_token_there_is_no_endpoint(timelines):
    with pytest.raises(ValueError, match="token"):
        add_answer_routes(web.Application(), timelines, answering(load_settings(None, {})), "")


def test_a_number_that_two_shops_have_asks_for_the_shop(timelines):
    timelines.put("bolt:o-9", timeline("bolt:o-9", "bolt"))
    assert chosen(timelines, "10/17", None) == (
        "several shops have an order 10/17: say --shop acme or --shop bolt"
    )
    assert chosen(timelines, "10/17", "bolt") == timeline("bolt:o-9", "bolt")
    assert chosen(timelines, "10/18", None) == "no order 10/18 is known"
    assert chosen(timelines, "acme:o-1", None) == timeline()


def test_the_command_prints_text_or_json(timelines):
    answer = answering(load_settings(None, {}))(timeline(), "en")
    assert shown(answer, as_json=False) == answer.text + "\n"
    assert msgspec.json.decode(shown(answer, as_json=True), type=Answer) == answer
