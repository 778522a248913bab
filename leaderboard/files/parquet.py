"""The table as Parquet; what it is of travels in the file's own metadata."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from leaderboard.domain.table import Table
from leaderboard.files import flat
from leaderboard.files.document import Source, about


def write(table: Table, source: Source) -> bytes:
    """Typed columns as in the CSV; board, slice, revision, as_of, page, licence, citation as metadata."""
    import pyarrow  # only whoever asks for this file pays for loading it
    from pyarrow import parquet

    types = {"text": pyarrow.string(), "whole": pyarrow.int64(), "number": pyarrow.float64()}
    fields = flat.fields(table)
    arrays = [
        pyarrow.array([field.read(row) for row in table.rows], type=types[field.type]) for field in fields
    ]
    schema = pyarrow.schema(
        [(field.name, types[field.type]) for field in fields], metadata=_metadata(table, source)
    )
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _metadata(table: Table, source: Source) -> dict[str, str]:
    said = about(table, source)
    written = partial(json.dumps, ensure_ascii=False)
    values: dict[str, Any] = {
        "board": table.head.slug,
        "title": table.head.title,
        "slice": written(said["slice"]),
        "revision": str(table.revision),
        "as_of": said["as_of"] or said["changed_at"] or "",
        "page": source.page,
        "licence": table.head.licence,
        "citation": table.head.citation,
        "about": written(said),
    }
    return {f"consilium.{name}": value for name, value in values.items()}
