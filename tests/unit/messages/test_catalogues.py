"""The translations are whole: nothing missing, fuzzy, unused or with another placeholder."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from adapters.messages.environment import SOURCE_LANGUAGE, TEMPLATES, languages

TRANSLATED = [language for language in languages() if language != SOURCE_LANGUAGE]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


@cache
def sentences():
    """What the templates say, as (context, message)."""
    found = extract_from_dir(TEMPLATES, [("**.j2", "jinja2")], {"**.j2": {}}, keywords=KEYWORDS)
    return {(context, message) for _, _, message, _, context in found}


def catalogue(language: str) -> Catalog:
    with (TEMPLATES / "locale" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def test_there_are_translations():
    assert {"pl", "lt"} <= set(TRANSLATED)
    assert len(sentences()) > 300


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_none_is_left_over(language):
    known = {(message.context, message.id) for message in catalogue(language) if message.id}
    assert sentences() - known == set()
    assert known - sentences() == set()
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_empty_or_fuzzy(language):
    for message in catalogue(language):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert message.id == "" or not message.fuzzy, message.id
        assert not message.pluralizable or len(texts) == catalogue(language).num_plurals


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_the_same(language):
    for message in catalogue(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        assert all(set(PLACEHOLDER.findall(text)) == wanted for text in texts), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_capitals_ends_and_spaces_are_as_in_the_original(language):
    for message in catalogue(language):
        if not message.id or message.context or isinstance(message.id, tuple):
            continue
        text = str(message.string)
        assert text == text.strip()
        assert (str(message.id)[-1] in ".?,:") == (text[-1] in ".?,:!"), message.id


def test_a_greeting_lets_a_sentence_begin_after_it():
    """German and Polish go on with a small letter after a comma."""
    for language in ("de", "pl"):
        assert catalogue(language)["Hello,"].string.endswith("!")


def test_polish_has_three_plurals_and_lithuanian_three():
    assert catalogue("pl").num_plurals == 3
    assert catalogue("lt").num_plurals == 3
