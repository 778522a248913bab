"""Rows and pairs as they may be shown where private items are in them; see evaluation.domain.rounding.

Averages are made of the rounded cells and never of the exact ones: whoever may weigh and filter at will
could otherwise find every cell exactly, one threshold after the other. What follows from told numbers tells
no more than they do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from evaluation.domain.rounding import NOTHING, Supported, step_for, supported, to_step
from leaderboard.domain.table import Cell, Pairs, Row

Floats = npt.NDArray[np.float64]

PROVEN = 0.05
KEPT_BACK = "kept_back"  # status of a cell whose exact value is known, and no digit of it supported


def limited_row(
    row: Row, limited: frozenset[str], averaged: Collection[str], weights: Mapping[str, float]
) -> Row:
    """A row whose cells in the columns `limited` are rounded, and its average with them.

    averaged  columns that make the average;  weights  column → weight in it, 1 where none is said
    """
    cells = {key: limited_cell(cell) if key in limited else cell for key, cell in row.cells.items()}
    row = replace(row, cells=cells)
    if row.average is None or limited.isdisjoint(averaged):
        return row
    those = {key: cells[key] for key in averaged if key in cells}
    told = limited_mean((row.average, row.low, row.high), those, weights)
    return replace(row, average=told.value, low=told.low, high=told.high)


def limited_mean(
    exact: tuple[float, float | None, float | None], cells: Mapping[str, Cell], weights: Mapping[str, float]
) -> Supported:
    """A mean (value, low, high) over `cells` that are rounded already: of a row, or of a category in it."""
    value, low, high = exact
    mean = _mean(cells, weights)
    if mean is None or low is None or high is None:
        return NOTHING
    moved = mean - value
    low, high = (
        max(low + moved, 0.0) if low >= 0 else low + moved,
        min(high + moved, 1.0) if high <= 1 else high + moved,
    )
    return supported(mean, low, high)


def limited_cell(cell: Cell) -> Cell:
    """The cell at the precision its interval supports; `kept_back` where it supports none."""
    if cell.value is None:
        return cell
    told = supported(cell.value, cell.low, cell.high)
    if told.value is None:
        return replace(cell, value=None, low=None, high=None, second=None, status=KEPT_BACK)
    second = cell.second if cell.second is None or told.step is None else to_step(cell.second, told.step)
    return replace(cell, value=told.value, low=told.low, high=told.high, second=second)


def limited_pairs(pairs: Pairs) -> Pairs:
    """Differences at the precision of their own intervals, p at one digit; bands and ranks stay exact."""
    steps = np.vectorize(_step, otypes=[np.float64])(pairs.high - pairs.low)
    rounded = partial(_to_steps, steps)
    return replace(
        pairs,
        difference=rounded(pairs.difference),
        low=rounded(pairs.low),
        high=rounded(pairs.high),
        p=one_digit(pairs.p),
        p_adjusted=one_digit(pairs.p_adjusted),
        p_holm=one_digit(pairs.p_holm),
    )


def one_digit(p: Floats) -> Floats:
    """p at one significant digit: 0.0314 → 0.03; on the same side of 0.05: 0.052 → 0.06."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** np.floor(np.log10(p))
        rounded = np.where(np.isfinite(unit) & (unit > 0), np.round(p / unit) * unit, p)
    return np.where((p > PROVEN) & (rounded <= PROVEN + 1e-9), 0.06, rounded)


def _step(width: float) -> float:
    return step_for(width) if np.isfinite(width) and width > 0 else np.nan


def _to_steps(steps: Floats, values: Floats) -> Floats:
    """Values without an interval of their own (the diagonal, systems without a score) stay what they are
    where they are 0, and are kept back elsewhere."""
    rounded = np.round(values / steps) * steps
    return np.where(np.isnan(steps), np.where(values == 0, 0.0, np.nan), rounded)


def _mean(cells: Mapping[str, Cell], weights: Mapping[str, float]) -> float | None:
    """The weighted mean of the told values; None where one with a weight is kept back."""
    total = whole = 0.0
    for key, cell in cells.items():
        weight = weights.get(key, 1.0)
        if weight and cell.value is None:
            return None
        total, whole = total + weight * (cell.value or 0.0), whole + weight
    return total / whole if whole else None
