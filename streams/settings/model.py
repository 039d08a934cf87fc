"""What can be set, as it is written (`Written`) and as it holds (`Settings`)."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from streams.domain.jurisdictions import Jurisdiction
from streams.domain.kinds import Kind
from streams.domain.values import Value
from streams.domain.world import Brand, Closures, Limits

Positive = Annotated[int, msgspec.Meta(ge=1, le=32_767)]  # which is all that Kafka takes of replicas
Spec = str | dict[str, object]
Silence = Callable[[str, str], dt.timedelta | None]
Holidays = Callable[[str, int], frozenset[dt.date]]


class Kafka(Value, frozen=True):
    """How the brokers are reached; the names are those that Kafka's own clients use."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_password: str | None = None

    def __repr__(self) -> str:
        """Without its passwords."""
        return f"Kafka({self.security_protocol})"


class Senders(Value, frozen=True):
    """How many messages are claimed at once; `rates`: provider or channel -> at most a second.

    A claim lasts two transactions besides its attempt, so there are more of them than connections
    (the provider's own option), or waiting for Kafka would bound the rate. What had not reached a
    connection when a process dies can't have been sent: asked again, it is no repeat to the customer.
    """

    email: Positive = 64
    sms: Positive = 4
    per_brand: Positive | None = None
    rates: dict[str, float] = msgspec.field(default_factory=dict)


class Carrier(Value, frozen=True):
    """A carrier, as `orderherald carriers` has measured it.

    `silence`: 99 of 100 parcels never went longer between two scans; longer is held for lost.
    `countries`: where it differs, by the country of delivery.
    """

    silence: dt.timedelta | None = None
    countries: dict[str, dt.timedelta] = msgspec.field(default_factory=dict)


class Written(Value, frozen=True):
    """The file and the environment, read but not yet joined with what they leave out."""

    brokers: str | None = None
    topic_prefix: str = ""
    partitions: Positive = 12
    replication: Positive | None = None
    create_topics: bool = True
    smtp_url: str | None = None
    delivery: str | None = None
    mail_from: str | None = None
    web: str = "127.0.0.1:8080"
    log: Literal["json", "text"] | None = None
    web_token: str | None = None
    link_secret: str | None = None
    mail_provider: str | None = None
    sms_provider: str | None = None
    kafka: Kafka = Kafka()
    senders: Senders = Senders()
    limits: Limits = Limits()
    kinds: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    defaults: dict[str, object] = msgspec.field(default_factory=dict)
    brands: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    providers: dict[str, Spec] = msgspec.field(default_factory=dict)
    calendars: dict[str, Closures] = msgspec.field(default_factory=dict)
    jurisdictions: dict[str, dict[str, object]] = msgspec.field(default_factory=dict)
    carriers: dict[str, Carrier] = msgspec.field(default_factory=dict)


class Settings(msgspec.Struct, frozen=True):
    """What holds for this process.

    `kinds`, `jurisdictions` and each of `brands` are complete: what is written, else the default.
    `defaults` is what an unknown shop gets. `delivery` is for brands that set nothing.
    `providers`: name -> URL or table, as the adapters' registry reads them; a written `smtp_url` is
    the one named `smtp`, by which all mail goes unless `mail_provider` or a brand names another.
    `version` changes with whatever decisions depend on.
    """

    brokers: str | None
    topic_prefix: str
    partitions: int
    replication: int | None
    create_topics: bool
    delivery: str
    web: str
    log: Literal["json", "text"] | None
    web_token: str | None
    link_secret: str | None
    mail_provider: str | None
    sms_provider: str | None
    kafka: Kafka
    senders: Senders
    limits: Limits
    kinds: dict[str, Kind]
    defaults: Brand
    brands: dict[str, Brand]
    providers: dict[str, Spec]
    calendars: dict[str, Closures]
    jurisdictions: dict[str, Jurisdiction]
    carriers: dict[str, Carrier]
    version: str

    def __repr__(self) -> str:
        """Without what is in it: a traceback or a log line must not show a password."""
        return f"Settings({len(self.brands)} brands, version {self.version})"

    @property
    def web_address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        host, _, port = self.web.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def every_brand(self) -> dict[str, Brand]:
        """The brands, and as "(any other)" what a shop gets that none of them is named for."""
        return {**self.brands, "(any other)": self.defaults}

    def silence(self) -> Silence:
        """How long a carrier's parcels are silent at most, going to a country; None: not measured."""
        known = {name.strip().casefold(): carrier for name, carrier in self.carriers.items()}

        def longest(carrier: str, country: str) -> dt.timedelta | None:
            found = known.get(carrier.strip().casefold())
            return found.countries.get(country, found.silence) if found is not None else None

        return longest

    def holidays(self, public: Holidays) -> Holidays:
        """The public holidays, as the calendars of this installation change them."""

        def days(country: str, year: int) -> frozenset[dt.date]:
            own = self.calendars.get(country)
            return public(country, year) if own is None else own.over(public(country, year), year)

        return days if self.calendars else public
