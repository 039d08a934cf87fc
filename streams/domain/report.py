"""The timeline as other systems, sellers and the web page read it. No personal data, JSON-encodable."""

import datetime as dt
from collections.abc import Iterator

from streams.domain import naming, silence, states
from streams.domain.cases import CaseReport, cases_of
from streams.domain.decide.problems import needs_action
from streams.domain.fold.views import OrderView, Parcel
from streams.domain.ledger import TOLD
from streams.domain.order import Entry, Order
from streams.domain.values import LineQuantity, Pickup, Value, Window
from streams.domain.world import World

# The overlay only shows; what is done about silence has its own configured waits.
STALE_AFTER = dt.timedelta(days=7)


class LineReport(Value, frozen=True):
    line_id: str
    sku: str
    title: str
    quantity: int
    state: str


class ParcelReport(Value, frozen=True):
    key: str
    state: str
    since: dt.datetime | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    replaced: tuple[str, ...] = ()
    lines: tuple[LineQuantity, ...] | None = None
    expected: Window | None = None
    pickup: Pickup | None = None
    delivered_at: dt.datetime | None = None
    delivered_to: str | None = None
    reason: str | None = None
    party: str | None = None
    scans: int = 0
    noise: int = 0
    longest_silence: int | None = None  # seconds between two scans, while it was under way


class SupplierReport(Value, frozen=True):
    id: str
    state: str
    supplier_id: str | None = None
    dispatch_by: str | None = None
    acknowledge_by: dt.datetime | None = None


class EventReport(Value, frozen=True):
    id: str
    source: str
    type: str
    time: dt.datetime
    status: str | None = None


class MessageReport(Value, frozen=True):
    notification_id: str
    kind: str
    status: str
    at: dt.datetime
    because: tuple[str, ...] = ()
    reason: str | None = None
    expected: Window | None = None
    next_update: str | None = None


class TicketReport(Value, frozen=True):
    ticket_id: str
    kind: str
    at: dt.datetime
    due_at: dt.datetime
    closed: bool = False


class TimelineView(Value, frozen=True):
    """`state` and `overlays` are the domain's; `older` scans and `unknown` codes are only counted.

    `country` is where the goods go; `customer_country` the customer's own, if it is another.
    """

    order_id: str
    state: str | None
    overlays: tuple[str, ...] = ()
    number: str | None = None
    shop: str | None = None
    customer_id: str | None = None
    country: str | None = None
    locale: str | None = None
    timezone: str | None = None
    placed_at: dt.datetime | None = None
    confirmed_at: dt.datetime | None = None
    delivered_at: dt.datetime | None = None
    promised: Window | None = None
    first_promise: Window | None = None
    told: Window | None = None
    lines: tuple[LineReport, ...] = ()
    parcels: tuple[ParcelReport, ...] = ()
    suppliers: tuple[SupplierReport, ...] = ()
    returns: tuple[CaseReport, ...] = ()
    complaints: tuple[CaseReport, ...] = ()
    events: tuple[EventReport, ...] = ()
    messages: tuple[MessageReport, ...] = ()
    tickets: tuple[TicketReport, ...] = ()
    older: int = 0
    unknown: int = 0
    refused: int = 0
    erased: bool = False
    customer_country: str | None = None


def report(order: Order, view: OrderView, world: World) -> TimelineView:
    """The whole of it; an order that isn't placed yet has its events only."""
    placed = view.order if view.placed is not None else None
    home = placed.customer.country if placed else None
    delivered = [p.deliveries[-1].time for p in view.parcels.values() if p.state == states.DELIVERED]
    returns, complaints = cases_of(order, view, world)
    return TimelineView(
        order_id=order.order_id,
        state=view.state,
        overlays=tuple(_overlays(order, view)),
        number=placed.number if placed else None,
        shop=placed.shop if placed else None,
        customer_id=placed.customer.customer_id if placed and not order.erased else None,
        country=view.country or None,
        locale=order.chosen_locale or placed.customer.locale if placed else None,
        timezone=placed.customer.timezone if placed else None,
        placed_at=view.placed.time if view.placed else None,
        confirmed_at=view.confirmed.time if view.confirmed else None,
        delivered_at=max(delivered, default=view.closed.delivered_at if view.closed else None),
        promised=view.promise,
        first_promise=placed.promised_delivery if placed else None,
        told=_told(order.ledger),
        lines=tuple(_lines(view)),
        parcels=tuple(_parcel(p) for p in view.parcels.values()),
        suppliers=tuple(
            SupplierReport(s.id, s.state, s.supplier_id, s.dispatch_by, s.acknowledge_by)
            for s in view.suppliers.values()
        ),
        returns=returns,
        complaints=complaints,
        events=tuple(
            EventReport(
                naming.plain(s.fact.id), s.fact.source, s.fact.type, s.time, getattr(s.data, "status", None)
            )
            for s in view.seen
        ),
        messages=tuple(_message(entry) for entry in order.ledger),
        tickets=tuple(TicketReport(t.id, t.kind, t.at, t.due_at, t.closed) for t in order.tickets),
        older=view.older,
        unknown=view.unknown.total(),
        refused=order.refused,
        erased=order.erased,
        customer_country=home if home != view.country else None,
    )


def _overlays(order: Order, view: OrderView) -> Iterator[str]:
    last = [e for e in order.ledger if e.status in TOLD and e.kind in ("delay", "back_on_time")]
    if (
        last
        and last[-1].kind == "delay"
        and view.state not in ("delivered", "completed", "cancelled", "refunded")
    ):
        yield "delay"
    if any(p.last is not None and needs_action(p.last) for p in view.parcels.values()):
        yield "action_required"
    if view.disputed:
        yield "disputed_delivery"
    if any(_is_stale(order, p) for p in view.parcels.values()):
        yield "stale"


def _is_stale(order: Order, parcel: Parcel) -> bool:
    """As of the last time that anything was heard of the order, or that it was woken."""
    last = parcel.last
    moving = last is not None and parcel.first_scan is not None and parcel.state not in states.AT_REST
    return moving and order.now is not None and last is not None and order.now - last.time >= STALE_AFTER


def _told(ledger: list[Entry]) -> Window | None:
    return next((e.expected for e in reversed(ledger) if e.status in TOLD and e.expected), None)


def _lines(view: OrderView) -> Iterator[LineReport]:
    """Of an order that is over no more is known of a line than of the whole."""
    over = view.closed.state if view.closed is not None else None
    for line in view.lines.values():
        state = over or _line_state(view, line.line_id, line.quantity)
        yield LineReport(line.line_id, line.sku, line.title, line.quantity, state)


def _line_state(view: OrderView, line: str, quantity: int) -> str:
    """The state of the parcel that the line is in, where it is in one parcel; else of its supplier order."""
    if view.cancelled is not None or line in view.cancelled_lines:
        return "cancelled"
    holding = [
        p for p in view.parcels.values() if p.contents and p.contents.get(line) and p.state != "cancelled"
    ]
    if holding and all(p.state == states.DELIVERED for p in holding):
        enough = sum((p.contents or {}).get(line, 0) for p in holding) >= quantity
        return "delivered" if enough else "partially_delivered"
    if holding:
        return next(p.state for p in reversed(holding) if p.state != states.DELIVERED)
    suppliers = [s for s in view.suppliers.values() if line in s.line_ids]
    if not suppliers:
        return "confirmed" if view.confirmed else "placed"
    said = suppliers[-1].troubles.get(line)
    if said is None or (view.last_choice(line, said.time) or "").startswith("alternative:"):
        return suppliers[-1].state
    return states.SUPPLIER[said.fact.type]


def _parcel(parcel: Parcel) -> ParcelReport:
    delivered, silent = parcel.delivered, silence.longest(parcel)
    contents = parcel.contents
    return ParcelReport(
        key=parcel.key,
        state=parcel.state,
        since=parcel.since,
        carrier=parcel.carrier,
        tracking_number=parcel.number,
        tracking_url=parcel.url,
        replaced=tuple(parcel.replaced),
        lines=tuple(LineQuantity(k, v) for k, v in contents.items()) if contents is not None else None,
        expected=parcel.estimates[-1].data.estimated_delivery if parcel.estimates else None,
        pickup=parcel.pickup if parcel.state == "ready_for_pickup" else None,
        delivered_at=delivered.time if delivered else None,
        delivered_to=parcel.delivered_to,
        reason=parcel.reason,
        party=parcel.party,
        scans=len(parcel.steps),
        noise=parcel.noise,
        longest_silence=round(silent.total_seconds()) if silent is not None else None,
    )


def _message(entry: Entry) -> MessageReport:
    return MessageReport(
        entry.id,
        entry.kind,
        entry.status,
        entry.at,
        tuple(map(naming.plain, entry.because)),
        entry.reason,
        entry.expected,
        entry.next_update,
    )
