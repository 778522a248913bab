"""What a printed table holds, and how it is checked whatever file it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

from evaluation.domain.names import name_key

Unit = Literal["percent", "share"]

MOST_SYSTEMS, MOST_COLUMNS, LONGEST_NAME = 5_000, 1_000, 200
MOST_FAULTS = 50
NAMES = f"a name has 1 to {LONGEST_NAME} printable characters"
STARTERS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # what a spreadsheet would run


class UnreadableTableError(ValueError):
    """A file that is not stored; `faults` name places and remedies."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        shown = self.faults[:MOST_FAULTS]
        rest = len(self.faults) - len(shown)
        super().__init__("\n".join([*shown, *([f"… and {rest} more"] if rest else [])]))


@dataclass(frozen=True)
class PrintedColumn:
    """A task as printed; `key` is unique in the table and made of its name where the file has none."""

    key: str
    name: str
    metric: str = ""
    category: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: str = "share"
    second: str = ""
    higher_is_better: bool = True

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "facets": {name: list(values) for name, values in self.facets.items()}}


@dataclass(frozen=True)
class PrintedRow:
    """A system's scores by column key: value, and the second number where there is one; shares from 0 to 1.

    `average` and `place` as the file prints them, × 100, for checking; None where it does not.
    """

    system: str
    scores: Mapping[str, Mapping[str, float]]
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    average: float | None = None
    place: int | None = None


@dataclass(frozen=True)
class PrintedTable:
    columns: tuple[PrintedColumn, ...]
    rows: tuple[PrintedRow, ...]


def checked(columns: Iterable[PrintedColumn], rows: Iterable[PrintedRow], faults: list[str]) -> PrintedTable:
    """The table, if there is no fault in it or before; else all of them at once."""
    table = PrintedTable(tuple(columns), tuple(rows))
    faults = [*faults, *_size_faults(table), *_name_faults(table)]
    if faults:
        raise UnreadableTableError(faults)
    return table


def score_of(text: Any, unit: Unit, where: str, faults: list[str]) -> float | None:
    """A share from a printed number; None, and a fault unless the place is empty, where it is none."""
    if text is None or (isinstance(text, str) and text.strip() in {"", "-", "–", "NA", "N/A"}):
        return None
    number = number_of(text)
    if number is None:
        faults.append(
            f"{where}: {shortened(text)} is no number; leave the cell empty where there is no score"
        )
        return None
    most = 100.0 if unit == "percent" else 1.0
    if not -most <= number <= most:
        faults.append(f"{where}: {number:g} is outside {-most:g} to {most:g}; scores are taken as {unit}")
        return None
    return round(number / 100, 12) if unit == "percent" else number


def number_of(value: Any) -> float | None:
    """A finite number, written as one; never true, false, nan or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) and (not isinstance(value, str) or "_" not in value) else None


def shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _size_faults(table: PrintedTable) -> Iterable[str]:
    if not table.rows:
        yield "there is no system in this file: write one row a system"
    if not table.columns:
        yield "there is no task in this file: write one column a task"
    if len(table.rows) > MOST_SYSTEMS or len(table.columns) > MOST_COLUMNS:
        size = f"{len(table.rows)} systems on {len(table.columns)} tasks"
        yield f"{size} are too many: at most {MOST_SYSTEMS} on {MOST_COLUMNS}"


def _name_faults(table: PrintedTable) -> Iterable[str]:
    seen: dict[str, int] = {}
    for at, row in enumerate(table.rows, start=1):
        if fault := _row_fault(row, seen):
            yield f"row {at}: {shortened(row.system)} {fault}"
        seen.setdefault(name_key(row.system), at)
    columns: dict[str, str] = {}
    for column in table.columns:
        if not _is_name(column.name):
            yield f"column {shortened(column.name)}: is no task's name: {NAMES}"
        elif column.key in columns:
            both = f"{shortened(columns[column.key])} and {shortened(column.name)}"
            yield f"columns {both} are one task; keep one"
        columns.setdefault(column.key, column.name)


def _row_fault(row: PrintedRow, seen: Mapping[str, int]) -> str:
    key = name_key(row.system)
    if not key or not _is_name(row.system):
        return f"is no system's name: {NAMES}"
    if row.system.lstrip().startswith(STARTERS):
        return "begins as a spreadsheet's formula does: write the name"
    if key in seen:
        return f"is row {seen[key]} again; keep one, or tell them apart"
    return "" if row.scores else "has no score in any column; leave it out"


def _is_name(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST_NAME and text.isprintable()
