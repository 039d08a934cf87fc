"""Every message from sample data, as files or as a page that reloads when a template changes."""

import email
import email.policy
import html
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from adapters import samples
from adapters.messages.environment import TEMPLATES, languages
from adapters.preview_forms import filled, form, why
from adapters.render import Templates
from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError, SendError
from streams.domain.values import Value

MOST_TYPED = 200_000  # bytes of a form
_TYPES = {".html": "text/html", ".txt": "text/plain", ".eml": "message/rfc822"}
_RELOAD = """<script>
let seen;
setInterval(async () => {
  const now = await (await fetch("/changed")).text();
  if (seen && seen !== now) location.reload();
  seen = now;
}, 700);
</script>"""
_STYLE = """<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid #8886; padding: 1rem 0; }
iframe { width: 100%; height: 34rem; border: 1px solid #8886; border-radius: 6px; background: #fff; }
pre { white-space: pre-wrap; border: 1px solid #8886; border-radius: 6px; padding: .7rem; }
</style>"""


class Preview(Value, frozen=True):
    """One message in one language, both ways."""

    kind: str
    locale: str
    subject: str
    eml: bytes
    html: str
    sms: str
    segments: int

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.locale}"

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents."""
        yield f"{self.name}.eml", self.eml
        yield f"{self.name}.html", self.html.encode()
        yield f"{self.name}.sms.txt", f"{self.sms}\n".encode()


def preview(templates: Templates, kind: str, locale: str) -> Preview:
    """Renders the full sample. Raises `SendError` where a template fails."""
    claim = samples.claims(kind, locale)["full"]
    mail, sms = templates.mail(claim), templates.sms(samples.by_sms(claim))
    parsed = email.message_from_bytes(mail.raw, policy=email.policy.default)
    page = parsed.get_body(("html",))
    content = page.get_content() if page is not None else ""
    return Preview(kind, locale, mail.subject, mail.raw, content, sms.text, sms.segments)


def chosen(kind: str | None, locale: str | None, folder: Path = TEMPLATES) -> list[tuple[str, str]]:
    """Kinds and languages to show. Raises `ConfigurationError` for one that doesn't exist."""
    if kind is not None and kind not in KINDS:
        raise ConfigurationError(f"there is no kind {kind!r}: the kinds are {', '.join(KINDS)}")
    known = languages(folder)
    if locale is not None and locale not in known:
        raise ConfigurationError(f"there are no messages in {locale!r}: the languages are {', '.join(known)}")
    return [(k, one) for k in KINDS if kind in (None, k) for one in known if locale in (None, one)]


def _templates(folder: Path) -> Templates:
    return Templates(samples.WORLD, link_secret=samples.SECRET, folder=folder)


def write_all(
    out: Path, *, kind: str | None = None, locale: str | None = None, folder: Path = TEMPLATES
) -> list[Path]:
    """Writes `KIND.LOCALE.eml`, `.html` and `.sms.txt` for each, and `index.html`; answers what it wrote."""
    wanted, templates = chosen(kind, locale, folder), _templates(folder)
    out.mkdir(parents=True, exist_ok=True)
    previews = [preview(templates, *one) for one in wanted]
    written = []
    for name, content in (file for shown in previews for file in shown.files()):
        (out / name).write_bytes(content)
        written.append(out / name)
    (out / "index.html").write_text(gallery(previews), "utf-8")
    return [*written, out / "index.html"]


def gallery(previews: list[Preview], *, live: bool = False) -> str:
    """One page with all of them."""
    title = "Orderherald: messages"
    edits = [f', <a href="edit/{html.escape(shown.name)}">data</a>' if live else "" for shown in previews]
    sections = "".join(map(_section, previews, edits))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="icon" href="data:,">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{_STYLE}</head><body>'
        f"<h1>{title}</h1>\n{sections}{_RELOAD if live else ''}</body></html>\n"
    )


def _section(shown: Preview, edit: str = "") -> str:
    name, kind = html.escape(shown.name), KINDS[shown.kind]
    return (
        f'<section id="{name}"><h2>{name}</h2><p>{html.escape(shown.subject)}<br>'
        f'<small><a href="{name}.html">page</a>, <a href="{name}.eml">mail</a>{edit}</small></p>{why(kind)}'
        f'<iframe sandbox title="{name}" src="{name}.html" loading="lazy"></iframe>'
        f'<pre lang="{html.escape(shown.locale)}">{html.escape(shown.sms)}</pre>'
        f"<p><small>{shown.segments} segment{'s' if shown.segments > 1 else ''}</small></p></section>\n"
    )


def _changed(folder: Path) -> str:
    return str(max(path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()))


class _Pages(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        if path == "changed":
            self._answer(_changed(self.server.folder).encode(), "text/plain")
            return
        if path.startswith("edit/") and (wanted := self._wanted(path)):
            self._answer(form(*wanted).encode(), "text/html")
            return
        try:
            pages = self.server.pages()
        except SendError as error:
            cause = html.escape(str(error.__cause__ or error))
            self._answer(f"<pre>{cause}</pre>{_RELOAD}".encode(), "text/html")
            return
        if path in pages:
            self._answer(pages[path], _TYPES.get(Path(path).suffix, "text/html"))
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        wanted = self._wanted(unquote(urlsplit(self.path).path).lstrip("/"))
        size = self.headers.get("Content-Length", "")
        if wanted is None or not size.isdigit() or int(size) > MOST_TYPED:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        shown = filled(_templates(self.server.folder), *wanted, self.rfile.read(int(size)))
        self._answer(shown.encode(), "text/html")

    def _wanted(self, path: str) -> tuple[str, str] | None:
        kind, _, locale = path.removeprefix("edit/").partition(".")
        return (kind, locale) if kind in KINDS and locale in languages(self.server.folder) else None

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Says nothing: the page shows what there is to see."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], wanted: list[tuple[str, str]], folder: Path) -> None:
        super().__init__(address, _Pages)
        self.folder, self._wanted = folder, wanted
        self._seen, self._pages = "", dict[str, bytes]()

    def pages(self) -> dict[str, bytes]:
        """Rendered anew when a template has changed since."""
        seen = _changed(self.folder)
        if seen != self._seen:
            templates = _templates(self.folder)
            previews = [preview(templates, *one) for one in self._wanted]
            self._pages = {name: content for shown in previews for name, content in shown.files()}
            self._pages[""] = gallery(previews, live=True).encode()
            self._seen = seen
        return self._pages


def serve(
    host: str = "127.0.0.1",
    port: int = 8025,
    *,
    kind: str | None = None,
    locale: str | None = None,
    folder: Path = TEMPLATES,
) -> None:
    """Serves the gallery until it is interrupted; a broken template is told on its page."""
    with _Server((host, port), chosen(kind, locale, folder), folder) as server:
        server.serve_forever()


def problems(templates: Templates, locales: tuple[str, ...] = (), only: str | None = None) -> list[str]:
    """A sentence for each message that can't be made, whatever the data; none if all is well.

    Brands with templates of their own are tried one by one, the others together.
    """
    wanted = [(kind, locale) for kind, locale in chosen(only, None) if not locales or locale in locales]
    shops = ("", *templates.overridden)
    return [
        told for shop in shops for kind, locale in wanted for told in _failing(templates, kind, locale, shop)
    ]


def _failing(templates: Templates, kind: str, locale: str, shop: str) -> Iterator[str]:
    for flavour, claim in samples.claims(kind, locale).items():
        mail = msgspec.structs.replace(claim, shop=shop or claim.shop)
        try:
            templates.mail(mail)
            templates.sms(samples.by_sms(mail))
        except SendError as error:
            whose = f"of {shop} " if shop else ""
            cause = error.__cause__ or error
            yield f"the message {kind} {whose}in {locale} fails with {flavour} data: {cause}"


def check(locales: tuple[str, ...] = ()) -> list[str]:
    """As `problems`, for the templates as they are installed."""
    return problems(_templates(TEMPLATES), locales)
