"""A slice of a board as a file: the same rows as the page, the same bytes for the same slice of the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leaderboard.domain.table import Table
from leaderboard.files import document, latex, parquet, spreadsheet
from leaderboard.files.document import Source

__all__ = ["FORMATS", "Format", "Source"]


@dataclass(frozen=True)
class Format:
    """How a table is written: `write(table, source)` gives the file."""

    content_type: str
    write: Callable[[Table, Source], bytes]
    download: bool = True  # saved rather than shown by a browser


FORMATS: dict[str, Format] = {
    "csv": Format("text/csv; charset=utf-8", spreadsheet.write),
    "json": Format("application/json", document.write, download=False),
    "parquet": Format("application/vnd.apache.parquet", parquet.write),
    "tex": Format("application/x-tex; charset=utf-8", latex.write),
}
