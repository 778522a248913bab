"""The table as CSV, one row a system. Text that a spreadsheet would run as a formula is defused."""

from __future__ import annotations

import csv
import io

from leaderboard.domain.table import Table
from leaderboard.files import flat
from leaderboard.files.document import Source

# what spreadsheets take for the beginning of a formula, also in full width and behind blanks
STARTERS = tuple("=+-@\t\r\n＝＋－＠")


def write(table: Table, source: Source) -> bytes:
    """UTF-8; numbers in full, shares from 0 to 1. What the file is of stands in its name and address."""
    out = io.StringIO()
    writer = csv.writer(out)
    fields = flat.fields(table)
    writer.writerow([defused(field.name) for field in fields])
    writer.writerows([defused(field.read(row)) for field in fields] for row in table.rows)
    return out.getvalue().encode()


def defused(cell: object) -> object:
    """A leading ' makes a spreadsheet show text as text."""
    if isinstance(cell, str) and (cell.startswith(STARTERS) or cell.lstrip().startswith(STARTERS)):
        return f"'{cell}"
    return cell
