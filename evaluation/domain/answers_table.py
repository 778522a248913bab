"""A run's answers as a Parquet file, written in row groups, so that a million of them take little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

ROWS, CHARACTERS = 20_000, 16_000_000  # of a row group: whichever comes first


class AnswerRow(NamedTuple):
    """An answer with what it answers; `parsed` and `record` are JSON, None where there is none."""

    id: str
    task: str
    split: str
    output: str
    parsed: str | None
    finish: str
    tokens_in: int | None
    tokens_out: int | None
    latency_ms: float | None
    attempt: int | None
    prompt_sha256: str | None
    record: str | None


SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("output", pa.string(), nullable=False),
        pa.field("parsed", pa.string()),
        pa.field("finish", pa.string(), nullable=False),
        pa.field("tokens_in", pa.int64()),
        pa.field("tokens_out", pa.int64()),
        pa.field("latency_ms", pa.float64()),
        pa.field("attempt", pa.int32()),
        pa.field("prompt_sha256", pa.string()),
        pa.field("record", pa.string()),
    ]
)


def write(pages: Iterable[Sequence[AnswerRow]], target: BinaryIO) -> int:
    """Write the rows of all pages; how many there were."""
    written = 0
    with pq.ParquetWriter(target, SCHEMA, compression="zstd") as writer:
        for group in _groups(pages):
            columns: list[Any] = list(zip(*group, strict=True))
            arrays = [
                pa.array(column, type=field.type) for column, field in zip(columns, SCHEMA, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), row_group_size=len(group))
            written += len(group)
    return written


def _groups(pages: Iterable[Sequence[AnswerRow]]) -> Iterator[list[AnswerRow]]:
    group: list[AnswerRow] = []
    characters = 0
    for page in pages:
        group.extend(page)
        characters += sum(len(row.output) + len(row.record or "") for row in page)
        if len(group) >= ROWS or characters >= CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group
