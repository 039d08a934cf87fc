"""The demo's settings: three live brands, and every wait shortened so that it is seen within seconds."""

import datetime as dt
from pathlib import Path

from msgspec.structs import replace

from streams.demo.broker import PARTITIONS
from streams.demo.shops import SHOPS
from streams.domain.kinds import KINDS
from streams.domain.values import QuietHours
from streams.domain.world import Limits
from streams.settings import Settings, load_settings

_SECOND = dt.timedelta(seconds=1)
HOLDS = {
    "shipped": 6 * _SECOND,
    "order_changed": 3 * _SECOND,
    "order_cancelled": 3 * _SECOND,
    "out_for_delivery": _SECOND,
    "delivered": 3 * _SECOND,
}
SETTLES = 5 * _SECOND
_NO_QUIET_HOURS = QuietHours("00:00", "00:00")

NOTES = (
    "All people, shops and parcels here are made up; mails and messages go no further than this page.",
    (
        f"Waits are shortened: parcels that leave within {HOLDS['shipped'].seconds} s make one message"
        f" (else 45 min), a delay counts once it has stood for {SETTLES.seconds} s (else 4 h),"
        " and there are no quiet hours."
    ),
)


def demo_settings(brokers: str, smtp_url: str, sms_folder: Path) -> Settings:
    """What a file of settings would say. The environment's own settings are left out on purpose."""
    settings = load_settings(env={}, delivery="live")
    return replace(
        settings,
        brokers=brokers,
        partitions=PARTITIONS,
        brands={shop.brand.id: replace(shop.brand, quiet_hours=_NO_QUIET_HOURS) for shop in SHOPS},
        kinds={name: replace(kind, hold=HOLDS.get(name, kind.hold)) for name, kind in KINDS.items()},
        limits=Limits(
            per_order_a_day=12,
            per_customer_a_day=40,
            delay_settles=SETTLES,
            delay_gap=20 * _SECOND,
            retry_first=_SECOND,
        ),
        providers={"sink": smtp_url, "phones": {"use": "console", "folder": str(sms_folder)}},
        mail_provider="sink",
        sms_provider="phones",
        version="demo",
    )
