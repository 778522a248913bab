"""Numbers as people read them."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

LEFT, WIDTH = 2.0, 116.0  # of the axis, in the units of the viewBox


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """A share as a percentage without the sign: 0.5 → 50.0; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.{digits}f}"


@register.filter
def figure(value: object) -> str:
    """A figure of any kind: counts as they are, others with three digits, yes or no, a dash for none."""
    match value:
        case None:
            return "–"
        case bool():
            return _("yes") if value else _("no")
        case float() if not value.is_integer():
            return f"{value:.3f}"
        case float():
            return f"{int(value):,}"
        case _:
            return str(value)


@register.filter
def signed_percent(value: float | None, digits: int = 1) -> str:
    """A difference of shares as percentage points with a true minus sign: -0.062 → −6.2, 0.03 → +3.0."""
    return "–" if value is None else f"{100 * value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as a person would say them: 12 s, 3 min, 2 h 5 min."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 90:
        return _("%(n)d s") % {"n": max(whole, 1)}
    if whole < 5400:
        return _("%(n)d min") % {"n": round(whole / 60)}
    hours, rest = divmod(timedelta(seconds=whole).total_seconds(), 3600)
    return _("%(h)d h %(m)d min") % {"h": hours, "m": rest // 60}


@register.filter
def items(count: int) -> str:
    return ngettext("%(n)s item", "%(n)s items", count) % {"n": f"{count:,}"}


@register.filter
def heat(value: float | None) -> int:
    """The step 0 to 9 of the colour scale for a share."""
    return 0 if value is None else min(9, max(0, int(10 * value)))


@register.simple_tag
def interval_bar(value: float | None, low: float | None, high: float | None) -> SafeString:
    """A small picture of an estimate and its 95 % interval on the axis from 0 to 1."""
    if value is None:
        return SafeString("")
    low, high = value if low is None else low, value if high is None else high
    places = [LEFT + WIDTH * min(1.0, max(0.0, each)) for each in (low, high, value)]  # kappa: below 0
    return format_html(
        '<svg class="interval" viewBox="0 0 120 16" width="120" height="16" role="img" aria-label="{}">'
        '<line class="interval-axis" x1="2" x2="118" y1="8" y2="8"/>'
        '<line class="interval-range" x1="{}" x2="{}" y1="8" y2="8"/>'
        '<circle class="interval-dot" cx="{}" cy="8" r="3"/></svg>',
        _("%(value)s, 95 %% interval %(low)s to %(high)s")
        % {"value": percent(value), "low": percent(low), "high": percent(high)},
        *(f"{place:.1f}" for place in places),
    )
