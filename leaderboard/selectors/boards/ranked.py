"""Rows of runs over a choice of tasks, with averages, intervals and ranks; not rounded or sorted yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from evaluation.domain.metrics import SIGNED
from evaluation.domain.names import name_key
from leaderboard.domain import aggregation, order, overview
from leaderboard.domain.moments import TaskMoments
from leaderboard.domain.significance import SignificanceMatrix, significance_matrix
from leaderboard.domain.table import Cell, Column, Row
from leaderboard.selectors.boards.columns import columns_of
from leaderboard.selectors.boards.contents import Now, Then, contents, read_moments

SEED = 20_25


@dataclass(frozen=True)
class Ranked:
    """Rows in no order yet. `keys` are those of the ranked rows, in the order of the matrix.

    columns   those of the choice that any system has a score in
    modes     of every row of the board, the rows of other modes counted in
    n_items   in the choice, per system
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    modes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    matrix: SignificanceMatrix | None = None
    n_items: int = 0


@lru_cache(maxsize=12)
def ranked(source: Now | Then, keys: tuple[str, ...], mode: str, weights: tuple[float, ...] | None) -> Ranked:
    """Kept for a state of the board and a choice of tasks, whatever words of a URL led to it."""
    columns = tuple(column for column in columns_of(source.version) if column.key in keys)
    every, moments = whole_rows(source), read_moments(source)
    if moments:  # a task without items in this split has no moments, for anybody
        weights = weights and tuple(
            weight for column, weight in zip(columns, weights, strict=True) if column.key in moments
        )
        columns = tuple(column for column in columns if column.key in moments)
    modes = tuple(sorted({row.mode for row in every}))
    rows = tuple(_over(row, columns) for row in every if mode not in modes or not mode or row.mode == mode)
    if not rows or not columns or not moments:
        return Ranked(columns, rows, modes)
    return replace(
        _with_ranks(columns, rows, [moments[column.key] for column in columns], weights), modes=modes
    )


def _with_ranks(
    columns: tuple[Column, ...],
    rows: tuple[Row, ...],
    moments: Sequence[TaskMoments],
    weights: tuple[float, ...] | None,
) -> Ranked:
    runs = {row.run: row for row in rows if row.run is not None}
    board = aggregation.macro_average(
        moments,
        weights,
        systems=list(runs),
        own_intervals=_own_intervals(rows, columns),
        floor=floor_of(columns),
    )
    missing = {gap.system: gap.n_missing for gap in board.incomplete}
    if not board.systems:
        return Ranked(columns, tuple(replace(row, missing=missing[row.run or 0]) for row in rows))
    matrix = significance_matrix(board.values, board.covariance, board.pair_df, seed=SEED)
    ranges = order.ranges_of(matrix)
    at = {run: place for place, run in enumerate(board.systems)}
    return Ranked(
        columns,
        tuple(
            _measured(row, board, ranges, at[run]) if run in at else replace(row, missing=missing.get(run, 0))
            for run, row in runs.items()
        ),
        keys=tuple(runs[run].key for run in board.systems),
        matrix=matrix,
        n_items=board.n_items,
    )


def _measured(row: Row, board: aggregation.MacroBoard, ranges: order.RankRanges, at: int) -> Row:
    return replace(
        row,
        average=float(board.values[at]),
        low=known(board.low[at]),
        high=known(board.high[at]),
        rank_low=int(ranges.low[at]),
        rank_high=int(ranges.high[at]),
        band=int(ranges.band[at]),
    )


@lru_cache(maxsize=2)
def whole_rows(source: Now | Then) -> tuple[Row, ...]:
    """Every entry as a row with all of its cells: slices share them."""
    return tuple(row_of(entry) for entry in contents(source).entries)


def row_of(entry: Mapping[str, Any]) -> Row:
    anonymous = bool(entry.get("anonymous"))
    at = entry.get("at") or entry.get("finished_at")
    return Row(
        key=f"run-{entry['id']}",
        system=entry["system"],
        kind=entry["kind"],
        mode=entry["mode"],
        origin="run",
        cells={key: _cell(score) for key, score in entry["scores"].items()},
        system_key="" if anonymous else entry.get("system_key") or name_key(entry["system"]),
        submission=entry["submission"],
        run=entry["id"],
        anonymous=anonymous,
        at=datetime.fromisoformat(at) if at else None,
        resources=entry.get("resources", {}),
    )


def _cell(score: Mapping[str, Any]) -> Cell:
    return Cell(**score, note=overview.warning(score["value"], score["n"]))


def _over(row: Row, columns: Sequence[Column]) -> Row:
    """The row with the cells of these columns, in their order."""
    cells = {column.key: row.cells[column.key] for column in columns if column.key in row.cells}
    return replace(
        row,
        cells=cells,
        n_items=sum(cell.n or 0 for cell in cells.values()),
        n_unparsed=sum(cell.unparsed for cell in cells.values()),
    )


@lru_cache(maxsize=64)
def group_means(source: Now | Then, keys: tuple[str, ...]) -> dict[int, Cell]:
    """Run → its mean over a category's tasks, where it has them all, with its interval."""
    every = read_moments(source)
    columns = [column for column in columns_of(source.version) if column.key in keys and column.key in every]
    if not columns:
        return {}
    moments = [every[column.key] for column in columns]
    n_items = sum(task.n_items for task in moments)
    return {
        run: Cell(value, low, high, n=n_items)
        for run, (value, low, high) in aggregation.means(moments, floor=floor_of(columns)).items()
    }


def floor_of(columns: Sequence[Column]) -> float:
    return -1.0 if any(column.metric in SIGNED for column in columns) else 0.0


def _own_intervals(rows: Sequence[Row], columns: Sequence[Column]) -> dict[int, tuple[float, float]] | None:
    """On a board of one task the metric's own interval is shown (Wilson, for a share)."""
    if len(columns) != 1:
        return None
    cells = {row.run: row.cells.get(columns[0].key) for row in rows}
    return {
        run: (cell.low, cell.high)
        for run, cell in cells.items()
        if run is not None and cell and cell.low is not None and cell.high is not None
    }


def known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
