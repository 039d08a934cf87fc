"""The demo's three shops: made-up brands, each with its language, colours, goods, carriers and people."""

from typing import NamedTuple

from streams.domain.values import Value
from streams.domain.world import Brand


class Good(NamedTuple):
    """Something to buy; `price` is in the shop's currency, as the contract writes money."""

    sku: str
    title: str
    price: str


class Shop(Value, frozen=True):
    """A brand and what its sample orders are drawn from. `phone`: a format for one to six digits."""

    brand: Brand
    language: str
    country: str
    currency: str
    number: str
    carriers: tuple[str, ...]
    locker_carrier: str
    lockers: tuple[tuple[str, str], ...]
    goods: tuple[Good, ...]
    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    phone: str
    delivery_price: str
    method: str
    street_form: str = "{street} {house}"

    @property
    def language_tag(self) -> str:
        return self.brand.locale


FERNWHISTLE = Shop(
    brand=Brand(
        id="fernwhistle",
        name="Fernwhistle",
        locale="en",
        timezone="Europe/London",
        delivery="live",
        colour="#2f6b4f",
        support_email="hello@fernwhistle.example",
        support_phone="+44 20 7946 0100",
        mail_from="orders@fernwhistle.example",
        address="Fernwhistle Ltd, 4 Mill Lane, Leeds, United Kingdom",
        sms_sender="Fernwhistle",
        hosts=("tracking.example", "pay.example"),
    ),
    language="English",
    country="GB",
    currency="GBP",
    number="FW-{}",
    carriers=("dpd", "dhl"),
    locker_carrier="inpost",
    lockers=(
        ("LDS014", "Station Road 2, Leeds"),
        ("YRK007", "Monkgate 41, York"),
        ("BRI021", "Gloucester Road 188, Bristol"),
    ),
    goods=(
        Good("FW-101", "Waxed canvas rucksack", "89.00"),
        Good("FW-114", "Enamel camping mug, pair", "18.50"),
        Good("FW-120", "Merino walking socks", "16.00"),
        Good("FW-133", "Storm lantern, brass", "42.00"),
        Good("FW-140", "Wool picnic blanket", "54.90"),
        Good("FW-152", "Folding pocket stove", "31.00"),
        Good("FW-167", "Field notebook, set of three", "12.00"),
    ),
    given_names=("Alice", "Tom", "Priya", "Owen", "Grace", "Callum", "Maya", "Harriet"),
    family_names=("Ashdown", "Birch", "Coldwell", "Dale", "Fenwick", "Hartley", "Marsh", "Rowan"),
    streets=("Orchard Street", "Mill Lane", "Chapel Walk", "Willow Close", "Harbour Row"),
    cities=(("LS1 4AB", "Leeds"), ("YO1 7HH", "York"), ("BS1 5TR", "Bristol"), ("EH1 1YZ", "Edinburgh")),
    phone="+447700000{:03d}",
    delivery_price="3.95",
    method="card",
    street_form="{house} {street}",
)

MODRZEWNIA = Shop(
    brand=Brand(
        id="modrzewnia",
        name="Modrzewnia",
        locale="pl",
        timezone="Europe/Warsaw",
        delivery="live",
        colour="#9a4a1c",
        support_email="pomoc@modrzewnia.example",
        support_phone="+48 22 000 01 00",
        mail_from="zamowienia@modrzewnia.example",
        address="Modrzewnia sp. z o.o., ul. Leśna 7, 30-001 Kraków",
        sms_sender="Modrzewnia",
        sms_transliterate={"pl": "auto"},
        hosts=("tracking.example", "pay.example"),
    ),
    language="Polish",
    country="PL",
    currency="PLN",
    number="M-{}",
    carriers=("dpd", "gls"),
    locker_carrier="inpost",
    lockers=(
        ("KRA118M", "ul. Długa 30, Kraków"),
        ("WRO042", "pl. Solny 5, Wrocław"),
        ("GDA077N", "ul. Morska 12, Gdańsk"),
    ),
    goods=(
        Good("MD-01", "Deska do krojenia z modrzewia", "129.90"),
        Good("MD-07", "Świecznik dębowy", "74.00"),
        Good("MD-12", "Stołek kuchenny, jesion", "319.00"),
        Good("MD-15", "Łyżki drewniane, komplet pięciu", "58.50"),
        Good("MD-21", "Półka na przyprawy", "149.00"),
        Good("MD-30", "Olej do drewna 250 ml", "39.90"),
        Good("MD-33", "Karmnik dla ptaków", "96.00"),
    ),
    given_names=("Zofia", "Jan", "Małgorzata", "Paweł", "Łucja", "Wojciech", "Bożena", "Michał"),
    family_names=("Brzoza", "Dąb", "Jesion", "Kalina", "Leszczyna", "Olcha", "Świerk", "Wierzba"),
    streets=("ul. Długa", "ul. Wiśniowa", "ul. Świętego Jana", "os. Słoneczne", "ul. Źródlana"),
    cities=(("30-001", "Kraków"), ("50-001", "Wrocław"), ("80-001", "Gdańsk"), ("90-001", "Łódź")),
    phone="+48600000{:03d}",
    delivery_price="12.99",
    method="BLIK",
)

RASOS_LENTYNA = Shop(
    brand=Brand(
        id="rasos-lentyna",
        name="Rasos lentyna",
        locale="lt",
        timezone="Europe/Vilnius",
        delivery="live",
        colour="#3b4fa0",
        support_email="labas@rasoslentyna.example",
        support_phone="+370 5 200 0100",
        mail_from="uzsakymai@rasoslentyna.example",
        address="MB „Rasos lentyna“, Miško g. 9, Vilnius",
        sms_sender="RasosLent",
        sms_transliterate={"lt": "auto"},
        hosts=("tracking.example", "pay.example"),
    ),
    language="Lithuanian",
    country="LT",
    currency="EUR",
    number="RL{}",
    carriers=("dpd", "venipak"),
    locker_carrier="omniva",
    lockers=(
        ("Vilnius Akropolis", "Ozo g. 25, Vilnius"),
        ("Kaunas Šilainiai", "Baltų pr. 53, Kaunas"),
        ("Klaipėda Studlendas", "Herkaus Manto g. 90, Klaipėda"),
    ),
    goods=(
        Good("RL-11", "Lininė staltiesė, 140 x 220 cm", "48.00"),
        Good("RL-14", "Žolelių arbata „Pieva“", "7.90"),
        Good("RL-19", "Keraminis dubuo, rankų darbo", "26.50"),
        Good("RL-22", "Bičių vaško žvakės, 6 vnt.", "14.20"),
        Good("RL-27", "Šiltas vilnonis pledas", "79.00"),
        Good("RL-31", "Užrašų knygelė su ąžuolo viršeliu", "19.90"),
        Good("RL-36", "Miško medus, 700 g", "11.50"),
    ),
    given_names=("Austėja", "Jonas", "Rūta", "Mantas", "Eglė", "Žygimantas", "Ieva", "Šarūnas"),
    family_names=("Beržaitė", "Ąžuolas", "Liepaitė", "Klevas", "Uosytė", "Žilvitis", "Pušytė", "Šermukšnis"),
    streets=("Gėlių g.", "Ežero g.", "Šviesos g.", "Žvejų g.", "Upės g."),
    cities=(("01100", "Vilnius"), ("44200", "Kaunas"), ("91200", "Klaipėda"), ("76200", "Šiauliai")),
    phone="+37061200{:03d}",
    delivery_price="2.99",
    method="bank_link",
)

SHOPS = (FERNWHISTLE, MODRZEWNIA, RASOS_LENTYNA)
BY_ID = {shop.brand.id: shop for shop in SHOPS}
