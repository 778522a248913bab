"""How far raters agree on a question against what systems score on it: a number few agree on says less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop

from leaderboard.charts.shape import (
    SERIES,
    SYMBOLS,
    Chart,
    Material,
    axis,
    labels,
    name_of,
    nothing,
    rounded,
)
from leaderboard.domain.table import Column
from leaderboard.domain.units import shown

NAME, TITLE = "agreement", gettext_noop("Agreement of the raters against scores")
MOST_SYSTEMS = 8
Measured = tuple[Column, Mapping[str, Any]]


def draw(material: Material) -> Chart:
    table = material.table
    told = {one["key"]: one["agreement"] for one in material.study() if _known(one)}
    found = [(column, told[column.key]) for column in table.shown if column.key in told]
    found = [each for each in found if each[0].scale == "share"]
    rows = [row for row in table.rows if any(column.key in row.cells for column, _ in found)][:MOST_SYSTEMS]
    if not found or not rows:
        why = gettext(
            "No question of this selection has both an agreement that is defined and scores as shares."
        )
        return nothing(NAME, gettext(TITLE), why)
    names = labels(rows)
    traces = tuple(
        {
            "type": "scatter", "mode": "markers", "name": names[at],
            "x": [agreement["value"] for _, agreement in found],
            "y": [_value(row, column) for column, _ in found],
            **({"error_x": {**_limits(found), "color": "var(--range)"}} if at == 0 else {}),
            "marker": {"color": SERIES[at], "symbol": SYMBOLS[at], "size": 9},
            "text": [column.name for column, _ in found],
            "hovertemplate": "%{text}: %{y:.1f}, " + gettext("agreement") + " %{x:.2f}",
        }
        for at, row in enumerate(rows)
    )  # fmt: skip
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(found),
        header=(
            gettext("Question"), gettext("Coefficient"), gettext("Agreement"),
            gettext("Low"), gettext("High"),
            *(name_of(row) for row in rows),
        ),
        rows=tuple(
            (
                column.name, _name(agreement),
                *(_two(agreement.get(part)) for part in ("value", "low", "high")),
                *(rounded(_raw(row, column), "share") for row in rows),
            )
            for column, agreement in found
        ),
        traces=traces,
        layout={
            "xaxis": axis(gettext("Agreement")),
            "yaxis": axis(gettext("Score"), "share"),
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        },
        height=460,
    )  # fmt: skip


def _known(one: Mapping[str, Any]) -> bool:
    return bool(one.get("agreement")) and one["agreement"].get("value") is not None


def _name(agreement: Mapping[str, Any]) -> str:
    """The coefficient as people write it: krippendorff_alpha → Krippendorff alpha."""
    return str(agreement["coefficient"]).replace("_", " ").capitalize()


def _raw(row: Any, column: Column) -> float | None:
    cell = row.cells.get(column.key)
    return None if cell is None else cell.value


def _value(row: Any, column: Column) -> float | None:
    value = _raw(row, column)
    return None if value is None else shown(value, "share")


def _limits(found: list[Measured]) -> dict[str, Any]:
    def gap(agreement: Mapping[str, Any], part: str) -> float:
        limit = agreement.get(part)
        return 0.0 if limit is None else abs(float(limit) - float(agreement["value"]))

    return {
        "type": "data",
        "symmetric": False,
        "array": [gap(agreement, "high") for _, agreement in found],
        "arrayminus": [gap(agreement, "low") for _, agreement in found],
        "thickness": 1,
    }


def _two(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _reading(found: list[Measured]) -> str:
    least, most = (pick(found, key=lambda each: each[1]["value"]) for pick in (min, max))
    if len(found) == 1:
        only = {"question": least[0].name, "name": _name(least[1]), "value": f"{least[1]['value']:.2f}"}
        return gettext("Raters agree on %(question)s with %(name)s %(value)s.") % only
    said = gettext(
        "Of %(n)s questions, raters agree most on %(most)s (%(highest)s) "
        "and least on %(least)s (%(lowest)s); "
        "scores on the latter say less."
    )
    return said % {
        "n": len(found),
        "most": most[0].name,
        "highest": f"{most[1]['value']:.2f}",
        "least": least[0].name,
        "lowest": f"{least[1]['value']:.2f}",
    }
