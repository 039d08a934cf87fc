"""What a customer's page sends back, as events of the contract.

Each event's id follows from what the link is about and what was answered: a double click is one event.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from streams.domain.events import (
    SCORES,
    CustomerChoice,
    CustomerConsent,
    CustomerPreferences,
    Event,
    FeedbackGiven,
    Metric,
    Payload,
)
from streams.domain.kinds import KINDS
from streams.domain.pages import Option
from streams.domain.report import TimelineView
from streams.domain.values import QuietHours

SOURCE = "/orderherald/pages"
Form = Mapping[str, str]

# What each kind of message offers by its one link.
OFFERS: dict[str, tuple[str, ...]] = {
    "delivered": ("not_received", "received"),
    "delivery_check": ("not_received", "received"),
    "parcel_problem": ("replacement", "refund"),
    "delivery_limit": ("wait", "refund"),
    "out_of_stock_choice": ("wait", "refund"),
}
_CHANNELS: dict[str, tuple[Literal["email", "sms"], ...]] = {"email": ("email",), "sms": ("sms",), "none": ()}
_CHANNEL_FIELDS = {"orders": "T", "extras": "C", "tomorrow": "arriving_tomorrow"}
_COMMENT = 2000
_LOCALE = re.compile(r"([a-z]{2,3}([-_][A-Za-z]{2,4})?)?\Z")


class RefusedError(ValueError):
    """What was sent is no answer to what was asked."""


def offered(parts: Sequence[str], kind: str) -> tuple[Option, ...]:
    """`parts`: of the link, order and message, then perhaps one choice, then perhaps the goods' title."""
    if len(parts) > 2:  # noqa: PLR2004 - see above
        return (Option(parts[2], parts[3] if len(parts) > 3 else None),)  # noqa: PLR2004
    return tuple(map(Option, OFFERS.get(kind, ())))


def chosen(order: TimelineView, about: str, options: Sequence[Option], form: Form, now: dt.datetime) -> Event:
    """Raises `RefusedError` for what was not offered."""
    choice = form.get("choice", "")
    if choice not in {option.choice for option in options}:
        raise RefusedError
    data = CustomerChoice(order.order_id, about, choice)
    return _event("customer.choice", data, now, _choice_name(order, about, choice), order.order_id)


def _choice_name(order: TimelineView, about: str, choice: str) -> str:
    """The same choice again is the same event; one made anew after another in between is its own."""
    question, answer = _name("choice", order.order_id, about), _token(choice)
    known = [event.id for event in order.events if event.source == SOURCE and event.id.startswith(question)]
    if known and known[-1].endswith(answer):
        return known[-1]
    return f"{question}-{len(known)}-{answer}"


def preferred(customer_id: str, form: Form, now: dt.datetime) -> Event | None:
    """None where everything was left as it is. Raises `RefusedError` for what no form of ours sends."""
    if not _LOCALE.match(form.get("locale", "")):
        raise RefusedError
    try:
        channels = {key: _CHANNELS[form[name]] for name, key in _CHANNEL_FIELDS.items() if form.get(name)}
        data = CustomerPreferences(
            customer_id,
            channels=channels or None,
            locale=form.get("locale") or None,
            quiet_hours=_quiet_hours(form),
        )
    except (KeyError, ValueError) as error:
        raise RefusedError from error
    if data == CustomerPreferences(customer_id):
        return None
    said = msgspec.json.encode(data).decode()
    return _event("customer.preferences", data, now, _name("preferences", said, form.get("once", "")))


def _quiet_hours(form: Form) -> QuietHours | None:
    start, end = form.get("quiet_from", ""), form.get("quiet_to", "")
    if not start and not end:
        return None
    return msgspec.convert({"from": start, "to": end}, QuietHours)


def unsubscribed(customer_id: str, purpose: str, now: dt.datetime) -> Event:
    """Once a day: who agrees anew and thinks better of it again must be heard."""
    data = CustomerConsent(customer_id, purpose, given=False, proof=f"unsubscribe link, {now:%Y-%m-%d}")
    name = _name("unsubscribe", customer_id, purpose, f"{now:%Y-%m-%d}")
    return _event("customer.consent", data, now, name)


def rated(order_id: str, asked: str, form: Form, now: dt.datetime) -> Event:
    """`asked`: the metric, or `review`. Raises `RefusedError` for a score that was not offered."""
    metric = metric_of(asked)
    score = form.get("score", "")
    if score not in map(str, SCORES[metric]):
        raise RefusedError
    comment = form.get("comment", "").strip()[:_COMMENT] or None
    data = FeedbackGiven(order_id, metric, int(score), comment)
    return _event(
        "feedback.given", data, now, _name("feedback", order_id, asked, score, comment or ""), order_id
    )


def purpose_of(asked: str) -> str:
    """What somebody agreed to who is asked this."""
    return KINDS["review_request" if asked == "review" else "survey"].purpose or asked


def metric_of(asked: str) -> Metric:
    """A review is a score of satisfaction, with words."""
    return asked if asked in ("nps", "ces") else "csat"  # type: ignore[return-value]


def _event(kind: str, data: Payload, now: dt.datetime, name: str, order_id: str | None = None) -> Event:
    return Event(id=name, source=SOURCE, type=kind, time=now, arrived=now, data=data, subject=order_id)


def _name(*parts: str) -> str:
    return "page-" + _token(*parts)


def _token(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=10).hexdigest()
