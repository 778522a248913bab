"""Predictions as Parquet: however they were written, and whatever was done to them since."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.domain.predictions import Limits, Verdict, check, rows

KNOWN = {f"q-{i}": i for i in range(6)}


def judge(data: bytes, **rest: Any) -> Verdict:
    return check(io.BytesIO(data), KNOWN, **rest)


def written(columns: dict[str, Any] | None = None, **options: Any) -> bytes:
    """A right file of two columns, others added or put in their place."""
    file = io.BytesIO()
    pq.write_table(pa.table({"id": list(KNOWN), "output": ["B"] * 6} | (columns or {})), file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": False},
        {"compression": "none"},
        {"compression": "zstd"},
        {"compression": "brotli"},
        {"compression": "lz4"},
        {"compression": "gzip", "data_page_version": "2.0"},
        {"row_group_size": 2},
        {"data_page_size": 10, "dictionary_pagesize_limit": 10},
        {"store_schema": False, "write_statistics": False},
        {"write_batch_size": 1, "use_dictionary": ["id"]},
        {"column_encoding": {"output": "DELTA_LENGTH_BYTE_ARRAY"}, "use_dictionary": False},
    ],
)
def test_parquet_is_read_however_it_was_written(options: dict[str, Any]) -> None:
    answer = judge(written(**options))
    assert answer.ok, answer.problems


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())])
def test_parquet_texts_may_be_of_any_text_type(kind: pa.DataType) -> None:
    outputs = pa.array(["A", "B", "A", "", "C", "A"]).cast(kind)
    data = written({"output": outputs})
    assert judge(data).ok
    assert [row.output for row in rows(io.BytesIO(data), KNOWN)] == ["A", "B", "A", "", "C", "A"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.null()])
def test_parquet_numbers_may_be_of_any_plain_number_type(kind: pa.DataType) -> None:
    counts = pa.array([None] * 6 if kind == pa.null() else [0, 1, None, 3, 4, 5]).cast(kind)
    answer = judge(written({"tokens_in": counts, "benchmark_version": [4] * 6, "x": [[1]] * 6}), version="4")
    assert answer.ok, answer.problems
    assert answer.notes == ("not used: x",)


@pytest.mark.parametrize(
    ("columns", "advice"),
    [
        ({"id": [1, 2, 3, 4, 5, 6]}, "the column id is INT64"),
        ({"output": [1.0] * 6}, "the column output is DOUBLE"),
        ({"output": pa.array([b"B"] * 6, pa.binary())}, "the column output is BYTE_ARRAY (NONE)"),
        ({"output": [["B"]] * 6}, "the column output is nested"),
        ({"output": [{"text": "B"}] * 6}, "the column output is nested"),
        ({"output": pa.nulls(6)}, "the column output is INT32"),
        ({"confidence": ["high"] * 6}, "the column confidence is BYTE_ARRAY"),
        ({"confidence": [True] * 6}, "the column confidence is BOOLEAN"),
        ({"tokens_in": pa.array([1] * 6, pa.timestamp("ms"))}, "the column tokens_in is INT64 (TIMESTAMP)"),
        ({"latency_ms": pa.array([1] * 6).cast(pa.decimal128(30, 2))}, "DECIMAL"),
        ({"benchmark_version": [["1"]] * 6}, "the column benchmark_version is nested"),
    ],
)
def test_a_parquet_column_of_the_wrong_type_is_told_once(columns: dict[str, Any], advice: str) -> None:
    answer = judge(written(columns))
    assert answer.counts == {"wrong_type": 1}
    assert advice in answer.problems[0].message


def test_parquet_columns_that_are_missing_or_doubled_are_told() -> None:
    missing, doubled = io.BytesIO(), io.BytesIO()
    pq.write_table(pa.table({"id": list(KNOWN), "answer": ["B"] * 6}), missing)
    pq.write_table(pa.table([list(KNOWN), ["B"] * 6, ["C"] * 6], names=["id", "output", "output"]), doubled)
    assert judge(missing.getvalue()).counts == {"missing_column": 1}
    assert "answer" in judge(missing.getvalue()).problems[0].message
    assert judge(doubled.getvalue()).counts == {"duplicate_column": 1}


def test_parquet_rows_are_looked_at_one_by_one_for_what_a_column_cannot_tell() -> None:
    outputs = pa.array(["B", None, "B", "B", "B", "B"])
    confidence = pa.array([0.1, 0.2, float("nan"), float("inf"), None, 0.3])
    answer = judge(written({"output": outputs, "confidence": confidence}))
    assert [(problem.line, problem.code) for problem in answer.problems] == [
        (2, "wrong_type"),
        (3, "out_of_range"),
        (4, "out_of_range"),
    ]


def test_parquet_text_that_is_not_utf8_is_told_by_row() -> None:
    raw = pa.array([b"B", b"B", b"\xff", b"B", b"B", b"B"], pa.binary())
    answer = judge(written({"output": pa.Array.from_buffers(pa.string(), 6, raw.buffers())}))
    assert [(problem.line, problem.code) for problem in answer.problems] == [
        (3, "not_utf8"),
        (None, "missing_items"),
    ]


def test_parquet_for_another_version_is_told() -> None:
    answer = judge(written({"benchmark_version": ["2", "2", "1", "2", "2", "2"]}), version="2")
    assert [(problem.line, problem.code) for problem in answer.problems] == [(3, "wrong_version")]


def test_parquet_whose_texts_need_what_went_before_is_refused_with_the_way_out() -> None:
    data = written(column_encoding={"output": "DELTA_BYTE_ARRAY"}, use_dictionary=False)
    answer = judge(data)
    assert answer.counts == {"not_parquet": 1}
    assert "default encoding" in answer.problems[0].message


def test_parquet_from_a_stream_that_cannot_seek_is_read_from_a_copy() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    assert check(Pipe(written()), KNOWN).ok


def test_a_parquet_file_cut_anywhere_is_refused() -> None:
    data = written()
    assert judge(data).ok
    for length in range(4, len(data)):
        assert judge(data[:length]).counts == {"not_parquet": 1}, length


def test_a_parquet_file_with_any_one_byte_of_its_footer_changed_gets_a_verdict() -> None:
    data = written({"confidence": [0.5, None] * 3})
    size = int.from_bytes(data[-8:-4], "little") + 8
    for at in range(len(data) - size, len(data)):
        for change in (0x01, 0x10, 0x80, 0xFF):
            judge(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :])


def test_a_parquet_file_of_far_more_rows_than_items_is_refused_unread() -> None:
    answer = judge(written({"id": ["q-1"] * 200_000, "output": ["A"] * 200_000}))
    assert answer.counts == {"file_too_large": 1}
    assert answer.rows == 0
    assert "200,000 rows" in answer.problems[0].message


def test_a_parquet_page_larger_than_allowed_is_refused_before_it_is_unpacked() -> None:
    data = written({"output": [letter * 400_000 for letter in "ABCDEF"]})
    answer = judge(data, limits=Limits(page=2**20))
    assert answer.counts == {"file_too_large": 1}
    assert "smaller pages" in answer.problems[0].message
    assert judge(data).ok


@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_parquet_text_repeated_without_end_counts_each_time(kind: pa.DataType) -> None:
    # One text of 20,000 characters, said 2,000 times by a file of some kilobytes: 40 million characters.
    known = {f"q-{i}": i for i in range(2000)}
    data = written({"id": list(known), "output": pa.array(["x" * 20_000] * 2000).cast(kind)})
    assert len(data) < 100_000
    assert check(io.BytesIO(data), known).ok
    answer = check(io.BytesIO(data), known, limits=Limits(decompressed=10_000_000))
    assert answer.counts == {"file_too_large": 1}


def test_parquet_inside_gzip_is_bounded_like_any_gzip() -> None:
    data = gzip.compress(b"PAR1" + bytes(100 * 2**20) + b"PAR1")
    assert judge(data).counts == {"gzip_bomb": 1}
