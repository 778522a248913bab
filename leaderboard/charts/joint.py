"""Automatic scores against physicians', both with their intervals."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext

from leaderboard.charts.shape import Chart, Material, axis, nothing, plain, rounded
from leaderboard.domain.table import Cell, Column
from leaderboard.domain.units import shown

NAME, TITLE = "joint", gettext_noop("Automatic scores against physicians")


def draw(material: Material) -> Chart:
    found = material.joint()
    both = [] if found is None else [one for one in found.beside if _has(one.human) and _has(one.automatic)]
    if found is None or len(both) < 2:
        return nothing(NAME, gettext(TITLE), gettext("This needs at least two systems with both scores."))
    human, automatic = found.human, found.automatic
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [shown(one.automatic.value, automatic.scale) for one in both],
        "y": [shown(one.human.value, human.scale) for one in both],
        "error_x": {**_errors([one.automatic for one in both], automatic), "color": "var(--range)"},
        "error_y": {**_errors([one.human for one in both], human), "color": "var(--range)"},
        "text": [plain(one.system)[:24] for one in both],
        "textposition": "top center",
        "cliponaxis": False,
        "marker": {
            "color": ["var(--bad)" if one.flag else "var(--dot)" for one in both],
            "symbol": ["x" if one.flag else "circle" for one in both],
            "size": 9,
        },
        "hovertemplate": "%{text}: "
        + gettext("automatic")
        + " %{x:.1f}, "
        + gettext("physicians")
        + " %{y:.1f}<extra></extra>",
    }
    flags = sum(bool(one.flag) for one in both)
    crossed = ngettext(
        "%(n)s system, marked with a cross, is placed differently by the two.",
        "%(n)s systems, marked with a cross, are placed differently by the two.",
        flags,
    ) % {"n": flags}
    return Chart(
        NAME,
        gettext(TITLE),
        reading=f"{found.sentence} {crossed}" if flags else found.sentence,
        header=(
            gettext("System"),
            automatic.name,
            gettext("Low"),
            gettext("High"),
            human.name,
            gettext("Low"),
            gettext("High"),
            gettext("Flag"),
        ),
        rows=tuple(
            (one.system, *_numbers(one.automatic, automatic), *_numbers(one.human, human), one.flag or None)
            for one in found.beside
        ),
        traces=(dots,),
        layout={
            "xaxis": axis(automatic.name, automatic.scale),
            "yaxis": axis(human.name, human.scale),
            "showlegend": False,
        },
        height=500,
    )


def _has(cell: Cell | None) -> bool:
    return cell is not None and cell.value is not None


def _errors(cells: list[Any], column: Column) -> dict[str, Any]:
    def gap(cell: Cell, limit: float | None) -> float:
        if limit is None or cell.value is None:
            return 0.0
        return abs(shown(limit, column.scale) - shown(cell.value, column.scale))

    return {
        "type": "data",
        "symmetric": False,
        "array": [gap(cell, cell.high) for cell in cells],
        "arrayminus": [gap(cell, cell.low) for cell in cells],
        "thickness": 1.5,
        "width": 3,
    }


def _numbers(cell: Cell | None, column: Column) -> tuple[float | None, float | None, float | None]:
    if cell is None:
        return (None, None, None)
    value, low, high = (rounded(each, column.scale) for each in (cell.value, cell.low, cell.high))
    return (value, low, high)
