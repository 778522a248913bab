"""Files to fill in, and files written from answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from evaluation.domain.predictions.checker import Row
from evaluation.domain.predictions.fields import RANGES, VERSION

ROWS_AT_ONCE = 4096


def template(keys: Iterable[str], version: str | None = None) -> Iterator[bytes]:
    """A JSONL file with a blank output for each key, in chunks; `version` is written into each row."""
    label = {} if version is None else {VERSION: version}
    return _jsonl({"id": key, "output": "", **label} for key in keys)


def csv_template(keys: Iterable[str], version: str | None = None) -> Iterator[bytes]:
    """The same as CSV."""
    label = [] if version is None else [version]
    header = ["id", "output", *([] if version is None else [VERSION])]
    return _csv(header, ([key, "", *label] for key in keys))


def write_jsonl(rows: Iterable[Row]) -> Iterator[bytes]:
    """A JSONL file of the rows, in chunks; what a row was not given is left out."""
    return _jsonl(
        {"id": row.key, "output": row.output}
        | {name: value for name in RANGES if (value := getattr(row, name)) is not None}
        for row in rows
    )


def _jsonl(records: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    remaining = iter(records)
    while chunk := list(islice(remaining, ROWS_AT_ONCE)):
        yield encoder.encode_lines(chunk)


def _csv(header: list[str], rows: Iterable[list[str]]) -> Iterator[bytes]:
    remaining = iter(rows)
    chunk = [header, *islice(remaining, ROWS_AT_ONCE)]
    while chunk:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(chunk)
        yield text.getvalue().encode()
        chunk = list(islice(remaining, ROWS_AT_ONCE))
