import datetime as dt
import json
from email.message import EmailMessage

import aiosmtplib

from streams.demo.inbox import Letter, MailSink, read_mail
from streams.demo.scene import Scene
from streams.demo.watch import Phones, read_sms

NOW = dt.datetime(2026, 3, 6, 10, 0, tzinfo=dt.UTC)
NOTIFICATION = "n-0123456789abcdef0123"


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Modrzewnia <zamowienia@modrzewnia.example>"
    message["To"] = "customer-1@example.com"
    message["Subject"] = "Zamówienie M-1: potwierdzone"
    message["Message-ID"] = f"<{NOTIFICATION}.email@modrzewnia.example>"
    message.set_content("Dzień dobry,\n\npotwierdzone.")
    message.add_alternative("<p>Dzień dobry</p>", subtype="html")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return message


def test_a_mail_is_read_with_its_shop_its_notification_and_both_bodies():
    letter = read_mail(mail(Content_Language="pl").as_bytes(), "customer-1@example.com", 7, NOW)
    assert letter.message.id == "m7"
    assert letter.message.shop == "modrzewnia"
    assert letter.message.subject == "Zamówienie M-1: potwierdzone"
    assert letter.message.notification_id == NOTIFICATION
    assert letter.message.language == "pl"
    assert letter.message.preview == "Dzień dobry, potwierdzone."
    assert "<p>Dzień dobry</p>" in letter.html
    assert "potwierdzone." in letter.text


def test_a_mail_that_is_no_mail_is_shown_all_the_same():
    letter = read_mail(b"\xff\xfe not a mail", "customer-1@example.com", 1, NOW)
    assert letter.html == ""
    assert letter.message.shop == ""
    assert letter.message.notification_id is None


def test_a_long_text_is_cut_at_a_word():
    message = mail()
    message.get_body(("plain",)).set_content("word " * 100)
    letter = read_mail(message.as_bytes(), "customer-1@example.com", 1, NOW)
    assert letter.message.preview.endswith("word …")
    assert len(letter.message.preview) <= 142


async def test_the_sink_takes_a_mail_over_smtp_once_for_each_recipient():
    taken: list[Letter] = []
    sink = MailSink(taken.append, lambda: NOW)
    await sink.start()
    try:
        port = int(sink.url.rpartition(":")[2])
        await aiosmtplib.send(
            mail(),
            hostname="127.0.0.1",
            port=port,
            start_tls=False,
            recipients=["customer-1@example.com", "customer-2@example.com"],
        )
    finally:
        await sink.stop()
    assert [letter.message.to for letter in taken] == ["customer-1@example.com", "customer-2@example.com"]
    assert [letter.message.id for letter in taken] == ["m1", "m2"]


SMS = {"to": "+48600000123", "sender": "Modrzewnia", "text": "Paczka czeka.", "segments": 1}


def test_a_short_message_is_read_with_its_shop_and_its_notification():
    line = json.dumps({**SMS, "key": f"{NOTIFICATION}:sms"}).encode()
    message = read_sms(line, 3, NOW)
    assert (message.id, message.channel, message.shop) == ("s3", "sms", "modrzewnia")
    assert message.notification_id == NOTIFICATION
    assert message.segments == 1


def test_a_line_that_is_still_being_written_is_read_once_it_is_whole(tmp_path):
    scene = Scene(seed=1)
    phones = Phones(scene, tmp_path, lambda: NOW)
    line = json.dumps({**SMS, "key": "k"}).encode() + b"\n"
    assert phones.new_lines() == []
    (tmp_path / "sms.jsonl").write_bytes(line + line[:10])
    assert phones.new_lines() == [line]
    (tmp_path / "sms.jsonl").write_bytes(line + line)
    assert phones.new_lines() == [line]
