"""Who a text message comes from: the brand, by a name or a number that the customer's country takes."""

import msgspec
import pytest

from adapters import samples
from adapters.render import Templates
from adapters.sms.sender import sender_for
from streams.domain.senders import is_name, is_number
from streams.domain.world import Brand, World

BRAND = Brand(
    id="s", sms_sender="Meadow", sms_senders={"US": "+12025550123", "DE": "Wiese", "CN": "10690000"}
)


@pytest.mark.parametrize(
    ("number", "sender"),
    [
        ("+48600000000", "Meadow"),
        ("+4915112345678", "Wiese"),
        ("+12025550199", "+12025550123"),
        ("+8613912345678", "10690000"),
        ("+14165550123", None),  # Canada: the provider may have a number, a name would not arrive
        ("+17875550123", None),  # Puerto Rico
        ("+18765550123", "Meadow"),  # Jamaica: the same prefix, and names are taken
        ("nonsense", "Meadow"),
        ("+1", "Meadow"),
    ],
)
def test_the_country_of_the_number_decides(number, sender):
    assert sender_for(BRAND, number) == sender


def test_a_number_is_taken_everywhere_and_none_is_left_to_the_provider():
    assert sender_for(Brand(id="s", sms_sender="+48600100200"), "+12025550199") == "+48600100200"
    assert sender_for(Brand(id="s"), "+12025550199") is None
    assert sender_for(Brand(id="s"), "+48600000000") is None
    assert sender_for(Brand(id="s", sms_sender="Meadow"), "+12025550199") is None


def test_the_message_carries_it():
    brand = msgspec.structs.replace(samples.BRAND, sms_senders={"PL": "Laka"})
    made = Templates(World(brands={"meadow": brand}))
    sms = samples.by_sms(samples.claims("shipped", "pl")["full"])
    assert made.sms(sms).sender == "Laka"
    assert made.sms(msgspec.structs.replace(sms, to="+4915112345678")).sender == "Meadow"


@pytest.mark.parametrize("name", ["Acme", "A", "Acme Shop 1", "24 Acme", "A.B-C_D"])
def test_names(name):
    assert is_name(name)
    assert not is_number(name)


@pytest.mark.parametrize("number", ["123", "10690000", "+48600000000", "48600000000"])
def test_numbers(number):
    assert is_number(number)
    assert not is_name(number)


@pytest.mark.parametrize(
    "wrong", ["", " ", "12", "Twelve Chars", "Łąka", "+", "+4860000000000000", "a\n", "---"]
)
def test_neither(wrong):
    assert not is_name(wrong)
    assert not is_number(wrong)
