"""Predictions as Parquet, a stretch of rows at a time, after a look at what unpacking them would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.domain.predictions.blocks import Block, Columns, Gathering, Reading
from evaluation.domain.predictions.fields import FIELDS, TEXTS, VERSION
from evaluation.domain.predictions.limits import MIB
from evaluation.domain.predictions.opening import PARQUET, Opening
from evaluation.domain.predictions.parquet_cost import rows_at_once, too_much
from evaluation.domain.predictions.parquet_pages import footer
from evaluation.domain.predictions.verdict import PredictionsError, Problem, refusal, shown

FOOTER_MAX = 4 * MIB
COLUMNS_MAX = 1000
LIST_MAX = 100_000  # columns, or row groups, in a footer

# how a column may be stored: as a number or a text (or text and number alike for the version)
NUMBERS = ("INT32", "INT64", "FLOAT", "DOUBLE")
MEANINGS = ("NONE", "INT", "NULL", "UNKNOWN")


def read(opening: Opening, reading: Reading) -> Iterator[Block]:
    """The rows of an opened file, block by block; PredictionsError where it cannot be read on."""
    with opening.searchable() as file:
        try:
            yield from _read(file, reading)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            if isinstance(error, PredictionsError):
                raise
            if opening.upload is not None and opening.upload.failure is not None:
                raise opening.upload.failure from None
            reason = shown(str(error).strip().split("\n")[0], 120)
            raise refusal("not_parquet", f"the Parquet file is damaged ({reason}): write it again") from None


def _read(file: BinaryIO, reading: Reading) -> Iterator[Block]:
    about = footer(_footer_bytes(file))
    limits = {"thrift_string_size_limit": FOOTER_MAX, "thrift_container_size_limit": LIST_MAX}
    with pq.ParquetFile(file, buffer_size=MIB, pre_buffer=False, **limits) as parquet:
        columns = _columns(parquet.schema, reading)
        most = rows_at_once(file, about, columns.values(), reading)
        yield from _blocks(parquet.iter_batches(most, columns=list(columns), use_threads=False), reading)


def _blocks(batches: Iterator[pa.RecordBatch], reading: Reading) -> Iterator[Block]:
    columns, first, unpacked = Columns(reading), 1, 0
    for batch in batches:
        # A short page may repeat one long text for ever, as no other format can.
        arrays = {name: _plain(batch.column(name)) for name in batch.schema.names}
        unpacked += sum(array.nbytes for array in arrays.values())
        if unpacked > reading.limits.decompressed:
            raise refusal("file_too_large", too_much(reading.limits), first)
        yield _block(arrays, range(first, first + len(batch)), columns, reading)
        first += len(batch)


def _footer_bytes(file: BinaryIO) -> bytes:
    """The footer; PredictionsError where there is none, or one that alone would take long to read."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 8))
    tail = file.read(8)
    if end < 12 or tail[4:] != PARQUET:
        raise refusal("not_parquet", "the Parquet file is cut short: upload it again, whole")
    size = int.from_bytes(tail[:4], "little")
    if size > FOOTER_MAX:
        raise refusal("not_parquet", "the footer is too large: write fewer columns and larger row groups")
    file.seek(max(0, end - 8 - size))
    data = file.read(size)
    file.seek(0)
    return data


def _columns(schema: pq.ParquetSchema, reading: Reading) -> dict[str, int]:
    """The columns to read, name → index; PredictionsError for one missing, doubled or of a wrong kind."""
    if len(schema) > COLUMNS_MAX:
        raise refusal("not_parquet", f"the file has more than {COLUMNS_MAX:,} columns: write id and output")
    columns: dict[str, int] = {}
    for index in range(len(schema)):
        column = schema.column(index)
        name = column.path.split(".")[0]
        if name not in FIELDS and name != VERSION:
            reading.ignore(name)
            continue
        if name in columns:
            raise refusal("duplicate_column", f"two columns are called {name}: keep one")
        _check_kind(column, name)
        columns[name] = index
    for name in TEXTS:
        if name not in columns:
            found = shown(", ".join(list(reading.ignored)[:8]))
            raise refusal(
                "missing_column", f"there is no column {name}, only {found}: name the columns as the template"
            )
    return columns


def _check_kind(column: pq.ColumnSchema, name: str) -> None:
    meaning = column.logical_type.type
    is_text = column.physical_type == "BYTE_ARRAY" and meaning == "STRING"
    is_number = column.physical_type in NUMBERS and meaning in MEANINGS
    if column.path == name and column.max_repetition_level == 0:
        if name in TEXTS and is_text:
            return
        if name == VERSION and (is_text or is_number):
            return
        if name not in TEXTS and name != VERSION and is_number:
            return
    stored = "nested" if column.path != name else f"{column.physical_type} ({meaning})"
    wanted = "text (a UTF-8 string column)" if name in TEXTS else "numbers"
    raise refusal("wrong_type", f"the column {name} is {stored}: write it as {wanted}")


def _plain(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _block(arrays: Mapping[str, pa.Array], lines: Sequence[int], columns: Columns, reading: Reading) -> Block:
    try:
        values = {name: array.to_pylist() for name, array in arrays.items()}
    except UnicodeDecodeError:
        return _one_by_one(arrays, lines, reading)
    return columns.block(lines, values)


def _one_by_one(arrays: Mapping[str, pa.Array], lines: Sequence[int], reading: Reading) -> Block:
    gathering = Gathering(reading)
    for i, line in enumerate(lines):
        try:
            row = {name: array[i].as_py() for name, array in arrays.items()}
        except UnicodeDecodeError:
            message = "the row is not UTF-8: write the columns as text"
            gathering.unreadable(Problem(line, None, "not_utf8", message))
        else:
            gathering.record(line, row)
    return gathering.block()
