"""What a customer's own pages are made of, between the web role that serves them and who draws them."""

from typing import Literal, Protocol

from streams.domain.events import Payload
from streams.domain.report import TimelineView
from streams.domain.values import Value

Name = Literal["order", "choice", "preferences", "unsubscribe", "feedback", "gone", "later"]
SHORT = "s"  # the path that short links have instead of a page's name


class Visitor(Value, frozen=True):
    """Whom a page is for: `languages` by their browser's wishes, `host` by which they came."""

    languages: tuple[str, ...] = ()
    host: str = ""
    customer_id: str | None = None
    order: TimelineView | None = None


class Option(Value, frozen=True):
    """One of the answers to choose from; `title`: of the goods, where it is other goods."""

    choice: str
    title: str | None = None


class Shown(Value, frozen=True):
    """What a page shows besides its order: each page takes what it knows.

    `kind`: of the message that asked. `stop`: who asks can be told to ask no more.
    `refused`: what was sent can't be taken as it is. `done`: what was taken, durably.
    `once`: makes two pages two, and one page sent twice one.
    """

    kind: str | None = None
    options: tuple[Option, ...] = ()
    metric: str | None = None
    review: bool = False
    scores: tuple[int, ...] = ()
    stop: bool = False
    once: str = ""
    refused: bool = False
    done: Payload | None = None


class Page(Value, frozen=True):
    """`style` and `images` are sources for a Content-Security-Policy: nothing else is on the page."""

    html: str
    locale: str
    style: str
    images: str


class Pages(Protocol):
    """Draws a page in the brand's look and the customer's language."""

    def page(self, name: Name, visitor: Visitor, shown: Shown) -> Page: ...
