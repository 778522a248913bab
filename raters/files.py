"""Tables of a study as downloads, the same for pages and programs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse

from raters.domain.exporting import csv_lines, json_lines, write_parquet
from raters.selectors import export

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}


def file_of(table: export.Table, suffix: str, name: str) -> HttpResponseBase:
    """A table as a download, written as it is read."""
    if suffix == "parquet":
        return _parquet(table, name)
    write = csv_lines if suffix == "csv" else json_lines
    response = StreamingHttpResponse(write(table.columns, table.rows()), content_type=TYPES[suffix])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _parquet(table: export.Table, name: str) -> FileResponse:
    """Its footer comes last and tells where everything is: it is written to disk first."""
    written = tempfile.NamedTemporaryFile(suffix=".parquet")  # noqa: SIM115 - the response closes it
    write_parquet(Path(written.name), table.columns, table.rows())
    return FileResponse(written, as_attachment=True, filename=name, content_type=TYPES["parquet"])
