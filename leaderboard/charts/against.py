"""Scores against what is known of the systems: their size, and when they came out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext, gettext_noop

from leaderboard.charts.shape import (
    Chart,
    Material,
    Measured,
    axis,
    errors,
    measured,
    name_of,
    nothing,
    rounded,
)
from leaderboard.charts.shape import with_limits as told
from leaderboard.domain.correlation import score_correlation
from leaderboard.domain.table import Row, Scale
from leaderboard.domain.units import shown

SIZE, SIZE_TITLE = "size", gettext_noop("Score against size")
DATE, DATE_TITLE = "date", gettext_noop("Score against release")

Point = tuple[
    Measured, float, str | float
]  # the measured row, where it lies for the correlation, what the axis takes


def draw_size(material: Material) -> Chart:
    name, title = SIZE, gettext(SIZE_TITLE)
    what, scale, _, found = measured(material.table)
    points = _points(found, lambda row: size_of(row))
    if len(points) < 2:
        why = gettext("This needs at least two systems whose number of parameters is known.")
        return nothing(name, title, why)
    x_axis = axis(gettext("Parameters, billions"), type="log", dtick=1)
    return _drawn(name, title, material, points, (what, scale, gettext("size")), x_axis)


def draw_date(material: Material) -> Chart:
    name, title = DATE, gettext(DATE_TITLE)
    what, scale, _, found = measured(material.table)
    points = _points(found, lambda row: date_of(row))
    if len(points) < 2:
        why = gettext("This needs at least two systems whose release date is known.")
        return nothing(name, title, why)
    x_axis = axis(gettext("Released"), type="date")
    return _drawn(name, title, material, points, (what, scale, gettext("release")), x_axis)


def size_of(row: Row) -> tuple[float, float] | None:
    """Billions of parameters, as far as the row says so."""
    try:
        size = float(row.attributes.get("size_b") or 0)
    except (TypeError, ValueError):
        return None
    return (math.log(size), size) if size > 0 and math.isfinite(size) else None


def date_of(row: Row) -> tuple[float, str] | None:
    """The day its model came out; a month counts as its first day."""
    said = row.attributes.get("released")
    if isinstance(said, (date, datetime)):
        said = said.isoformat()
    if not isinstance(said, str) or not said:
        return None
    try:
        day = date.fromisoformat((said[:10] if len(said) >= 10 else f"{said}-01-01"[:10]).replace("/", "-"))
    except ValueError:
        return None
    return float(day.toordinal()), day.isoformat()


def _points(
    found: Sequence[Measured], where: Callable[[Row], tuple[float, str | float] | None]
) -> list[Point]:
    return [(each, *place) for each in found if (place := where(each.row)) is not None]


def _drawn(
    name: str,
    title: str,
    material: Material,
    points: list[Point],
    names: tuple[str, Scale, str],
    x_axis: dict[str, object],
) -> Chart:
    what, scale, against = names
    found = [each for each, _, _ in points]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [x for _, _, x in points],
        "y": [shown(e.value, scale) for e in found],
        "error_y": {**errors(found, scale), "color": "var(--range)"},
        "marker": {"color": "var(--dot)", "size": 8, "symbol": [_symbol(e.row) for e in found]},
        "customdata": [[name_of(e.row), told(e.value, e.low, e.high, scale)] for e in found],
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}, %{x}<extra></extra>",
    }
    return Chart(
        name,
        title,
        reading=_reading(material, points, what, against),
        header=(gettext("System"), x_axis["title"]["text"], what, gettext("Low"), gettext("High")),  # type: ignore[index]
        rows=tuple(
            (name_of(e.row), x, rounded(e.value, scale), rounded(e.low, scale), rounded(e.high, scale))
            for e, _, x in points
        ),
        traces=(dots,),
        layout={"xaxis": x_axis, "yaxis": axis(what, scale), "showlegend": False},
        height=460,
    )


def _symbol(row: Row) -> str:
    return "diamond-open" if row.origin == "reported" else "circle"


def _reading(material: Material, points: list[Point], what: str, against: str) -> str:
    found = score_correlation([x for _, x, _ in points], [e.value for e, _, _ in points])
    left_out = len([row for row in material.table.rows if row.average is not None]) - len(points)
    names = {"what": what, "against": against, "n": len(points), "more": left_out}
    told = gettext("%(what)s against %(against)s of %(n)s systems.") % names
    if left_out > 0:
        told += " " + gettext("Left out, for their %(against)s is not known: %(more)s.") % names
    if found.value is None:
        return f"{told} " + gettext("No rank correlation: %(reason)s.") % {"reason": found.reason}
    value = f"{found.value:.2f}"
    if found.low is None:
        return f"{told} " + gettext("Rank correlation %(value)s, no interval.") % {"value": value}
    limits = {"value": value, "low": f"{found.low:.2f}", "high": f"{found.high:.2f}"}
    return f"{told} " + gettext("Rank correlation %(value)s (95 %% interval %(low)s to %(high)s).") % limits
