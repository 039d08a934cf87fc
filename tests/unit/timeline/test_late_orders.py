"""An order that is heard of late: what its scans say now, and what may only be its past."""

import pytest

from tests.unit.timeline.rig import Shop, order_data

LOCKER = {"pickup": {"point": "W1", "code": "1", "deadline": "2026-03-06T10:00:00+01:00"}}


@pytest.mark.parametrize(
    ("status", "more", "kind"),
    [
        ("out_for_delivery", {}, "out_for_delivery"),
        ("ready_for_pickup", LOCKER, "ready_for_pickup"),
        ("attempt_failed", {}, "attempt_failed"),
        ("customs", {"reason": "customs_payment"}, "action_required"),
    ],
)
@pytest.mark.parametrize("scans_too", [False, True])
def test_what_is_urgent_goes_at_once_where_only_its_order_was_late(status, more, kind, scans_too):
    shop = Shop()
    heard = "03-04 11:00" if scans_too else "03-04 09:00"
    if not scans_too:
        shop.scan(status, "03-04 09:00", heard, **more)
    shop.happens("order.placed", "03-02 10:00", "03-04 11:00", **order_data())
    if scans_too:
        shop.scan(status, "03-04 09:00", heard, **more)
    assert (kind in shop.kinds) is not scans_too

    shop.until("03-04 11:05")  # by then the past of an import has been told to its end
    assert shop.times(kind) == ["03-04 11:05" if scans_too else "03-04 11:00"]
