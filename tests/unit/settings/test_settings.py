"""Settings: the environment over one file, and every mistake in one go."""

import datetime as dt
import re
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from streams.domain.kinds import KINDS, Kind
from streams.domain.ports import ConfigurationError
from streams.domain.values import QuietHours
from streams.domain.world import Brand, Limits
from streams.settings import Carrier, Kafka, Senders, Settings, load_settings
from streams.settings.model import Written
from streams.settings.tables import duration
from tests.smtp.certificates import certificate

EXAMPLE = Path(__file__).parents[3] / "deploy" / "orderherald.example.toml"


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "orderherald.toml"
    file.write_text(text)
    return file


def mistakes(file: Path | None = None, **env: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        load_settings(file, {f"ORDERHERALD_{name}": value for name, value in env.items()})
    return str(raised.value).splitlines()


def settings(file: Path | None = None, **env: str) -> Settings:
    return load_settings(file, {f"ORDERHERALD_{name}": value for name, value in env.items()})


def test_nothing_written_is_a_whole_configuration_that_sends_nothing() -> None:
    got = settings()
    assert (got.partitions, got.replication, got.create_topics) == (12, None, True)
    assert (got.topic_prefix, got.delivery, got.defaults.delivery) == ("", "off", "off")
    assert got.web_address == ("127.0.0.1", 8080)
    assert (got.kinds, got.limits) == (KINDS, Limits())


def test_simulate_and_the_demo_are_live_unless_told_otherwise() -> None:
    assert load_settings(None, {}, delivery="live").defaults.delivery == "live"
    told = load_settings(None, {"ORDERHERALD_DELIVERY": "off"}, delivery="live")
    assert (told.delivery, told.defaults.delivery) == ("off", "off")


def test_the_fixed_variables_mean_what_the_contract_says() -> None:
    got = settings(
        BROKERS="a:9092,b:9092",
        TOPIC_PREFIX="test.",
        PARTITIONS="6",
        REPLICATION="3",
        CREATE_TOPICS="0",
        SMTP_URL="smtp://127.0.0.1:25",
        DELIVERY="redirect:qa@example.com",
        MAIL_FROM="Shop <orders@example.com>",
        WEB="[::1]:9000",
        LOG="text",
        KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        KAFKA_SASL_USERNAME="worker",
        KAFKA_SASL_PASSWORD="hush",
    )
    assert got.brokers == "a:9092,b:9092"
    assert (got.topic_prefix, got.partitions, got.replication, got.create_topics) == ("test.", 6, 3, False)
    assert got.providers == {"smtp": "smtp://127.0.0.1:25"}
    assert got.defaults.delivery == got.delivery == "redirect:qa@example.com"
    assert got.defaults.mail_from == "Shop <orders@example.com>"
    assert (got.web_address, got.log) == (("::1", 9000), "text")
    assert got.kafka.sasl_password == "hush"


def test_a_server_given_in_the_environment_is_the_one_that_mail_goes_by(tmp_path: Path) -> None:
    file = written(tmp_path, '[providers]\nmain = "smtp://a.example.com"\n')
    assert settings(file).mail_provider is None
    assert settings(file, SMTP_URL="smtp://127.0.0.1").mail_provider == "smtp"
    named = written(tmp_path, 'mail_provider = "main"\n[providers]\nmain = "smtp://a.example.com"\n')
    assert settings(named, SMTP_URL="smtp://127.0.0.1").mail_provider == "main"


@pytest.mark.parametrize(("text", "meant"), [("0", False), ("1", True), ("no", False), ("true", True)])
def test_yes_and_no_may_be_spelt_as_operators_do(text, meant) -> None:
    assert settings(CREATE_TOPICS=text).create_topics is meant


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, 'partitions = 4\n[brands.acme]\nname = "Acme"\nlocale = "pl"\n')
    got = settings(file, PARTITIONS="8", BRANDS_ACME_NAME="Acme & Co", LIMITS_PARK_FOR="7d")
    assert got.partitions == 8
    assert (got.brands["acme"].name, got.brands["acme"].locale) == ("Acme & Co", "pl")
    assert got.limits.park_for == dt.timedelta(days=7)


def test_a_variable_finds_a_brand_whatever_its_spelling(tmp_path: Path) -> None:
    file = written(tmp_path, '[brands."north-sea.shop"]\nname = "North"\n')
    got = settings(file, BRANDS_NORTH_SEA_SHOP_MAIL_FROM="n@example.com")
    assert got.brands["north-sea.shop"].mail_from == "n@example.com"


def test_a_variable_may_name_a_brand_that_the_file_does_not_have() -> None:
    assert settings(BRANDS_ACME_TIMEZONE="Europe/Vilnius").brands["acme"].timezone == "Europe/Vilnius"


def test_lists_and_tables_fit_into_a_variable() -> None:
    got = settings(
        DEFAULTS_HOSTS="a.example.com, b.example.com",
        KINDS_SHIPPED_HOLD="10m",
        BRANDS_ACME_KINDS='{"delay": {"enabled": false}}',
        CALENDARS_PL_CLOSED='["2026-12-24"]',
    )
    assert got.defaults.hosts == ("a.example.com", "b.example.com")
    assert got.kinds["shipped"].hold == dt.timedelta(minutes=10)
    assert got.brands["acme"].kinds == {"delay": {"enabled": False}}
    assert got.calendars["PL"].closed == (dt.date(2026, 12, 24),)


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "smtp"
    secret.write_text("smtp://user:hush@127.0.0.1\n")
    assert settings(SMTP_URL_FILE=str(secret)).providers["smtp"] == "smtp://user:hush@127.0.0.1"
    assert mistakes(SMTP_URL_FILE=str(tmp_path / "none")) == [
        "ORDERHERALD_SMTP_URL_FILE: the file that it names can't be read"
    ]


def test_an_option_of_a_provider_may_come_from_the_environment(tmp_path: Path) -> None:
    file = written(tmp_path, '[providers.texts]\nuse = "smsapi"\n')
    got = settings(file, PROVIDERS_TEXTS_TOKEN="hush", PROVIDERS_MAIN="smtp://127.0.0.1")
    assert got.providers == {"texts": {"use": "smsapi", "token": "hush"}, "main": "smtp://127.0.0.1"}


def test_an_empty_variable_is_none() -> None:
    assert settings(TOPIC_PREFIX="", PARTITIONS="").partitions == 12


def test_what_kubernetes_and_our_own_supervisor_say_is_no_setting() -> None:
    settings(
        PORT="tcp://10.0.0.1:8080",
        PORT_8080_TCP="tcp://10.0.0.1:8080",
        PORT_8080_TCP_ADDR="10.0.0.1",
        SERVICE_HOST="10.0.0.1",
        WEB_SERVICE_PORT="8080",
        CONTROL="/run/x.sock",
        PEERS="a=/run/a.sock",
    )


def test_every_mistake_is_told_at_once_with_where_it_was_made(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        partitons = 6
        delivery = "loud"
        [limits]
        attempts = "many"
        park_for = "soon"
        [brands.acme]
        timezone = "Europe/Warschau"
        colour = "blue"
        quiet_hours = {from = "9pm", to = "08:00"}
        [brands.acme.kinds.shiped]
        hold = "1h"
        [brands.acme.kinds.delay]
        channels = ["fax"]
        [calendars.Poland]
        closed = [2026-12-24]
        """,
    )
    got = mistakes(file, PARTITIONS="six", BRANDS_ACME_MAIL_FROM="nobody", CREAT_TOPICS="1")
    for sentence in (
        "partitons: no such setting, did you mean partitions?",
        "ORDERHERALD_PARTITIONS: expected a whole number",
        "ORDERHERALD_CREAT_TOPICS: no such setting, did you mean ORDERHERALD_CREATE_TOPICS?",
        "delivery: expected live, redirect:ADDRESS, allow:PATTERN,… or off, got 'loud'",
        "limits.attempts: expected a whole number, got 'many'",
        "limits.park_for: expected a duration like 45m, 4h or 30d, got 'soon'",
        "brands.acme.timezone: no such time zone: 'Europe/Warschau'",
        "brands.acme.colour: expected a colour like #1f5f8b, got 'blue'",
        "brands.acme.quiet_hours.from: expected a time of day like 21:00, got '9pm'",
        "brands.acme.kinds.shiped: no such kind of message, did you mean shipped?",
        "brands.acme.kinds.delay.channels: expected a list, each 'email' or 'sms', got a list",
        "ORDERHERALD_BRANDS_ACME_MAIL_FROM: expected a mail address, got 'nobody'",
        "calendars.Poland: expected a country code of two capitals",
    ):
        assert any(each.startswith(sentence) for each in got), (sentence, got)
    assert len(got) == 13


def test_a_mistake_in_what_all_brands_share_is_told_once(tmp_path: Path) -> None:
    file = written(tmp_path, '[defaults]\ntimezone = "Mars"\n[brands.a]\n[brands.b]\n')
    assert mistakes(file) == ["defaults.timezone: no such time zone: 'Mars'"]


def test_a_file_that_is_missing_or_no_toml_is_one_sentence(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "none.toml") == [
        f"{tmp_path / 'none.toml'}: can't be read: No such file or directory"
    ]
    assert "not TOML" in mistakes(written(tmp_path, "partitions = "))[0]


def test_whoever_names_a_provider_names_one_that_there_is(tmp_path: Path) -> None:
    file = written(tmp_path, '[providers]\nmain = "smtp://127.0.0.1"\n[brands.a]\nmail_provider = "mian"\n')
    assert mistakes(file) == ["brands.a.mail_provider: no provider is called 'mian', did you mean main?"]


def test_sasl_without_a_password_is_told_before_kafka_is_asked() -> None:
    assert mistakes(KAFKA_SECURITY_PROTOCOL="SASL_SSL", KAFKA_SASL_USERNAME="worker") == [
        "kafka.sasl_password: missing: SASL_SSL needs it"
    ]


def test_tls_files_of_no_use_are_told_before_a_client_fails_on_them(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing\n")
    key = ec.generate_private_key(ec.SECP256R1())
    form, locked = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"hush")
    (tmp_path / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, locked))
    one = certificate("worker", key, None, key, authority=True)
    (tmp_path / "one.pem").write_bytes(one.public_bytes(serialization.Encoding.PEM))
    no, one_pem, key_pem = (str(tmp_path / name) for name in ("no.pem", "one.pem", "key.pem"))

    assert mistakes(KAFKA_SSL_CAFILE=no) == [
        "ORDERHERALD_KAFKA_SSL_CAFILE: holds no certificate in PEM",
    ]
    unfit = "ORDERHERALD_KAFKA_SSL_CERTFILE: holds no certificate in PEM, or its key or password don't fit"
    assert mistakes(KAFKA_SSL_CERTFILE=no) == [unfit]
    fitting = {"KAFKA_SSL_CERTFILE": one_pem, "KAFKA_SSL_KEYFILE": key_pem}
    assert mistakes(**fitting) == [unfit]
    assert mistakes(**fitting, KAFKA_SSL_PASSWORD="wrong") == [unfit]
    assert settings(**fitting, KAFKA_SSL_PASSWORD="hush").kafka.ssl_keyfile == key_pem
    assert mistakes(KAFKA_SSL_KEYFILE=key_pem, KAFKA_SSL_PASSWORD="hush") == [
        "kafka.ssl_certfile: missing: ssl_keyfile is of no use without it",
    ]


def test_a_key_where_the_name_of_its_file_belongs_is_not_shown() -> None:
    pasted = "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----"
    assert mistakes(KAFKA_SSL_CERTFILE=EXAMPLE.name * 100, KAFKA_SSL_KEYFILE=pasted) == [
        f"ORDERHERALD_KAFKA_SSL_CERTFILE: no such file: {EXAMPLE.name * 100}",
        "ORDERHERALD_KAFKA_SSL_KEYFILE: expected the name of a file, got what one holds",
    ]


def test_a_secret_that_is_nothing_is_told_before_a_page_is_opened_with_it(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    nothing = "holds nothing; leave it out to keep closed what it opens"
    assert mistakes(WEB_TOKEN_FILE=str(tmp_path / "empty")) == [f"ORDERHERALD_WEB_TOKEN_FILE: {nothing}"]
    assert mistakes(written(tmp_path, 'link_secret = " "\n')) == [f"link_secret: {nothing}"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[kinds]\nshipped = 5", "kinds.shipped: expected a table, got 5"),
        ("[limits]\nask_within = '0s'", "limits.ask_within: must be longer than nothing"),
        ("[limits]\nretry_most = '0s'", "limits.retry_most: must be longer than nothing"),
        ("[kinds.shipped]\nmax_age = '0s'", "kinds.shipped.max_age: must be longer than nothing"),
        ("partitions = 2026-03-05", "partitions: expected a whole number, got 2026-03-05"),
        (f"partitions = '{'9' * 5000}x'", f"partitions: expected a whole number, got '{'9' * 79}…"),
    ],
)
def test_one_mistake_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    assert mistakes(written(tmp_path, text)) == [sentence]


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        web_token = 424242
        link_secret = ["hush-hush"]
        smtp_url = "http://user:hush-hush@127.0.0.1"
        [providers]
        main = 424242
        [kafka]
        sasl_password = 424242
        """,
    )
    told = "\n".join(mistakes(file, KAFKA_SSL_PASSWORD='{"a": "hush-hush"}'))
    assert "hush-hush" not in told
    assert "424242" not in told
    shown = repr(settings(SMTP_URL="smtp://user:hush-hush@127.0.0.1", KAFKA_SASL_PASSWORD="hush-hush"))
    assert "hush" not in shown
    assert "hush" not in repr(settings(KAFKA_SASL_PASSWORD="hush").kafka)


def test_brands_share_what_is_written_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        delivery = "live"
        mail_from = "all@example.com"
        [defaults]
        locale = "lt"
        quiet_hours = {from = "22:00", to = "07:00"}
        [defaults.kinds.delay]
        enabled = false
        [brands.own]
        delivery = "off"
        locale = "pl"
        [brands.own.kinds.shipped]
        hold = "5m"
        """,
    )
    got = settings(file)
    own = got.brands["own"]
    assert (own.delivery, own.locale, own.mail_from) == ("off", "pl", "all@example.com")
    assert own.quiet_hours == got.defaults.quiet_hours == QuietHours("22:00", "07:00")
    assert own.kinds == {"delay": {"enabled": False}, "shipped": {"hold": dt.timedelta(minutes=5)}}
    assert (got.defaults.delivery, got.defaults.locale) == ("live", "lt")


def test_the_version_changes_with_what_decisions_depend_on_and_with_nothing_else(tmp_path: Path) -> None:
    plain = settings()
    assert settings(WEB="127.0.0.1:9", SMTP_URL="smtp://127.0.0.1").version == plain.version
    assert settings(LIMITS_ATTEMPTS="3").version != plain.version


def test_calendars_add_to_the_public_holidays_and_take_from_them(tmp_path: Path) -> None:
    file = written(tmp_path, "[calendars.PL]\nclosed = [2026-12-24]\nopen = [2026-01-06]\n")
    epiphany, christmas_eve = dt.date(2026, 1, 6), dt.date(2026, 12, 24)
    days = settings(file).holidays(lambda _country, _year: frozenset({epiphany}))
    assert days("PL", 2026) == {christmas_eve}
    assert days("PL", 2027) == set()
    assert days("LT", 2026) == {epiphany}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("45m", dt.timedelta(minutes=45)),
        ("1d12h", dt.timedelta(hours=36)),
        ("1.5 h", dt.timedelta(minutes=90)),
        ("250ms", dt.timedelta(milliseconds=250)),
        ("soon", None),
        ("5 minutes", None),
        ("", None),
    ],
)
def test_durations_are_written_as_people_say_them(text: str, span: dt.timedelta | None) -> None:
    assert duration(text) == span


@pytest.mark.parametrize("span", ["45", '"45"', "1.5", "true"])
def test_a_span_without_a_unit_is_refused(span: str, tmp_path: Path) -> None:
    for setting in ("hold", "useful_for"):
        [sentence] = mistakes(written(tmp_path, f"[kinds.shipped]\n{setting} = {span}\n"))
        assert sentence.startswith(f"kinds.shipped.{setting}: expected a duration like 45m, 4h or 30d, got ")


@pytest.mark.parametrize("to", ["foo", "qa@example.com,foo", ","])
def test_what_is_redirected_arrives_somewhere(to: str) -> None:
    [sentence] = mistakes(DELIVERY=f"redirect:{to}")
    assert sentence.startswith("ORDERHERALD_DELIVERY: expected live, redirect:ADDRESS, ")
    assert settings(DELIVERY="redirect:qa@example.com, +48600000001").delivery


def test_a_built_in_clock_may_be_changed_in_part_and_a_new_country_says_all(tmp_path: Path) -> None:
    new = "withdrawal = 14\nsend_back = 14\nrefund = 30\ncomplaint = 30\ndelivery = 30\n"
    source = 'sources = [{ text = "angrerettloven, § 21", read = 2026-11-22 }]\n'
    file = written(tmp_path, f"[jurisdictions.LT]\nrefund = 10\n[jurisdictions.NO]\n{new}{source}")
    got = settings(file).jurisdictions
    assert (got["LT"].refund, got["LT"].complaint, got["LT"].silence) == (
        *(10, 14),
        "In Lithuania the consumer may then go to the authority (VVTAT).",
    )
    assert (got["NO"].refund, got["NO"].sources[0].read) == (30, dt.date(2026, 11, 22))
    assert settings(file).version != settings().version


def test_a_clock_without_its_source_or_with_impossible_days_is_refused(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [jurisdictions.NO]
        withdrawal = 14
        [jurisdictions.LT]
        refund = 0
        [jurisdictions.PL]
        widthdrawal = 14
        sources = []
        [jurisdictions.Poland]
        """,
    )
    told = mistakes(file)
    assert "jurisdictions.NO.sources: missing" in told
    assert "jurisdictions.PL.widthdrawal: no such setting, did you mean withdrawal?" in told
    assert "jurisdictions.PL.sources: missing: a clock without its source can't be checked by anybody" in told
    assert any(sentence.startswith("jurisdictions.LT.refund: expected") for sentence in told)
    assert "jurisdictions.Poland: expected a country code of two capitals" in told


def test_remedies_that_make_no_sense_are_refused_each_by_its_place(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [[brands.acme.remedies]]
        remedy = "voucher"
        [[brands.acme.remedies]]
        remedy = "free_delivery"
        percent = 10
        [[brands.acme.remedies]]
        remedy = "partial_refund"
        percent = 200
        late = 3
        """,
    )
    assert mistakes(file) == [
        "brands.acme.remedies.2.late: no such setting, did you mean late_days?",
        "brands.acme.remedies.0: voucher needs a percent or an amount, and not both",
        "brands.acme.remedies.1: free_delivery refunds what it cost: it takes no percent and no amount",
        "brands.acme.remedies.2.percent: expected 1 to 100, got 200",
    ]


def test_remedies_are_counted_in_one_currency(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [brands.acme]
        remedy_cap = { amount = "10", currency = "PLN" }
        remedy_budget = { amount = "900", currency = "EUR" }
        [[brands.acme.remedies]]
        remedy = "voucher"
        orders = 0
        gap = "0s"
        amount = { amount = "10", currency = "PLN" }
        """,
    )
    assert mistakes(file) == [
        "brands.acme.remedy_budget: must be in the currency of remedy_cap",
        "brands.acme.remedies.0.orders: expected at least 1, got 0",
        "brands.acme.remedies.0.gap: must be longer than nothing",
        "brands.acme.remedies.0.amount: in another currency than its bound, EUR",
    ]


def test_a_carriers_silence_holds_where_nothing_is_said_of_the_country(tmp_path: Path) -> None:
    file = written(tmp_path, '[carriers.InPost]\nsilence = "60h"\ncountries = { LT = "96h" }\n')
    silence = load_settings(file, {}).silence()
    hours = [silence(name, country) for name, country in (("inpost ", "PL"), ("INPOST", "LT"), ("dpd", "PL"))]
    assert hours == [dt.timedelta(hours=60), dt.timedelta(hours=96), None]


def test_a_silence_that_can_not_be_is_refused_by_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, '[carriers.dpd]\nsilence = "0h"\ncountries = { Poland = "3h", LT = "0s" }\n')
    assert mistakes(file) == [
        "carriers.dpd.countries.Poland: expected a country code of two capitals",
        "carriers.dpd.silence: must be longer than nothing",
        "carriers.dpd.countries.LT: must be longer than nothing",
    ]


def test_a_measured_silence_changes_the_version_of_what_is_decided(tmp_path: Path) -> None:
    plain = load_settings(None, {}).version
    assert load_settings(written(tmp_path, '[carriers.dpd]\nsilence = "60h"\n'), {}).version != plain


def test_windows_that_can_never_be_met_are_refused(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [limits]
        retry_first = "2h"
        attempts = 0
        [kinds.shipped]
        hold = "3d"
        [kinds.delay]
        channels = []
        """,
    )
    assert mistakes(file) == [
        "kinds.shipped.hold: must be shorter than max_age, or it is stale before it is sent",
        "kinds.delay.channels: needs a channel; enabled = false switches a kind off",
        "limits.attempts: expected at least 1, got 0",
        "limits.retry_first: must not be longer than retry_most",
    ]
    file = written(tmp_path, '[kinds.shipped]\nmax_age = "1h"\n[brands.acme.kinds.shipped]\nhold = "2h"\n')
    assert mistakes(file) == [
        "brands.acme.kinds.shipped.hold: must be shorter than max_age, or it is stale before it is sent"
    ]


def test_waits_that_outlast_one_another_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, '[limits]\nsurvey_after = "9d"\nreview_after = "7d"\ncomplete_after = "7d"\n')
    assert mistakes(file) == [
        "limits.survey_after: must be shorter than ask_within, or nobody is ever asked",
        "limits.review_after: must be shorter than ask_within, or nobody is ever asked",
        "limits.complete_after: must be longer than ask_within, or all is over before it",
    ]


def test_hours_that_leave_nothing_of_the_day_are_refused(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        [kinds.arriving_tomorrow.quiet]
        from = "07:30"
        to = "21:00"
        [kinds.out_for_delivery.quiet]
        from = "07:30"
        to = "21:00"
        [brands.acme.quiet_hours]
        from = "21:00"
        to = "07:29"
        [brands.never_quiet.quiet_hours]
        from = "22:00"
        to = "22:00"
        """,
    )
    left = "with the brand's quiet hours, no minute of the day is left to send it in"
    assert mistakes(file) == [f"defaults.kinds.arriving_tomorrow.quiet: {left}"]


def test_money_that_is_none_is_told_how_it_is_written(tmp_path: Path) -> None:
    file = written(tmp_path, '[brands.a]\nremedy_cap = { amount = "a lot", currency = "zł" }\n')
    assert mistakes(file) == [
        "brands.a.remedy_cap.amount: expected an amount in quotes, like 12.50, got 'a lot'",
        "brands.a.remedy_cap.currency: expected a currency of three capitals, like EUR, got 'zł'",
    ]


def test_the_example_file_is_right() -> None:
    got = load_settings(EXAMPLE, {})
    assert got.brands["acme"].name == "Acme"


def test_what_the_example_calls_a_default_is_one() -> None:
    got = load_settings(EXAMPLE, {})
    plain = load_settings(None, {"ORDERHERALD_BROKERS": "127.0.0.1:9092"})
    same = ("brokers", "topic_prefix", "partitions", "replication", "create_topics", "web", "kafka", "limits")
    assert [getattr(got, name) for name in same] == [getattr(plain, name) for name in same]
    assert got.kinds["shipped"] == KINDS["shipped"]
    assert got.defaults == msgspec.structs.replace(plain.defaults, mail_from="orders@example.com")


@pytest.mark.parametrize("struct", [Written, Kafka, Senders, Limits, Kind, Brand, Carrier])
def test_every_setting_is_in_the_example_file(struct: type[msgspec.Struct]) -> None:
    text = EXAMPLE.read_text()
    for field in msgspec.structs.fields(struct):
        if (struct, field.name) in ((Brand, "id"), (Kind, "name")):  # the names of their tables
            continue
        assert re.search(rf"^(# )?(\[.*)?\b{field.encode_name}\b", text, re.MULTILINE), field.encode_name


def test_senders_of_text_messages_are_names_or_numbers_that_their_country_takes(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[defaults]\nsms_sender = "Meadow and Company"\n[brands.acme]\nsms_sender = "+48600000000"\n'
        '[brands.acme.sms_senders]\nDE = "Wiese"\nus = "+12025550123"\nUS = "Acme"\nPL = "Łąka"\n',
    )
    what = "expected a name of at most 11 plain letters, digits and spaces, or a number of 3 to 15 digits"
    assert mistakes(file) == [
        f"defaults.sms_sender: {what}, got 'Meadow and Company'",
        "brands.acme.sms_senders.us: expected a country code of two capitals",
        "brands.acme.sms_senders.US: US takes no names: a number that was rented there is needed",
        f"brands.acme.sms_senders.PL: {what}, got 'Łąka'",
    ]


def test_senders_by_country_can_be_set_in_the_environment_too(tmp_path: Path) -> None:
    file = written(tmp_path, '[brands.acme]\nname = "Acme"\n')
    got = settings(file, BRANDS_ACME_SMS_SENDERS='{"DE": "Wiese", "US": "+12025550123"}')
    assert got.brands["acme"].sms_senders == {"DE": "Wiese", "US": "+12025550123"}
