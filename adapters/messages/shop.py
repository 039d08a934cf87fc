"""A brand as its mails and pages show it."""

from adapters.messages import links
from adapters.messages.clean import NAME, SENTENCES, clean, cleaned
from adapters.messages.colours import readable
from streams.domain.values import Value
from streams.domain.world import Brand


class Shop(Value, frozen=True):
    """A brand as its templates see it. `colours`: what stands in a style sheet -> what it is here."""

    name: str
    logo: str | None
    phone: str | None
    support: str | None
    address: str | None
    signature: str | None
    colours: dict[str, str]


def shop_of(brand: Brand) -> Shop:
    """Only what may be shown: its links checked, its colours made readable."""
    hosts = links.own_hosts(brand)
    return Shop(
        name=clean(brand.display_name, NAME),
        logo=links.allowed(brand.logo_url, hosts),
        phone=cleaned(brand.support_phone, 40),
        support=links.allowed(brand.support_url, hosts),
        address=cleaned(brand.address, SENTENCES),
        signature=cleaned(brand.signature, SENTENCES),
        colours={
            "#b0a001": readable(brand.colour, "#ffffff"),  # white words on it
            "#b0a002": readable(brand.colour, "#ffffff"),
            "#b0a003": readable(brand.colour, "#1c2128", towards="#ffffff"),  # words on the dark card
        },
    )
