"""Who rides in whose message: look-ups in a customer's row."""

from streams.domain.customer import Customer, Delivery, Pending
from streams.domain.notes import Channel


def riders(row: Customer, name: str, channel: Channel | None = None) -> list[Pending]:
    """What is said in the message of that notification: on the channel, else on any."""
    return [each for each in row.pending.values() if any(_aboard(d, name, channel) for d in each.deliveries)]


def _aboard(delivery: Delivery, name: str, channel: Channel | None) -> bool:
    if delivery.rides != name or channel not in (None, delivery.channel):
        return False
    return delivery.state in {"claimed", "sent", "in_doubt"}


def begun(delivery: Delivery) -> bool:
    """Whether the customer has it, or may have it by now."""
    return delivery.state in {"claimed", "sent", "in_doubt"} or delivery.doubtful


def only_rides(pending: Pending) -> bool:
    """Whether all that the customer may have of it stands in other notifications' messages."""
    out = [each for each in pending.deliveries if begun(each)]
    return bool(out) and all(each.rides is not None for each in out)
