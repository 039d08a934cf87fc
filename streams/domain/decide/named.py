"""How tickets name a parcel, to people and among themselves: it may get a better name while one is open."""

from streams.domain.fold.views import Parcel

_BY = {"s": "The parcel of shipment", "o": "The parcel of supplier order"}


def called(parcel: Parcel) -> str:
    """As a sentence begins."""
    if parcel.number:
        return f"Parcel {parcel.number}"
    by, _, name = parcel.key.partition(":")
    return f"{_BY[by]} {name}" if by in _BY else "The parcel"


def causes(parcel: Parcel, *whys: str) -> tuple[str, ...]:
    """What a ticket may be opened for: any of these reasons, under the parcel's name of now or one before.

    Two sources tell of one misfortune, and the word that comes last may be the first of them.
    """
    names = (parcel.key, *sorted(parcel.names - {parcel.key}))
    return tuple(":".join(filter(None, (name, why))) for name in names for why in whys or ("",))
