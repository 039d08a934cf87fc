"""Messages tried before they are needed: with all that they can show, with little, and with hostile data."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import jinja2
import msgspec
from babel.messages.pofile import read_po

from adapters import samples
from adapters.messages.environment import languages
from adapters.preview import chosen
from adapters.render import Templates
from streams.domain.kinds import ABOUT_SEVERAL_ORDERS, KINDS
from streams.domain.ports import ConfigurationError, SendError
from streams.domain.values import Value

_ANY = "any-other-shop"  # whose brand is what the defaults say
_INSERTED = re.compile(r"%(?:%|\((\w+)\)s)")


class Trouble(Value, frozen=True):
    """One message that can't be made. `place`: file and line, where they are known."""

    kind: str
    locale: str
    flavour: str
    place: str
    cause: str


def problems(templates: Templates, locales: tuple[str, ...] = (), only: str | None = None) -> list[str]:
    """A sentence for each message that can't be made, whatever the data; none if all is well.

    Brands with templates of their own are tried one by one, the others together.
    """
    wanted = [(kind, locale) for kind, locale in chosen(only, None) if not locales or locale in locales]
    return [
        f"the message {each.kind} {f'of {shop} ' if shop else ''}in {each.locale} fails with {each.flavour} "
        f"data: {each.place}{each.cause}"
        for shop, folder in {"": None, **templates.overrides}.items()
        for each in troubles(templates, wanted, shop, folder)
    ]


def troubles(
    templates: Templates, wanted: Iterable[tuple[str, str]], shop: str = "", over: Path | None = None
) -> Iterator[Trouble]:
    """What fails among pairs of kind and language, as `shop` would send it; else as two of our own would.

    `over`: the shop's own folder, in which the place is looked for first.
    """
    for kind, locale in wanted:
        for flavour, claim in samples.claims(kind, locale).items():
            mail = msgspec.structs.replace(claim, shop=shop or claim.shop)
            several = kind in ABOUT_SEVERAL_ORDERS and templates.tells_of_several(shop)
            try:
                for each in (mail, samples.with_another(mail)) if several else (mail,):
                    templates.mail(each)
                    templates.sms(samples.by_sms(each))
            except SendError as error:
                cause = error.__cause__ or error
                yield Trouble(kind, locale, flavour, _place(cause, over), _said(cause))


def check_overrides(templates: Templates) -> None:
    """Raises `ConfigurationError` for the first template or sentence of a brand's own that fails.

    Only what a brand's files can have changed is tried: the rest is as it was released.
    """
    seen = set[Path]()
    for shop, folder in templates.overrides.items():
        if folder in seen:
            continue
        seen.add(folder)
        where = f"brands.{shop}.templates" if shop else "defaults.templates"
        for place, cause in _sentences(folder):
            raise ConfigurationError(f"{where}: {place}{cause}")
        for found in troubles(templates, touched(folder), shop or _ANY, folder):
            which = f"the message {found.kind} in {found.locale}, with {found.flavour} data"
            raise ConfigurationError(f"{where}: {found.place}{found.cause} ({which})")


def touched(folder: Path) -> list[tuple[str, str]]:
    """The kinds and languages that a brand's files can have changed: a shared file changes every kind."""
    files = [path.relative_to(folder) for path in folder.rglob("*.j2")]
    own = {path.stem for path in files if path.parent.name == "kinds"}
    shared = any(path.parent.name != "kinds" for path in files)
    spoken = {path.parent.parent.name for path in folder.glob("locale/*/LC_MESSAGES/messages.po")}
    return [
        (kind, locale)
        for kind in KINDS
        for locale in languages()
        if shared or kind in own or locale in spoken
    ]


def _sentences(folder: Path) -> Iterator[tuple[str, str]]:
    """Translations that ask for what the sentence they stand for does not have."""
    for path in sorted(folder.glob("locale/*/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            catalogue = read_po(file)
        for message in catalogue:
            asked = message.id if isinstance(message.id, str) else " ".join(message.id)
            known = [name for name in _INSERTED.findall(asked) if name]
            given = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            if message.id and not all(_fits(text, set(known)) for text in given):
                names = ", ".join(f"%({name})s" for name in known) or "nothing"
                yield _at(path, folder, message.lineno), f"the sentence may insert {names} and no more"


def _fits(text: str, known: set[str]) -> bool:
    return "%" not in _INSERTED.sub(lambda found: "" if found[1] is None or found[1] in known else "%", text)


def _place(error: BaseException, over: Path | None) -> str:
    """The last of the brand's own files that was on the way to the error; else the last file at all."""
    if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
        return _at(Path(error.filename), over, error.lineno)
    found = list(_stations(error.__traceback__))
    own = [each for each in found if over is not None and each[0].is_relative_to(over)]
    last = (own or found)[-1:]
    return _at(last[0][0], over, last[0][1]) if last else ""


def _stations(trace: TracebackType | None) -> Iterator[tuple[Path, int]]:
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None and template.filename:
            yield Path(template.filename), template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next


def _at(path: Path, over: Path | None, line: int | None) -> str:
    shown = path.relative_to(over) if over is not None and path.is_relative_to(over) else path.name
    return f"{shown}, line {line}: " if line else f"{shown}: "


def _said(error: BaseException) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no {error.name}"
    return str(error).partition("\n")[0] or type(error).__name__
