"""*Send this to me*: through the brand's own provider, to the address that was typed and no other."""

import email
import email.policy
import http.client
import threading
import urllib.parse

import msgspec
import pytest

from adapters import samples
from adapters.preview import write_all
from adapters.preview_send import ByHand
from adapters.preview_server import Server
from adapters.registry import Providers, build_providers
from adapters.world import build_world
from streams.bootstrap.offline import by_hand
from streams.domain.ports import SendError
from streams.domain.world import Brand
from streams.settings import load_settings

replace = msgspec.structs.replace
ME = "me@example.org"


class Desk:
    """One provider for all that is sent, which stays to be looked at."""

    def __init__(self, specs=None, **brand):
        self.providers = build_providers({"post": "memory:"} if specs is None else specs)
        meadow = replace(samples.BRAND, **brand)
        world = build_world(brands={"meadow": meadow}, defaults=Brand(id=""))
        self.by_hand = ByHand(world, lambda: self.providers)

    def send(self, to=ME, kind="shipped", locale="en", shop="meadow", **more):
        return self.by_hand.send(kind, locale, {"to": to, "shop": shop, **more})

    @property
    def taken(self):
        return list(self.providers.mail["post"].taken.values())


def test_the_shown_message_goes_to_the_address_that_was_typed():
    desk = Desk()
    assert desk.send() == (True, "Handed to post for me@example.org.")
    (mail,) = desk.taken
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert mail.recipient == ME
    assert message["To"] == ME  # and no made-up customer's name
    assert message["Subject"] == "Order 1001: your parcel is on its way"


def changed():
    content = samples.claims("shipped", "en")["full"].content
    return msgspec.json.encode(content).decode().replace("Linen shirt", "Felt hat")


def test_what_was_changed_on_the_page_is_what_arrives():
    desk = Desk()
    assert desk.send(data=changed()).sent
    (mail,) = desk.taken
    assert b"Felt hat" in mail.raw
    assert b"Linen shirt" not in mail.raw


@pytest.mark.parametrize("data", ["", "{", '{"parcels": 1}'])
def test_data_that_cannot_be_shown_are_not_sent(data):
    desk = Desk()
    assert desk.send(data=data).text.startswith("Not sent: its data can’t be read. ")  # noqa: RUF001
    assert not desk.taken


def test_a_number_gets_the_text_message_with_or_without_its_country():
    for typed in ("+48 600 000 000", "600000000"):
        desk = Desk()
        assert desk.send(typed, locale="pl").sent
        (sms,) = desk.providers.sms["post"].taken.values()
        assert sms.recipient == "+48600000000"
        assert sms.sender == "Meadow"


def test_what_is_sent_twice_arrives_twice():
    desk = Desk()
    assert desk.send().sent
    assert desk.send().sent
    assert len(desk.taken) == 2
    assert len({mail.message_id for mail in desk.taken}) == 2


def test_its_links_are_none_of_the_installations():
    desk = Desk()
    desk.send(kind="survey")
    (mail,) = desk.taken
    assert b"c-42" not in mail.raw
    assert b"/feedback/" in mail.raw


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        ("live", ""),
        ("allow:*@example.org", ""),
        ("off", "“off”"),
        ("redirect:boss@example.com", "“redirect”"),
        ("allow:*@example.com", "“allow”"),
    ],
)
def test_a_mode_that_would_have_held_it_back_is_told_and_everybody_else_stays_out(delivery, told):
    desk = Desk(delivery=delivery)
    said = desk.send()
    assert said.sent
    assert (told in said.text) if told else said.text.endswith(f"{ME}.")
    assert [mail.recipient for mail in desk.taken] == [ME]


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("nobody", "no mail address, and no mobile number"),
        ("+48 22 000 00 00", "no mail address, and no mobile number"),  # a landline
        ("a b@example.org", "Not sent: that is no address that mail can be sent to (bad_address)."),
        ("me@example.org\r\nBcc: you@example.org", "Not sent: that is no address"),
    ],
)
def test_what_is_no_address_is_told_so_and_gets_nothing(to, told):
    desk = Desk()
    assert told in desk.send(to).text
    assert not desk.taken


def test_a_failure_is_told_with_what_it_means():
    desk = Desk()
    desk.providers.mail["post"].failing = SendError("connect_refused")
    assert desk.send() == (False, "Not sent: nothing listens there: check host and port (connect_refused).")
    desk.providers.mail["post"].failing = SendError("disconnect_content", in_doubt=True)
    assert desk.send().text.endswith("It may have arrived all the same.")
    assert (
        Desk({"post": "memory:"}, mail_from=None).send().text.startswith("Not sent: the sender's address is")
    )
    assert Desk(mail_from="x").send(shop="other").text == "There is no such brand."


def test_without_a_provider_for_it_nothing_is_sent():
    only_sms = Desk({"post": {"use": "memory", "channel": "sms"}})
    assert only_sms.send() == (False, "Not sent: Meadow & Co has no provider of mail.")


def test_no_provider_at_all_means_no_form():
    assert by_hand(load_settings(env={})) is None
    found = by_hand(load_settings(env={"ORDERHERALD_SMTP_URL": "smtp://127.0.0.1:1"}))
    assert found is not None
    assert found.shops == ("meadow",)


@pytest.fixture
def served():
    desk = Desk()
    server = Server(("127.0.0.1", 0), [("shipped", "en")], by_hand=desk.by_hand)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield desk, server
    server.shutdown()
    server.server_close()
    thread.join()


def post(server, host=None, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    headers = {"Host": host} if host else {}
    connection.request("POST", "/send/shipped.en", urllib.parse.urlencode(fields), headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_only_the_previews_own_page_can_have_anything_sent(served):
    desk, server = served
    good = {"to": ME, "shop": "meadow", "key": server.key}
    assert post(server, **{**good, "key": "guessed"})[0] == 403
    assert post(server, to=ME, shop="meadow")[0] == 403
    assert post(server, host="evil.example.net", **good)[0] == 403
    assert not desk.taken
    assert post(server, **good) == (200, "Handed to post for me@example.org.")
    assert post(server, **{**good, "to": "nobody"})[0] == 422
    assert post(server, **good, data="")[0] == 422  # emptied, and not left as it was
    assert len(desk.taken) == 1


def test_a_gallery_in_files_sends_nothing(tmp_path):
    write_all(tmp_path, kind="shipped", locale="en")
    page = (tmp_path / "index.html").read_text()
    assert "Send this" not in page
    assert "<script" not in page


def test_providers_are_made_for_each_message():
    made = []

    def providers():
        made.append(build_providers({"post": "memory:"}))
        return made[-1]

    by_hand = ByHand(samples.WORLD, providers)
    for _ in range(2):
        assert by_hand.send("shipped", "en", {"to": ME, "shop": "plain"}).sent
    assert [len(each.mail["post"].taken) for each in made] == [1, 1]
    assert isinstance(made[0], Providers)
