"""What the customer's history allows of the remedies that one of their orders has found."""

from streams.domain.budget import Offer, RemedyAsked, RemedyDecided, RemedyReserved
from streams.domain.desk.work import Work


def asked(work: Work, data: RemedyAsked) -> None:
    """The first that may be promised; where the shop has a budget, its row has the last word."""
    offer = next((each for each in data.offers if _deserved(work, each)), None)
    if offer is None:
        first = data.offers[0]
        work.effects.notes.append(RemedyDecided(data.order_id, first.remedy, first.amount, "history"))
        return
    limit = work.world.brand(data.shop).remedy_budget
    if limit is None:
        work.effects.notes.append(RemedyDecided(data.order_id, offer.remedy, offer.amount))
    else:
        reserved = RemedyReserved(data.order_id, data.budget, offer.remedy, offer.amount, limit)
        work.effects.notes.append(reserved)


def _deserved(work: Work, offer: Offer) -> bool:
    row = work.row
    if row.bought < offer.orders:
        return False
    if offer.gap is None:
        return True
    recent = row.remedied_at is not None and work.now - row.remedied_at < offer.gap
    return not recent and not any(each.intent.content.remedy for each in row.pending.values())
