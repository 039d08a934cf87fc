"""What the preview's page adds to a message: why it is sent, and its data to play with."""

import datetime as dt
import email
import email.policy
import html
from urllib.parse import parse_qs

import msgspec

from adapters import samples
from adapters.preview_live import Live
from adapters.render import Templates
from streams.domain.effects import Claim
from streams.domain.kinds import Kind
from streams.domain.notes import Content
from streams.domain.ports import SendError

# What must be true for a kind to be sent; the domain's table of messages in a line each.
WHEN = {
    "order_confirmation": "the order is confirmed: placed and, where payment is separate, paid",
    "payment_problem": "a payment failed",
    "order_changed": "what the customer bought changes",
    "order_cancelled": "all or part of the order is cancelled",
    "out_of_stock_choice": "the supplier has none of it",
    "preship_delay": "nothing has moved, and what was promised is thereby at risk",
    "preship_delay_2": "the same, some business days later",
    "shipped": "the carrier's first scan",
    "tracking_changed": "a number that the customer was told is replaced",
    "delay": "the earliest delivery is a business day or more after the latest date told, and stays so",
    "delay_followup": "the next update that a message about delay promised is due",
    "back_on_time": "a delay was told and is over",
    "arriving_tomorrow": "delivery tomorrow is very likely, and the customer asked to know",
    "out_for_delivery": "the courier has the parcel",
    "ready_for_pickup": "the parcel waits at a pickup point",
    "pickup_reminder": "the deadline to collect it nears",
    "attempt_failed": "the courier could not hand it over",
    "action_required": "an address, customs or a payment needs the customer",
    "parcel_problem": "lost, damaged, undeliverable, refused or on its way back",
    "delivered": "each parcel, once",
    "delivery_check": "delivered without a recipient, and no answer since",
    "delivery_limit": "nothing was delivered by the day that the law sets",
    "withdrawal_ack": "the customer withdraws",
    "return_steps": "the return has instructions",
    "return_reminder": "the return must soon be on its way",
    "return_received": "the return has arrived",
    "return_rejected": "the return is not accepted",
    "refund_done": "money went back",
    "complaint_ack": "a complaint was filed",
    "complaint_decision": "a complaint was decided",
    "choice_ack": "the customer chose",
    "apology": "a promise was broken, and the order has now arrived",
    "care_tips": "some days after the delivery",
    "survey": "everything is delivered and nothing is open",
    "review_request": "everything is delivered and nothing is open",
    "feedback_thanks": "the customer answered a question",
    "safety_recall": "a product is recalled",
}
_CLASSES = {"S": "statutory: sent regardless", "T": "service: part of the contract", "C": "only with consent"}


def why(kind: Kind) -> str:
    """A drawer with guard, class and timing."""
    rows = "".join(
        f"<dt>{label}</dt><dd>{html.escape(str(value))}</dd>" for label, value in _facts(kind) if value
    )
    return f"<details><summary>Why and when</summary><dl>{rows}</dl></details>"


def _facts(kind: Kind) -> list[tuple[str, object]]:
    together = " and ".join if kind.every_channel else ", else ".join
    return [
        ("Sent when", WHEN.get(kind.name)),
        ("Class", _CLASSES[kind.category] + (f" to “{kind.purpose}”" if kind.purpose else "")),
        ("By", together(kind.channels)),
        ("Waits for others", _span(kind.hold)),
        ("No longer news after", _span(kind.max_age)),
        ("Useless after", _span(kind.useful_for)),
        ("Quiet hours", "don’t hold it" if kind.urgent or kind.answers else "hold it"),  # noqa: RUF001  # an apostrophe
        ("At most one in", _span(kind.gap)),
        ("Only if asked for", "yes" if kind.opt_in else None),
        ("Its SMS", f"at most {kind.max_segments} segments" + ("" if kind.link else ", never a link")),
    ]


def _span(span: dt.timedelta | None) -> str | None:
    if not span:
        return None
    hours, rest = divmod(int(span.total_seconds()), 3600)
    return f"{hours // 24} days" if hours >= 72 else f"{hours} h" if hours else f"{rest // 60} min"  # noqa: PLR2004  # three days


def form(kind: str, locale: str, live: Live) -> str:
    """The data behind a sample, to be changed; what becomes of it shows beside it, and can be sent."""
    content = samples.claims(kind, locale)["full"].content
    data = msgspec.json.format(msgspec.json.encode(content), indent=2).decode()
    name = f"{kind}.{locale}"
    top = f"<header>{live.top}{live.button(name)}</header>" if live.shops else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        '<link rel="icon" href="data:,"><style>'
        "body { display: flex; flex-direction: column; font: 16px/1.5 system-ui, sans-serif; height: 95vh; }"
        "main { display: flex; flex: 1; gap: 1rem; } main > * { flex: 1; }"
        "textarea { width: 100%; height: 85%; font: 13px/1.4 monospace; }"
        f"</style></head><body>{top}<main>"
        f'<form method="post" target="shown"><label for="data">{name}: its data</label>'
        f'<textarea id="data" name="data" spellcheck="false">{html.escape(data)}</textarea>'
        '<button>Show</button></form><iframe sandbox name="shown" title="The message"></iframe>'
        f"</main>{live.sending}</body></html>\n"
    )


def filled(templates: Templates, kind: str, locale: str, body: bytes) -> str:
    """The mail's HTML with the SMS below it, from data that was typed; else what is wrong with it."""
    data = parse_qs(body.decode("utf-8", "replace")).get("data", [""])[0]
    try:
        content = msgspec.json.decode(data, type=Content)
        claim = msgspec.structs.replace(samples.claims(kind, locale)["full"], content=content)
        return _shown(templates, claim)
    except (msgspec.DecodeError, SendError) as error:
        return f"<pre>{html.escape(str(error.__cause__ or error))}</pre>"


def _shown(templates: Templates, claim: Claim) -> str:
    parsed = email.message_from_bytes(templates.mail(claim).raw, policy=email.policy.default)
    part = parsed.get_body(("html",))
    page = part.get_content() if part is not None else ""
    sms = html.escape(templates.sms(samples.by_sms(claim)).text)
    return str(page).replace("</body>", f"<pre>{sms}</pre></body>")
