"""Every system with its interval, tie bands set off: what is ahead of what, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext

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

NAME, TITLE = "forest", gettext_noop("All systems with their intervals")


def draw(material: Material) -> Chart:
    what, scale, _, found = measured(material.table)
    if not found:
        why = gettext("No system of this selection has a number to draw yet.")
        return nothing(NAME, gettext(TITLE), why)
    places = list(range(len(found)))
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(what, scale, found),
        header=(
            gettext("System"), gettext("Rank range"), gettext("Tie band"),
            what, gettext("Low"), gettext("High"),
        ),
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
        "hovertemplate": "%{customdata[0]}: %{customdata[2]}, "
        + gettext("rank")
        + " %{customdata[1]}<extra></extra>",
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
    names = {
        "system": name_of(best.row),
        "what": what.lower(),
        "number": with_limits(best.value, best.low, best.high, scale),
        "n": len(found),
    }
    said = gettext("%(system)s comes first by %(what)s, %(number)s.") % names
    tied = [name_of(e.row) for e in found[1:] if e.band is not None and e.band == best.band]
    bands = {e.band for e in found if e.band is not None}
    if not bands:
        untested = gettext("Which of the %(n)s systems are really ahead of others is not tested here.")
        return f"{said} {untested % names}"
    if tied:
        said += " " + gettext("The data do not separate it from %(tied)s.") % {"tied": listed(tied)}
    elif len(found) > 1:
        said += " " + gettext("It is ahead of every other.")
    groups = ngettext("%(n)s tie band", "%(n)s tie bands", len(bands)) % {"n": len(bands)}
    return f"{said} " + gettext("%(n)s systems fall into %(groups)s.") % {**names, "groups": groups}
