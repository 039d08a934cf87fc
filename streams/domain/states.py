"""The state tables, as data. Sources: the domain document's state table and traps."""

ANNOUNCED = "announced"
DELIVERED = "delivered"

PARCEL = frozenset(
    {
        "announced", "accepted", "in_transit", "customs", "out_for_delivery", "ready_for_pickup",
        "attempt_failed", "delivered", "pickup_expired", "refused", "damaged", "lost", "undeliverable",
        "returning", "returned", "cancelled", "tracking_ended",
    }
)  # fmt: skip

# A label, a cancelled label and the end of tracking say nothing about the goods having moved.
PAPER = frozenset({"announced", "cancelled", "tracking_ended"})
ON_ITS_WAY = frozenset({"accepted", "in_transit", "customs"})
BEFORE_ARRIVING = PAPER | ON_ITS_WAY
# The carrier has reached the customer's side: the promise is no longer the question.
ARRIVING = frozenset({"out_for_delivery", "ready_for_pickup", "attempt_failed", "delivered"})
PROBLEM = frozenset(
    {"lost", "damaged", "undeliverable", "refused", "pickup_expired", "returning", "returned"}
)
# What the customer is told of: an expired pickup becomes news when the parcel turns back.
TOLD_PROBLEMS = PROBLEM - {"pickup_expired"}
FINISHED = PROBLEM | {"delivered", "cancelled"}
# Where it is, or what has become of it, is told of by messages that speak of no date.
NO_LONGER_AWAITED = ARRIVING | PROBLEM
# A parcel that says nothing here is not missed: not with the carrier yet, waiting for its customer, over.
AT_REST = FINISHED | PAPER | {"ready_for_pickup"}
# Who stops following a parcel that was under way has not found it: that is no end of its silence.
NOT_MISSED = AT_REST - {"tracking_ended"}

_BACKWARDS = frozenset({"announced", "accepted", "cancelled"})
_JOURNEY = frozenset({"accepted", "in_transit", "customs"})

# From each state, what a scan that happened later can *not* make of the parcel: noise of the
# carrier's systems. Everything that is not listed moves it.
IGNORED: dict[str, frozenset[str]] = {
    "announced": frozenset(),
    "accepted": frozenset({"announced", "cancelled"}),
    "in_transit": _BACKWARDS,
    "customs": _BACKWARDS,
    "out_for_delivery": _BACKWARDS,
    "ready_for_pickup": _BACKWARDS | _JOURNEY,
    "attempt_failed": _BACKWARDS,
    "pickup_expired": _BACKWARDS | _JOURNEY,
    "refused": _BACKWARDS | _JOURNEY,
    "damaged": _BACKWARDS,
    "lost": frozenset({"announced", "cancelled"}),
    "undeliverable": _BACKWARDS | _JOURNEY,
    "returning": _BACKWARDS | _JOURNEY | {"out_for_delivery", "attempt_failed"},
    "returned": PARCEL - {"returned"},
    "cancelled": frozenset({"announced"}),
    "tracking_ended": frozenset({"announced", "cancelled"}),
}

# What takes a delivery back, when it happened after it. A journey scan needs `CORRECTION_REASONS`
# beside it; a van needs hours in between (systems that stamp a scan late do so by minutes).
CORRECTIONS = frozenset(
    {
        "attempt_failed",
        "refused",
        "undeliverable",
        "lost",
        "damaged",
        "returning",
        "returned",
        "pickup_expired",
    }
)
CORRECTION_REASONS = frozenset({"correction", "not_delivered", "delivered_in_error", "wrong_scan"})

ACTION_REASONS = frozenset(
    {
        "address", "wrong_address", "incomplete_address", "bad_address", "address_correction",
        "customs_documents", "customs_payment", "payment", "payment_required", "duties", "phone_missing",
    }
)  # fmt: skip

SUPPLIER = {
    "supplier.ordered": "sent",
    "supplier.accepted": "accepted",
    "supplier.delayed": "preparing",
    "supplier.backordered": "backordered",
    "supplier.out_of_stock": "out_of_stock",
    "supplier.rejected": "rejected",
    "supplier.dispatched": "dispatched",
}

RETURN = {
    "return.declared": "declared",
    "return.instructions_sent": "instructions_sent",
    "return.in_transit": "in_transit",
    "return.received": "received",
    "return.accepted": "accepted",
    "return.rejected": "rejected",
}
RETURN_BEFORE_SENDING = frozenset({"declared", "acknowledged", "instructions_sent"})
RETURN_OVER = frozenset({"refunded", "rejected", "not_sent_back"})

COMPLAINT = {
    "complaint.filed": "filed",
    "complaint.info_requested": "info_requested",
    "complaint.closed": "closed",
}
COMPLAINT_UNDECIDED = frozenset({"filed", "acknowledged", "info_requested", "under_review"})
COMPLAINT_OVER = frozenset({"rejected", "remedied", "closed"})

# Of an order in these states nothing has left yet.
PREPARING = frozenset({"placed", "awaiting_payment", "confirmed", "processing", "partially_cancelled"})

# An order's state: the first row whose condition holds of its progress. Columns: some pieces have
# been delivered, all have; some have left, all have; work has begun.
ORDER = (
    ("delivered", "all_delivered"),
    ("partially_delivered", "some_delivered"),
    ("shipped", "all_shipped"),
    ("partially_shipped", "some_shipped"),
    ("partially_cancelled", "some_cancelled"),
    ("processing", "begun"),
    ("confirmed", "confirmed"),
    ("awaiting_payment", "unpaid"),
)
