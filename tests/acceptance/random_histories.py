"""Plausible histories by the dozen, each from its seed: what shops, carriers and customers really do."""

import copy
import datetime as dt
import json
import random
import re
from typing import Any

from tests.acceptance.history import WARSAW, History, line, money

COUNTRIES = ["PL", "PL", "PL", "LT", "LT", "DE"]
START = dt.datetime(2026, 3, 20, 6, tzinfo=WARSAW)
REASONS: dict[str, dict[str, Any]] = {
    "in_transit": {},
    "attempt_failed": {"reason": "not_at_home", "party": "recipient"},
    "customs": {"reason": "customs_documents"},
    "lost": {"party": "carrier"},
    "damaged": {"party": "carrier"},
    "returning": {},
}


class Clock:
    """Walks forward by random steps; speaks the language of `History`."""

    def __init__(self, dice: random.Random, now: dt.datetime) -> None:
        self.dice, self.now = dice, now

    def after(self, least: float, most: float) -> str:
        """Hours later, at random between these."""
        minutes = round(self.dice.uniform(least, most) * 60)
        self.now += dt.timedelta(minutes=minutes)
        return self.text

    @property
    def text(self) -> str:
        return self.now.astimezone(WARSAW).strftime("%m-%d %H:%M")


def random_history(seed: int) -> History:
    """One order, from its placing to wherever chance leaves it."""
    dice = random.Random(seed)
    clock = Clock(dice, START + dt.timedelta(minutes=dice.randrange(14 * 24 * 60)))
    shop = dice.choice(["acme", "borealis"])
    story = History(f"r{seed}", dice.choice(COUNTRIES), shop=shop, of=f"p{seed // 2}")
    _place(story, dice, clock)
    _wishes(story, dice, clock)
    _agrees(story, dice, clock)
    for number, lines in enumerate(_boxes(dice, story)):
        travel = Clock(dice, clock.now)
        _supplied(story, dice, Clock(dice, clock.now), f"B{number}", lines)
        _travel(story, dice, travel, f"B{number}", lines)
    _afterwards(story, dice, Clock(dice, travel.now))
    return story


def _place(story: History, dice: random.Random, clock: Clock) -> None:
    lines = [line(f"l{each + 1}", dice.randint(1, 3)) for each in range(dice.randint(1, 3))]
    promised = (clock.now + dt.timedelta(days=dice.randint(2, 8))).strftime("%Y-%m-%d")
    number = int(story.name[1:]) // 2
    contact = {"name": "Jagna Testowa", "email": f"p{number}@example.com", "phone": f"+486000{number:05}"}
    if dice.random() < 0.2:
        del contact[dice.choice(["email", "phone"])]
    separate = dice.random() < 0.3
    story.placed(
        clock.text,
        of=lines,
        promised=dice.choice([promised, promised, None]),
        contact=contact,
        payment="separate" if separate else None,
    )
    if separate:
        if dice.random() < 0.3:
            story.say(clock.after(0.1, 2), "order.payment_failed", amount=money("40.00"))
        if dice.random() < 0.9:
            story.say(clock.after(0.1, 20), "order.paid", amount=money("40.00"), method="card")
    if dice.random() < 0.2:
        story.say(clock.after(0.1, 3), "order.changed", promised_delivery={"latest": "2026-04-10"})
    if dice.random() < 0.1:
        story.say(clock.after(0.1, 30), "order.cancelled", by="customer")


def _wishes(story: History, dice: random.Random, clock: Clock) -> None:
    wishes: list[dict[str, Any]] = [
        {"channels": {"T": ["sms"]}},
        {"channels": {"shipped": []}},
        {"quiet_hours": {"from": "20:00", "to": "10:00"}},
        {"timezone": "America/New_York"},
    ]
    if dice.random() < 0.3:
        story.say(clock.after(0, 5), "customer.preferences", **dice.choice(wishes))


def _agrees(story: History, dice: random.Random, clock: Clock) -> None:
    for purpose in ("tips", "surveys", "reviews"):
        if dice.random() < 0.4:
            given = dice.random() < 0.8
            story.say(
                clock.after(0, 1),
                "customer.consent",
                purpose=purpose,
                given=given,
                proof=f"form {clock.text}",
            )


def _supplied(story: History, dice: random.Random, clock: Clock, number: str, lines: list[str]) -> None:
    """What one supplier says of these lines: mostly that all is well, or nothing at all."""
    if dice.random() < 0.6:
        return
    name = {"supplier_order_id": f"SO-{story.name}-{number}"}
    story.say(clock.after(0.1, 4), "supplier.ordered", supplier_id="s-17", line_ids=lines, **name)
    day = (clock.now + dt.timedelta(days=dice.randint(1, 9))).strftime("%Y-%m-%d")
    said: list[tuple[str, dict[str, Any]]] = [
        ("supplier.accepted", {"dispatch_by": day}),
        ("supplier.accepted", {}),
        ("supplier.delayed", {"dispatch_by": day}),
        ("supplier.backordered", {"line_ids": lines, "expected_at": day}),
        ("supplier.rejected", {}),
        ("supplier.out_of_stock", {"line_ids": lines}),
    ]
    for kind, data in dice.sample(said, dice.randint(0, 2)):
        story.say(clock.after(0.5, 30), kind, **name, **data)
    if dice.random() < 0.3:
        choice = dice.choice(["wait", "refund", "not_received", "received"])
        story.say(clock.after(0.5, 48), "customer.choice", about=lines, choice=choice)


def _afterwards(story: History, dice: random.Random, clock: Clock) -> None:
    """Some send it back, some complain, some are asked and answer."""
    if dice.random() < 0.25:
        _sends_back(story, dice, clock)
    if dice.random() < 0.2:
        kind = dice.choice(["damaged", "not_as_described", "not_received"])
        case = {"complaint_id": f"C-{story.name}", "kind": kind}
        story.say(clock.after(1, 60), "complaint.filed", **case)
        if dice.random() < 0.6:
            decision = dice.choice(["accepted", "rejected"])
            story.say(
                clock.after(10, 200), "complaint.decided", decision=decision, reasoning="Looked at.", **case
            )
    if dice.random() < 0.2:
        metric, most = dice.choice([("csat", 5), ("nps", 10), ("ces", 7)])
        story.say(clock.after(1, 99), "feedback.given", metric=metric, score=dice.randint(1, most))
    if dice.random() < 0.05:
        story.say(clock.after(1, 99), "order.recalled", advice="Do not use it any more.")


def _sends_back(story: History, dice: random.Random, clock: Clock) -> None:
    case = {"return_id": f"R-{story.name}", "kind": dice.choice(["withdrawal", "withdrawal", "defect"])}
    story.say(clock.after(1, 90), "return.declared", **case)
    steps = ["return.instructions_sent", "return.in_transit", "return.received", "return.accepted"]
    for kind in steps[: dice.randint(0, 4)]:
        story.say(clock.after(1, 60), kind, **case)
    if dice.random() < 0.4:
        story.say(clock.after(1, 60), "order.refunded", amount=money("40.00"), return_id=case["return_id"])


def _boxes(dice: random.Random, story: History) -> list[list[str]]:
    names = [each["line_id"] for each in story.events[0]["data"]["lines"]]
    if len(names) > 1 and dice.random() < 0.5:
        return [names[:1], names[1:]]
    return [names]


def _travel(story: History, dice: random.Random, clock: Clock, number: str, lines: list[str]) -> None:
    amounts = {each["line_id"]: each["quantity"] for each in story.events[0]["data"]["lines"]}
    story.say(
        clock.after(1, 40),
        "shipment.created",
        shipment_id=f"{story.name}-{number}",
        carrier="inpost",
        tracking_number=story.number(number),
        lines=[{"line_id": each, "quantity": amounts[each]} for each in lines],
    )
    way = ["accepted", *dice.choices(list(REASONS), [8, 2, 1, 1, 1, 1], k=dice.randint(0, 4))]
    ends = [["out_for_delivery", "delivered"], ["ready_for_pickup", "delivered"], ["delivered"], []]
    for status in way + dice.choices(ends, [5, 3, 2, 1])[0]:
        when = clock.after(0.2, 30)
        more = dict(REASONS.get(status, {}))
        if status == "in_transit" and dice.random() < 0.5:
            late = clock.now + dt.timedelta(days=dice.randint(0, 6))
            more["estimated_delivery"] = {"latest": late.strftime("%Y-%m-%d")}
        if status == "ready_for_pickup":
            deadline = clock.now + dt.timedelta(hours=dice.choice([48, 96]))
            more["pickup"] = {"point": "WAW01M", "code": "123456", "deadline": deadline.isoformat()}
        story.scan(when, status, number, **more)


def disturbed(events: list[dict[str, Any]], seed: int, most: dt.timedelta) -> list[dict[str, Any]]:
    """The same events, each late by chance and some of them twice."""
    dice = random.Random(seed)
    told = []
    for event in events:
        for again in range(dice.choice([1, 1, 1, 2])):
            late = copy.deepcopy(event)
            wait = dt.timedelta(seconds=dice.randrange(max(1, int(most.total_seconds()))) * (again + 1))
            late["arrivedat"] = (dt.datetime.fromisoformat(event["time"]) + wait).isoformat()
            told.append(late)
    return told


def another(story: History, minutes: int) -> History:
    """A second order of the same customer, to which the same happens so many minutes later."""
    name = f"{story.name}x"
    text = re.sub(rf"\b{story.name}\b", name, json.dumps(story.events))
    text = re.sub(rf"\b{story.name.upper()}(?=B[0-9])", name.upper(), text)  # its tracking numbers
    events = json.loads(text)
    for event in events:
        later = dt.datetime.fromisoformat(event["time"]) + dt.timedelta(minutes=minutes)
        event["time"] = later.isoformat()
    return History(name, story.country, events, story.shop, story.of)
