"""How long a carrier's parcels go without a scan, measured from those that arrived in the end.

A parcel counts by its longest silence, not each silence by itself: the question is how few parcels
would be held for lost though they are not.
"""

import datetime as dt
import math
from collections.abc import Sequence
from itertools import pairwise

from streams.domain import states
from streams.domain.fold.views import Parcel

SHARE = 0.99
LEAST = 100  # parcels; of fewer, nobody can say what one in a hundred does
_HOUR = dt.timedelta(hours=1)


def longest(parcel: Parcel) -> dt.timedelta | None:
    """Between two of its scans while it was with the carrier and under way; None with fewer than two."""
    return max(
        (
            after.time - before.time
            for before, after in pairwise(parcel.steps)
            if before.data.status not in states.AT_REST
        ),
        default=None,
    )


def quantile(silences: Sequence[dt.timedelta]) -> dt.timedelta | None:
    """Whole hours that 99 % of the parcels never exceeded; None for too few of them."""
    if len(silences) < LEAST:
        return None
    found = sorted(silences)[math.ceil(SHARE * len(silences)) - 1]
    return math.ceil(found / _HOUR) * _HOUR
