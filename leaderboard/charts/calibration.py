"""How sure systems said they were against how often they were right."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from leaderboard.charts.shape import (
    SERIES,
    SYMBOLS,
    Chart,
    Material,
    Reliability,
    axis,
    labels,
    name_of,
    nothing,
)
from leaderboard.domain.table import Row

NAME, TITLE = "calibration", gettext_noop("Stated confidence against right answers")


def draw(material: Material) -> Chart:
    rows = {row.key: row for row in material.table.rows}
    found = [
        (rows[each.row], each) for each in material.reliability() if each.row in rows and any(each.counts)
    ]
    if not found:
        why = gettext(
            "No answer on this board that is right or wrong came with a confidence, so nothing can be said."
        )
        return nothing(NAME, gettext(TITLE), why)
    names = labels([row for row, _ in found])
    perfect = {
        "type": "scatter", "mode": "lines", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip",
        "showlegend": False, "line": {"color": "var(--edge)", "dash": "dot", "width": 1},
    }  # fmt: skip
    return Chart(
        NAME,
        gettext(TITLE),
        reading=_reading(found),
        header=(
            gettext("System"),
            gettext("Confidence from"),
            gettext("Confidence to"),
            gettext("Answers"),
            gettext("Mean confidence, %"),
            gettext("Right, %"),
        ),
        rows=tuple(line for row, each in found for line in _lines(row, each)),
        traces=(perfect, *(_trace(each, names[at], at) for at, (_, each) in enumerate(found))),
        layout={
            "xaxis": axis(gettext("Mean confidence, %"), range=[0, 100]),
            "yaxis": axis(gettext("Right, %"), range=[0, 100]),
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        },
        height=480,
    )


def expected_error(each: Reliability) -> float:
    """Expected calibration error: the mean gap of confidence and share right, over answers (Naeini 2015)."""
    total = sum(each.counts)
    gaps = (n * abs(c - r) for n, c, r in zip(each.counts, each.confidence, each.right, strict=True) if n)
    return sum(gaps) / total


def _trace(each: Reliability, name: str, at: int) -> dict[str, object]:
    filled = [place for place, n in enumerate(each.counts) if n]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [100 * each.confidence[place] for place in filled],
        "y": [100 * each.right[place] for place in filled],
        "customdata": [each.counts[place] for place in filled],
        "hovertemplate": "%{x:.0f} % → %{y:.0f} % (n = %{customdata})",
        "line": {"color": SERIES[at % len(SERIES)], "width": 2},
        "marker": {"symbol": SYMBOLS[at % len(SYMBOLS)], "size": 8},
    }


def _lines(row: Row, each: Reliability) -> list[tuple[str | float, ...]]:
    return [
        (name_of(row), each.edges[at], each.edges[at + 1], n, round(100 * c, 1), round(100 * r, 1))
        for at, (n, c, r) in enumerate(zip(each.counts, each.confidence, each.right, strict=True))
        if n
    ]


def _reading(found: list[tuple[Row, Reliability]]) -> str:
    row, best = min(found, key=lambda each: expected_error(each[1]))
    error = f"{100 * expected_error(best):.1f}"
    told = gettext(
        "%(system)s: over %(n)s answers what it said and how often it was right differ by %(error)s points "
        "on average (expected calibration error)."
    ) % {"system": name_of(row), "n": sum(best.counts), "error": error}
    if len(found) == 1:
        return told
    other, worst = max(found, key=lambda each: expected_error(each[1]))
    said = gettext("%(best)s is calibrated best (%(error)s), %(worst)s worst (%(most)s).") % {
        "best": name_of(row), "error": error, "worst": name_of(other),
        "most": f"{100 * expected_error(worst):.1f}",
    }  # fmt: skip
    return f"{told} {said}"
