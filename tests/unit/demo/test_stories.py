import datetime as dt
from itertools import islice, pairwise
from random import Random

import pytest

from streams.codec import Unreadable, read_event
from streams.demo.schedule import Schedule
from streams.demo.shops import SHOPS, Shop
from streams.demo.stories import STORIES, Story
from streams.demo.tale import Beat, Tale, draw_sample
from streams.domain.events import OrderPlaced

BEGUN = dt.datetime(2026, 3, 6, 10, 0, tzinfo=dt.UTC)  # a Friday: delivery days must step over the weekend

TOPICS = {"order": "orders", "shipment": "shipments", "supplier": "suppliers", "customer": "customers"}


def told(story: Story, shop: Shop, seed: int = 1) -> tuple[Beat, ...]:
    random = Random(seed)
    tale = Tale(draw_sample(random, shop, 1001, lines=story.lines), BEGUN, random)
    story.tell(tale)
    return tale.in_order()


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.brand.id)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_every_event_of_every_story_can_be_read_but_for_the_two_that_must_not(story: Story, shop: Shop):
    unread = []
    for beat in told(story, shop):
        try:
            event = read_event(beat.value, BEGUN)
        except Unreadable as error:
            unread.append((beat.topic, error.reason))
            continue
        assert beat.topic == TOPICS[event.type.partition(".")[0]]
        assert event.time.tzinfo is not None
    expected = [("shipments", "not_json"), ("orders", "invalid")]
    assert unread == (expected if story.title == "records that can't be read" else [])


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_every_story_places_its_order_and_ends_within_two_minutes(story: Story):
    beats = told(story, SHOPS[0])
    placed = [b for b in beats if b"order.placed" in b.value]
    assert len(placed) == 1
    assert 0 <= beats[0].after <= beats[-1].after <= 120


def test_the_same_seed_tells_the_same_orders_and_another_seed_others():
    first, again, other = (list(islice(Schedule(seed, BEGUN), 40)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_an_order_begins_every_few_seconds_and_every_story_comes_within_five_minutes():
    orders = [told for told in islice(Schedule(3, BEGUN), 200) if told.start < 300]
    starts = [told.start for told in orders]
    assert max(later - earlier for earlier, later in pairwise(starts)) < 5
    assert {told.story.title for told in orders} == {story.title for story in STORIES}
    assert {told.shop for told in orders[:3]} == {shop.brand.id for shop in SHOPS}


def test_the_stream_of_orders_never_repeats_an_order_id():
    ids = [told.order_id for told in islice(Schedule(3, BEGUN), 500)]
    assert len(set(ids)) == len(ids)


def test_the_total_is_what_its_lines_and_its_delivery_cost():
    beat = told(STORIES[0], SHOPS[1])[0]
    order = read_event(beat.value, BEGUN).data
    assert isinstance(order, OrderPlaced)
    pieces = sum(float(line.unit_price.amount) * line.quantity for line in order.lines)
    assert order.delivery_price is not None
    assert float(order.total.amount) == pytest.approx(pieces + float(order.delivery_price.amount))


def test_nobody_in_the_demo_is_real():
    for shop in SHOPS:
        order = read_event(told(STORIES[0], shop)[0].value, BEGUN).data
        assert isinstance(order, OrderPlaced)
        assert (order.customer.email or "").endswith("@example.com")
        assert all(
            address.endswith(".example")
            for address in (shop.brand.support_email or "", shop.brand.mail_from or "")
        )
