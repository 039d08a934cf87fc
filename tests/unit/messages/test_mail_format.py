"""The bytes of a mail: headers as their RFCs want them, and signatures that another verifier accepts."""

import base64
import datetime as dt
import email
import email.policy
import re

import dkim
import icalendar
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import samples
from adapters.mail.compose import CRLF, Letter, compose, encoded_words, message_id, return_path
from adapters.mail.dkim import Signer
from adapters.render import Templates
from streams.domain.ports import ConfigurationError
from streams.domain.world import World

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def letter(**changes) -> Letter:
    plain = Letter(
        sender="shop@example.com",
        sender_name="Shop",
        recipient="anna@example.com",
        recipient_name=None,
        reply_to=None,
        subject="Order 1",
        text="Hello\n",
        html="<p>Hello</p>\n",
        key="n-1.email",
        thread="shop:1",
        date=NOW,
        feedback=("shipped", "shop", "T"),
    )
    return msgspec.structs.replace(plain, **changes)


def raw(one: Letter) -> bytes:
    headers, body = compose(one)
    return f"{CRLF.join(headers)}{CRLF}{CRLF}{body}".encode()


def parsed(one: Letter):
    return email.message_from_bytes(raw(one), policy=email.policy.default)


def test_the_headers_say_that_nobody_typed_this_and_which_order_it_belongs_to():
    message = parsed(letter())
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == "<n-1.email@example.com>"
    assert message["Date"] == "Mon, 02 Mar 2026 09:30:00 +0000"
    assert message["References"] == message["In-Reply-To"] == parsed(letter(key="n-2.email"))["References"]
    assert message["References"] != parsed(letter(thread="shop:2"))["References"]
    assert message["Feedback-ID"] == "shipped:shop:T:orderherald"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_nothing_in_the_headers_names_our_software_or_its_versions():
    assert not [name for name, _ in parsed(letter()).items() if name.lower().startswith(("x-", "user-agent"))]


@pytest.mark.parametrize("subject", [
    "Zamówienie 1001: przesyłka wyruszyła i dotrze w czwartek, 5 marca; prosimy o wyrozumiałość i ",
    "ž" * 240, "a" * 240, "Order 1: " + "word " * 40, "🙂" * 120, "=?utf-8?q?x?=", "plain",
])  # fmt: skip
def test_a_long_subject_is_folded_into_words_that_every_client_reads(subject):
    lines = next(h for h in compose(letter(subject=subject))[0] if h.startswith("Subject:")).split(CRLF)
    assert all(len(line) <= 78 for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])
    assert all(len(word) <= 75 for word in re.findall(r"=\?\S+\?=", " ".join(lines)))
    assert str(parsed(letter(subject=subject))["Subject"]) == " ".join(subject.split())


def test_a_long_token_is_never_folded():
    token = "https://shop.example.com/unsubscribe/" + "x" * 120
    headers, _ = compose(letter(unsubscribe=(token, "mailto:shop@example.com?subject=unsubscribe")))
    (header,) = (h for h in headers if h.startswith("List-Unsubscribe:"))
    assert f"<{token}>" in header
    assert "=?" not in header
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in headers


def test_one_click_is_offered_only_where_there_is_a_page_for_it():
    headers, _ = compose(letter(unsubscribe=("mailto:shop@example.com?subject=unsubscribe",)))
    assert not [h for h in headers if h.startswith("List-Unsubscribe-Post")]


@pytest.mark.parametrize("name", [
    "=?utf-8?q?Meadow_Refunds?=",
    'Łucja "Lu" Brzęczyszczykiewicz',
    "O'Hara, Scarlett", 'back\\slash "quoted"', "a" * 300, "🙂 " * 40, "<x@y.z>",
])  # fmt: skip
def test_names_survive_and_break_nothing(name):
    message = parsed(letter(recipient_name=name, sender_name=name))
    assert not message.defects
    assert message["To"].addresses[0].addr_spec == "anna@example.com"
    assert message["To"].addresses[0].display_name.split()[0][:20] == name.split()[0][:20]
    assert len(message["From"].addresses) == 1


@given(subject=st.text(max_size=300), name=st.text(max_size=100), text=st.text(max_size=500))
@settings(max_examples=150, deadline=None)
def test_whatever_text_there_is_the_mail_stays_a_mail(subject, name, text):
    text = text.encode("utf-8", "replace").decode().replace("\r", "").replace("\x00", "")
    one = letter(subject=subject, recipient_name=name, text=text + "\n")
    message = parsed(one)
    assert not message.defects
    assert len(message.keys()) == len(compose(one)[0])
    assert all(len(line) <= 998 for line in raw(one).split(b"\r\n"))
    assert b"\n" not in raw(one).replace(b"\r\n", b"")


@given(st.text(min_size=1, max_size=200))
def test_encoded_words_are_short_and_give_the_text_back(text):
    text = text.encode("utf-8", "replace").decode()
    words = encoded_words(text)
    assert all(len(word) <= 75 for word in words)
    assert b"".join(base64.b64decode(word[10:-2]) for word in words).decode() == text


def test_long_html_lines_are_wrapped_and_come_back_whole():
    html = "<p>" + "Wąż & żółw " * 3000 + "</p>\n"
    part = parsed(letter(html=html)).get_body(("html",))
    assert part.get_content().replace("\r\n", "\n") == html
    assert all(len(line) <= 78 for line in raw(letter(html=html)).split(b"\r\n\r\n", 1)[1].split(b"\r\n"))


def test_a_key_that_is_no_atom_still_gives_a_good_message_id():
    odd = message_id("n 1<>@ü", "example.com")
    assert re.fullmatch(r"<[0-9a-f]{20}@example\.com>", odd)
    assert odd == message_id("n 1<>@ü", "example.com")


def pem(key) -> bytes:
    none = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)


def published(key) -> bytes:
    """The DNS record that goes with a key."""
    if isinstance(key, rsa.RSAPrivateKey):
        der = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)
    plain = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(plain)


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def key(request):
    return (
        rsa.generate_private_key(65537, 2048)
        if request.param == "rsa"
        else ed25519.Ed25519PrivateKey.generate()
    )


@pytest.mark.parametrize("kind", ["order_confirmation", "delay", "review_request"])
@pytest.mark.parametrize("flavour", ["full", "hostile"])
def test_another_verifier_accepts_the_signature_and_notices_a_change(key, kind, flavour, tmp_path):
    path = tmp_path / "dkim.pem"
    path.write_bytes(pem(key))
    brand = msgspec.structs.replace(
        samples.BRAND, dkim_domain="meadow.example.com", dkim_selector="s1", dkim_key_file=str(path)
    )
    templates = Templates(World(brands={"meadow": brand}), link_secret=samples.SECRET)
    claim = samples.claims(kind, "pl")[flavour]
    signed = templates.mail(claim).raw
    asked = []

    def dns(name, timeout=5):
        asked.append(name)
        return published(key)

    assert dkim.verify(signed, dnsfunc=dns)
    assert asked[0].rstrip(b".") == b"s1._domainkey.meadow.example.com"
    assert dkim.verify(signed.replace(b"  ", b" "), dnsfunc=dns)  # relays may do that
    assert not dkim.verify(signed.replace(b"Zam=C3=B3wienie", b"Zam=C3=B3wienia"), dnsfunc=dns)
    assert not dkim.verify(re.sub(rb"\r\nFrom: ", b"\r\nFrom: Somebody ", signed), dnsfunc=dns)
    assert templates.mail(claim).raw == signed


@pytest.mark.parametrize("content", [b"", b"no key", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_key_of_no_use_is_told_without_showing_it(content, tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"shop\.example") as told:
        Signer.from_file("shop.example", "s1", str(path))
    assert "PRIVATE" not in str(told.value)
    with pytest.raises(ConfigurationError, match="be read"):
        Signer.from_file("shop.example", "s1", str(tmp_path / "missing"))


def test_a_brands_key_that_cannot_be_read_is_found_before_any_mail_needs_it(tmp_path):
    brand = msgspec.structs.replace(
        samples.BRAND, dkim_domain="d.example", dkim_selector="s", dkim_key_file=str(tmp_path / "none.pem")
    )
    Templates(World(brands={"meadow": samples.BRAND})).load_keys()
    for world in (World(brands={"meadow": brand}), World(defaults=brand)):
        with pytest.raises(ConfigurationError, match=r"d\.example"):
            Templates(world).load_keys()


def test_what_waits_until_an_hour_brings_an_entry_for_the_calendar():
    claim = samples.claims("ready_for_pickup", "pl")["full"]
    pickup = claim.content.parcels[0].pickup
    mail = Templates(samples.WORLD).mail(claim)
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert message.get_content_type() == "multipart/mixed"
    assert message.get_body(("html",)) is not None
    [file] = message.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "pickup.ics")
    [entry] = icalendar.Calendar.from_ical(file.get_content()).walk("VEVENT")
    assert entry.decoded("dtend") == pickup.deadline
    assert str(entry["summary"]) == mail.subject
    assert pickup.code not in file.get_content()
    assert not message.defects


@pytest.mark.parametrize("flavour", ["minimal", "hostile"])
def test_an_entry_holds_nothing_that_breaks_out_of_it(flavour):
    mail = Templates(samples.WORLD).mail(samples.claims("ready_for_pickup", "en")[flavour])
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    entries = [icalendar.Calendar.from_ical(file.get_content()) for file in message.iter_attachments()]
    assert len(entries) == (flavour == "hostile")
    for calendar in entries:
        assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT", "VALARM"]
        assert "\x00" not in calendar.to_ical().decode()


def test_other_kinds_bring_no_entry():
    mail = Templates(samples.WORLD).mail(samples.claims("shipped", "en")["full"])
    assert b"text/calendar" not in mail.raw


def test_a_bounce_comes_back_under_the_messages_own_name():
    brand = msgspec.structs.replace(samples.BRAND, return_path="bounces@meadow.example.com")
    world = World(brands={"meadow": brand})
    claim = samples.claims("shipped", "en")["full"]
    mail = Templates(world).mail(claim)
    stem = mail.message_id.strip("<>").rpartition("@")[0]
    assert mail.sender == f"bounces+{stem}@meadow.example.com"
    assert b"bounces" not in mail.raw
    assert Templates(samples.WORLD).mail(claim).sender == "orders@meadow.example.com"


def test_a_return_path_stays_within_what_an_envelope_takes():
    path = return_path(letter(key="n-1." + "k" * 60, bounces="a-rather-long-mailbox@example.com"))
    assert len(path.rpartition("@")[0]) <= 64
