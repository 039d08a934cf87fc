"""Step 3: may we? Switches, consents and preferences; statutory messages need none of the latter."""

from streams.domain.customer import Choice
from streams.domain.policy.case import Case, Suppress


def allowed(case: Case) -> Suppress | None:
    """A kind that is switched off, lacks its consent, or that the customer doesn't want."""
    kind = case.kind
    if not kind.enabled:
        return Suppress("kind_off")
    if case.brand.delivery == "off":
        return Suppress("delivery_off")
    if kind.category == "S":
        return None
    if kind.category == "C" and not _permitted(case):
        return Suppress("consent")
    chosen = chosen_channels(case)
    if chosen is not None and not chosen.channels:
        return Suppress("preference")
    named = kind.name in case.customer.channels
    return Suppress("preference") if kind.opt_in and not named else None


def chosen_channels(case: Case) -> Choice | None:
    """What the customer chose for the kind, else for its class; None where they chose nothing."""
    channels = case.customer.channels
    return channels.get(case.kind.name) or channels.get(case.kind.category)


def _permitted(case: Case) -> bool:
    permission = case.customer.consents.get(case.kind.purpose or "")
    return permission is not None and permission.given
