"""How much of what had to be asked had been asked by each turn of a talk."""

from __future__ import annotations

import re

from django.utils.translation import gettext, gettext_noop

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
)
from leaderboard.domain.table import Cell, Column, Row, Table
from leaderboard.domain.units import shown, written

NAME, TITLE = "turns", gettext_noop("Coverage by turn")
TURN = re.compile(r"(.+)@turn-(\d+)")
MOST_SYSTEMS = 8


def columns_by_turn(table: Table) -> dict[int, Column]:
    """Turn → column, of the first question that has them."""
    found: dict[str, dict[int, Column]] = {}
    for column in table.columns:
        if match := TURN.fullmatch(column.key):
            found.setdefault(match[1], {})[int(match[2])] = column
    first = next(iter(found.values()), {})
    return dict(sorted(first.items()))


def draw(material: Material) -> Chart:
    columns = columns_by_turn(material.table)
    some = [row for row in material.table.rows if any(column.key in row.cells for column in columns.values())]
    rows = [row for row in chosen(material.table, MOST_SYSTEMS) if row in some] or some[:MOST_SYSTEMS]
    if not columns or not rows:
        return nothing(
            NAME,
            gettext(TITLE),
            gettext("This needs a study of talks whose points were marked with their turn."),
        )
    names = labels(rows)
    traces = tuple(
        {
            "type": "scatter", "mode": "lines+markers", "name": names[at], "x": list(columns),
            "y": [_shown(_cell(row, column)) for column in columns.values()],
            "line": {"color": SERIES[at], "dash": DASHES[at], "width": 2},
            "marker": {"symbol": SYMBOLS[at], "size": 8},
        }
        for at, row in enumerate(rows)
    )  # fmt: skip
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(rows, columns),
        header=(gettext("System"), *(gettext("Turn %(n)s") % {"n": turn} for turn in columns)),
        rows=tuple(
            (name_of(row), *(rounded(_value(_cell(row, column)), "share") for column in columns.values()))
            for row in rows
        ),
        traces=traces,
        layout={
            "xaxis": axis(gettext("Turn"), dtick=1),
            "yaxis": axis(gettext("Covered by then"), "share", range=[0, 100]),
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        },
        height=440,
    )


def _cell(row: Row, column: Column) -> Cell | None:
    return row.cells.get(column.key)


def _value(cell: Cell | None) -> float | None:
    return None if cell is None else cell.value


def _shown(cell: Cell | None) -> float | None:
    value = _value(cell)
    return None if value is None else shown(value, "share")


def _reading(rows: list[Row], columns: dict[int, Column]) -> str:
    last = max(columns)
    ends = [(value, row) for row in rows if (value := _value(_cell(row, columns[last]))) is not None]
    if not ends:
        return gettext("No system has a number at turn %(turn)s.") % {"turn": last}
    value, best = max(ends, key=lambda each: each[0])
    names = {"turn": last, "system": name_of(best), "share": written(value, "share")}
    first = min(columns)
    start = _value(_cell(best, columns[first]))
    if start is None:
        return gettext("By turn %(turn)s %(system)s has covered most, %(share)s %%.") % names
    names |= {"start": written(start, "share"), "first": first}
    return (
        gettext(
            "By turn %(turn)s %(system)s has covered most, %(share)s %%, "
            "after %(start)s %% at turn %(first)s."
        )
        % names
    )
