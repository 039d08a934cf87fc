"""Carriers as customers know them: the name to show, and the hosts of their own tracking pages.

A tracking page on any other host is not linked: an event may carry whatever address its sender liked.
The hosts are those that parcels in Poland, Lithuania and their neighbours are known to be tracked on,
written down from memory of the carriers' public pages and not checked against them: a host that is
missing costs a link, none shows what it shouldn't. A brand adds its own by `hosts`.
"""

NAMES: dict[str, str] = {
    "allegro-one": "Allegro One",
    "cainiao": "Cainiao",
    "dhl": "DHL",
    "dhl-express": "DHL Express",
    "dpd": "DPD",
    "fedex": "FedEx",
    "gls": "GLS",
    "hermes": "Hermes",
    "inpost": "InPost",
    "lp-express": "LP Express",
    "lp_express": "LP Express",
    "omniva": "Omniva",
    "orlen-paczka": "ORLEN Paczka",
    "orlen_paczka": "ORLEN Paczka",
    "packeta": "Packeta",
    "poczta-polska": "Poczta Polska",
    "poczta_polska": "Poczta Polska",
    "postnl": "PostNL",
    "tnt": "TNT",
    "ups": "UPS",
    "usps": "USPS",
    "venipak": "Venipak",
}

HOSTS: frozenset[str] = frozenset(
    (
        "allegro.pl",
        "dhl.com",
        "dhl.de",
        "dhl.pl",
        "dhl24.com.pl",
        "dhlparcel.nl",
        "dpd.com",
        "dpd.com.pl",
        "dpd.de",
        "dpd.lt",
        "dpdgroup.com",
        "fedex.com",
        "gls-group.com",
        "gls-group.eu",
        "gls-poland.com",
        "inpost.pl",
        "inpost.eu",
        "lpexpress.lt",
        "post.lt",
        "myhermes.de",
        "omniva.lt",
        "omniva.eu",
        "omniva.ee",
        "orlenpaczka.pl",
        "packeta.com",
        "packeta.pl",
        "poczta-polska.pl",
        "postnl.nl",
        "tnt.com",
        "ups.com",
        "usps.com",
        "venipak.com",
        "venipak.lt",
        "cainiao.com",
    )
)


def display_name(carrier: str | None) -> str | None:
    """`inpost` as `InPost`; a carrier that is not on the list as it was written."""
    return NAMES.get(carrier.strip().lower(), carrier) if carrier else None
