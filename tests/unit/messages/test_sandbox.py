"""A template that would not end, or would fill the memory, ends with an error about itself."""

import time

import msgspec
import pytest

from adapters import samples
from adapters.messages.sandbox import Patience
from adapters.render import Templates
from streams.domain.ports import SendError
from streams.domain.world import World

AROUND = (
    '{{% extends "layout.j2" %}}{{% block title %}}it{{% endblock %}}{{% block preheader %}}{{% endblock %}}'
    "{{% block body %}}{0}{{% endblock %}}{{% block sms %}}{0}{{% endblock %}}"
)
DOUBLED = "{{% set n = namespace(x='xx') %}}{{% for i in range(21) %}}{{% set n.x = {0} %}}{{% endfor %}}"
ENDLESS = {
    "a range of a billion": "{% for i in range(10**9) %}{% endfor %}",
    "loops in loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "a loop that leaves all out": "{% for i in range(99999) if range(99999)|sum < 0 %}{% endfor %}",
    "macros that call one another": (
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}"
    ),
    "a macro that calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a loop into itself": "{% for i in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
    "a file that includes itself": '{% include "kinds/shipped.j2" %}{% include "kinds/shipped.j2" %}',
    "a text times a billion": "{{ 'x' * 10**9 }}",
    "a list times a billion": "{{ 10**9 * [1] }}",
    "a tower of powers": "{{ 10**(10**10) }}",
    "a product that grows": (
        "{% set n = namespace(x=9) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}"
    ),
    "a text that doubles": DOUBLED.format("n.x ~ n.x"),
    "a text that doubles by a plus": DOUBLED.format("n.x + n.x"),
    "a list that doubles": DOUBLED.replace("'xx'", "[1]").format("n.x + n.x"),
    "a text that doubles by joining": DOUBLED.format("[n.x, n.x]|join"),
    "a text that doubles by replacing": DOUBLED.format("n.x|replace('x', 'xx')"),
    "a text that doubles by a method": DOUBLED.format("n.x.replace('x', 'xx')"),
    "a block that doubles": (
        "{% set n = namespace(x='xx') %}{% for i in range(21) %}"
        "{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}{% endfor %}"
    ),
    "a width": "{{ '%1000000000d' % 1 }}",
    "a width by the filter": "{{ '%1000000000d'|format(1) }}",
    "a width that is given": "{{ '%*d' % (10**9, 1) }}",
    "a centre": "{{ 'x'|center(10**9) }}",
    "a padding": "{{ 'x'.ljust(10**9) }}",
    "many slices": "{{ [1]|slice(10**9)|list|length }}",
    "made-up words": "{{ lipsum(10**9) }}",
}


def templates(tmp_path, body):
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "shipped.j2").write_text(AROUND.format(body))
    brand = msgspec.structs.replace(samples.BRAND, templates=str(tmp_path))
    return Templates(World(brands={"meadow": brand}))


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_it_ends_within_about_a_second_as_that_message_alone(tmp_path, body):
    made, claim = templates(tmp_path, body), samples.claims("shipped", "en")["full"]
    for render in (made.mail, lambda mail: made.sms(samples.by_sms(mail))):
        begun = time.thread_time()
        with pytest.raises(SendError, match=r"^template$") as told:
            render(claim)
        assert time.thread_time() - begun < 2
        assert told.value.permanent
    assert made.mail(samples.claims("delay", "en")["full"]).raw  # the next message has its own time


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("{{ 'AB' * 3 }}", "ABABAB"),
        ("{{ 3 * 4 }} {{ 2 ** 5 }} {{ 7 % 4 }}", "12 32 3"),
        (
            "{{ '%05.1f|%s' % (2.5, 'x') }} {{ '%s!'|format(number) }} {{ '%(a)s'|format(a=1) }}",
            "002.5|x 1001! 1",
        ),
        ("{{ 'X'|center(5) }}{% for i in range(500) if i == 7 %}{{ i }}{% endfor %}", "X 7"),
        ("{% for row in [1, 2, 3]|batch(2) %}{{ row|length }}{% endfor %}", "21"),
    ],
)
def test_what_people_write_works_as_ever(tmp_path, body, shown):
    sms = templates(tmp_path, body).sms(samples.by_sms(samples.claims("shipped", "en")["full"]))
    assert sms.text == f"Meadow & Co: {shown}"


def test_patience_counts_work_and_not_waiting():
    with Patience(0.05) as patience:
        time.sleep(0.1)
        patience.look()
    patience.look()
