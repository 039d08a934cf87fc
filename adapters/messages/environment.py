"""The templates' environments: one a language and medium, sandboxed, strict, compiled on first use.

Adding a language takes a catalogue and no code. CSS is inlined while a template loads, not while a
message renders: at render time it would cost more than everything else together.
"""

import gettext
import io
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import css_inline
import jinja2
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import meta, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from adapters.messages.sandbox import Patience, Sandbox

Medium = Literal["html", "text", "page"]  # a page is as a mail, with a style sheet of its own
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SOURCE_LANGUAGE = "en"

_TAG = re.compile(r'<([a-z0-9]+)([^<>]*?) class="([a-z0-9 -]+)"(?: style="([^"]*)")?')
_INDENT = re.compile(r"\n[ \t]+")


def catalogue(folder: Path, locale: str, over: Path | None = None) -> gettext.NullTranslations:
    """The language's translations, compiled in memory; English is what the templates are written in.

    `over` may have sentences of its own, in English too; the rest is the folder's.
    """
    words = _compiled(folder, locale) if locale != SOURCE_LANGUAGE else gettext.NullTranslations()
    if over is None or not _catalogue_of(over, locale).exists():
        return words
    own = _compiled(over, locale)
    own.add_fallback(words)
    return own


def _catalogue_of(folder: Path, locale: str) -> Path:
    return folder / "locale" / locale / "LC_MESSAGES" / "messages.po"


def _compiled(folder: Path, locale: str) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    with _catalogue_of(folder, locale).open("rb") as source:
        write_mo(compiled, read_po(source, locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def languages(folder: Path = TEMPLATES) -> tuple[str, ...]:
    """The languages that there are words for."""
    found = (path.parent.parent.name for path in folder.glob("locale/*/LC_MESSAGES/messages.po"))
    return tuple(sorted({SOURCE_LANGUAGE, *found}))


class _Loader(jinja2.FileSystemLoader):
    """Reads a template and works its CSS classes into style attributes."""

    def __init__(self, folder: Path, medium: Medium, over: Path | None) -> None:
        part = "text" if medium == "text" else "html"
        super().__init__([each for place in (over, folder) if place for each in (place / part, place)])
        self._inline = _inliner(folder) if medium == "html" else None

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        if self._inline is not None:
            source = _INDENT.sub("\n", _TAG.sub(self._inline, source))
        return source, path, fresh


def _inliner(folder: Path) -> Callable[[re.Match[str]], str]:
    css = (folder / "html" / "style.css").read_text("utf-8")

    @cache
    def style(classes: str) -> str:
        # The library resolves the cascade; a template with its tags of Jinja is nothing it could parse.
        tree = css_inline.inline_fragment(f'<div class="{classes}"></div>', css)
        found = re.search(r'style="([^"]*)"', tree)
        return found[1] if found else ""

    def inlined(tag: re.Match[str]) -> str:
        name, attributes, classes, own = tag.groups()
        styles = ";".join(part for part in (style(classes).rstrip(";"), own) if part)
        return f'<{name}{attributes} class="{classes}"' + (f' style="{styles}"' if styles else "")

    return inlined


def upper_first(text: str) -> str:
    """Keeps what autoescape knows about the text."""
    return type(text)(text[:1].upper() + text[1:])


class _Translate(NodeTransformer):
    """Puts the translations in while a template compiles: at render time they would be half the cost."""

    def __init__(self, words: gettext.NullTranslations, *, markup: bool) -> None:
        self._words = words
        self._text = Markup if markup else str

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  # named after the node by Jinja2
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name not in ("_", "gettext"):
            return node
        (message,) = node.args
        if not isinstance(message, nodes.Const):
            raise jinja2.TemplateSyntaxError("only a literal can be translated", node.lineno)
        text = self._text(self._words.gettext(message.value))
        if not node.kwargs:
            return nodes.Const(text % {}, lineno=node.lineno)
        values = [nodes.Pair(nodes.Const(word.key), word.value, lineno=node.lineno) for word in node.kwargs]
        # Not by the operator, whose operands the sandbox looks at: these words are no expression's.
        return nodes.Filter(
            nodes.Const(text), "filled", [nodes.Dict(values)], [], None, None, lineno=node.lineno
        )


class Environments:
    """Environments by language and medium, made when they are first asked for.

    `over`: a brand's own folder, in which a template or a sentence stands before that of `folder`.
    `patience`: whoever renders says when a message begins; without it, nothing is too long.
    """

    def __init__(
        self, folder: Path = TEMPLATES, over: Path | None = None, patience: Patience | None = None
    ) -> None:
        self.folder, self.over = folder, over
        self._patience = patience or Patience()
        self._made: dict[tuple[str, Medium], jinja2.Environment] = {}
        self._names: dict[str, frozenset[str]] = {}

    def environment(self, locale: str, medium: Medium) -> jinja2.Environment:
        made = self._made.get((locale, medium))
        if made is None:
            made = self._made[locale, medium] = self._make(locale, medium)
        return made

    def template(self, locale: str, medium: Medium, kind: str) -> jinja2.Template:
        return self.environment(locale, medium).get_template(f"kinds/{kind}.j2")

    def speaks_of(self, locale: str, kind: str) -> frozenset[str]:
        """The names that this kind's messages use: what is dear to compute and not among them need not be."""
        known = self._names.get(kind)
        if known is None:
            made = self.environment(locale, "text")
            assert made.loader is not None
            sources = (made.loader.get_source(made, name)[0] for name in (f"kinds/{kind}.j2", "layout.j2"))
            used = (meta.find_undeclared_variables(made.parse(source)) for source in sources)
            known = self._names[kind] = frozenset().union(*used)
        return known

    def words(self, locale: str) -> Mapping[str, object]:
        """What the formatters need of the catalogue: weekdays in the cases that sentences ask for."""
        return vars(self.environment(locale, "text").get_template("words.j2").module)

    def _make(self, locale: str, medium: Medium) -> jinja2.Environment:
        made = Sandbox(
            loader=_Loader(self.folder, medium, self.over),
            extensions=["jinja2.ext.i18n"],
            autoescape=medium != "text",
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        words = catalogue(self.folder, locale, self.over)
        made.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # the extension's
        made.rewrite = _Translate(words, markup=medium != "text").visit
        made.patience = self._patience
        made.brands_own = self.over is not None
        made.filters["upper_first"] = upper_first
        made.filters["filled"] = operator.mod
        made.globals["dark_css"] = Markup((self.folder / "html" / "dark.css").read_text("utf-8"))  # noqa: S704  # our own file
        made.globals["ui"] = made.get_template("components.j2").module
        made.globals["say"] = made.get_template("sentences.j2").module
        return made
