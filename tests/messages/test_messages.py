"""What mail people's tools say of a fixed sample; `make messages` asks them about every message."""

import os
from pathlib import Path

import pytest

from tests.browser.chrome import chrome
from tests.messages import axe, mime, spam
from tests.messages.__main__ import CHECKS, Check, missing_chromium
from tests.messages.corpus import SAMPLE, Message, messages, pages
from tests.messages.tools import AXE, from_npm

CI = os.environ.get("CI") == "true"  # .ci/run installs every one of these tools


@pytest.fixture(scope="module")
def found() -> list[Message]:
    return list(messages(SAMPLE, bare=False))


@pytest.fixture(scope="module")
def files(found, tmp_path_factory) -> list[Path]:
    return pages(found, tmp_path_factory.mktemp("pages"))


def need(why: str | None) -> None:
    if why and CI:
        pytest.fail(f"{why}, and .ci/run should have installed it")
    if why:
        pytest.skip(f"NOT LOOKED AT: {why}")


@pytest.mark.parametrize(("check", "missing"), CHECKS, ids=[check.__name__ for check, _ in CHECKS])
def test_the_tools_that_mail_people_trust_find_nothing(check: Check, missing, found, files):
    need(missing())
    assert check(found, files).findings == []


async def test_a_page_with_faults_is_noticed(tmp_path):
    need(missing_chromium() or from_npm(AXE))
    page = tmp_path / "bad.html"
    page.write_text(
        '<!DOCTYPE html><html><title>x</title><meta name="viewport" content="width=device-width">'
        '<p style="color:#999;background:#fff">Pale'
        '<p style="width:500px">wide</html>'
    )
    grave, _ = await axe.findings([page])
    told = " ".join(grave)
    assert "html-has-lang" in told
    assert "color-contrast" in told
    assert "wider than a window of 360 px" in told
    assert "wider than a window of 800 px" not in told


BROKEN_WORDS = """[...document.querySelectorAll("th.td")].flatMap((cell) => {
  const text = cell.firstChild, range = document.createRange();
  return [...text.data.matchAll(/[^ ]+/g)].filter((word) => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map((word) => word[0]);
})"""


async def test_no_name_of_goods_is_broken_within_a_word_on_a_phone(found, files):
    need(missing_chromium())
    async with chrome() as tab:
        for message, file in zip(found, files, strict=True):
            if message.kind == "order_confirmation":  # the one whose table has prices beside the names
                await tab.open(file.as_uri(), width=360)
                await tab.wait_for(
                    f"document.readyState === 'complete' && location.href.endsWith({file.name!r})"
                )
                assert await tab.run(BROKEN_WORDS) == [], message.name
                assert await tab.run("document.querySelectorAll('th.td').length") == 2


def test_a_broken_header_is_noticed(found):
    message = found[0]
    broken = message.raw.replace(b"Auto-Submitted: auto-generated\r\n", b"")
    (told,) = mime.findings([message._replace(raw=broken, mail=_without(message, "Auto-Submitted"))])
    assert "Auto-Submitted is there 0 times" in told


def _without(message: Message, name: str):
    copy = type(message.mail)()
    copy._headers = [(key, value) for key, value in message.mail._headers if key != name]
    copy._payload, copy.policy = message.mail._payload, message.mail.policy
    return copy


def test_what_looks_like_spam_is_scored(found):
    assert spam._score("No, score=2.1 required=5.0 tests=HTML_MESSAGE,\n\tTRACKER_ID autolearn=no")[0] == 2.1
