"""Every system on every task, as colours: gaps, hard tasks and odd ones out are seen at once."""

from __future__ import annotations

from statistics import median

from django.utils.translation import gettext, gettext_noop, ngettext

from leaderboard.charts.shape import (
    ROW_HEIGHT,
    Chart,
    Material,
    axis,
    labels,
    measured,
    name_of,
    nothing,
    rounded,
    scale_of,
    short,
)
from leaderboard.domain.table import Column, Row, Scale
from leaderboard.domain.units import common, shown, written

NAME, TITLE = "heat", gettext_noop("Systems by task")
COLOURS = ("#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838")  # cividis


def draw(material: Material) -> Chart:
    table = material.table
    scale = common(table.columns)
    columns = [column for column in table.columns if column.scale == scale]
    rows = _rows(material)
    if not rows or len(columns) < 2:
        return nothing(NAME, gettext(TITLE), gettext("This needs a system and at least two tasks."))
    values = [[_value(row, column) for column in columns] for row in rows]
    cells = {
        "type": "heatmap",
        "z": [[None if v is None else round(shown(v, scale), 2) for v in line] for line in values],
        "x": _distinct([short(column.name) for column in columns]),
        "y": list(range(len(rows))),
        "colorscale": scale_of(COLOURS),
        "showscale": False,  # Plotly's own key sets style attributes; ours stands below
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{x}: %{z}<extra></extra>",
    }
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(columns, rows, values),
        header=(gettext("System"), *(column.name for column in columns)),
        rows=tuple((name_of(r), *(rounded(v, scale) for v in values[at])) for at, r in enumerate(rows)),
        traces=(cells,),
        layout={
            "margin": {"t": 170, "b": 20},
            "xaxis": axis("", type="category", tickangle=-60, side="top", showgrid=False),
            "yaxis": axis(
                "", tickvals=list(range(len(rows))), ticktext=labels(rows),
                range=[len(rows) - 0.5, -0.5], showgrid=False, fixedrange=True,
            ),
        },
        key=_key(values, scale),
        height=210 + ROW_HEIGHT * len(rows),
    )  # fmt: skip


def _distinct(names: list[str]) -> list[str]:
    """Plotly lays categories of one name on top of each other."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return found


def _key(values: list[list[float | None]], scale: Scale) -> tuple[str, str, tuple[str, ...]]:
    known = [value for line in values for value in line if value is not None]
    return written(min(known, default=None), scale), written(max(known, default=None), scale), COLOURS


def _rows(material: Material) -> list[Row]:
    """The averaged ones in their order, then those without an average that have some number."""
    _, _, _, found = measured(material.table)
    first = [each.row for each in found]
    keys = {row.key for row in first}
    some = (row for row in material.table.rows if any(cell.value is not None for cell in row.cells.values()))
    return first + [row for row in some if row.key not in keys]


def _value(row: Row, column: Column) -> float | None:
    cell = row.cells.get(column.key)
    return None if cell is None else cell.value


def _reading(columns: list[Column], rows: list[Row], values: list[list[float | None]]) -> str:
    middle = []
    for at, column in enumerate(columns):
        known = [line[at] for line in values if line[at] is not None]
        if known:
            middle.append((median(value for value in known if value is not None), column))
    gaps = sum(value is None for line in values for value in line)
    told = gettext("%(n)s systems on %(tasks)s tasks.") % {"n": len(rows), "tasks": len(columns)}
    if gaps:
        told += " " + ngettext("%(n)s result is missing.", "%(n)s results are missing.", gaps) % {"n": gaps}
    if not middle:
        return told
    (low, hard), (high, easy) = (pick(middle, key=lambda each: each[0]) for pick in (min, max))
    said = gettext(
        "By the median system %(easy)s is highest (%(high)s) and %(hard)s lowest (%(low)s)."
    ) % {
        "easy": easy.name, "high": written(high, easy.scale), "hard": hard.name,
        "low": written(low, hard.scale),
    }  # fmt: skip
    return f"{told} {said}"
