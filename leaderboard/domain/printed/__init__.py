"""Tables of results that others have printed, read from a file: all of it, or every fault by its place.

BRIDGE's leaderboard   JSON, one object a column: {column: {row: value}}; figures × 100
CSV                    first column the system, then one column a task, facts about systems among them
this site's own JSON   as `/boards/<slug>.json` gives it
"""

from __future__ import annotations

from pathlib import PurePath

from leaderboard.domain.printed import bridge, exported, spreadsheet
from leaderboard.domain.printed.tables import (
    PrintedColumn,
    PrintedRow,
    PrintedTable,
    Unit,
    UnreadableTableError,
)
from leaderboard.domain.printed.texts import document, text_of

__all__ = ["PrintedColumn", "PrintedRow", "PrintedTable", "Unit", "UnreadableTableError", "read_table"]


def read_table(content: bytes, name: str, tasks: bytes | None = None, unit: Unit = "percent") -> PrintedTable:
    """The table in a file's bytes; UnreadableTableError holds every fault, with its place and remedy.

    name   the file's, which tells CSV from JSON;  tasks  BRIDGE's task_information.json, where it is there
    unit   of a CSV's scores: "percent" (0 to 100) or "share" (0 to 1); the other kinds say it themselves
    """
    text = text_of(content)
    if PurePath(name).suffix.lower() == ".csv":
        return spreadsheet.read(text, unit)
    if PurePath(name).suffix.lower() != ".json":
        raise UnreadableTableError([f"{name} is neither .csv nor .json: save the table as one of these"])
    found = document(text)
    if "rows" in found and "columns" in found:
        return exported.read(found)
    return bridge.read(found, document(text_of(tasks)) if tasks is not None else {})
