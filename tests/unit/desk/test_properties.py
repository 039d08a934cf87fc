"""Whatever happens, in whatever order: said once, answered once, within the caps, and never lost."""

import datetime as dt
import functools
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.domain.kinds import KINDS

KINDS_USED = [
    "order_confirmation",
    "shipped",
    "delivered",
    "ready_for_pickup",
    "pickup_reminder",
    "out_for_delivery",
    "order_changed",
    "order_cancelled",
    "review_request",
    "safety_recall",
]
SLOTS = {"order_changed": "change", "order_cancelled": "change"}
FAILURES = [
    {"reason": "smtp_451_rcpt"},
    {"reason": "timeout", "in_doubt": True},
    {"reason": "template", "permanent": True},
    {"reason": "smtp_550_5.1.1_rcpt", "permanent": True},
    {"reason": "busy", "retry_after": 300.0},
]
MINUTES = st.integers(0, 600)


def steps_of(kinds, orders, minutes):
    return st.lists(
        st.one_of(
            st.tuples(st.just("raise"), st.sampled_from(kinds), st.integers(1, orders), st.integers(0, 90)),
            st.tuples(st.just("revise"), st.integers(0, 20)),
            st.tuples(st.just("withdraw"), st.integers(0, 20)),
            st.tuples(st.just("grant")),
            st.tuples(st.just("send"), st.integers(0, 5)),
            st.tuples(st.just("fail"), st.integers(0, 5), st.sampled_from(FAILURES)),
            st.tuples(st.just("pass"), minutes),
            st.tuples(st.just("prefer"), st.sampled_from([("email",), ("sms",), ("sms", "email"), ()])),
            st.tuples(st.just("contact"), st.integers(0, 3)),
            st.tuples(st.just("bounce"), st.integers(0, 20)),
            st.tuples(st.just("seen")),
        ),
        max_size=30,
    )


steps = steps_of(KINDS_USED, 2, MINUTES)
# Begins with what several orders may be told of at once, and goes on with little else.
SHARED = ["shipped", "delivered", "tracking_changed"]
shared_steps = st.builds(
    list.__add__,
    st.lists(
        st.tuples(st.just("raise"), st.sampled_from(SHARED[:2]), st.integers(1, 3), st.just(0)),
        min_size=2,
        max_size=5,
    ),
    steps_of(SHARED, 3, st.integers(0, 90)),
)


class Play:
    """Drives a story by arbitrary steps, and remembers what was raised and claimed."""

    def __init__(self, story, *, erase_at=None):
        self.story, self.raised, self.under_way = story, {}, []
        self.erase_at = erase_at

    def run(self, script):
        for number, (name, *args) in enumerate(script):
            if number == self.erase_at:
                self.story.erase()
            getattr(self, name)(*args)
        self.finish()

    def seen(self):
        self.story.seen(consents=("reviews",))

    def _raise(self, kind, order, hold):
        name = f"n-{len(self.raised)}"
        hold_until = self.story.now + dt.timedelta(minutes=hold) if hold > 60 else None
        intent = self.story.intent(
            kind, name, order=f"o{order}", slot=SLOTS.get(kind, f"{kind}:{name}"), hold_until=hold_until
        )
        self.raised[name] = intent
        self.story.event(intent)

    def revise(self, which):
        if name := self._pick(which):
            intent = self.raised[name]
            self.raised[name] = msgspec.structs.replace(intent, revision=intent.revision + 1)
            if name in self.story.row.pending:
                self.story.event(self.raised[name])

    def withdraw(self, which):
        if name := self._pick(which):
            self.story.withdrawn(name)

    def grant(self):
        self.under_way += self.story.grant()

    def send(self, which):
        if which < len(self.under_way):
            self.story.answer(self.under_way.pop(which))

    def fail(self, which, how):
        if which < len(self.under_way):
            self.story.answer(self.under_way.pop(which), "failed", **how)

    def prefer(self, channels):
        self.story.prefer(channels={"T": channels})

    def contact(self, which):
        self.story.contact(email=f"anna{which}@example.com")

    def bounce(self, which):
        if name := self._pick(which):
            self.story.receipt("bounced", name, channel="email", permanent=True)

    def _pick(self, which):
        return f"n-{which % len(self.raised)}" if self.raised else None

    def finish(self):
        """Everything that is owed gets its chance, and what a sender has is answered."""
        for _ in range(40):
            for claim in self.under_way:
                self.story.answer(claim)
            self.under_way = self.story.grant()
            self.story.passes(hours=2)
        for claim in self.under_way:
            self.story.answer(claim)
        self.story.passes(days=3)

    def __getattr__(self, name):
        return {"raise": self._raise, "pass": lambda minutes: self.story.passes(minutes=minutes)}[name]


@pytest.fixture(scope="module", params=[False, True], ids=["each order alone", "orders together"])
def any_story_of(request, story_of, make_world):
    """`story_of`, of a brand that tells of each order alone, and of one that tells of them together."""
    world = make_world(brand={"orders_together": request.param})
    return functools.partial(story_of, world=world)


def played(any_story_of, script, **how):
    play = Play(any_story_of(), **how)
    for order in ("o1", "o2", "o3"):
        play.story.seen(order)
    play.run(script)
    return play


@given(steps | shared_steps, st.none() | st.integers(0, 20))
@settings(max_examples=120, deadline=None)
def test_every_intent_ends_in_exactly_one_answer_and_every_refusal_in_one_record(
    any_story_of, script, erase_at
):
    play = played(any_story_of, script, erase_at=erase_at)
    story = play.story
    assert story.row is None or not story.row.pending
    answers = Counter(told.notification_id for told in story.told)
    assert answers == Counter(play.raised.keys())
    refused = [told.notification_id for told in story.told if told.outcome == "suppressed"]
    assert [each.notification_id for each in story.suppressed] == refused
    assert all(each.because and each.reason for each in story.suppressed)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_nothing_is_said_twice_on_a_channel_unless_it_says_that_it_is_a_repeat(any_story_of, script):
    story = played(any_story_of, script).story
    handed = {(a.notification_id, a.channel, a.attempt) for a in story.attempts if a.result == "sent"}
    doubtful = {(a.notification_id, a.channel) for a in story.attempts if a.in_doubt}
    for claim in story.claims:
        earlier = [sent for sent in handed if sent[:2] == (claim.notification_id, claim.channel)]
        later_than_sent = any(attempt < claim.attempt for *_, attempt in earlier)
        assert claim.repeat or not later_than_sent
        assert not claim.repeat or claim.channel == "email"
    sms = Counter((claim.notification_id, claim.channel) for claim in story.claims if claim.channel == "sms")
    for name in sms:
        assert sms[name] == 1 or name not in doubtful


@given(steps | shared_steps)
@settings(max_examples=120, deadline=None)
def test_nobody_has_anything_twice_but_what_was_in_doubt(any_story_of, script):
    """By what was handed over and answered, with whatever rode in it."""
    story = played(any_story_of, script).story
    said = {(each.message_key, each.attempt): (each, *each.riders) for each in story.claims}
    had, doubted = Counter(), Counter()
    for claim in said.values():
        for answer in story.attempts:
            if (answer.notification_id, answer.channel, answer.attempt) == (
                claim[0].notification_id,
                claim[0].channel,
                claim[0].attempt,
            ):
                names = [(each.notification_id, answer.channel) for each in claim]
                had.update(names if answer.result == "sent" else ())
                doubted.update(names if answer.in_doubt else ())
    assert all(count <= 1 + doubted[name] for name, count in had.items())


@given(steps | shared_steps)
@settings(max_examples=60, deadline=None)
def test_caps_hold_for_every_local_day(any_story_of, script):
    story = played(any_story_of, script).story
    days = Counter()
    for told in story.told:
        if told.outcome == "sent" and KINDS[told.kind].category != "S":
            days[told.at.astimezone(dt.timezone(dt.timedelta(hours=1))).date(), told.order_id] += 1
    assert all(count <= 4 for count in days.values())


@given(st.lists(st.sampled_from(KINDS_USED), max_size=12), st.sampled_from([(), ("sms",), ("email",)]))
@settings(max_examples=60, deadline=None)
def test_a_statutory_message_that_is_news_always_goes_out(story_of, kinds, chosen):
    story = story_of()
    story.prefer(channels={"S": chosen, "T": chosen, "C": ()})
    for number, kind in enumerate(kinds):
        story.raised(kind, f"n-{number}", slot=f"{number}")
    for _ in range(4):
        story.deliver()
        story.passes(hours=12)
    story.deliver()
    statutory = [told for told in story.told if KINDS[told.kind].category == "S"]
    assert len(statutory) == sum(KINDS[kind].category == "S" for kind in kinds)
    assert all(told.outcome == "sent" for told in statutory)


@given(steps)
@settings(max_examples=40, deadline=None)
def test_the_same_story_is_told_the_same_way(any_story_of, script):
    first, second = (played(any_story_of, script).story for _ in range(2))
    assert (first.told, first.claims, first.tickets, first.row) == (
        second.told,
        second.claims,
        second.tickets,
        second.row,
    )
