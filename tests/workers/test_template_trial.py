"""A hostile chat template is found out before it holds a worker."""

from __future__ import annotations

import pytest

from workers.backends.weights.template_trial import is_endless

pytest.importorskip("jinja2", reason="the engines are not installed")

HONEST = """
{%- for message in messages %}
{{- '<|' + message.role + '|>' + message.content }}
{%- endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"""


@pytest.mark.parametrize(
    "template",
    [
        HONEST,
        "",
        "{{ raise_exception('no system role') }}",
        "{{ unknown_filter | nothing }}",
        "{% for",  # broken: refused elsewhere, and it ends
    ],
)
def test_a_template_that_ends_is_fine(template: str) -> None:
    assert not is_endless(template)


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ 'a' * 10 ** 10 }}",
        "{% set ns = namespace(x='ab') %}{% for a in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    ],
)
def test_a_template_that_does_not_end_is_found_out(template: str) -> None:
    assert is_endless(template)
