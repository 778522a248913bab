"""The JSON this site gives of a board: its columns and rows, taken as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from leaderboard.domain.printed.tables import (
    PrintedColumn,
    PrintedRow,
    PrintedTable,
    UnreadableTableError,
    checked,
    shortened,
)


class _Cell(msgspec.Struct):
    value: float | None = None
    second: float | None = None


class _Column(msgspec.Struct):
    key: str
    name: str
    metric: str = ""
    category: str = ""
    facets: dict[str, list[str]] = {}
    scale: str = "share"
    second: str = ""
    higher_is_better: bool = True


class _Row(msgspec.Struct):
    system: str
    scores: dict[str, _Cell]
    attributes: dict[str, str | float | None] = {}
    mode: str = ""


class _Document(msgspec.Struct):
    columns: list[_Column]
    rows: list[_Row]


def read(document: Mapping[str, Any]) -> PrintedTable:
    try:
        found = msgspec.convert(document, _Document)
    except msgspec.ValidationError as fault:
        raise UnreadableTableError([f"not a board as this site writes it: {fault}"]) from None
    faults: list[str] = []
    modes = sorted({row.mode for row in found.rows})
    if len(modes) > 1:
        faults.append(
            f"rows of {len(modes)} modes ({', '.join(modes)}): export one with ?mode= and import each"
        )
    columns = {column.key: column for column in found.columns}
    rows = [_row(row, columns, at, faults) for at, row in enumerate(found.rows, start=1)]
    printed = (
        PrintedColumn(
            column.key,
            column.name,
            column.metric,
            column.category,
            {name: tuple(values) for name, values in column.facets.items()},
            column.scale,
            column.second,
            column.higher_is_better,
        )
        for column in found.columns
    )
    return checked(printed, rows, faults)


def _row(row: _Row, columns: Mapping[str, _Column], at: int, faults: list[str]) -> PrintedRow:
    scores: dict[str, dict[str, float]] = {}
    for key, cell in row.scores.items():
        if key not in columns or cell.value is None:
            continue
        most = 1.0 if columns[key].scale == "share" else 1e6
        if not abs(cell.value) <= most or not abs(cell.second or 0.0) <= most:
            faults.append(
                f"row {at} ({row.system}), column {shortened(key)}: {cell.value:g} is no {columns[key].scale}"
            )
            continue
        scores[key] = {"value": cell.value} | ({} if cell.second is None else {"second": cell.second})
    attributes = {
        name: value
        for name, value in row.attributes.items()
        if value is not None and name not in {"source", "url"}
    }
    return PrintedRow(row.system.strip(), scores, attributes)
