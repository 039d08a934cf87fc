import re

import pytest
from aiohttp.test_utils import TestClient, TestServer

from streams.demo.page import build_page
from streams.demo.scene import Scene
from streams.web.orders import add_timeline_routes
from tests.unit.demo.test_scene import letter


class Pressed:
    def __init__(self) -> None:
        self.what: list[str] = []

    async def act(self, what: str) -> str:
        if what == "unknown":
            raise KeyError(what)
        self.what.append(what)
        return "Done."


@pytest.fixture
async def scene():
    scene = Scene(seed=1, notes=("All made up.",))
    scene.receive(letter(1))
    scene.add_timeline("modrzewnia:1", {"shop": "modrzewnia", "number": "M-1", "order_id": "modrzewnia:1"})
    return scene


@pytest.fixture
def pressed():
    return Pressed()


@pytest.fixture
async def page(scene, pressed):
    server = TestServer(build_page(scene, pressed, add_timeline_routes), host="127.0.0.1")
    async with TestClient(server) as client:
        yield client


async def test_the_page_allows_its_own_script_and_nothing_from_elsewhere(page):
    for path in ("/", "/page.css", "/page.js", "/dom.js", "/views.js"):
        answer = await page.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status == 200
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"https?://", await answer.text())


async def test_a_mail_is_served_into_a_sandbox_that_runs_nothing(page):
    answer = await page.get("/mail/m1")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_no_longer_kept_is_said_to_be_gone(page):
    assert (await page.get("/mail/m9")).status == 404
    assert (await page.get("/mail/m9/source")).status == 404
    assert (await page.get("/order/nobody:1")).status == 404


async def test_a_button_acts_only_when_the_page_itself_pressed_it(page, pressed):
    assert (await page.post("/try/late")).status == 403
    assert pressed.what == []
    answer = await page.post("/try/late", headers={"X-Demo": "yes"})
    assert await answer.json() == {"done": "Done."}
    assert (await page.post("/try/unknown", headers={"X-Demo": "yes"})).status == 404


async def test_a_page_elsewhere_does_not_reach_it_by_a_name_of_its_own(page):
    assert (await page.get("/", headers={"Host": "evil.example:8800"})).status == 403


async def test_changes_begin_with_all_that_there_is_and_end_when_the_demo_ends(page, scene):
    async with page.get("/changes") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert await answer.content.readline() == b"event: snapshot\n"
        assert b'"m1"' in await answer.content.readline()
        await answer.content.readline()
        scene.add_ticket({"ticket_id": "t1"})
        assert await answer.content.readline() == b"event: ticket\n"
        scene.close()
        await answer.content.read()


async def test_an_order_leads_to_the_page_that_its_seller_reads(page, scene):
    found = await (await page.get("/order/modrzewnia:1")).json()
    assert found["timeline"]["number"] == "M-1"
    seller = await page.get("/" + found["seller"])
    assert seller.status == 200
    assert "M-1" in await seller.text()
    assert (await page.get(found["seller"].partition("?")[0])).status in (401, 403)
