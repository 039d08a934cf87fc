"""Every message from sample data, as files or on one page."""

import email
import email.policy
import html
from collections.abc import Iterator
from pathlib import Path

from adapters import samples
from adapters.messages.environment import TEMPLATES, languages
from adapters.preview_forms import why
from adapters.preview_live import Live
from adapters.render import Templates
from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError
from streams.domain.values import Value

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


def sample_templates(folder: Path) -> Templates:
    """The templates in a folder, over brands of our own."""
    return Templates(samples.WORLD, link_secret=samples.SECRET, folder=folder)


def write_all(
    out: Path, *, kind: str | None = None, locale: str | None = None, folder: Path = TEMPLATES
) -> list[Path]:
    """Writes `KIND.LOCALE.eml`, `.html` and `.sms.txt` for each, and `index.html`; answers what it wrote."""
    wanted, templates = chosen(kind, locale, folder), sample_templates(folder)
    out.mkdir(parents=True, exist_ok=True)
    previews = [preview(templates, *one) for one in wanted]
    written = []
    for name, content in (file for shown in previews for file in shown.files()):
        (out / name).write_bytes(content)
        written.append(out / name)
    (out / "index.html").write_text(gallery(previews), "utf-8")
    return [*written, out / "index.html"]


def gallery(previews: list[Preview], live: Live | None = None) -> str:
    """One page with all of them; `live` adds what only a served page can do."""
    title = "Orderherald: messages"
    sections = "".join(_section(shown, live) for shown in previews)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="icon" href="data:,">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{_STYLE}</head><body>'
        f"<h1>{title}</h1>\n{live.top if live else ''}{sections}{live.end if live else ''}</body></html>\n"
    )


def _section(shown: Preview, live: Live | None) -> str:
    name, kind = html.escape(shown.name), KINDS[shown.kind]
    edit, button = (live.more(shown.name), live.button(shown.name)) if live else ("", "")
    return (
        f'<section id="{name}"><h2>{name}</h2><p>{html.escape(shown.subject)}<br>'
        f'<small><a href="{name}.html">page</a>, <a href="{name}.eml">mail</a>{edit}</small></p>'
        f"{button}{why(kind)}"
        f'<iframe sandbox title="{name}" src="{name}.html" loading="lazy"></iframe>'
        f'<pre lang="{html.escape(shown.locale)}">{html.escape(shown.sms)}</pre>'
        f"<p><small>{shown.segments} segment{'s' if shown.segments > 1 else ''}</small></p></section>\n"
    )
