"""The SMTP provider against a server that refuses, stalls, lies and hangs up at every moment."""

import asyncio
import contextlib

import pytest

from adapters.mail.smtp import create, dotted
from adapters.options import Options
from streams.domain.ports import ConfigurationError, Mail, SendError
from tests.smtp.scripted import DROP, HANG, LATE, TAKE_AND_DROP, ScriptedSmtp

RAW = b"Subject: Your parcel\r\n\r\nIt is on its way.\r\n"


def mail(recipient="anna@example.com", raw=RAW, sender="shop@example.com", key="m1"):
    return Mail(
        raw=raw,
        sender=sender,
        recipient=recipient,
        message_id=f"<{key}@example.com>",
        subject="Your parcel",
        idempotency_key=key,
    )


def yes():
    return True


@contextlib.asynccontextmanager
async def smtp(server, scheme="smtp", login="", patience=25, **options):
    options = {"url": server.url(scheme, login), "hello": "me.example.com"} | options
    provider = create(Options("main", options))
    provider._timeout = patience
    try:
        yield provider
    finally:
        await provider.close()
        await asyncio.sleep(0.01)


async def failure(server, message=None, scheme="smtp", login="", **options):
    """How one attempt fails."""
    async with smtp(server, scheme, login, **options) as provider:
        with pytest.raises(SendError) as caught:
            await provider.send(message or mail(), yes)
    return caught.value


async def test_a_mail_arrives_as_it_was_written():
    async with ScriptedSmtp() as server, smtp(server) as provider:
        handed = await provider.send(mail(), yes)
    assert handed.provider_id == "<m1@example.com>"
    assert server.taken == [("shop@example.com", "anna@example.com", RAW)]


async def test_one_connection_carries_many_mails():
    async with ScriptedSmtp() as server, smtp(server) as provider:
        for n in range(5):
            await provider.send(mail(key=f"m{n}"), yes)
    assert (server.connections, len(server.taken)) == (1, 5)


async def test_no_more_connections_than_allowed():
    async with ScriptedSmtp() as server, smtp(server, connections=3) as provider:
        await asyncio.gather(*(provider.send(mail(key=f"m{n}"), yes) for n in range(20)))
    assert len(server.taken) == 20
    assert server.most_open <= 3


REPLIES = [
    ("connect", "421 4.3.2 too busy", "smtp_421_4.3.2_connect", False),
    ("connect", "554 5.7.1 your address is on a list", "configuration_smtp_554_5.7.1_connect", False),
    ("MAIL", "451 4.3.0 later", "smtp_451_4.3.0_mail", False),
    ("MAIL", "452 4.3.1 no room", "smtp_452_4.3.1_mail", False),
    ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", "configuration_smtp_530_5.7.0_mail", False),
    ("MAIL", "550 5.7.1 not your sender", "configuration_smtp_550_5.7.1_mail", False),
    ("MAIL", "552 5.3.4 too big", "smtp_552_5.3.4_mail", True),
    ("RCPT", "450 4.2.0 greylisted", "smtp_450_4.2.0_rcpt", False),
    ("RCPT", "451 try again", "smtp_451_rcpt", False),
    ("RCPT", "550 5.1.1 <anna@example.com>: no such user", "smtp_550_5.1.1_rcpt", True),
    ("RCPT", "552 5.2.2 mailbox full", "smtp_552_5.2.2_rcpt", True),
    ("RCPT", "554 5.7.1 <anna@example.com>: Relay access denied", "configuration_smtp_554_5.7.1_rcpt", False),
    ("RCPT", "550 5.7.1 Client was not authenticated", "configuration_smtp_550_5.7.1_rcpt", False),
    ("DATA", "451 4.3.0 not now", "smtp_451_4.3.0_data", False),
    ("DATA", "554 5.5.1 no valid recipients", "smtp_554_5.5.1_data", True),
    ("content", "421 4.7.0 closing", "smtp_421_4.7.0_content", False),
    ("content", "451 4.7.1 greylisted", "smtp_451_4.7.1_content", False),
    ("content", "550 5.7.26 fails DMARC", "configuration_smtp_550_5.7.26_content", False),
    ("content", "554 5.7.1 looks like spam", "smtp_554_5.7.1_content", True),
]


@pytest.mark.parametrize(("moment", "reply", "reason", "permanent"), REPLIES)
async def test_a_refusal_is_told_by_code_and_phase(moment, reply, reason, permanent):
    async with ScriptedSmtp({moment: reply}) as server:
        error = await failure(server)
    assert (error.reason, error.permanent, error.in_doubt) == (reason, permanent, False)
    assert "anna" not in str(error)


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("connect", "disconnect_connect"),
        ("EHLO", "disconnect_hello"),
        ("MAIL", "disconnect_mail"),
        ("RCPT", "disconnect_rcpt"),
        ("DATA", "disconnect_data"),
    ],
)
async def test_a_disconnect_before_the_content_is_temporary(moment, reason):
    async with ScriptedSmtp({moment: DROP}) as server:
        error = await failure(server)
    assert (error.reason, error.permanent, error.in_doubt) == (reason, False, False)
    assert server.taken == []


@pytest.mark.parametrize("rude", [DROP, TAKE_AND_DROP])
async def test_a_disconnect_after_the_final_dot_is_in_doubt(rude):
    async with ScriptedSmtp({"content": rude}) as server:
        error = await failure(server)
    assert (error.reason, error.permanent, error.in_doubt) == ("disconnect_content", False, True)
    assert len(server.taken) == (rude == TAKE_AND_DROP)


@pytest.mark.parametrize(
    ("moment", "reason", "in_doubt"),
    [
        ("connect", "timeout_connect", False),
        ("EHLO", "timeout_hello", False),
        ("MAIL", "timeout_mail", False),
        ("RCPT", "timeout_rcpt", False),
        ("DATA", "timeout_data", False),
        ("content", "timeout_content", True),
    ],
)
async def test_an_answer_that_never_comes_is_a_time_out(moment, reason, in_doubt):
    async with ScriptedSmtp({moment: HANG}) as server:
        error = await failure(server, patience=0.6)
    assert (error.reason, error.permanent, error.in_doubt) == (reason, False, in_doubt)


async def test_waiting_for_a_connection_counts_too():
    async with (
        ScriptedSmtp() as server,
        smtp(server, patience=0.6, connections=1) as provider,
        provider._room,
    ):
        with pytest.raises(SendError, match=r"^timeout_pool$"):
            await provider.send(mail(), yes)


async def test_a_slow_server_is_asked_for_no_mail_twice_because_others_wait_for_it():
    """Whoever had waited for nearly all of its time handed its mail over, and left before the answer."""
    async with (
        ScriptedSmtp({"content": [LATE]}) as server,
        smtp(server, patience=2.5, connections=2) as provider,
    ):
        server.late = 0.5
        attempts = (provider.send(mail(key=f"m{n}"), yes) for n in range(16))
        ended = await asyncio.gather(*attempts, return_exceptions=True)
        failed = [each for each in ended if isinstance(each, SendError)]
        assert {(each.reason, each.in_doubt) for each in failed} == {("timeout_pool", False)}
        assert 4 <= len(server.taken) == len(ended) - len(failed)
        await provider.send(mail(), yes)


async def test_a_server_that_hung_is_tried_again():
    async with (
        ScriptedSmtp({"content": [HANG, "250 2.0.0 taken"]}) as server,
        smtp(server, patience=1.0) as provider,
    ):
        with pytest.raises(SendError, match=r"^timeout_content$"):
            await provider.send(mail(), yes)
        await provider.send(mail(), yes)
        assert len(server.taken) == 1


async def test_nonsense_instead_of_a_reply_after_the_final_dot_is_in_doubt():
    async with ScriptedSmtp({"content": "what?"}) as server:
        error = await failure(server)
    assert (error.reason, error.in_doubt) == ("malformed_content", True)


async def test_nonsense_before_the_content_is_temporary():
    async with ScriptedSmtp({"RCPT": "what?"}) as server:
        error = await failure(server)
    assert (error.reason, error.permanent, error.in_doubt) == ("malformed_rcpt", False, False)


async def test_nothing_listens_there(unused_port):
    provider = create(Options("main", {"url": f"smtp://localhost:{unused_port}"}))
    with pytest.raises(SendError, match=r"^connect_refused$") as caught:
        await provider.send(mail(), yes)
    assert not caught.value.permanent


async def test_a_host_that_does_not_exist():
    provider = create(Options("main", {"url": "smtp://nowhere.invalid"}))
    with pytest.raises(SendError, match=r"^connect_unknown_host$"):
        await provider.send(mail(), yes)


async def test_without_leave_no_byte_of_the_content_goes_out():
    async with ScriptedSmtp() as server, smtp(server) as provider:
        with pytest.raises(SendError, match=r"^lease_over$") as caught:
            await provider.send(mail(), lambda: False)
        assert not caught.value.in_doubt
        await provider.send(mail(key="m2"), yes)
    assert len(server.taken) == 1
    assert server.connections == 2  # in the middle of DATA there is no way back


async def test_leave_is_asked_once_the_server_is_ready():
    async with ScriptedSmtp() as server, smtp(server) as provider:
        seen = []
        await provider.send(mail(), lambda: seen.append(server.seen[-1]) or True)
    assert seen == ["DATA"]


async def test_a_connection_is_used_again_after_a_refused_recipient():
    async with ScriptedSmtp({"RCPT": ["550 5.1.1 unknown", "250 ok"]}) as server, smtp(server) as provider:
        with pytest.raises(SendError):
            await provider.send(mail(), yes)
        await provider.send(mail("jonas@example.com"), yes)
    assert server.connections == 1
    assert [recipient for _, recipient, _ in server.taken] == ["jonas@example.com"]


@pytest.mark.parametrize("rude", [DROP, HANG, "500 what?"])
async def test_a_refusal_is_remembered_whatever_the_server_does_next(rude, monkeypatch):
    monkeypatch.setattr("adapters.mail.smtp.STALE_AFTER", 0.05)
    async with ScriptedSmtp({"RCPT": ["550 5.1.1 unknown", "250 ok"], "RSET": rude}) as server:
        async with smtp(server) as provider:
            with pytest.raises(SendError, match=r"^smtp_550_5.1.1_rcpt$"):
                await provider.send(mail(), yes)
            await provider.send(mail(key="m2"), yes)
        assert server.connections == 2


@pytest.mark.parametrize("rude", [DROP, "421 4.7.0 bye"])
async def test_a_broken_connection_is_never_used_again(rude):
    async with ScriptedSmtp({"RCPT": [rude, "250 ok"]}) as server, smtp(server) as provider:
        with pytest.raises(SendError):
            await provider.send(mail(), yes)
        await provider.send(mail(), yes)
    assert server.connections == 2


@pytest.mark.parametrize("rude", [DROP, "421 4.7.0 too many mails on one connection"])
async def test_a_kept_connection_that_has_ended_is_replaced_within_the_attempt(rude):
    script = {"MAIL": ["250 ok", rude, "250 ok"]}
    async with ScriptedSmtp(script) as server, smtp(server) as provider:
        await provider.send(mail(), yes)
        await provider.send(mail(key="m2"), yes)
    assert (server.connections, len(server.taken)) == (2, 2)


async def test_a_kept_connection_that_the_server_closed_is_noticed():
    async with ScriptedSmtp() as server, smtp(server) as provider:
        await provider.send(mail(), yes)
        await server.hang_up_on_all()
        await provider.send(mail(key="m2"), yes)
    assert (server.connections, len(server.taken)) == (2, 2)


async def test_a_cancelled_attempt_leaves_no_connection_behind():
    async with ScriptedSmtp({"content": HANG}) as server, smtp(server) as provider:
        attempt = asyncio.create_task(provider.send(mail(), yes))
        await asyncio.sleep(0.1)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        server.script = {}
        await provider.send(mail(key="m2"), yes)
    assert server.connections == 2


async def test_closing_says_goodbye():
    async with ScriptedSmtp() as server:
        async with smtp(server) as provider:
            await provider.send(mail(), yes)
        assert server.seen[-1] == "QUIT"


# TLS and login


async def test_starttls_is_used_and_its_certificate_checked(certificates):
    tls, authority = certificates
    async with (
        ScriptedSmtp(extensions=("STARTTLS",), tls=tls) as server,
        smtp(server, "smtp+starttls", ca=str(authority)) as provider,
    ):
        await provider.send(mail(), yes)
    assert "STARTTLS" in server.seen
    assert len(server.taken) == 1


async def test_implicit_tls_is_used_and_its_certificate_checked(certificates):
    tls, authority = certificates
    async with (
        ScriptedSmtp(tls=tls, implicit_tls=True) as server,
        smtp(server, "smtps", ca=str(authority)) as provider,
    ):
        await provider.send(mail(), yes)
    assert len(server.taken) == 1


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
async def test_an_untrusted_certificate_is_refused(certificates, scheme):
    tls, _ = certificates
    options = {"extensions": ("STARTTLS",), "tls": tls, "implicit_tls": scheme == "smtps"}
    async with ScriptedSmtp(**options) as server:
        error = await failure(server, scheme=scheme)
    assert (error.reason, error.permanent) == ("configuration_tls_certificate", False)
    assert server.taken == []


async def test_verification_can_be_turned_off_by_name(certificates):
    tls, _ = certificates
    async with (
        ScriptedSmtp(tls=tls, implicit_tls=True) as server,
        smtp(server, "smtps", verify="no") as provider,
    ):
        await provider.send(mail(), yes)
    assert len(server.taken) == 1


async def test_a_server_without_starttls_gets_no_mail_and_no_password():
    async with ScriptedSmtp(extensions=("AUTH PLAIN",)) as server:
        error = await failure(server, scheme="smtp+starttls", login="me:s3cret@")
    assert (error.reason, error.permanent) == ("configuration_starttls_missing", False)
    assert not any(line.startswith("AUTH") for line in server.seen)


async def test_a_login_that_is_refused_is_ours_to_mend():
    async with ScriptedSmtp({"AUTH": "535 5.7.8 wrong"}, extensions=("AUTH PLAIN",)) as server:
        error = await failure(server, login="me:s3cret@")
    assert (error.reason, error.permanent) == ("configuration_smtp_535_5.7.8_login", False)


async def test_a_server_that_offers_no_login_is_ours_to_mend():
    async with ScriptedSmtp() as server:
        error = await failure(server, login="me:s3cret@")
    assert error.reason == "configuration_auth_missing"


async def test_user_and_password_may_hold_any_character():
    async with (
        ScriptedSmtp(extensions=("AUTH PLAIN",)) as server,
        smtp(server, login="me%40example.com:p%3Aw%2Fd@") as provider,
    ):
        await provider.send(mail(), yes)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("script", "problem"),
    [({}, None), ({"NOOP": DROP}, None), ({"connect": DROP}, "disconnect_connect")],
)
async def test_check_connects_without_sending(script, problem):
    async with ScriptedSmtp(script) as server, smtp(server) as provider:
        if problem is None:
            await provider.check()
        else:
            with pytest.raises(SendError, match=problem):
                await provider.check()
    assert not any(line.startswith("MAIL") for line in server.seen)


# Addresses and content


async def test_a_local_part_that_is_not_ascii_needs_a_server_that_knows_it():
    async with ScriptedSmtp() as server:
        error = await failure(server, mail("zażółć@example.com"))
    assert (error.reason, error.permanent, error.bad_address) == ("address_malformed", True, True)


@pytest.mark.parametrize("sender", ["", "shop", "zażółć@example.com", "Shop <shop@example.com>"])
async def test_a_sender_that_no_server_takes_is_ours_to_mend(sender):
    async with ScriptedSmtp() as server:
        error = await failure(server, mail(sender=sender))
    assert (error.reason, error.permanent, error.bad_address) == ("configuration_sender", False, False)


@pytest.mark.parametrize(
    ("moment", "reply", "bad"),
    [
        ("RCPT", "550 5.1.1 unknown", True),
        ("RCPT", "550 no such user here", True),
        ("RCPT", "550 5.2.1 disabled", True),
        ("RCPT", "552 5.2.2 full", False),
        ("RCPT", "550 5.7.1 blocked for policy", False),
        ("RCPT", "450 4.1.1 not yet", False),
        ("content", "554 5.7.1 spam", False),
        ("content", "550 refused", False),
        ("content", "550 5.1.1 unknown after all", True),
    ],
)
async def test_only_a_mailbox_that_does_not_exist_is_a_bad_address(moment, reply, bad):
    async with ScriptedSmtp({moment: reply}) as server:
        error = await failure(server)
    assert error.bad_address == bad


async def test_a_local_part_that_is_not_ascii_goes_by_smtputf8():
    async with ScriptedSmtp(extensions=("SMTPUTF8",)) as server, smtp(server) as provider:
        await provider.send(mail("zażółć@example.com"), yes)
    assert server.taken[0][1] == "zażółć@example.com"
    assert any(line.endswith("SMTPUTF8") for line in server.seen)


async def test_a_domain_that_is_not_ascii_goes_in_its_ascii_form():
    async with ScriptedSmtp() as server, smtp(server) as provider:
        await provider.send(mail("anna@żółw.example.com"), yes)
    assert server.taken[0][1] == "anna@xn--w-uga1v8h.example.com"


async def test_an_address_with_a_line_end_is_refused_before_it_is_sent():
    async with ScriptedSmtp() as server:
        error = await failure(server, mail("anna@example.com>\r\nRCPT TO:<eve@example.com"))
    assert (error.reason, error.permanent) == ("address_malformed", True)
    assert not any("eve" in line for line in server.seen)


async def test_a_mail_larger_than_the_server_takes_is_not_begun():
    async with ScriptedSmtp(extensions=("SIZE 20",)) as server:
        error = await failure(server)
    assert (error.reason, error.permanent) == ("too_large", True)


async def test_the_size_is_told_where_the_server_asks():
    async with ScriptedSmtp(extensions=("SIZE 1000000",)) as server, smtp(server) as provider:
        await provider.send(mail(), yes)
    assert f"MAIL FROM:<shop@example.com> SIZE={len(RAW)}" in server.seen


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b".a\r\n", b"..a\r\n.\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\n.\nb\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r.\rb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
    ],
)
def test_no_text_can_pose_as_the_end_of_the_mail(raw, sent):
    assert dotted(raw) == sent


# Configuration


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com",
        "smtp://",
        "smtp://me@mail.example.com",
        "smtp://mail.example.com:seventy",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?conections=3",
        "smtp://mail.example.com?connections=0",
        "smtps://mail.example.com?verify=perhaps",
        "smtps://mail.example.com?ca=/nowhere.pem",
        "smtps://me:s3cret#x@mail.example.com",
    ],
)
def test_a_wrong_url_is_one_clear_sentence_without_the_url(url):
    with pytest.raises(ConfigurationError, match=r"^provider main: ") as caught:
        create(Options("main", {"url": url}))
    assert "s3cret" not in str(caught.value)
