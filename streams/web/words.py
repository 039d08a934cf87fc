"""The seller's page in words: what states, kinds and reasons are called, and moments in the order's zone."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

STATUSES = {
    "open": "waiting",
    "waiting": "waiting",
    "sent": "sent",
    "suppressed": "held back",
    "withdrawn": "withdrawn",
    "failed": "failed",
    "in_doubt": "in doubt",
}

REASONS = {
    "preference": "The customer's preferences leave this kind out.",
    "consent": "The customer has not consented to this kind.",
    "quiet_hours_expired": "It was held for the night, and no longer useful in the morning.",
    "moot": "What it would have said was no longer true.",
    "superseded": "A newer message says it.",
    "cap": "The customer had been written to often enough that day.",
    "stale_backfill": "The event was too old to be news.",
    "no_contact": "There is no working address or number.",
    "duplicate": "The customer has been told already.",
    "delivery_off": "Delivery is switched off for this shop.",
    "not_allowed": "While going live, this recipient is not on the list.",
    "not_useful": "It was no longer useful.",
    "disabled": "This kind is switched off.",
    "erased": "The customer asked to be forgotten.",
    "in_doubt": "Whether it went out was never learnt, so it was not sent again.",
}


def spoken(name: object) -> str:
    """`ready_for_pickup` as people write it."""
    return str(name).replace("_", " ").replace(".", ": ")


def status(name: object) -> str:
    """What became of a message."""
    return STATUSES.get(str(name), spoken(name))


def reason(name: object) -> str:
    """Why a message was held back, in a sentence."""
    return REASONS.get(str(name), spoken(name).capitalize() + ".")


def cause(name: str, events: dict[str, dict[str, Any]]) -> str:
    """One of the events or timers behind a message."""
    if name.startswith("timer:"):
        return f"a moment that was waited for ({spoken(name.removeprefix('timer:'))})"
    event = events.get(name)
    return event_title(event) if event else name


def event_title(event: dict[str, Any]) -> str:
    """What kind of event it was, and the status that it brought."""
    found = event.get("status")
    title = spoken(event.get("type", "event"))
    return f"{title}, {spoken(found)}" if found else title


def moment(value: object, zone: str | None) -> str:
    """An instant in the order's zone (else in UTC, and says so), or a date; anything else as it is."""
    text = str(value)
    try:
        if len(text) == len("2026-03-05"):
            return _day(dt.date.fromisoformat(text))
        local = dt.datetime.fromisoformat(text).astimezone(_zone(zone))
    except ValueError:
        return text
    return f"{_day(local)}, {local:%H:%M}{'' if zone else ' UTC'}"


def window(value: Any, zone: str | None) -> str:
    """A window of dates or instants, either side unknown."""
    if not isinstance(value, dict):
        return ""
    earliest, latest = value.get("earliest"), value.get("latest")
    if earliest and latest and earliest != latest:
        return f"between {moment(earliest, zone)} and {moment(latest, zone)}"
    if latest:
        return f"by {moment(latest, zone)}" if not earliest else moment(latest, zone)
    return f"from {moment(earliest, zone)}" if earliest else ""


def web_link(value: object) -> str | None:
    """The address, if a browser may be sent there: others' data could hold a script."""
    text = str(value or "")
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.hostname else None


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _zone(name: str | None) -> dt.tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return dt.UTC
