"""A template that would not end, or would fill the memory, ends with an error about itself."""

import time

import jinja2
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
HELD_TWICE = DOUBLED.replace("'xx'", "[1]").replace("21", "60") + "{{{{ n.x }}}}"
LONG = DOUBLED.format("n.x ~ n.x").replace("{", "{{").replace("}", "}}").replace("21", "18") + "{{{{ {0} }}}}"
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
    "a list that holds itself twice": HELD_TWICE.format("[n.x, n.x]"),
    "a tuple that does": HELD_TWICE.format("(n.x, n.x)"),
    "a mapping that does": HELD_TWICE.format("{'a': n.x, 'b': n.x}"),
    "a mapping that is made by a call": HELD_TWICE.format("dict(a=n.x, b=n.x)"),
    "a namespace that does": HELD_TWICE.format("namespace(a=n.x, b=n.x)"),
    "a macro that does": (
        "{% macro f(x, n) %}{% if n %}{{ f([x, x], n - 1) }}{% else %}{{ x }}{% endif %}{% endmacro %}"
        "{{ f(1, 60) }}"
    ),
    "many large things": "{{ [items] * 99999 }}",
    "a replacement": LONG.format("n.x|replace('x', 'y' * 5000)"),
    "a replacement by a method": LONG.format("n.x.replace('x', 'y' * 5000)"),
    "what stands between many": "{{ range(9999)|join('y' * 900000) }}",
    "what stands between many, by a method": "{{ ('y' * 900000).join(range(9999)|map('string')) }}",
    "many that are padded": "{{ range(99999)|map('center', 1000)|list|length }}",
    "many lines moved in": LONG.replace("xx", "\\n").format("n.x|indent(1000)"),
    "many lines of data moved in": "{{ ([[1] * 999] * 999)|tojson(indent=1000) }}",
    "many breaks": "{{ ('a ' * 1000)|wordwrap(1, wrapstring='y' * 900000) }}",
    "a sum of lists": "{{ ([[1]] * 400000)|sum(start=[])|length }}",
    "a width in braces": "{{ '{:>1000000000}'.format(1) }}",
    "a width in braces that is given": "{{ '{:{}}'.format(1, 10**9) }}",
    "one thing put in often": LONG.format("('%s' * 5000) % ((n.x,) * 5000)"),
    "one thing put in often by its name": LONG.format("('%(a)s' * 5000) % {'a': n.x}"),
    "one thing put in often by the filter": LONG.format("('%(a)s' * 5000)|format(a=n.x)"),
    "one thing put in often by the method": LONG.format("('{0}' * 5000).format(n.x)"),
    "bytes": "{{ 'x'.encode() * 10**9 }}",
    "letters that are others": "{{ ('x' * 10**6).translate({120: 'y' * 10**6}) }}",
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
        assert isinstance(told.value.__cause__, jinja2.TemplateRuntimeError | OverflowError | RecursionError)
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
        ("{{ '{:>5}|{a}'.format('X', a=[1, (2, 3)]) }} {{ {'a': 'b'}.a }}", "X|[1, (2, 3)] b"),
        ("{{ '-'.join('AB') }} {{ 'a b'.replace(' ', '_')|replace('_', '+', count=1) }}", "A-B a+b"),
        ("{% for a, b in [(1, 2), (3, 4)] %}{% set c = (a, b) %}{{ c[0] * c[1] }} {% endfor %}", "2 12"),
        (
            "{{ [1, 2]|sum }} {{ ['b', 'a']|sort|join(', ') }} {{ {'a': 1}|tojson(indent=2) }}",
            '3 a, b { "a": 1 }',
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
