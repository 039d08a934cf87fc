"""What the mailbox of a run notes of a mail, and that it is rude only for as long as it is told to be."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from tests.chaos.mailbox import Mailbox
from tests.smtp.scripted import TAKE_AND_DROP


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    async with Mailbox(tmp_path) as mailbox:
        yield mailbox


async def send(mailbox: Mailbox, name: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "a@example.com", "b@example.com", f"<{name}>"
    context = ssl.create_default_context(cafile=str(mailbox.authority))
    where = {"hostname": "localhost", "port": mailbox.port, "local_hostname": "me.example"}
    await aiosmtplib.send(message, **where, start_tls=True, tls_context=context, timeout=5)


async def test_it_notes_whose_a_mail_is_and_whether_they_know(mailbox: Mailbox):
    await send(mailbox, "one")
    async with mailbox.rude("content", TAKE_AND_DROP):
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(mailbox, "two")
    noted = [(mail.message_id, mail.answered, mail.sender) for mail in mailbox.mails]
    assert noted == [("one", True, "me.example"), ("two", False, "me.example")]


async def test_what_is_cut_off_may_not_have_been_read(mailbox: Mailbox):
    await send(mailbox, "one")
    await mailbox.hang_up_on_all()
    assert [mail.answered for mail in mailbox.mails] == [False]


async def test_it_notes_what_it_refused_for_good(mailbox: Mailbox):
    async with mailbox.rude("content", "550 5.7.1 not this one"):
        with pytest.raises(aiosmtplib.SMTPDataError):
            await send(mailbox, "one")
    async with mailbox.rude("content", "451 4.3.0 later"):
        with pytest.raises(aiosmtplib.SMTPDataError):
            await send(mailbox, "two")
    assert (mailbox.refused, mailbox.mails) == ({"one"}, [])


async def test_it_is_back_when_the_last_absence_is_over(mailbox: Mailbox):
    async with mailbox.away():
        async with mailbox.away():
            pass
        with pytest.raises(aiosmtplib.SMTPConnectError):
            await send(mailbox, "one")
    await send(mailbox, "one")


async def test_a_later_rudeness_outlives_an_earlier_one(mailbox: Mailbox):
    earlier, later = mailbox.rude("content", "451 earlier"), mailbox.rude("content", "452 later")
    await earlier.__aenter__()
    async with later:
        await earlier.__aexit__(None, None, None)
        with pytest.raises(aiosmtplib.SMTPDataError, match="later"):
            await send(mailbox, "one")
    await send(mailbox, "one")


async def test_a_strange_certificate_is_shown_for_a_while(mailbox: Mailbox):
    async with mailbox.strange():
        with pytest.raises(ssl.SSLCertVerificationError):
            await send(mailbox, "one")
    await send(mailbox, "one")


async def test_a_connection_may_be_lost_within_its_handshake(mailbox: Mailbox):
    reader, writer = await asyncio.open_connection("127.0.0.1", mailbox.port)
    writer.write(b"STARTTLS\r\n")
    while not (await reader.readline()).endswith(b"go ahead\r\n"):
        pass
    await mailbox.hang_up_on_all()
    await mailbox.hang_up_on_all()
    writer.close()
    await send(mailbox, "one")
    assert [mail.message_id for mail in mailbox.mails] == ["one"]
