"""Coefficients of agreement as people read them: a number never stands without its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()

LEFT, WIDTH = 2.0, 116.0  # of the axis, in the units of the viewBox
LOWEST = -0.5  # where the axis begins: lower values are drawn there

MEASURES: dict[str, Any] = {
    "win_rate": gettext_lazy("wins per comparison"),
    "top_bin": gettext_lazy("share of the best levels"),
    "mean_level": gettext_lazy("mean level, 1 is the first"),
    "mean": gettext_lazy("mean"),
    "mean_place": gettext_lazy("mean place, 1 is the best"),
    "score": gettext_lazy("points met of the points to be had"),
    "coverage": gettext_lazy("share of wanted criteria met"),
}


@register.filter
def coefficient(value: float | None) -> str:
    """Two digits with a true minus; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


@register.filter
def measure_name(measure: str) -> str:
    """What a measure of systems is called."""
    if measure.startswith("share:"):
        return _("share of “%(value)s”") % {"value": measure[6:]}
    return str(MEASURES.get(measure, measure))


@register.filter
def caution_name(code: str) -> str:
    """A caution in two words; its text says the rest."""
    return {
        "no_variation": _("no variation"),
        "few_pairs": _("few pairs"),
        "skew": _("skewed"),
        "sample": _("from a part"),
    }.get(code, code)


@register.filter
def is_share(measure: str) -> bool:
    return measure in ("win_rate", "top_bin", "coverage") or measure.startswith("share:")


@register.filter
def named(names: Mapping[int, str], key: int) -> str:
    """The name of a system by its id."""
    return names.get(key, "–")


@register.filter
def unlocalize_number(value: float) -> str:
    """A number for an attribute: never in local digits."""
    return f"{value:.4f}"


@register.simple_tag
def agreement_bar(estimate: Mapping[str, Any] | None) -> SafeString:
    """The estimate and its 95 % interval from −0.5 to 1, with a line at 0: no better than chance."""
    if estimate is None or estimate["value"] is None:
        return SafeString("")
    value = estimate["value"]
    low = value if estimate["low"] is None else estimate["low"]
    high = value if estimate["high"] is None else estimate["high"]
    if estimate["low"] is None:
        said = _("%(value)s, no interval") % {"value": coefficient(value)}
    else:
        said = _("%(value)s, 95 %% interval %(low)s to %(high)s") % {
            "value": coefficient(value),
            "low": coefficient(low),
            "high": coefficient(high),
        }
    return format_html(
        '<svg class="interval" viewBox="0 0 120 16" width="120" height="16" role="img" aria-label="{}">'
        '<line class="interval-axis" x1="2" x2="118" y1="8" y2="8"/>'
        '<line class="interval-axis" x1="{}" x2="{}" y1="2" y2="14"/>'
        '<line class="interval-range" x1="{}" x2="{}" y1="8" y2="8"/>'
        '<circle class="interval-dot" cx="{}" cy="8" r="3"/></svg>',
        said,
        _place(0.0),
        _place(0.0),
        _place(low),
        _place(high),
        _place(value),
    )


def _place(value: float) -> str:
    within = min(max(value, LOWEST), 1.0)
    return f"{LEFT + WIDTH * (within - LOWEST) / (1.0 - LOWEST):.1f}"
