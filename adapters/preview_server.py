"""The gallery as a page that reloads when a template changes, and sends what it shows to whoever looks."""

import errno
import hmac
import html
import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.messages.environment import TEMPLATES, languages
from adapters.preview import chosen, gallery, preview, sample_templates
from adapters.preview_forms import filled, form
from adapters.preview_live import RELOAD, Live
from adapters.preview_send import ByHand
from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError, SendError

PORTS_TRIED = 50
MOST_TYPED = 200_000  # bytes of a form
_TYPES = {".html": "text/html", ".txt": "text/plain", ".eml": "message/rfc822"}
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def _changed(folder: Path) -> str:
    return str(max(path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()))


class _Pages(BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        if not self._from_here():
            return
        path = unquote(urlsplit(self.path).path).lstrip("/")
        if path == "changed":
            self._answer(_changed(self.server.folder).encode(), "text/plain")
            return
        if path.startswith("edit/") and (wanted := self._wanted(path.removeprefix("edit/"))):
            self._answer(form(*wanted, self.server.live).encode(), "text/html")
            return
        try:
            pages = self.server.pages()
        except SendError as error:
            cause = html.escape(str(error.__cause__ or error))
            self._answer(f"<pre>{cause}</pre>{RELOAD}".encode(), "text/html")
            return
        if path in pages:
            self._answer(pages[path], _TYPES.get(Path(path).suffix, "text/html"))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        if not self._from_here():
            return
        action, _, name = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        wanted, size = self._wanted(name), self.headers.get("Content-Length", "")
        if action not in ("edit", "send") or wanted is None or not size.isdigit() or int(size) > MOST_TYPED:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        body = self.rfile.read(int(size))
        if action == "send":
            self._send(*wanted, body)
        else:
            shown = filled(sample_templates(self.server.folder), *wanted, body)
            self._answer(shown.encode(), "text/html")

    def _send(self, kind: str, locale: str, body: bytes) -> None:
        """By its own page alone: no other one in the same browser knows the key."""
        text = body.decode("utf-8", "replace")
        by_hand, fields = self.server.by_hand, dict(parse_qsl(text, keep_blank_values=True))
        if by_hand is None or not hmac.compare_digest(
            fields.get("key", "").encode(), self.server.key.encode()
        ):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        told = by_hand.send(kind, locale, fields)
        status = HTTPStatus.OK if told.sent else HTTPStatus.UNPROCESSABLE_ENTITY
        self._answer(told.text.encode(), "text/plain", status)

    def _from_here(self) -> bool:
        """A name that somebody else points at this machine gets nothing: it would read the key."""
        ours = urlsplit(f"//{self.headers.get('Host', '')}").hostname in _HERE
        if not ours:
            self.send_error(HTTPStatus.FORBIDDEN)
        return ours

    def _wanted(self, path: str) -> tuple[str, str] | None:
        kind, _, locale = path.partition(".")
        return (kind, locale) if kind in KINDS and locale in languages(self.server.folder) else None

    def _answer(self, content: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Says nothing: the page shows what there is to see."""


class Server(ThreadingHTTPServer):
    """Serves `wanted`, pairs of kind and language."""

    daemon_threads = True

    def __init__(
        self,
        address: tuple[str, int],
        wanted: list[tuple[str, str]],
        folder: Path = TEMPLATES,
        by_hand: ByHand | None = None,
    ) -> None:
        super().__init__(address, _Pages)
        self.folder, self._wanted, self.by_hand = folder, wanted, by_hand
        self.key = secrets.token_urlsafe(16)
        self._seen, self._pages = "", dict[str, bytes]()

    def pages(self) -> dict[str, bytes]:
        """Rendered anew when a template has changed since."""
        seen = _changed(self.folder)
        if seen != self._seen:
            templates = sample_templates(self.folder)
            previews = [preview(templates, *one) for one in self._wanted]
            self._pages = {name: content for shown in previews for name, content in shown.files()}
            self._pages[""] = gallery(previews, self.live).encode()
            self._seen = seen
        return self._pages

    @property
    def live(self) -> Live:
        """What a page gets that can send."""
        return Live(self.by_hand.shops if self.by_hand else (), self.key)


def serve(
    host: str = "127.0.0.1",
    port: int = 8025,
    *,
    kind: str | None = None,
    locale: str | None = None,
    folder: Path = TEMPLATES,
    by_hand: ByHand | None = None,
    say: Callable[[str], object] = print,
) -> None:
    """Serves the gallery until it is interrupted; a broken template is told on its page.

    `by_hand` sends what it shows; without it the page says why it can't. `say` is told the address: where
    the port is taken, as by another tool that shows mails, the next free one.
    """
    with _opened(host, port, chosen(kind, locale, folder), folder, by_hand) as server:
        say(f"Open http://{host}:{server.server_port}/ and change a template: it reloads. Ctrl-C ends it.")
        server.serve_forever()


def _opened(
    host: str, port: int, wanted: list[tuple[str, str]], folder: Path, by_hand: ByHand | None
) -> Server:
    for number in range(port, port + PORTS_TRIED):
        try:
            return Server((host, number), wanted, folder, by_hand)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise ConfigurationError(f"no port from {port} to {port + PORTS_TRIED - 1} is free")
