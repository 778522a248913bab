"""Every pair of systems: who is ahead of whom, by how much, and whether the data prove it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext, gettext_noop

from leaderboard.charts.shape import (
    ROW_HEIGHT,
    Chart,
    Material,
    axis,
    labels,
    listed,
    name_of,
    nothing,
    scale_of,
)
from leaderboard.domain.table import Pairs, Row, Scale
from leaderboard.domain.units import ELO_POINTS, common, shown_gap

NAME, TITLE = "wins", gettext_noop("Every pair of systems")
LEVEL = 0.05
COLOURS = ("#b35806", "#f1a340", "#f7f7f7", "#998ec3", "#542788")  # orange and purple: told apart by all
MOST = 60  # rows a square of cells has room for


def draw(material: Material) -> Chart:
    found = material.pairs()
    if found is None or len(found.keys) < 2:
        return nothing(NAME, gettext(TITLE), gettext("This needs at least two systems that can be ranked."))
    at, rows = _in_order(material, found)
    strengths = common(material.table.columns) == "logit"
    scale = common(material.table.columns)
    gap, adjusted = found.difference[np.ix_(at, at)], found.p_adjusted[np.ix_(at, at)]
    shown = _chances(gap) if strengths else _gaps(gap, scale)
    names = labels(rows)
    middle = 50.0 if strengths else 0.0
    reach = _reach(shown, middle)
    cells = {
        "type": "heatmap",
        "z": _cells(shown), "x": names, "y": names, "xgap": 1, "ygap": 1, "hoverongaps": False,
        "text": _stars(adjusted),
        "texttemplate": "%{text}",
        "colorscale": scale_of(COLOURS), "showscale": False,
        "zmin": middle - reach, "zmax": middle + reach,
        "hovertemplate": "%{y} ↔ %{x}: %{z:.1f}<extra></extra>",
    }  # fmt: skip
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(found, rows, adjusted),
        header=(
            gettext("System"),
            gettext("Against"),
            _unit(strengths),
            gettext("Adjusted p"),
            gettext("Separated"),
        ),
        rows=_table(rows, shown, adjusted),
        traces=(cells,),
        layout={
            "margin": {"t": 190, "b": 20},
            "xaxis": axis("", type="category", tickangle=-60, side="top", showgrid=False),
            "yaxis": axis("", type="category", autorange="reversed", showgrid=False),
        },
        key=(
            f"{middle - reach:.0f}, ".replace("-", "−") + gettext("row behind"),
            f"{middle + reach:.0f}, " + gettext("row ahead"),
            COLOURS,
        ),
        height=230 + ROW_HEIGHT * len(at),
    )


def _in_order(material: Material, found: Pairs) -> tuple[list[int], list[Row]]:
    """Places in the matrices and their rows, strongest first; at most as many as can be read."""
    mean = np.nanmean(np.where(np.eye(len(found.keys), dtype=bool), np.nan, found.difference), axis=1)
    ordered = [int(place) for place in np.argsort(-mean, kind="stable")]
    pairs = [(place, row) for place in ordered if (row := material.table.row(found.keys[place]))][:MOST]
    return [place for place, _ in pairs], [row for _, row in pairs]


def _reach(values: npt.NDArray[np.float64], middle: float) -> float:
    """The largest distance from the middle, so that colours mean the same both ways."""
    known = np.abs(values[np.isfinite(values)] - middle)
    return max(1.0, float(np.ceil(known.max(initial=0.0))))


def _chances(gap: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Chances in percent that the row's answer is preferred, from strengths."""
    return np.asarray(100 / (1 + np.exp(-gap)))


def _gaps(gap: npt.NDArray[np.float64], scale: Scale) -> npt.NDArray[np.float64]:
    return gap * (shown_gap(1.0, scale) if scale != "logit" else ELO_POINTS)


def _cells(values: npt.NDArray[np.float64]) -> list[list[float | None]]:
    return [
        [
            None if i == j or not math.isfinite(value) else round(float(value), 2)
            for j, value in enumerate(line)
        ]
        for i, line in enumerate(values)
    ]


def _stars(adjusted: npt.NDArray[np.float64]) -> list[list[str]]:
    """A star in the cell of every separated pair: NaN, of pairs not tested, is none."""
    return [
        ["*" if i != j and p <= LEVEL else "" for j, p in enumerate(line)] for i, line in enumerate(adjusted)
    ]


def _unit(strengths: bool) -> str:
    return gettext("Expected wins, %") if strengths else gettext("Difference")


def _table(
    rows: list[Row], shown: npt.NDArray[np.float64], adjusted: npt.NDArray[np.float64]
) -> tuple[tuple[str | float | None, ...], ...]:
    return tuple(
        (
            name_of(rows[i]), name_of(rows[j]), round(float(shown[i, j]), 2),
            float(f"{adjusted[i, j]:.3g}") if math.isfinite(adjusted[i, j]) else None,
            gettext("yes") if adjusted[i, j] <= LEVEL else gettext("no"),
        )
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
    )  # fmt: skip


def _reading(found: Pairs, rows: list[Row], adjusted: npt.NDArray[np.float64]) -> str:
    n = len(rows)
    apart = [(i, j) for i in range(n) for j in range(i + 1, n) if adjusted[i, j] <= LEVEL]
    total = n * (n - 1) // 2
    names = {
        "apart": len(apart),
        "total": total,
        "correction": found.correction,
        "n": n,
        "all": len(found.keys),
    }
    told = gettext(
        "%(apart)s of %(total)s pairs are separated at 5 %%, corrected by %(correction)s; a star marks those."
    )
    said = [told % names]
    if len(found.keys) > n:
        said.append(gettext("Drawn are the %(n)s strongest of %(all)s systems.") % names)
    if ahead := [name_of(rows[j]) for i, j in apart if i == 0]:
        first = {"system": name_of(rows[0]), "others": listed(ahead)}
        said.append(gettext("%(system)s is ahead of %(others)s.") % first)
    return " ".join(said)
