"""One brand says one thing in its own words, and everything else as all do."""

import msgspec
import pytest

from adapters import samples, trials
from adapters.render import Templates
from streams.domain.kinds import KINDS
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
    told = trials.problems(templates(tmp_path), ("en",), "delay")
    assert any("the message delay of meadow in en fails with full data" in sentence for sentence in told)


def test_a_folder_that_is_not_there_is_told_at_start(tmp_path):
    with pytest.raises(ConfigurationError, match=r"^brands\.meadow\.templates: .*nowhere is no folder$"):
        templates(tmp_path / "nowhere").load_keys()


LAYOUT = (
    '{{% extends "layout.j2" %}}\n{{% block title %}}here{{% endblock %}}\n'
    "{{% block preheader %}}{{% endblock %}}\n{{% block body %}}\n{}\n{{% endblock %}}\n"
    "{{% block sms %}}here{{% endblock %}}"
)


def refused(folder) -> str:
    with pytest.raises(ConfigurationError) as told:
        trials.check_overrides(templates(folder))
    sentence = str(told.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{{ nothing_like_it }}", "kinds/delay.j2, line 5: 'nothing_like_it' is undefined"),
        ("{{ ui.p(ui.nothing()) }}", "kinds/delay.j2, line 5: "),
        ("{% if %}", "kinds/delay.j2, line 5: Expected an expression"),
        ("{{ _(number) }}", "kinds/delay.j2, line 5: only a literal can be translated"),
        ('{% include "none.j2" %}', "kinds/delay.j2, line 5: there is no none.j2"),
        ("{{ parcels[0].carrier }}", "kinds/delay.j2, line 5: "),  # a message without parcels is fine too
        ("{% for i in range(10**9) %}{% endfor %}", "kinds/delay.j2, line 5: "),
        ("{{ number * 9000 }}{{ number * 9000 }}", "it is longer than 70,000 characters"),
    ],
)
def test_a_broken_override_stops_the_start_with_brand_file_and_line(tmp_path, body, told):
    write(tmp_path, "kinds/delay.j2", LAYOUT.format(body))
    sentence = refused(tmp_path)
    assert sentence.startswith("brands.meadow.templates: ")
    assert told in sentence
    assert "(the message delay in " in sentence


@pytest.mark.parametrize("own", ["%(who)s is near", "50% is near", "%s is near"])
def test_a_sentence_that_asks_for_what_it_cannot_have_stops_the_start(tmp_path, own):
    po = PO.format(language="pl", sentence="your parcel is on its way", own=own)
    write(tmp_path, "locale/pl/LC_MESSAGES/messages.po", po)
    assert refused(tmp_path) == (
        "brands.meadow.templates: locale/pl/LC_MESSAGES/messages.po, line 6: "
        "the sentence may insert nothing and no more"
    )


def test_only_what_a_brand_has_changed_is_tried(tmp_path):
    assert trials.touched(tmp_path) == []
    write(tmp_path, "locale/pl/LC_MESSAGES/messages.po", PO.format(language="pl", sentence="a", own="b"))
    write(tmp_path, "kinds/delay.j2", "")
    found = trials.touched(tmp_path)
    assert {kind for kind, locale in found if locale == "de"} == {"delay"}
    assert ("shipped", "pl") in found
    write(tmp_path, "html/components.j2", "")
    assert {kind for kind, locale in trials.touched(tmp_path) if locale == "de"} == set(KINDS)


def test_the_defaults_have_templates_of_their_own_too(tmp_path):
    write(tmp_path, "kinds/delay.j2", LAYOUT.format("{{ nothing_like_it }}"))
    everyone = msgspec.structs.replace(samples.PLAIN, id="", templates=str(tmp_path))
    made = Templates(World(defaults=everyone))
    with pytest.raises(ConfigurationError, match=r"^defaults\.templates: kinds/delay\.j2, line 5: "):
        trials.check_overrides(made)
    write(tmp_path, "kinds/delay.j2", LAYOUT.format("{{ ui.p(number) }}"))
    trials.check_overrides(Templates(World(defaults=everyone)))
