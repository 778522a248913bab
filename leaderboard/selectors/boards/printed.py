"""Results others have printed, as columns and rows: 'reported, not run here'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import Count
from django.utils.translation import gettext_noop

from leaderboard.domain import printed_order
from leaderboard.domain.order import RankRanges, ranges_of
from leaderboard.domain.printed_order import FEWEST_TASKS
from leaderboard.domain.significance import SignificanceMatrix
from leaderboard.domain.specifications import Place, specification
from leaderboard.domain.table import Cell, Column, Row
from leaderboard.models import ReportedRow, ReportedTable

SEED = 20_26
SCOPE = gettext_noop(
    "tasks like these: only task scores are known, so the tasks stand for more of their kind"
)
TOO_FEW = f"no ranks: only task scores are known, and fewer than {FEWEST_TASKS} tasks stand for no others"


@dataclass(frozen=True)
class Printing:
    """One table as printed: which it is, and where it was."""

    pk: int
    mode: str
    title: str
    url: str
    licence: str
    note: str
    at: datetime
    systems: int


@dataclass(frozen=True)
class InForce:
    """The tables that count for a board at a time, the newest of each mode; `changes` how many ever came."""

    printings: tuple[Printing, ...] = ()
    changes: int = 0

    @property
    def at(self) -> datetime | None:
        return max((one.at for one in self.printings), default=None)

    def of(self, mode: str) -> tuple[Printing, ...]:
        return tuple(one for one in self.printings if not mode or one.mode == mode)


def in_force(slug: str, as_of: datetime | None) -> InForce:
    return boards_in_force(as_of, slug).get(slug, InForce())


def boards_in_force(as_of: datetime | None = None, slug: str = "") -> dict[str, InForce]:
    """Board → its tables in force. One query."""
    tables = ReportedTable.objects.order_by("at", "pk").annotate(systems=Count("rows"))
    tables = tables.filter(board=slug) if slug else tables
    tables = tables.filter(at__lte=as_of) if as_of else tables
    newest: dict[str, dict[str, Printing]] = {}
    changes: dict[str, int] = {}
    names = ("board", "pk", "mode", "title", "url", "licence", "note", "at", "systems")
    for board, *fields in tables.values_list(*names):
        printing = Printing(*fields)
        newest.setdefault(board, {})[printing.mode] = printing
        changes[board] = changes.get(board, 0) + 1
    return {board: InForce(tuple(found.values()), changes[board]) for board, found in newest.items()}


@lru_cache(maxsize=64)
def columns_of(slug: str, tables: tuple[int, ...]) -> tuple[Column, ...]:
    """The specification's columns that any of these tables has, all where there is no table; then others."""
    spec = specification(slug)
    named = {column.key: column for column in spec.columns} if spec else {}
    stored = {
        column["key"]: column
        for columns in ReportedTable.objects.filter(pk__in=tables)
        .order_by("pk")
        .values_list("columns", flat=True)
        for column in columns
    }
    first = [column for key, column in named.items() if key in stored or not tables]
    return (*first, *(_column(stored[key]) for key in stored if key not in named))


@lru_cache(maxsize=64)
def rows_of(table: int, mode: str) -> tuple[Row, ...]:
    """A table's rows with every cell; a table never changes, so they are kept."""
    rows = ReportedRow.objects.filter(table=table).select_related("table").order_by("order")
    return tuple(_row(row, mode) for row in rows)


@dataclass(frozen=True)
class RankedPrint:
    rows: tuple[Row, ...]
    keys: tuple[str, ...] = ()
    matrix: SignificanceMatrix | None = None


@lru_cache(maxsize=24)
def ranked(
    slug: str, tables: tuple[tuple[int, str], ...], keys: tuple[str, ...], weights: tuple[float, ...] | None
) -> RankedPrint:
    """Reported rows over a choice of columns, ranked among themselves; of each table its own mode."""
    every = [_over(row, keys) for table, mode in tables for row in rows_of(table, mode)]
    spec = specification(slug)
    whole = [row for row in every if not row.missing]
    if not keys or not whole or (spec is not None and not spec.average and len(keys) > 1):
        return RankedPrint(tuple(every))
    scores = np.array([[row.cells[key].value for key in keys] for row in whole], dtype=np.float64)
    shares = {
        column.key for column in columns_of(slug, tuple(pk for pk, _ in tables)) if column.scale == "share"
    }
    board = printed_order.printed_board(
        scores,
        None if weights is None else np.array(weights),
        bounded=shares.issuperset(keys),
        seed=SEED,
    )
    rule = (spec.place if spec else None) or Place()
    places = printed_order.printed_places(board.means, rule.decimals, rule.ties)
    ranges = ranges_of(board.matrix) if board.matrix else None
    measured = {
        row.key: replace(row, **_measures(board, ranges, at), place=places[at])
        for at, row in enumerate(whole)
    }
    rows = tuple(measured.get(row.key, row) for row in every)
    return RankedPrint(rows, tuple(row.key for row in whole) if board.matrix else (), board.matrix)


def _measures(board: printed_order.PrintedBoard, ranges: RankRanges | None, at: int) -> dict[str, Any]:
    found: dict[str, Any] = {"average": float(board.means[at])}
    if ranges is not None:
        found |= {"low": float(board.low[at]), "high": float(board.high[at])}
        found |= {"rank_low": int(ranges.low[at]), "rank_high": int(ranges.high[at])}
        found["band"] = int(ranges.band[at])
    return found


def _over(row: Row, keys: Sequence[str]) -> Row:
    cells = {key: row.cells[key] for key in keys if key in row.cells}
    missing = sum(key not in cells or cells[key].value is None for key in keys)
    return replace(row, cells=cells, missing=missing)


def _row(stored: ReportedRow, mode: str) -> Row:
    return Row(
        key=f"reported-{stored.pk}",
        system=stored.system,
        kind=str(stored.attributes.get("kind", "model")),
        mode=mode,
        origin="reported",
        cells={
            key: Cell(score.get("value"), second=score.get("second")) for key, score in stored.scores.items()
        },
        system_key=stored.name_key,
        at=stored.table.at,
        attributes={**stored.attributes, "source": stored.table.title, "url": stored.table.url},
    )


def _column(stored: Mapping[str, Any]) -> Column:
    facets = {name: tuple(values) for name, values in stored.get("facets", {}).items()}
    known = {name: value for name, value in stored.items() if name in Column.__dataclass_fields__}
    return Column(**{**known, "facets": facets})
