"""What passes between the desk and the senders, and where the senders' figures go."""

from typing import Literal, NamedTuple, Protocol

from streams.domain.effects import Claim, DeskEffects, Granted, Ready
from streams.domain.notes import Attempted, Channel

GrantOutcome = Literal["claimed", "declined", "lost"]


class Declined(NamedTuple):
    """A grant that folded into no claim."""

    message_key: str


class Errand(NamedTuple):
    """What the desk hands to the senders once its unit is durable; `key` is the row's."""

    key: bytes
    item: Ready | Claim | Declined


def errands(key: bytes, granted: Granted | None, effects: DeskEffects) -> list[Errand]:
    """The errands of one fold. Every grant is answered, by its claim or by `Declined`."""
    items: list[Ready | Claim | Declined] = [*effects.claims]
    if granted and all(claim.message_key != granted.message_key for claim in effects.claims):
        items.append(Declined(granted.message_key))
    return [Errand(key, item) for item in (*items, *effects.ready)]


class SenderHooks(Protocol):
    """Where figures go. Called on the loop: quick, and never raising. Times in seconds."""

    def attempted(self, claim: Claim, attempted: Attempted, seconds: float) -> None:
        """One attempt took so long."""
        ...

    def handed(self, claim: Claim, since_cause: float, since_arrival: float | None) -> None:
        """A message was handed over, so long after its cause happened and after that reached us."""
        ...

    def load(self, channel: Channel, slots: int, in_use: int, waiting: int) -> None:
        """How busy the senders of a channel are."""
        ...

    def granted(self, channel: Channel, outcome: GrantOutcome) -> None:
        """What became of a slot that was offered."""
        ...


class NoHooks:
    """Where nobody looks at figures."""

    def attempted(self, claim: Claim, attempted: Attempted, seconds: float) -> None:
        """Counts nothing."""

    def handed(self, claim: Claim, since_cause: float, since_arrival: float | None) -> None:
        """Counts nothing."""

    def load(self, channel: Channel, slots: int, in_use: int, waiting: int) -> None:
        """Counts nothing."""

    def granted(self, channel: Channel, outcome: GrantOutcome) -> None:
        """Counts nothing."""
