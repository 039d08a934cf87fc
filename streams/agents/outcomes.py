"""What other systems are told, for good, of messages and of people who are forgotten."""

from collections.abc import Iterator

from streams.agents.shell import OUTCOMES, at
from streams.codec import write_json
from streams.domain.effects import DeskEffects, Suppressed
from streams.domain.events import Payload
from streams.domain.notes import Bounced, Forgotten, Told
from streams.engine.api import Out


class Outcome(Payload, frozen=True):
    """What other systems are told became of a message. Nothing personal.

    `told_in`: the notification, of another order, in whose mail or SMS it was said.
    """

    notification_id: str | None
    outcome: str
    order_id: str | None = None
    kind: str | None = None
    channel: str | None = None
    provider: str | None = None
    reason: str | None = None
    because: tuple[str, ...] = ()
    told_in: str | None = None


def outcomes(effects: DeskEffects, now: float) -> Iterator[Out]:
    """Of one decision, for `notification-outcomes`. `now`: seconds since the epoch."""
    for told in effects.told:
        if told.outcome != "suppressed":
            yield _outcome(_of_told(told), now)
    for refused in effects.suppressed:
        yield _outcome(_of_suppressed(refused), now)
    for receipt in effects.receipts:
        yield _outcome(_of_receipt(receipt), now)
    for proof in effects.forgotten:
        yield _proof(proof, now)


def _proof(proof: Forgotten, now: float) -> Out:
    value = {
        "specversion": "1.0",
        "id": f"{proof.customer}:{now:.3f}",
        "source": "/orderherald/desk",
        "type": "customer.erased",
        "time": at(now),
        "data": proof,
    }
    return Out(OUTCOMES, proof.customer.encode(), write_json(value))


def _outcome(data: Outcome, now: float) -> Out:
    moment = at(now)
    name = f"{data.notification_id}:{data.outcome}:{now:.3f}"
    value = {
        "specversion": "1.0",
        "id": name,
        "source": "/orderherald/desk",
        "type": f"notification.{data.outcome}",
        "time": moment,
        "subject": data.order_id,
        "data": data,
    }
    return Out(OUTCOMES, (data.order_id or data.notification_id or "").encode(), write_json(value))


def _of_told(told: Told) -> Outcome:
    channel = "+".join(told.channels) or None
    outcome = "sent" if told.outcome == "sent" else "failed"
    return Outcome(
        told.notification_id,
        outcome,
        told.order_id,
        told.kind,
        channel,
        reason=told.reason,
        told_in=told.told_in,
    )


def _of_suppressed(refused: Suppressed) -> Outcome:
    return Outcome(
        refused.notification_id,
        "suppressed",
        refused.order_id,
        refused.kind,
        reason=refused.reason,
        because=refused.because,
    )


def _of_receipt(receipt: Bounced) -> Outcome:
    return Outcome(receipt.notification_id, receipt.outcome, channel=receipt.channel, reason=receipt.reason)
