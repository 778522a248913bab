"""A table as CSV: first column the system, then one column a task; some names are facts about systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from evaluation.domain.readers.published import slug_of
from leaderboard.domain.printed.tables import (
    MOST_COLUMNS,
    MOST_SYSTEMS,
    PrintedColumn,
    PrintedRow,
    PrintedTable,
    Unit,
    UnreadableTableError,
    checked,
    number_of,
    score_of,
    shortened,
)

ATTRIBUTES = {
    "domain": "domain",
    "licence": "licence",
    "license": "licence",
    "access": "access",
    "accessibility": "access",
    "size_b": "size_b",
    "size (b)": "size_b",
    "released": "released",
    "organisation": "organisation",
    "kind": "kind",
}
NUMBERS = frozenset({"size_b"})
IGNORED = frozenset({"average", "rank", "place"})  # they follow from the scores


def read(text: str, unit: Unit) -> PrintedTable:
    lines = list(_lines(text))
    if not lines:
        raise UnreadableTableError(["the file is empty: its first line names the columns"])
    (_, header), rows = lines[0], lines[1:]
    faults = [
        f"line {line}: {len(cells)} cells under {len(header)} columns; quote cells with commas in them"
        for line, cells in rows
        if len(cells) != len(header)
    ]
    if faults:
        raise UnreadableTableError(faults)
    known = [name.strip().casefold() for name in header]
    tasks = [at for at in range(1, len(header)) if known[at] not in ATTRIBUTES and known[at] not in IGNORED]
    columns = {at: PrintedColumn(slug_of(header[at]), header[at].strip()) for at in tasks}
    printed = [_row(line, cells, known, columns, unit, faults) for line, cells in rows]
    if unit == "percent" and _all_shares(printed):
        faults.append("every score lies from 0 to 1: say --unit share, if they are shares and not percent")
    return checked(columns.values(), printed, faults)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
            if reader.line_num > 10 * MOST_SYSTEMS or len(cells) > 2 * MOST_COLUMNS:
                most = f"{MOST_SYSTEMS} systems on {MOST_COLUMNS} tasks"
                raise UnreadableTableError(
                    [f"line {reader.line_num}: too much for a table of {most}: split it"]
                )
    except csv.Error as fault:
        raise UnreadableTableError([f"line {reader.line_num}: broken CSV ({fault})"]) from None


def _row(
    line: int,
    cells: list[str],
    known: list[str],
    columns: dict[int, PrintedColumn],
    unit: Unit,
    faults: list[str],
) -> PrintedRow:
    system, scores = cells[0].strip(), {}
    for at, column in columns.items():
        where = f"line {line} ({system}), column {shortened(column.name)}"
        score = score_of(cells[at], unit, where, faults)
        if score is not None:
            scores[column.key] = {"value": score}
    attributes: dict[str, str | float] = {}
    for at, name in enumerate(known[1:], start=1):
        if name in ATTRIBUTES and cells[at].strip():
            attributes[ATTRIBUTES[name]] = _attribute(ATTRIBUTES[name], cells[at].strip(), line, faults)
    return PrintedRow(system, scores, attributes)


def _attribute(name: str, text: str, line: int, faults: list[str]) -> str | float:
    number = number_of(text)
    if name in NUMBERS and number is not None:
        return number
    if len(text) > 200 or not text.isprintable():
        faults.append(f"line {line}, column {name}: {shortened(text)} is too long or unprintable")
    return text


def _all_shares(rows: list[PrintedRow]) -> bool:
    values = [score["value"] for row in rows for score in row.scores.values()]
    return bool(values) and max(abs(value) for value in values) <= 0.01
