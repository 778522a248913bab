"""Every system with its interval, tie bands set off: what is ahead of what, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leaderboard.charts.shape import (
    ROW_HEIGHT,
    Chart,
    Material,
    Measured,
    axis,
    errors,
    labels,
    listed,
    measured,
    name_of,
    nothing,
    rounded,
    with_limits,
)
from leaderboard.domain.table import Scale
from leaderboard.domain.units import shown

NAME, TITLE = "forest", "All systems with their intervals"


def draw(material: Material) -> Chart:
    what, scale, _, found = measured(material.table)
    if not found:
        why = "No system of this selection has a number to draw yet."
        return nothing(NAME, TITLE, why)
    places = list(range(len(found)))
    return Chart(
        NAME,
        TITLE,
        reading=_reading(what, scale, found),
        header=("System", "Rank range", "Tie band", what, "Low", "High"),
        rows=tuple(
            (name_of(e.row), e.rank, e.band, *(rounded(each, scale) for each in (e.value, e.low, e.high)))
            for e in found
        ),
        traces=(_dots(found, scale, places),),
        layout={
            "margin": {"t": 60, "b": 20},
            "xaxis": axis(what, scale, side="top"),
            "yaxis": axis(
                "", tickvals=places, ticktext=labels([e.row for e in found]),
                range=[len(found) - 0.5, -0.5], showgrid=False, fixedrange=True,
            ),
            "shapes": _bands(found),
            "showlegend": False,
        },
        height=90 + ROW_HEIGHT * len(found),
    )  # fmt: skip


def _dots(found: Sequence[Measured], scale: Scale, places: list[int]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [shown(e.value, scale) for e in found],
        "y": places,
        "error_x": {**errors(found, scale), "color": "var(--range)"},
        "marker": {"color": "var(--dot)", "size": 7},
        "customdata": [[name_of(e.row), e.rank, with_limits(e.value, e.low, e.high, scale)] for e in found],
        "hovertemplate": "%{customdata[0]}: %{customdata[2]}, rank %{customdata[1]}<extra></extra>",
    }


def _bands(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """A grey stripe behind every second tie band."""
    shapes, start = [], 0
    for at in range(1, len(found) + 1):
        if at == len(found) or found[at].band != found[start].band:
            if (found[start].band or 1) % 2 == 0:
                shapes.append(
                    {
                        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": start - 0.5, "y1": at - 0.5,
                        "fillcolor": "var(--sunken)", "line": {"width": 0}, "layer": "below",
                    }
                )  # fmt: skip
            start = at
    return shapes


def _reading(what: str, scale: Scale, found: Sequence[Measured]) -> str:
    best = found[0]
    number = with_limits(best.value, best.low, best.high, scale)
    said = f"{name_of(best.row)} comes first by {what.lower()}, {number}"
    tied = [name_of(e.row) for e in found[1:] if e.band is not None and e.band == best.band]
    bands = {e.band for e in found if e.band is not None}
    if not bands:
        return f"{said}; which of the {len(found)} systems are really ahead of others is not tested here."
    if tied:
        said += f", but the data do not separate it from {listed(tied)}"
    elif len(found) > 1:
        said += ", ahead of every other"
    groups = "one tie band" if len(bands) == 1 else f"{len(bands)} tie bands"
    return f"{said}; {len(found)} systems fall into {groups}."
