"""A brand that would have no words for its messages is told so before anything is sent."""

import shutil

import pytest

from adapters.messages.coverage import uncovered
from adapters.messages.environment import TEMPLATES
from streams.bootstrap.edges import build_edges
from streams.bootstrap.offline import simulation
from streams.domain.kinds import KINDS
from streams.domain.ports import ConfigurationError
from streams.domain.world import Brand, World
from streams.settings import load_settings


def test_every_kind_that_we_have_is_covered():
    assert list(uncovered(World(brands={"a": Brand(id="a", locale="pl-PL")}))) == []


def test_a_brand_in_a_language_without_words_is_refused(tmp_path):
    file = tmp_path / "o.toml"
    file.write_text('[brands.acme]\nlocale = "fi"\n')
    sentence = r"^brands\.acme\.locale: no message has words in fi; there are .*"
    for build in (build_edges, simulation):
        with pytest.raises(ConfigurationError, match=sentence):
            build(load_settings(file, {}))


def test_a_kind_that_is_on_needs_its_template(tmp_path):
    folder = shutil.copytree(TEMPLATES, tmp_path / "templates")
    (folder / "kinds" / "delay.j2").unlink()
    told = "kinds.delay: there is no template for it; switch it off by enabled = false"
    assert list(uncovered(World(), folder)) == [told]
    off = {**KINDS, "delay": type(KINDS["delay"])("delay", "T", enabled=False)}
    assert list(uncovered(World(kinds=off), folder)) == []
