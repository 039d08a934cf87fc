"""All that the page shows, held in memory and bounded, and who is to be told when it changes."""

import asyncio
import contextlib
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from streams.demo.inbox import Letter, Message
from streams.demo.shops import SHOPS


class Listed(NamedTuple):
    """An order as the seller's search shows it."""

    order_id: str
    shop: str
    number: str
    state: str


_KEPT = 400  # of each sort of thing: an hour's demo must not fill the memory of the browser, or ours
_PATIENCE = 1000  # changes that a page may be behind before it is asked to start over

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")


class Shelf(OrderedDict[Key, Item], Generic[Key, Item]):
    """A mapping that keeps the keys that came last; a change leaves a key where it is."""

    def __setitem__(self, key: Key, value: Item) -> None:
        super().__setitem__(key, value)
        while len(self) > _KEPT:
            self.popitem(last=False)


class Scene:
    """Everything seen so far. `changes` gives each page its own stream of (name, data)."""

    def __init__(self, *, seed: int, notes: tuple[str, ...] = ()) -> None:
        self.letters: Shelf[str, Letter] = Shelf()
        self.messages: Shelf[str, Message] = Shelf()
        self.timelines: Shelf[str, dict[str, Any]] = Shelf()
        self.stories: Shelf[str, str] = Shelf()
        self.tickets: Shelf[str, dict[str, Any]] = Shelf()
        self.dead_letters: Shelf[int, dict[str, Any]] = Shelf()
        self.outcomes: Shelf[str, dict[str, Any]] = Shelf()
        self.sent: Counter[str] = Counter()
        self.held: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.figures: dict[str, Any] = {}
        self.seed = seed
        self.token = secrets.token_urlsafe(16)  # of the seller's pages
        self.notes = notes
        self._pages: set[asyncio.Queue[tuple[str, Any] | None]] = set()

    def receive(self, letter: Letter) -> None:
        """A mail has come."""
        self.letters[letter.message.id] = letter
        self.add_message(letter.message)

    def add_message(self, message: Message) -> None:
        """A mail or a short message, joined with what is known about its notification."""
        known = self.outcomes.get(message.notification_id or "", {})
        joined = msgspec.structs.replace(
            message, order_id=known.get("order_id", message.order_id), kind=known.get("kind", message.kind)
        )
        self.messages[joined.id] = joined
        self.totals[joined.channel] += 1
        self._tell("message", joined)

    def add_outcome(self, outcome: dict[str, Any]) -> None:
        """What became of a notification: its order and kind are now known to its messages too."""
        self.outcomes[str(outcome.get("notification_id"))] = outcome
        if outcome.get("outcome") == "sent":
            self.sent[str(outcome.get("kind"))] += 1
        elif outcome.get("outcome") == "suppressed":
            self.held[str(outcome.get("reason"))] += 1
        for message in reversed(self.messages.values()):
            if message.notification_id == outcome.get("notification_id"):
                self._join(message, outcome)

    def _join(self, message: Message, outcome: dict[str, Any]) -> None:
        joined = msgspec.structs.replace(message, order_id=outcome.get("order_id"), kind=outcome.get("kind"))
        if joined != message:
            self.messages[message.id] = joined
            self._tell("message", joined)

    def add_timeline(self, order_id: str, view: dict[str, Any]) -> None:
        """An order's timeline as it is now."""
        self.timelines[order_id] = view
        self._tell("order", self.card(order_id))

    def add_ticket(self, ticket: dict[str, Any]) -> None:
        """Something a person at the shop must do; the same id again replaces it."""
        self.tickets[str(ticket.get("ticket_id"))] = ticket
        self._tell("ticket", ticket)

    def add_dead_letter(self, letter: dict[str, Any]) -> None:
        """A record that was set aside."""
        self.totals["dead_letters"] += 1
        numbered = {"id": self.totals["dead_letters"], **letter}
        self.dead_letters[numbered["id"]] = numbered
        self._tell("dead_letter", numbered)

    def set_figures(self, figures: dict[str, Any]) -> None:
        """The measurements of this second."""
        self.figures = figures | {
            "mails": self.totals["email"],
            "sms": self.totals["sms"],
            "dead_letters": self.totals["dead_letters"],
            "sent": dict(self.sent.most_common()),
            "held": dict(self.held.most_common()),
        }
        self._tell("figures", self.figures)

    def card(self, order_id: str) -> dict[str, Any]:
        """What a list shows of an order."""
        view = self.timelines[order_id]
        wanted = ("number", "shop", "state", "overlays", "updated")
        return {"id": order_id, "story": self.stories.get(order_id), **{k: view.get(k) for k in wanted}}

    def find(self, shop: str, order: str) -> bytes | None:
        """The timeline that the seller's page asks for, by the order's id or number."""
        for order_id, view in self.timelines.items():
            if view.get("shop") == shop and order in (order_id, view.get("number")):
                return msgspec.json.encode(view)
        return None

    def search(self, number: str) -> list[Listed]:
        """The orders that the seller's search means."""
        cards = (self.card(order_id) for order_id in self.timelines)
        return [
            Listed(card["id"], card["shop"] or "", card["number"] or "", card["state"] or "")
            for card in cards
            if number in (card["id"], card["number"])
        ]

    def snapshot(self) -> dict[str, Any]:
        """All of it, for a page that has just been opened; oldest first."""
        return {
            "seed": self.seed,
            "notes": self.notes,
            "shops": [
                {"id": s.brand.id, "name": s.brand.name, "colour": s.brand.colour, "language": s.language}
                for s in SHOPS
            ],
            "messages": list(self.messages.values()),
            "orders": [self.card(order_id) for order_id in self.timelines],
            "tickets": list(self.tickets.values()),
            "dead_letters": list(self.dead_letters.values()),
            "figures": self.figures,
        }

    @contextlib.contextmanager
    def changes(self) -> Iterator[Callable[[], Any]]:
        """Within it, calling gives the next (name, data), or None when the page must start over."""
        queue: asyncio.Queue[tuple[str, Any] | None] = asyncio.Queue()
        self._pages.add(queue)
        try:
            yield queue.get
        finally:
            self._pages.discard(queue)

    def close(self) -> None:
        """Ends every page's stream."""
        for queue in self._pages:
            queue.put_nowait(None)

    def _tell(self, name: str, data: Any) -> None:
        for queue in self._pages:
            if queue.qsize() < _PATIENCE:
                queue.put_nowait((name, data))
            else:  # a tab asleep: let it start over instead of holding our memory
                queue.put_nowait(None)
