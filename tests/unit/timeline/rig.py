"""A shop's day on a virtual clock: events in, timers fired, and a desk that answers at once or late."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from streams.domain import timeline
from streams.domain.budget import RemedyAsked, RemedyDecided
from streams.domain.effects import Buried, TimelineEffects
from streams.domain.events import CONTRACT, Event
from streams.domain.notes import (
    IntentRaised,
    IntentWithdrawn,
    ReferenceBound,
    ReferenceUnbound,
    Ticket,
    TimerFired,
    Told,
)
from streams.domain.order import FORMAT, Order, due
from streams.domain.world import Brand, World

HOLIDAYS = frozenset({dt.date(2026, 5, 1), dt.date(2026, 11, 11), dt.date(2026, 12, 25)})
WORLD = World(
    defaults=Brand(id="", delivery="live"),
    zones={"PL": "Europe/Warsaw", "LT": "Europe/Vilnius", "BR": "America/Sao_Paulo"},
    languages={"PL": "pl", "LT": "lt"},
    holidays=lambda country, year: HOLIDAYS if country == "PL" and year == 2026 else frozenset(),
)
PLN = {"amount": "129.90", "currency": "PLN"}


def at(text: str) -> dt.datetime:
    """`03-02 10:00`, of 2026, in Warsaw's winter time; or a whole instant."""
    if len(text) == len("03-02 10:00"):
        text = f"2026-{text.replace(' ', 'T')}:00+01:00"
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def line(name: str, quantity: int = 1) -> dict[str, Any]:
    return {
        "line_id": name,
        "sku": f"sku-{name}",
        "title": f"Thing {name}",
        "quantity": quantity,
        "unit_price": PLN,
    }


def order_data(**more: Any) -> dict[str, Any]:
    return {
        "order_id": "shop:1",
        "number": "1001",
        "shop": "shop",
        "customer": {"customer_id": "shop:c1", "country": "PL", "locale": "pl", "email": "ann@example.com"},
        "shipping_address": {
            "name": "Ann",
            "lines": ["A 1"],
            "postal_code": "0",
            "city": "W",
            "country": "PL",
        },
        "lines": [line("l1")],
        "total": PLN,
        **more,
    }


def granted(asked: RemedyAsked) -> RemedyDecided | None:
    """By a customer of whom nothing is known, and a budget with enough in it. None: no answer yet."""
    offer = asked.offers[0]
    return RemedyDecided(asked.order_id, offer.remedy, offer.amount, budget=asked.budget)


class Shop:
    """One order's story. The desk sends what is due unless `desk` says otherwise; `answers=False`: never."""

    def __init__(self, *, world: World = WORLD, answers: bool = True) -> None:
        self.world = world
        self.order: Order | None = None
        self.now = at("2026-03-01T00:00:00+00:00")
        self.waiting: dict[str, IntentRaised] = {}
        self.sent: list[tuple[dt.datetime, IntentRaised]] = []
        self.suppressed: list[IntentRaised] = []
        self.raised: list[IntentRaised] = []
        self.notes: list[Any] = []
        self.tickets: list[Ticket] = []
        self.buried: list[Buried] = []
        self.answers = answers
        self.grant = granted
        self.judge: Callable[[IntentRaised, dt.datetime], str | None] = self.stale
        self.unanswered: list[tuple[IntentRaised, str, str | None]] = []
        self._count = 0

    # What happens

    def event(
        self, kind: str, when: str, arrived: str | None = None, name: str | None = None, /, **data: Any
    ) -> Event:
        self._count += 1
        data.setdefault("order_id", "shop:1")
        return Event(
            id=name or f"e{self._count}",
            source=data.pop("source", "/test"),
            type=kind,
            time=at(when),
            arrived=at(arrived or when),
            data=msgspec.convert(data, CONTRACT[kind]),
            subject="shop:1",
        )

    def happens(self, kind: str, when: str, arrived: str | None = None, /, **data: Any) -> Event:
        event = self.event(kind, when, arrived, **data)
        self.take(event)
        return event

    def placed(self, when: str = "03-02 10:00", **more: Any) -> Event:
        return self.happens("order.placed", when, **order_data(**more))

    def scan(
        self, status: str, when: str, arrived: str | None = None, number: str = "T1", **more: Any
    ) -> Event:
        return self.happens(
            "shipment.status", when, arrived, status=status, tracking_number=number, carrier="inpost", **more
        )

    def created(self, when: str, number: str = "T1", shipment: str = "S1", **more: Any) -> Event:
        return self.happens(
            "shipment.created", when, shipment_id=shipment, carrier="inpost", tracking_number=number, **more
        )

    def take(self, event: Event) -> None:
        self.until_instant(event.arrived)
        self._apply(event)
        self._send_due()

    def catch_up(self, events: Iterable[Event]) -> None:
        """As a worker that was away: all of them are folded first, and what can wait is concluded then."""
        for event in events:
            self.now = max(self.now, event.arrived)
            draft = timeline.Draft(self.order, self.order)
            if not timeline.fold(draft, event, self.world):
                continue
            waits = timeline.put_off(draft)
            if waits is not None:
                self._became(waits, draft.effects)
            else:
                after = timeline.conclude(draft, self.now, self.world)
                self._became(after.order, after.effects)
        self._fire(self.now)
        self._send_due()

    def until(self, when: str) -> None:
        self.until_instant(at(when))

    def until_instant(self, target: dt.datetime) -> None:
        while (moment := self._next()) is not None and moment <= target:
            self.now = max(self.now, moment)
            if self.order is not None and (waked := due(self.order)) is not None and waked <= self.now:
                self._fire(waked)
            self._send_due()
        self.now = max(self.now, target)

    def answer_late(self) -> None:
        """The desk's answers that were held back arrive."""
        for intent, outcome, reason in self.unanswered:
            self._tell(intent, outcome, reason)
        self.unanswered.clear()
        self._send_due()

    # What came of it

    @property
    def kinds(self) -> list[str]:
        return [intent.kind for _, intent in self.sent]

    def times(self, kind: str) -> list[str]:
        """When messages of this kind were handed over, in Warsaw's winter time."""
        zone = dt.timezone(dt.timedelta(hours=1))
        return [when.astimezone(zone).strftime("%m-%d %H:%M") for when, i in self.sent if i.kind == kind]

    def message(self, kind: str) -> IntentRaised:
        return next(intent for _, intent in reversed(self.sent) if intent.kind == kind)

    @property
    def view(self) -> timeline.TimelineView:
        assert self.order is not None
        return timeline.view(self.order, self.world)

    # The desk

    @staticmethod
    def stale(intent: IntentRaised, now: dt.datetime) -> str | None:
        if WORLD.kinds[intent.kind].category == "C":
            return "consent"
        limit = WORLD.kinds[intent.kind].max_age
        if now - intent.caused_at > limit:
            return "stale_backfill"
        return "moot" if intent.useful_until and now > intent.useful_until else None

    def _apply(self, event: Event) -> None:
        self.now = max(self.now, event.arrived)
        before = msgspec.msgpack.encode(self.order)
        old = self.order
        after, effects = timeline.apply(self.order, event, self.now, self.world)
        assert msgspec.msgpack.encode(old) == before, "the row was changed in place"
        self._became(after, effects)

    def _became(self, order: Order | None, effects: TimelineEffects) -> None:
        self.order = order
        self._through_the_wire()
        self.tickets += effects.tickets
        self.buried += effects.buried
        for note in effects.notes:
            self.notes.append(note)
            self._hear(note)

    def _through_the_wire(self) -> None:
        if self.order is None:
            return
        packed = msgspec.msgpack.encode(self.order)
        again = msgspec.msgpack.decode(packed, type=Order)
        assert again == self.order
        assert FORMAT
        self.order = again

    def _hear(self, note: Any) -> None:
        if isinstance(note, IntentRaised):
            assert note.because, note
            self.raised.append(note)
            done = {i.notification_id for _, i in self.sent}
            if note.notification_id not in done:
                self.waiting[note.notification_id] = note
        elif isinstance(note, RemedyAsked):
            answer = self.grant(note)
            if answer is not None:
                self._answer("remedy.decided", answer)
        elif isinstance(note, IntentWithdrawn):
            gone = self.waiting.pop(note.notification_id, None)
            if gone is not None:
                self._conclude(gone, "suppressed", "moot")

    def _next(self) -> dt.datetime | None:
        moments = [i.hold_until for i in self.waiting.values() if i.hold_until]
        if self.order is not None and (waked := due(self.order)) is not None:
            moments.append(waked)
        return min(moments, default=None)

    def _fire(self, waked: dt.datetime) -> None:
        self._count += 1
        event = Event(
            f"timer{self._count}", "/timer", "timer.fired", waked, self.now, TimerFired(waked), "shop:1"
        )
        self._apply(event)

    def _send_due(self) -> None:
        while True:
            ready = [i for i in self.waiting.values() if not i.hold_until or i.hold_until <= self.now]
            if not ready:
                return
            for intent in ready:
                if self.waiting.pop(intent.notification_id, None) is None:
                    continue
                reason = self.judge(intent, self.now)
                if reason is None:
                    self.sent.append((self.now, intent))
                else:
                    self.suppressed.append(intent)
                self._conclude(intent, "suppressed" if reason else "sent", reason)

    def _conclude(self, intent: IntentRaised, outcome: str, reason: str | None) -> None:
        if self.answers:
            self._tell(intent, outcome, reason)
        else:
            self.unanswered.append((intent, outcome, reason))

    def _tell(self, intent: IntentRaised, outcome: str, reason: str | None) -> None:
        self._count += 1
        data = Told(
            intent.notification_id,
            intent.revision,
            intent.order_id,
            intent.kind,
            intent.slot,
            outcome,  # type: ignore[arg-type]
            self.now,
            intent.covers,
            ("email",),
            reason,
            intent.content.expected,
            intent.content.next_update,
        )
        self._answer("notification.told", data)

    def _answer(self, kind: str, data: Any) -> None:
        self._apply(Event(f"answer{self._count}", "/desk", kind, self.now, self.now, data, "shop:1"))


def references(notes: Iterable[Any]) -> list[str]:
    return [n.reference for n in notes if isinstance(n, ReferenceBound)]


def unbound(notes: Iterable[Any]) -> list[str]:
    return [n.reference for n in notes if isinstance(n, ReferenceUnbound)]
