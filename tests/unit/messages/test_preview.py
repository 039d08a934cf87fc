"""The gallery: every message as files, and a page that lives."""

import socket
import threading
import urllib.parse
import urllib.request

import pytest

from adapters import preview, preview_forms, trials
from adapters.messages.environment import TEMPLATES, languages
from adapters.preview_live import Live
from adapters.preview_server import PORTS_TRIED, Server, serve
from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError


def test_every_kind_and_language_is_written_with_an_index(tmp_path):
    written = preview.write_all(tmp_path / "out", locale="pl")
    assert {path.name for path in written} == {"index.html"} | {
        f"{kind}.pl{suffix}" for kind in KINDS for suffix in (".eml", ".html", ".sms.txt")
    }
    assert "Zamówienie 1001" in (tmp_path / "out" / "index.html").read_text()


def test_two_runs_write_the_same_bytes(tmp_path):
    first = preview.write_all(tmp_path / "a", kind="shipped")
    second = preview.write_all(tmp_path / "b", kind="shipped")
    assert len(first) == 3 * len(languages()) + 1
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize(("kind", "locale", "told"), [("nope", None, "kind 'nope'"), (None, "xx", "in 'xx'")])
def test_a_wrong_kind_or_language_is_one_clear_sentence(tmp_path, kind, locale, told):
    with pytest.raises(ConfigurationError, match=told):
        preview.write_all(tmp_path, kind=kind, locale=locale)


def test_every_kind_says_why_and_when_it_is_sent():
    assert preview_forms.WHEN.keys() == KINDS.keys()
    told = preview_forms.why(KINDS["ready_for_pickup"])
    assert "the parcel waits at a pickup point" in told
    assert "never a link" in told
    assert "Quiet hours" in told


def test_the_data_of_a_sample_may_be_changed():
    made = preview.sample_templates(TEMPLATES)
    assert "Koszula lniana" in preview_forms.form("shipped", "pl", Live())
    data = {"data": '{"number": "77", "order_state": "shipped"}'}
    shown = preview_forms.filled(made, "shipped", "pl", urllib.parse.urlencode(data).encode())
    assert "zamówienia 77" in shown
    assert "Expected `str`" in preview_forms.filled(made, "shipped", "pl", b'data={"number": 7}')


def test_a_template_that_is_mended_shows_at_the_next_look(tmp_path):
    for path in TEMPLATES.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(TEMPLATES)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    server = Server(("127.0.0.1", 0), [("delay", "en")], tmp_path)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def get(path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{path}") as answer:
            return answer.read().decode()

    assert trials.problems(preview.sample_templates(tmp_path), ("en",), "delay") == []
    try:
        assert "action" not in get("edit/delay.en")
        assert "textarea" in get("edit/delay.en")
        assert "later than we said" in get("delay.en.html")
        before = get("changed")
        template = tmp_path / "kinds" / "delay.j2"
        whole = template.read_text()
        template.write_text("{% broken")
        told = trials.problems(preview.sample_templates(tmp_path), ("en",), "delay")
        assert len(told) == 3
        assert "the message delay in en fails with full data" in told[0]
        assert "Encountered unknown tag" in get("")
        template.write_text(whole.replace("it will arrive later than we said", "a new headline"))
        assert get("changed") != before
        assert "A new headline" in get("delay.en.html")
        assert "setInterval" in get("")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_page_says_where_it_is_also_where_its_port_is_taken(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken, said = other.getsockname()[1], []
        monkeypatch.setattr(Server, "serve_forever", lambda _server: None)
        serve(port=taken, kind="delay", locale="en", say=said.append)
    (line,) = said
    port = int(line.split("/")[2].split(":")[1])
    assert taken < port < taken + PORTS_TRIED
