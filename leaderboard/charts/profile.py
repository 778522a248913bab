"""A few systems over categories, each an axis beside the others: where one is strong and another weak.

Lengths along parallel axes are compared; drawn around a circle, the same would be read by its area, which
depends on the order of the categories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext, gettext_noop, ngettext

from leaderboard.charts.shape import (
    DASHES,
    SERIES,
    SYMBOLS,
    Chart,
    Material,
    axis,
    chosen,
    labels,
    name_of,
    nothing,
    rounded,
    short,
)
from leaderboard.domain.table import Column, Row, Table, categories
from leaderboard.domain.units import common, shown, written

NAME, TITLE = "profile", gettext_noop("Strong and weak by category")
MOST_SYSTEMS = 8
MOST_AXES = 24  # more tasks than that are grouped by category


def draw(material: Material) -> Chart:
    table = material.table
    axes = groups(columns_of(table), table.facets)
    rows = chosen(table, MOST_SYSTEMS)
    if len(axes) < 2 or not rows:
        why = gettext("This needs at least two tasks or categories, and a system with a score in each.")
        return nothing(NAME, gettext(TITLE), why)
    scale = common(table.columns)
    values = [[_mean(row, columns) for columns in axes.values()] for row in rows]
    names = labels(rows)
    traces = tuple(
        {
            "type": "scatter", "mode": "lines+markers", "name": names[at],
            "x": [short(name.replace("_", " ")) for name in axes],
            "y": [None if v is None else shown(v, scale) for v in values[at]], "connectgaps": False,
            "line": {"color": SERIES[at], "dash": DASHES[at], "width": 2},
            "marker": {"symbol": SYMBOLS[at], "size": 8},
        }
        for at in range(len(rows))
    )  # fmt: skip
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(table, rows, list(axes), values),
        header=(gettext("System"), *axes),
        rows=tuple((name_of(row), *(rounded(v, scale) for v in values[at])) for at, row in enumerate(rows)),
        traces=traces,
        layout={
            "xaxis": axis("", tickangle=-35, type="category", showgrid=True),
            "yaxis": axis(gettext("Score"), scale),
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        },
        height=520,
    )


def columns_of(table: Table) -> list[Column]:
    """Columns of one scale; of a study those it shows, for the others are parts of these."""
    every = table.shown if table.head.kind == "study" else table.columns
    return [column for column in every if column.scale == common(table.columns)]


def groups(columns: Sequence[Column], facets: Mapping[str, Sequence[str]]) -> dict[str, Sequence[Column]]:
    """The axes: single columns where they are few, else categories; a column without one stands alone."""
    found: dict[str, Sequence[Column]] = dict(categories(columns))
    if len(found) < 3 and len(columns) <= MOST_AXES:
        return {column.name: (column,) for column in columns}
    if len(found) < 3:
        found = _by_facet(columns, facets)
    return {name or gettext("other"): those for name, those in found.items()}


def _by_facet(columns: Sequence[Column], facets: Mapping[str, Sequence[str]]) -> dict[str, Sequence[Column]]:
    """Many tasks without categories of their own: by the first facet that has a readable number of values."""
    facet = next((name for name, values in facets.items() if 2 < len(values) <= MOST_AXES), None)
    if facet is None:
        return {column.name: (column,) for column in columns[:MOST_AXES]}
    found: dict[str, list[Column]] = {}
    for column in columns:
        for value in column.facets.get(facet, ("other",)):
            found.setdefault(value, []).append(column)
    return dict(found)


def _mean(row: Row, columns: Sequence[Column]) -> float | None:
    """Over the columns of a category, all alike; None where one of them has no value."""
    cells = [row.cells.get(column.key) for column in columns]
    values = [cell.value for cell in cells if cell is not None and cell.value is not None]
    return sum(values) / len(values) if values and len(values) == len(columns) else None


def _reading(table: Table, rows: Sequence[Row], names: list[str], values: list[list[float | None]]) -> str:
    scale = common(table.columns)
    known = [(value, names[at]) for at, value in enumerate(values[0]) if value is not None]
    told = ngettext("%(n)s system is drawn.", "%(n)s systems are drawn.", len(rows)) % {"n": len(rows)}
    left_out = len([row for row in table.rows if row.average is not None]) - len(rows)
    if left_out > 0:
        told += " " + gettext("There are %(n)s; choose others by comparing them.") % {
            "n": left_out + len(rows)
        }
    name = name_of(rows[0])
    if not known:
        return f"{told} " + gettext("%(system)s has no score in any category.") % {"system": name}
    (low, weak), (high, strong) = min(known), max(known)
    said = gettext("%(system)s is highest in %(strong)s (%(high)s) and lowest in %(weak)s (%(low)s).") % {
        "system": name, "strong": strong, "high": written(high, scale), "weak": weak,
        "low": written(low, scale),
    }  # fmt: skip
    return f"{told} {said}"
