"""The kinds of message, as data: class, channels, timing, usefulness. Source: the domain's messages table.

Everything here is a default; a brand's configuration may override each field.
"""

import datetime as dt
from typing import Literal

from streams.domain.notes import Channel
from streams.domain.values import QuietHours, Value

PURPOSES = ("reviews", "offers", "surveys", "tips", "analytics")  # of consents, as events name them
Category = Literal["S", "T", "C"]  # statutory, service, only with consent

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


class Kind(Value, frozen=True):
    """How one kind of message behaves.

    `every_channel`: on all its channels at once, not on the first that works.
    `hold`: how long it waits so that what happens together is told together.
    `max_age`: older than this it is no longer news. `useful_for`: after this it is dropped.
    `urgent`: quiet hours don't hold it. `answers`: neither, since the customer has just acted.
    `purpose`: the consent that a class C message needs. `opt_in`: only where preferences name it.
    `link`: whether its SMS may carry a link (never where a parcel is held). `max_segments`: of its SMS.
    `quiet`: hours of its own besides the customer's. `gap`: one of all kinds with a gap in that time.
    """

    name: str
    category: Category
    channels: tuple[Channel, ...] = ("email",)
    every_channel: bool = False
    hold: dt.timedelta = dt.timedelta(0)
    max_age: dt.timedelta = 48 * HOUR
    useful_for: dt.timedelta | None = None
    urgent: bool = False
    answers: bool = False
    opt_in: bool = False
    purpose: str | None = None
    link: bool = True
    max_segments: int = 1
    enabled: bool = True
    quiet: QuietHours | None = None
    gap: dt.timedelta | None = None


def _table(*kinds: Kind) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


STATUTORY_AGE = 7 * DAY

# News that several orders may share a message about: what needs neither a code nor an answer to keep apart.
ABOUT_SEVERAL_ORDERS = frozenset({
    "preship_delay", "preship_delay_2", "shipped", "delay", "delay_followup", "back_on_time",
    "arriving_tomorrow", "out_for_delivery", "delivered",
})  # fmt: skip

KINDS: dict[str, Kind] = _table(
    Kind("order_confirmation", "S", max_age=STATUTORY_AGE, answers=True, max_segments=6),
    Kind("payment_problem", "T", answers=True),
    Kind("order_changed", "T", hold=5 * MINUTE),
    Kind("order_cancelled", "T", hold=5 * MINUTE),
    Kind("out_of_stock_choice", "T", ("email", "sms"), every_channel=True),
    Kind("preship_delay", "T"),
    Kind("preship_delay_2", "T"),
    Kind("shipped", "T", hold=45 * MINUTE),
    Kind("tracking_changed", "T"),
    Kind("delay", "T"),
    Kind("delay_followup", "T"),
    Kind("back_on_time", "T"),
    Kind(
        "arriving_tomorrow",
        "T",
        ("sms",),
        opt_in=True,
        useful_for=24 * HOUR,
        quiet=QuietHours("19:00", "09:00"),
    ),
    Kind("out_for_delivery", "T", ("sms", "email"), hold=MINUTE, useful_for=12 * HOUR, urgent=True),
    Kind("ready_for_pickup", "T", ("email", "sms"), every_channel=True, urgent=True, link=False),
    Kind("pickup_reminder", "T", ("sms",), link=False),
    Kind("attempt_failed", "T", ("sms", "email"), every_channel=True, urgent=True, link=False),
    Kind("action_required", "T", ("email", "sms"), every_channel=True, urgent=True, link=False),
    Kind("parcel_problem", "T"),
    Kind("delivered", "T", hold=10 * MINUTE),
    Kind("delivery_check", "T"),
    Kind("delivery_limit", "S", max_age=STATUTORY_AGE, max_segments=6),
    Kind("withdrawal_ack", "S", max_age=STATUTORY_AGE, answers=True, max_segments=6),
    Kind("return_steps", "T"),
    Kind("return_reminder", "T"),
    Kind("return_received", "T"),
    Kind("return_rejected", "T"),
    Kind("refund_done", "T"),
    Kind("complaint_ack", "T", answers=True),
    Kind("complaint_decision", "S", max_age=STATUTORY_AGE, max_segments=6),
    Kind("choice_ack", "T", answers=True),
    Kind("apology", "T"),
    Kind("care_tips", "C", purpose="tips"),
    Kind("survey", "C", purpose="surveys", gap=90 * DAY),
    Kind("review_request", "C", purpose="reviews", gap=90 * DAY),
    Kind("feedback_thanks", "T", answers=True),
    Kind("safety_recall", "S", ("email", "sms"), every_channel=True, max_age=STATUTORY_AGE, max_segments=6),
)
