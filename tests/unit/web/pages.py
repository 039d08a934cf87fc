"""The customer's pages as a browser meets them, over orders in memory and a post that only notes."""

import asyncio
import contextlib
import datetime as dt

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters import samples
from adapters.messages import links
from adapters.pages import CustomerPages
from streams.domain.report import EventReport, MessageReport, ParcelReport, TimelineView
from streams.domain.values import Pickup, Window
from streams.web.customer import Doors, add_customer_routes
from streams.web.postbox import UnavailableError
from streams.web.timelines import Timelines

SECRET = b"only for tests"
NOW = dt.datetime(2026, 3, 5, 11, tzinfo=dt.UTC)
ASKED = ("delivered", "delivery_check", "parcel_problem", "delivery_limit", "out_of_stock_choice", "shipped")
ORDER = TimelineView(
    order_id="meadow:1001",
    state="shipped",
    number="1001",
    shop="meadow",
    customer_id="meadow:c-42",
    country="PL",
    locale="en",
    timezone="Europe/Warsaw",
    placed_at=NOW - dt.timedelta(days=3),
    told=Window("2026-03-06", "2026-03-07"),
    parcels=(
        ParcelReport(
            "p1",
            "ready_for_pickup",
            carrier="inpost",
            tracking_number="600",
            tracking_url="https://inpost.pl/sledzenie-przesylek?number=600",
            pickup=Pickup("Paczkomat KRA010", "ul. Lipowa 4", NOW + dt.timedelta(days=2), "482913"),
        ),
        ParcelReport("p2", "in_transit", tracking_url="https://warehouse.supplier.example/2"),
    ),
    events=(EventReport("e1", "/shop/meadow", "order.placed", NOW),),
    messages=tuple(MessageReport(f"n-{kind}", kind, "sent", NOW) for kind in ASKED),
)


class Post:
    """Keeps what it was given, unless `broken`."""

    def __init__(self):
        self.events, self.keys, self.broken = [], [], False

    async def put(self, event, key):
        if self.broken:
            raise UnavailableError
        self.events.append(event)
        self.keys.append(key)


class Orders(Timelines):
    """`caught_up`: as after a start that has read everything."""

    caught_up = True

    @property
    def current(self):
        return self.caught_up

    def know(self, order):
        self.put(order.order_id, msgspec.json.encode(order))


class Shop:
    """A client, and what stands behind the pages."""

    def __init__(self, client, post, orders, counted):
        self.client, self.post, self.orders, self.counted = client, post, orders, counted

    async def get(self, *parts, secret=SECRET, **headers):
        path = f"/{parts[0]}/{links.sign(secret, *parts)}"
        response = await self.client.get(path, headers=headers)
        return response, await response.text()

    async def send(self, *parts, data=None, **more):
        response = await self.client.post(f"/{parts[0]}/{links.sign(SECRET, *parts)}", data=data, **more)
        return response, await response.text()


# Shared: templates compile once.
PAGES = CustomerPages(samples.WORLD, lambda: NOW)


@contextlib.asynccontextmanager
async def open_shop(pages=PAGES):
    post, orders, counted = Post(), Orders(), []
    orders.know(ORDER)
    app = web.Application()
    doors = Doors(
        lambda token: links.read(SECRET, token),
        pages,
        orders,
        post,
        lambda *what: counted.append(what),
        lambda: NOW,
    )
    add_customer_routes(app, doors)
    async with TestClient(TestServer(app)) as client:
        yield Shop(client, post, orders, counted)


async def status_of(client, path, authorization):
    """What a request is answered whose header no client would send: it holds these very bytes."""
    reader, writer = await asyncio.open_connection(client.host, client.port)
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ".encode()
    writer.write(head + authorization + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return int(answer.split()[1])
