"""One brand says one thing in its own words, and everything else as all do."""

import msgspec
import pytest

from adapters import preview, samples
from adapters.render import Templates
from streams.domain.ports import ConfigurationError
from streams.domain.world import World

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"

msgid "{sentence}"
msgstr "{own}"
"""


def write(folder, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def templates(folder) -> Templates:
    own = msgspec.structs.replace(samples.BRAND, templates=str(folder))
    return Templates(World(brands={"meadow": own, "plain": samples.PLAIN}), link_secret=samples.SECRET)


def subject(made: Templates, kind: str, locale: str, flavour: str = "full") -> str:
    return made.mail(samples.claims(kind, locale)[flavour]).subject


@pytest.mark.parametrize(
    ("language", "shown"), [("en", "Order 1001: off it goes"), ("pl", "Zamówienie 1001: off it goes")]
)
def test_one_sentence_of_one_brand_may_be_another(tmp_path, language, shown):
    po = PO.format(language=language, sentence="your parcel is on its way", own="off it goes")
    write(tmp_path, f"locale/{language}/LC_MESSAGES/messages.po", po)
    made = templates(tmp_path)
    assert subject(made, "shipped", language) == shown
    assert "off it goes" not in subject(made, "shipped", language, "minimal")  # the other shop's
    assert "off it goes" not in subject(made, "delivered", language)


def test_one_template_of_one_brand_may_be_another(tmp_path):
    write(
        tmp_path,
        "kinds/delivered.j2",
        '{% extends "layout.j2" %}{% block title %}here you are{% endblock %}'
        "{% block preheader %}{% endblock %}{% block body %}{{ ui.p(number) }}{% endblock %}"
        "{% block sms %}here you are{% endblock %}",
    )
    made = templates(tmp_path)
    assert subject(made, "delivered", "pl") == "Zamówienie 1001: here you are"
    assert subject(made, "shipped", "pl") == "Zamówienie 1001: paczka jest w drodze"
    assert "Kind regards" in made.mail(samples.claims("delivered", "en")["full"]).raw.decode()


def test_a_brands_own_template_is_tried_before_it_is_needed(tmp_path):
    write(tmp_path, "kinds/delay.j2", "{% block title %}{{ nothing_like_it }}{% endblock %}")
    told = preview.problems(templates(tmp_path), ("en",), "delay")
    assert any("the message delay of meadow in en fails with full data" in sentence for sentence in told)


def test_a_folder_that_is_not_there_is_told_at_start(tmp_path):
    with pytest.raises(ConfigurationError, match=r"^brands\.meadow\.templates: .*nowhere is no folder$"):
        templates(tmp_path / "nowhere").load_keys()
