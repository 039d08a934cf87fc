"""What somebody who asks "where is my order?" is told: the present truth, in words and as data."""

from streams.domain.values import Value, Window


class ParcelAnswer(Value, frozen=True):
    """One parcel; `text` says where it is."""

    state: str
    text: str
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class Answer(Value, frozen=True):
    """`text` is the whole answer; `where`, `expected`, `promised` and `next` are its parts, in its words."""

    shop: str
    order_id: str
    number: str
    locale: str
    state: str
    where: str
    text: str
    overlays: tuple[str, ...] = ()
    parcels: tuple[ParcelAnswer, ...] = ()
    expected: str | None = None
    expected_window: Window | None = None
    promised: str | None = None
    promised_window: Window | None = None
    next: str | None = None
