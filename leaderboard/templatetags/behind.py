"""What pages behind a number show: numbers in their column's unit, small pictures."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leaderboard.domain import units
from leaderboard.domain.matrix import p_text
from leaderboard.domain.table import Cell, Row, Scale, Table
from leaderboard.selectors.explained import anchor_of
from leaderboard.shown import words
from leaderboard.shown.scales import Axis, axis, picture

register = template.Library()

SHORT = 600  # characters a text may have to stand open


@register.filter
def is_long(text: str) -> bool:
    return len(text) > SHORT or text.count("\n") > 12


@register.filter
def in_unit(value: float | None, scale: Scale) -> str:
    """A number of a column as its board shows it."""
    return units.written(value, scale)


@register.filter
def gap_in_unit(value: float | None, scale: Scale) -> str:
    """A difference with its sign, a true minus."""
    if value is None:
        return "–"
    text = f"{units.shown_gap(value, scale):+.{units.decimals(scale)}f}"
    return f"0{text[2:]}" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


@register.filter
def p_value(p: float | None) -> str:
    """= 0.03, < 0.001, as it stands behind a p."""
    if p is None:
        return "–"
    text = p_text(p)
    return f"< 0{text[1:]}" if text.startswith("<") else f"= {text}" if text == "1" else f"= 0{text}"


@register.filter
def p_plain(p: float | None) -> str:
    """The same in a table: 0.03, < 0.001."""
    return p_value(p).removeprefix("= ")


@register.filter
def facet_value(facet: str, value: str) -> str:
    return words.value(facet, value)


@register.filter
def metric_anchor(metric: str) -> str:
    """Where the methods page tells a metric's formula."""
    return anchor_of("metric", metric)


@register.filter
def rank_range(row: Row | Cell) -> str:
    return words.ranks(row.rank_low, row.rank_high) if row.rank_low and row.rank_high else ""


@register.filter
def status_words(status: str) -> str:
    return words.status(status)


@register.filter
def facet_words(key: str) -> str:
    return words.facet(key)


@register.filter
def kind_of_origin(origin: str) -> str:
    """Where a row's numbers come from."""
    return {
        "run": _("run here"),
        "reported": _("reported, not run here"),
        "study": _("rated by physicians"),
    }.get(origin, origin)


@register.simple_tag
def axis_of_averages(table: Table) -> Axis | None:
    """One axis for the averages of all rows."""
    values = [each for row in table.rows for each in (row.average, row.low, row.high)]
    return axis(values, units.common(table.columns))


@register.simple_tag
def span(on: Axis | None, value: float | None, low: float | None, high: float | None) -> SafeString:
    """An estimate and its interval on an axis."""
    drawn = "" if on is None or value is None else picture(on, value, low, high)
    return mark_safe(drawn)  # noqa: S308 - numbers alone


@register.simple_tag
def span_alone(row: Row, scale: Scale) -> SafeString:
    """A row's average and interval, for lists in which every row is of another board."""
    on = axis([row.average, row.low, row.high], scale)
    return span(on, row.average, row.low, row.high)


@register.filter
def lookup(mapping: Any, key: str) -> Any:
    return mapping.get(key)
