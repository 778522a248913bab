"""BRIDGE's leaderboard: {column: {row: value}}, and beside it what each task is about.

`T` is the printed position, `Average Performance` the printed mean; what else is no fact about the model is a
task. Both must follow from the tasks' own figures, or something was lost on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.domain.readers.published import slug_of
from leaderboard.domain.printed.tables import (
    PrintedColumn,
    PrintedRow,
    PrintedTable,
    UnreadableTableError,
    checked,
    number_of,
    score_of,
    shortened,
)

PLACE, SYSTEM, AVERAGE = "T", "Model", "Average Performance"
FACTS = {
    "Model: Domain": "domain",
    "Model: License": "licence",
    "Model: Accessibility": "access",
    "Size (B)": "size_b",
    "Model: Size Range": "size_range",
}
FACETS = {
    "Language": "language",
    "Task Type": "type",
    "Clinical Context": "specialty",
    "Data Access": "access",
    "Applications": "application",
    "Clinical Stage": "stage",
}
ROUNDING = 0.0051  # an average of two decimals


def read(document: Mapping[str, Any], tasks: Mapping[str, Any]) -> PrintedTable:
    """The table; `tasks` (name → facts) names the facets of columns, whatever spelling its names have."""
    rows = _rows_of(document)
    faults: list[str] = []
    facets = _facets_of(tasks, faults)
    names = [name for name in document if name not in {PLACE, SYSTEM, AVERAGE, *FACTS}]
    columns = [PrintedColumn(slug_of(name), name, facets=facets.get(slug_of(name), {})) for name in names]
    printed = [_row(document, row, columns, faults) for row in rows]
    return checked(columns, printed, faults)


def _rows_of(document: Mapping[str, Any]) -> list[str]:
    """The names of the rows, the same in every column."""
    if not isinstance(document.get(SYSTEM), dict):
        shape = f"{{column: {{row: value}}}}, {SYSTEM} among them"
        raise UnreadableTableError([f'there is no column "{SYSTEM}": write the table as {shape}'])
    rows, faults = list(document[SYSTEM]), []
    for name, column in document.items():
        if not isinstance(column, dict):
            faults.append(f"column {shortened(name)}: holds {shortened(column)}, not {{row: value}}")
        elif column.keys() != document[SYSTEM].keys():
            off = sorted(column.keys() ^ document[SYSTEM].keys())[:5]
            faults.append(f"column {shortened(name)}: rows {', '.join(off)} are not in both it and {SYSTEM}")
    if faults:
        raise UnreadableTableError(faults)
    return rows


def _row(
    document: Mapping[str, Any], row: str, columns: list[PrintedColumn], faults: list[str]
) -> PrintedRow:
    system = document[SYSTEM][row]
    if not isinstance(system, str):
        faults.append(f"row {row}: {SYSTEM} is {shortened(system)}, not a name")
        system = ""
    scores = {}
    for column in columns:
        where = f"row {row} ({system}), column {shortened(column.name)}"
        score = score_of(document[column.name][row], "percent", where, faults)
        if score is not None:
            scores[column.key] = {"value": score}
    average = _printed(document, AVERAGE, row, faults)
    place = _printed(document, PLACE, row, faults)
    if average is not None and len(scores) == len(columns) and columns:
        mean = 100 * sum(score["value"] for score in scores.values()) / len(scores)
        if abs(mean - average) > ROUNDING:
            faults.append(
                f"row {row} ({system}): {AVERAGE} is {average:g}, the mean of its tasks {mean:.2f}; "
                "a task is missing or changed: take the file anew from its source"
            )
    attributes = _attributes(document, row, faults)
    return PrintedRow(system.strip(), scores, attributes, average, None if place is None else int(place))


def _printed(document: Mapping[str, Any], name: str, row: str, faults: list[str]) -> float | None:
    value = document.get(name, {}).get(row)
    number = number_of(value)
    if value is not None and number is None:
        faults.append(f"row {row}, column {shortened(name)}: {shortened(value)} is no number")
    return number


def _attributes(document: Mapping[str, Any], row: str, faults: list[str]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for name, attribute in FACTS.items():
        value = document.get(name, {}).get(row)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            number = number_of(value)
            found[attribute] = number if attribute == "size_b" and number is not None else str(value)[:200]
        elif value is not None:
            faults.append(
                f"row {row}, column {shortened(name)}: {shortened(value)} is neither text nor number"
            )
    return found


def _facets_of(tasks: Mapping[str, Any], faults: list[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """By the slug of a task's name, so that its spellings are one."""
    found = {}
    for name, facts in tasks.items():
        if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
            faults.append(f"task_information, {shortened(name)}: facts are {{name: text}}")
            continue
        found[slug_of(name)] = {
            FACETS[fact]: tuple(part.strip() for part in value.split(",") if part.strip())
            for fact, value in facts.items()
            if fact in FACETS
        }
    return found
