"""What an SMS costs, as networks count it."""

# ruff: noqa: RUF001  # look-alike characters are what this is about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sms.segments import economical, measure, shortened, transliterate


@pytest.mark.parametrize(("text", "encoding", "units", "segments"), [
    ("", "gsm7", 0, 1),
    ("a" * 160, "gsm7", 160, 1),
    ("a" * 161, "gsm7", 161, 2),
    ("a" * 306, "gsm7", 306, 2),
    ("a" * 307, "gsm7", 307, 3),
    ("€" * 80, "gsm7", 160, 1),
    ("€" * 81, "gsm7", 162, 2),
    ("ż" * 70, "ucs2", 70, 1),
    ("ż" * 71, "ucs2", 71, 2),
    ("🙂" * 35, "ucs2", 70, 1),
    ("🙂" * 36, "ucs2", 72, 2),
    ("ó", "ucs2", 1, 1),
    ("\u00a0", "ucs2", 1, 1),
    ("`", "ucs2", 1, 1),
    ("äöüÄÖÜßñéèà", "gsm7", 11, 1),
])  # fmt: skip
def test_segments_are_counted_as_networks_do(text, encoding, units, segments):
    found = measure(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)


def test_an_escape_pair_is_never_split_across_segments():
    # 152 letters leave one septet of the first segment: the pair moves on, and one more segment is due.
    assert measure("a" * 152 + "€" + "a" * 151).segments == 2
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3


def test_polish_and_lithuanian_letters_become_plain():
    assert transliterate("zażółć gęślą jaźń ZAŻÓŁĆ") == "zazolc gesla jazn ZAZOLC"
    assert transliterate("ąčęėįšųūž ĄČĘĖĮŠŲŪŽ") == "aceeisuuz ACEEISUUZ"
    assert transliterate("„a” – b…\u00a0c’s") == '"a" - b... c\'s'


def test_other_scripts_stay_as_they_are():
    assert transliterate("Привет 東京") == "Привет 東京"


def test_letters_are_given_up_only_where_that_saves_a_segment():
    short, long = "Paczka już czeka", "Paczka już czeka. " * 6
    assert economical(short) == short
    assert economical(long) == transliterate(long)
    assert economical(long, "never") == long
    assert economical(short, "always") == "Paczka juz czeka"


@given(st.text(max_size=600), st.integers(min_value=1, max_value=4))
def test_a_shortened_text_fits(text, most):
    fitting = shortened(text, most)
    assert measure(fitting).segments <= most
    assert fitting == text or fitting.endswith("...")


@given(st.text(max_size=300))
def test_transliteration_never_costs_a_segment(text):
    assert measure(economical(text)).segments <= measure(text).segments
