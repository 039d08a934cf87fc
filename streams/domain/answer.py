"""What somebody who asks "where is my order?" is told: the present truth, in words and as data."""

from streams.domain.values import Value, Window


class ParcelAnswer(Value, frozen=True):
    """One parcel; `text` says where it is."""

    state: str
    text: str
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


class CaseAnswer(Value, frozen=True):
    """One return or complaint; `text` says where it stands. `by`: the day by which its next step is due."""

    id: str
    state: str
    kind: str
    text: str
    by: str | None = None


class Answer(Value, frozen=True):
    """`text` is the whole answer.

    `where`, `expected`, `promised`, the texts of `returns` and `complaints`, and `next` are its parts.
    """

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
    returns: tuple[CaseAnswer, ...] = ()
    complaints: tuple[CaseAnswer, ...] = ()
