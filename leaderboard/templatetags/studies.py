"""Small pictures of what raters said."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from raters.selectors.agreement import LABELS

register = template.Library()


@register.filter
def coefficient_name(name: str) -> str:
    """What a coefficient of agreement is called."""
    return str(LABELS.get(name, name))


@register.simple_tag
def three_bands(shares: Sequence[tuple[float, float | None, float | None]]) -> SafeString:
    """The first preferred, neither, the second: one bar; the numbers stand beside it."""
    at, parts = 0.0, []
    for name, (value, _low, _high) in zip(("won", "tied", "lost"), shares, strict=True):
        parts.append((name, f"{100 * at:.1f}", f"{100 * value:.1f}"))
        at += value
    bars = format_html_join("", '<rect class="{}" x="{}" width="{}" y="1" height="8"/>', parts)
    return format_html(
        '<svg class="three-bands" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>",
        bars,
    )
