"""A parcel that waits until some hour, as an entry for the customer's own calendar (RFC 5545)."""

import datetime as dt

import icalendar

from adapters.messages.clean import clean
from streams.domain.effects import Claim

LENGTH = dt.timedelta(hours=1)  # of the entry, which ends at the deadline
ALARM = dt.timedelta(hours=3)  # before it ends
_MOST = 120


def pickup_entry(claim: Claim, title: str) -> str | None:
    """None where nothing waits, or nobody said until when. Holds no code: calendars are shared."""
    parcel = next((each for each in claim.content.parcels if each.pickup and each.pickup.deadline), None)
    if parcel is None or parcel.pickup is None or parcel.pickup.deadline is None:
        return None
    pickup, ends = parcel.pickup, parcel.pickup.deadline.astimezone(dt.UTC)
    entry = icalendar.Event()
    entry.add("uid", f"{claim.notification_id}@orderherald")
    entry.add("dtstamp", claim.claimed_at.astimezone(dt.UTC))
    entry.add("dtstart", ends - LENGTH)
    entry.add("dtend", ends)
    entry.add("summary", title)
    place = (clean(each, _MOST) for each in (pickup.point, pickup.address) if each)
    entry.add("location", ", ".join(place))
    entry.add_component(_alarm(title))
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Orderherald//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    written: bytes = calendar.to_ical()
    return written.decode()


def _alarm(title: str) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -ALARM)
    return alarm
