"""Tables as files, row by row: CSV, JSON Lines and Parquet, whatever the number of rows.

In CSV a text that a spreadsheet would run as a formula is kept from it by an apostrophe before it; the two
other formats hold it as it is. Nothing but plain numbers may begin with a sign there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

AT_ONCE = 5_000  # rows in memory
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
FORMATS = ("csv", "jsonl", "parquet")

Row = Sequence[Any]
_TYPES = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "yes_no": pa.bool_()}


@dataclass(frozen=True)
class Column:
    """A column of a table and what it means."""

    name: str
    meaning: str
    type: Literal["text", "whole", "number", "yes_no"] = "text"


def csv_lines(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with a header; None is empty, truth is yes or no."""
    yield _csv([[column.name for column in columns]])
    for some in _batches(rows):
        yield _csv([[_cell(value) for value in row] for row in some])


def json_lines(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """One object a line, keys in the order of the columns."""
    names = [column.name for column in columns]
    for some in _batches(rows):
        yield b"".join(msgspec.json.encode(dict(zip(names, row, strict=True))) + b"\n" for row in some)


def write_parquet(path: Path, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """A file with what each column means in its schema, written in groups of 5,000 rows."""
    schema = pa.schema(
        [
            pa.field(column.name, _TYPES[column.type], metadata={"meaning": column.meaning})
            for column in columns
        ]
    )
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for some in _batches(rows):
            arrays = [
                pa.array(values, field.type)
                for values, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def guarded(text: str) -> str:
    """A text as a CSV cell: never a formula."""
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while some := list(islice(source, AT_ONCE)):
        yield some


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return guarded(value) if isinstance(value, str) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip() and text.isascii()
