import datetime as dt
import email
import email.policy
import re

import msgspec
import pytest
from aiohttp import FormData

from adapters import samples
from adapters.messages import links
from adapters.render import Templates
from streams.agents.ingest import IngestAgent
from streams.codec import read_event, write_event
from streams.domain.events import CustomerChoice, CustomerConsent, CustomerPreferences, FeedbackGiven
from streams.domain.kinds import KINDS
from streams.domain.report import EventReport, MessageReport
from streams.domain.values import QuietHours
from streams.engine.api import Record
from streams.web import replies
from tests.unit.web.pages import ASKED, NOW, ORDER, SECRET, open_shop

ID = ORDER.order_id
ASKS = (
    ("order", ID),
    *(("choice", ID, f"n-{kind}") for kind in ASKED if kind != "shipped"),
    ("choice", ID, "n-gone", "wait"),
    ("choice", ID, "n-1", "alternative:S-1", "Blue mug"),
    ("preferences", "meadow:c-42"),
    ("unsubscribe", "meadow:c-42", "reviews"),
    ("feedback", ID, "csat"),
    ("feedback", ID, "nps"),
    ("feedback", ID, "review"),
)
ANSWERS = (
    (("choice", ID, "n-delivered"), {"choice": "not_received"}),
    (("choice", ID, "n-parcel_problem"), {"choice": "replacement"}),
    (("choice", ID, "n-1", "alternative:S-1", "Blue mug"), {"choice": "alternative:S-1"}),
    (("preferences", "meadow:c-42"), {"orders": "sms", "once": "a"}),
    (("unsubscribe", "meadow:c-42", "reviews"), {"List-Unsubscribe": "One-Click"}),
    (("feedback", ID, "nps"), {"score": "10", "comment": "Quick, and well packed."}),
    (("feedback", ID, "review"), {"List-Unsubscribe": "One-Click"}),
    (("feedback", ID, "csat"), {"List-Unsubscribe": "One-Click"}),
)
ADDRESS = re.compile(r"https://orders\.meadow\.example\.com(/\w+/[\w-]+)")


@pytest.fixture
async def shop():
    async with open_shop() as opened:
        yield opened


@pytest.mark.parametrize("locale", ["en", "pl", "lt"])
async def test_every_link_of_ours_in_every_mail_leads_to_a_page(locale):
    templates, seen = Templates(samples.WORLD, link_secret=SECRET), set()
    async with open_shop() as shop:
        for kind in KINDS:
            claim = samples.claims(kind, locale)["full"]
            asked = MessageReport(claim.notification_id, kind, "sent", NOW)
            shop.orders.know(msgspec.structs.replace(ORDER, order_id=claim.order_id, messages=(asked,)))
            for path in own_links(templates.mail(claim).raw):
                response = await shop.client.get(path)
                assert response.status == 200, (kind, path)
                seen.add(path.split("/")[1])
    assert seen == {"order", "choice", "preferences", "unsubscribe", "feedback"}
    assert shop.post.events == []


def own_links(raw):
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return set(ADDRESS.findall("\n".join((*bodies, mail.get("List-Unsubscribe", "")))))


@pytest.mark.parametrize("parts", ASKS)
async def test_asking_for_a_page_shows_it_and_changes_nothing(shop, parts):
    for _ in range(3):
        response, text = await shop.get(*parts)
        assert response.status == 200
        assert response.content_type == "text/html"
        assert "Meadow &amp; Co" in text
    assert (await shop.client.head(response.url.path)).status == 200
    assert shop.post.events == []
    assert shop.counted[0] == (parts[0], "shown")


@pytest.mark.parametrize(("parts", "form"), ANSWERS)
async def test_an_answer_becomes_an_event_that_ingest_understands(shop, parts, form):
    response, _ = await shop.send(*parts, data=form)
    assert response.status == 200
    (event,) = shop.post.events
    value = write_event(event)
    assert read_event(value, NOW) == event
    about = getattr(event.data, "customer_id", parts[1])
    assert shop.post.keys == [about]
    record = Record("customers", 0, 0, b"k", value, int(NOW.timestamp() * 1000))
    outs = IngestAgent(dt.timedelta(hours=24)).take(event, record, None, NOW.timestamp()).out
    assert [out.topic for out in outs] == ["notifications" if about == "meadow:c-42" else "order-events"]
    assert outs[0].key == about.encode()


async def test_a_short_link_opens_the_same_page_and_takes_the_same_answer(shop):
    path = f"/s/{links.brief(SECRET, 'feedback', ID, 'nps')}"
    response = await shop.client.get(path)
    assert response.status == 200
    assert await response.text() == (await shop.get("feedback", ID, "nps"))[1]
    assert (await shop.client.post(path, data={"score": "10"})).status == 200
    (event,) = shop.post.events
    assert (event.subject, event.data.score) == (ID, 10)
    assert shop.counted == [("feedback", "shown"), ("feedback", "shown"), ("feedback", "taken")]


@pytest.mark.parametrize(
    "token",
    [
        links.brief(b"another", "feedback", ID, "nps"),
        links.brief(SECRET, "feedback", "meadow:nothing", "nps"),
        links.sign(SECRET, "preferences", "meadow:c-42"),
        "x",
        "AAAAAAAAAAAmeadow:1001n",
    ],
)
async def test_a_short_link_that_is_none_of_ours_leads_nowhere(shop, token):
    response = await shop.client.get(f"/s/{token}", headers={"Host": "mdw.example.com"})
    assert response.status == 404
    assert "Meadow &amp; Co" in await response.text()  # the brand of that short address says so
    assert (await shop.client.post(f"/s/{token}", data={"score": "1"})).status == 404
    assert shop.post.events == []


@pytest.mark.parametrize(("parts", "form"), ANSWERS)
async def test_a_double_click_is_one_event(shop, parts, form):
    for _ in range(2):
        assert (await shop.send(*parts, data=form))[0].status == 200
    first, second = shop.post.events
    assert first.identity == second.identity
    assert first == second


async def test_what_was_chosen_is_what_the_event_says(shop):
    for parts, form in ANSWERS:
        await shop.send(*parts, data=form)
    assert [event.data for event in shop.post.events] == [
        CustomerChoice(ID, "n-delivered", "not_received"),
        CustomerChoice(ID, "n-parcel_problem", "replacement"),
        CustomerChoice(ID, "n-1", "alternative:S-1"),
        CustomerPreferences("meadow:c-42", channels={"T": ("sms",)}),
        CustomerConsent("meadow:c-42", "reviews", given=False, proof="unsubscribe link, 2026-03-05"),
        FeedbackGiven(ID, "nps", 10, "Quick, and well packed."),
        CustomerConsent("meadow:c-42", "reviews", given=False, proof="unsubscribe link, 2026-03-05"),
        CustomerConsent("meadow:c-42", "surveys", given=False, proof="unsubscribe link, 2026-03-05"),
    ]


async def test_the_one_link_of_a_text_message_is_a_way_out_too(shop):
    path = f"/s/{links.brief(SECRET, 'feedback', ID, 'csat')}"
    assert "Would you like no more messages of this kind" in await (await shop.client.get(path)).text()
    answer = await shop.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert "You will receive no more messages of this kind" in await answer.text()
    assert shop.post.keys == ["meadow:c-42"]
    shop.orders.know(msgspec.structs.replace(ORDER, customer_id=None))  # whom nobody could unsubscribe
    assert "no more messages" not in await (await shop.client.get(path)).text()
    assert (await shop.client.post(path, data={"List-Unsubscribe": "One-Click"})).status == 400


async def chosen(shop, choice):
    """One choice, and the timeline that has heard of it."""
    await shop.send("choice", ID, "n-delivered", data={"choice": choice})
    event = shop.post.events[-1]
    order = msgspec.json.decode(shop.orders.get(ID), type=type(ORDER))
    if event.id not in {known.id for known in order.events}:
        told = EventReport(event.id, event.source, event.type, event.time)
        shop.orders.know(msgspec.structs.replace(order, events=(*order.events, told)))
    return event.id


async def test_whoever_changes_their_mind_twice_is_heard_each_time(shop):
    first = await chosen(shop, "not_received")
    assert await chosen(shop, "not_received") == first
    second = await chosen(shop, "received")
    third = await chosen(shop, "not_received")
    assert len({first, second, third}) == 3
    assert await chosen(shop, "not_received") == third


async def test_preferences_saved_from_another_page_are_another_event(shop):
    for once in ("a", "b"):
        await shop.send("preferences", "meadow:c-42", data={"orders": "sms", "once": once})
    assert len({event.id for event in shop.post.events}) == 2


async def test_every_preference_reaches_the_event_and_what_was_left_alone_does_not(shop):
    form = {"orders": "none", "tomorrow": "sms", "extras": "none", "locale": "lt"}
    await shop.send(
        "preferences", "meadow:c-42", data=form | {"quiet_from": "22:00", "quiet_to": "07:30", "once": ""}
    )
    assert shop.post.events[0].data == CustomerPreferences(
        "meadow:c-42",
        channels={"T": (), "C": (), "arriving_tomorrow": ("sms",)},
        locale="lt",
        quiet_hours=QuietHours("22:00", "07:30"),
    )


@pytest.mark.parametrize("data", [
    {"List-Unsubscribe": "One-Click"},
    FormData({"List-Unsubscribe": "One-Click"}, default_to_multipart=True),
])  # fmt: skip
async def test_a_mail_programs_one_click_unsubscribes(shop, data):
    response, _ = await shop.send("unsubscribe", "meadow:c-42", "tips", data=data, allow_redirects=False)
    assert response.status == 200
    assert "Set-Cookie" not in response.headers
    assert shop.post.events[0].data.purpose == "tips"
    assert not shop.post.events[0].data.given


async def test_whoever_agreed_anew_can_unsubscribe_anew(shop):
    days = [NOW, NOW + dt.timedelta(days=1)]
    first, second = (replies.unsubscribed("meadow:c-42", "tips", day) for day in days)
    assert first.id != second.id


@pytest.mark.parametrize(("parts", "form"), [
    (("choice", ID, "n-delivered"), {"choice": "refund"}),
    (("choice", ID, "n-delivered"), {}),
    (("choice", ID, "n-1", "wait"), {"choice": "refund"}),
    (("choice", ID, "n-1", "alternative:S-1"), {"choice": "alternative:S-2"}),
    (("preferences", "meadow:c-42"), {"once": "x"}),
    (("preferences", "meadow:c-42"), {"orders": "pigeon"}),
    (("preferences", "meadow:c-42"), {"locale": "pl; drop"}),
    (("preferences", "meadow:c-42"), {"quiet_from": "22:00"}),
    (("preferences", "meadow:c-42"), {"quiet_from": "22:00", "quiet_to": "30:00"}),
    (("unsubscribe", "meadow:c-42", "tips"), {}),
    (("feedback", ID, "csat"), {"score": "6"}),
    (("feedback", ID, "csat"), {"score": "-1"}),
    (("feedback", ID, "csat"), {"comment": "none"}),
    (("feedback", ID, "ces"), {"score": "0"}),
    (("feedback", ID, "nps"), {"score": "٣"}),
    (("feedback", ID, "nps"), {"score": "²"}),
])  # fmt: skip
async def test_what_was_not_offered_is_not_taken(shop, parts, form):
    response, text = await shop.send(*parts, data=form)
    assert response.status == 400
    assert "<form" in text
    assert shop.post.events == []
    assert shop.counted == [(parts[0], "refused")]


def tampered(token):
    return token[:5] + ("A" if token[5] != "A" else "B") + token[6:]


async def test_a_link_opens_only_what_it_was_signed_for(shop):
    good = links.sign(SECRET, "order", ID)
    bad = [
        f"/order/{tampered(good)}",
        f"/order/{good[:-3]}",
        f"/order/{links.sign(b'of another installation', 'order', ID)}",
        f"/order/{links.sign(SECRET, 'preferences', 'meadow:c-42')}",
        f"/preferences/{good}",
        f"/unsubscribe/{links.sign(SECRET, 'unsubscribe', 'meadow:c-42')}",
        f"/feedback/{links.sign(SECRET, 'feedback', ID)}",
        f"/order/{links.sign(SECRET)}",
        "/order/x", "/order/%00", "/order/zażółć", "/order/" + "A" * 5000,
    ]  # fmt: skip
    for path in bad:
        for answer in (shop.client.get(path), *([shop.client.post(path)] if "/order" not in path else [])):
            response = await answer
            assert response.status == 404, path
            assert "This link leads nowhere" in await response.text()
    assert {outcome for _, outcome in shop.counted} == {"bad_token"}
    assert shop.post.events == []


@pytest.mark.parametrize("parts", [("order",), ("choice", "n-delivered"), ("feedback", "csat")])
async def test_an_order_that_is_not_known_any_more_is_gone(shop, parts):
    for order in (
        msgspec.structs.replace(ORDER, erased=True),
        msgspec.structs.replace(ORDER, state=None),
    ):
        shop.orders.know(order)
        assert (await shop.get(parts[0], ID, *parts[1:]))[0].status == 404
    shop.orders.put(ID, None)
    assert (await shop.get(parts[0], ID, *parts[1:]))[0].status == 404
    if parts[0] != "order":
        response, _ = await shop.send(parts[0], ID, *parts[1:], data={"choice": "received", "score": "1"})
        assert response.status == 404
    assert shop.post.events == []
    assert ("bad_token" not in outcome for _, outcome in shop.counted)


async def test_a_message_that_asked_nothing_offers_nothing(shop):
    assert (await shop.get("choice", ID, "n-shipped"))[0].status == 404
    assert (await shop.get("choice", ID, "n-nobody-knows"))[0].status == 404


async def test_while_the_orders_are_still_being_read_the_client_is_asked_to_come_again(shop):
    shop.orders.caught_up = False
    assert (await shop.get("order", ID))[0].status == 200
    response, text = await shop.get("order", "meadow:2")
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert "that is our fault" in text


async def test_a_timeline_that_cannot_be_read_is_our_fault_and_no_lost_link(shop):
    shop.orders.put(ID, b'{"order_id":"meadow:1001","parcels":5}')
    response, text = await shop.get("order", ID)
    assert response.status == 503
    assert "that is our fault" in text


@pytest.mark.parametrize(("parts", "form"), ANSWERS)
async def test_an_answer_that_is_not_durable_is_not_thanked_for(shop, parts, form):
    shop.post.broken = True
    response, text = await shop.send(*parts, data=form)
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert 'role="status"' not in text
    assert shop.counted == [(parts[0], "unavailable")]


async def test_a_form_may_not_be_large(shop):
    form = {"score": "5", "comment": "x" * 20_000}
    assert (await shop.send("feedback", ID, "csat", data=form))[0].status == 413

    async def chunks():
        for _ in range(40):
            yield b"comment=" + b"x" * 1000

    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await shop.send("feedback", ID, "csat", data=chunks(), headers=kind))[0].status == 413
    assert shop.post.events == []


async def test_a_body_that_is_no_form_is_refused(shop):
    kind = {"Content-Type": "multipart/form-data"}
    response, _ = await shop.send("feedback", ID, "csat", data=b"--x", headers=kind)
    assert response.status == 400
    response, _ = await shop.send("feedback", ID, "csat", json={"score": 5})
    assert response.status == 400
    assert shop.post.events == []


FORM = "application/x-www-form-urlencoded; charset="
PART = b'--x\r\nContent-Disposition: form-data; name="score"\r\n%b\r\n\r\n5\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (FORM + "nonsense", b"score=5"),
        (FORM + "hex", b"score=5"),
        (FORM + "unicode_escape", b"score=5&comment=\\ud800"),
        ("multipart/form-data; boundary=x", PART % b"Content-Type: text/plain; charset=nonsense"),
        ("multipart/form-data; boundary=x", PART % b"Content-Transfer-Encoding: nonsense"),
    ],
)
async def test_a_form_in_letters_that_nobody_knows_is_the_senders_fault(shop, kind, data):
    response, _ = await shop.send("feedback", ID, "csat", data=data, headers={"Content-Type": kind})
    assert response.status == 400
    assert shop.post.events == []


@pytest.mark.parametrize("letter", ["x", "ą", "好"])
async def test_the_longest_comment_that_the_page_lets_one_write_is_taken(shop, letter):
    form = {"score": "1", "comment": letter * 2000}
    assert (await shop.send("feedback", ID, "csat", data=form))[0].status == 200
    assert shop.post.events[0].data.comment == form["comment"]


async def test_a_long_comment_is_cut(shop):
    await shop.send("feedback", ID, "csat", data={"score": "1", "comment": "x" * 5000})
    assert len(shop.post.events[0].data.comment) == 2000


async def test_an_order_cannot_be_sent_to(shop):
    assert (await shop.send("order", ID, data={}))[0].status == 405
