"""One number from several columns, only where a reader asks for it by giving weights.

How answers of one rater to different questions vary together is not kept, so the half width is the weighted
mean of the columns' own: never too narrow (by Cauchy and Schwarz), mostly too wide. No ranks follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leaderboard.domain.table import Cell, Column

Limits = tuple[float | None, float | None, float | None]
_NOTHING: Limits = (None, None, None)


def blended(
    columns: Sequence[Column], cells: Mapping[str, Cell], weights: Sequence[tuple[str, float]]
) -> Limits:
    """(average, low, high) of the shares that weights name, turned so that more is better; None where one of
    them is missing, or no weight is given."""
    by_key = {column.key: column for column in columns if column.scale == "share"}
    named = [(by_key[key], weight) for key, weight in weights if key in by_key and weight > 0]
    if not named or any(key.key not in cells or cells[key.key].value is None for key, _ in named):
        return _NOTHING
    total = sum(weight for _, weight in named)
    average = half = 0.0
    known = True
    for column, weight in named:
        cell = cells[column.key]
        value = cell.value or 0.0
        average += weight / total * (value if column.higher_is_better else 1 - value)
        if cell.low is None or cell.high is None:
            known = False
        else:
            half += weight / total * max(cell.high - value, value - cell.low)
    return (average, max(average - half, 0.0), min(average + half, 1.0)) if known else (average, None, None)
