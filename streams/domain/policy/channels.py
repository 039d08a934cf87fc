"""Step 4: who and how. The customer's order of choice, what works, what the shop's mode lets through."""

from streams.domain.customer import OPEN, address
from streams.domain.notes import Channel
from streams.domain.policy.allowed import chosen_channels
from streams.domain.policy.case import Case, Go, Suppress, Wait
from streams.domain.policy.mode import passes, reroute

CHANNELS: tuple[Channel, ...] = ("email", "sms")


def choose(case: Case) -> Go | Suppress | Wait:
    """The channels to go out by now; those that have been tried are left out."""
    wanted, all_of_them = _wanted(case)
    working = [channel for channel in wanted if _works(case, channel)]
    if not working and case.kind.category != "C":
        working = [channel for channel in CHANNELS if _works(case, channel)]
    if not working:
        return _unreachable(case)
    chosen = working if all_of_them else _in_doubt(case) or working[:1]
    permitted = [channel for channel in chosen if passes(case.brand, address(case.customer, channel))]
    if not permitted:
        return Suppress("not_allowed")
    return Go(tuple(channel for channel in permitted if _still_owed(case, channel, all_of_them=all_of_them)))


def _wanted(case: Case) -> tuple[tuple[Channel, ...], bool]:
    """The channels in order, and whether all of them. Statutory ones go by mail, whatever was chosen."""
    kind = case.kind
    if kind.category == "S":
        return (CHANNELS if kind.every_channel else ("email",)), kind.every_channel
    chosen = chosen_channels(case)
    if chosen is not None:
        return chosen.channels, kind.every_channel
    if case.intent.also_by:
        return tuple(dict.fromkeys((*kind.channels, *case.intent.also_by))), True
    return kind.channels, kind.every_channel


def _works(case: Case, channel: Channel) -> bool:
    """An address that isn't dead, a provider, and no failure of this very message on it."""
    if channel not in case.world.channels(case.intent.shop) or not address(case.customer, channel):
        return False
    if any(each.channel == channel and each.state == "failed" for each in case.pending.deliveries):
        return False
    return reroute(case.brand, channel) is not False


def _in_doubt(case: Case) -> list[Channel]:
    """Where the customer may have it already: there a repeat is known for one, elsewhere it is a second."""
    doubtful = (each.channel for each in case.pending.deliveries if each.state in OPEN and each.doubtful)
    return [channel for channel in doubtful if _works(case, channel)]


def _still_owed(case: Case, channel: Channel, *, all_of_them: bool) -> bool:
    """Not if it is settled or under way there, or, where one channel is enough, anywhere."""
    tried = [each for each in case.pending.deliveries if each.state not in OPEN and each.state != "dropped"]
    if all_of_them:
        return all(each.channel != channel for each in tried)
    return all(each.state == "failed" for each in tried)


def _unreachable(case: Case) -> Suppress | Wait:
    if case.customer.seen_at is None:
        until = case.pending.arrived + case.world.limits.contact_grace
        if case.now < until:
            return Wait(until, "contact")
    return Suppress("no_contact")
