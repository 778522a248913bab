"""The same predictions as JSONL, CSV and Parquet, plain and with gzip: one verdict, the same answers."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.domain.predictions import (
    Limits,
    PredictionsError,
    Row,
    Verdict,
    check,
    csv_template,
    rows,
    template,
    write_jsonl,
)

KNOWN = {f"q-{i}": i for i in range(6)}
Record = dict[str, Any]

GOOD: list[Record] = [
    {"id": "q-0", "output": "B", "confidence": 0.5, "tokens_in": 12, "tokens_out": 1, "latency_ms": 3.5},
    {
        "id": "q-1",
        "output": "",
        "confidence": None,
        "tokens_in": None,
        "tokens_out": None,
        "latency_ms": None,
    },
    {
        "id": "q-5",
        "output": 'a "quoted", text\r\nof two lines\n',
        "confidence": 1,
        "tokens_in": 0,
        "tokens_out": 7,
    },
    {"id": "q-3", "output": "\u51fa\u8840 \U0001f600 \u2028 \x0b \x1c end", "latency_ms": 0},
    {"id": "q-4", "output": " blanks stay \\n "},
    {"id": "q-2", "output": "NaN"},
]
# faults that each of the formats can hold
FAULTY: list[Record] = [
    {"id": "q-0", "output": "B", "confidence": 1.5},
    {"id": "", "output": "B"},
    {"id": "q-9", "output": "B", "tokens_in": -4},
    {"id": "q-2", "output": "nul \0 in it"},
    {"id": "q-2", "output": "x" * 501},
    {"id": "q-2", "output": "fine"},
    {"id": "q-4", "output": "B", "tokens_out": 2.5},
    {"id": " q-5", "output": "B"},
]
FIELDS = ("id", "output", "confidence", "tokens_in", "tokens_out", "latency_ms")


def jsonl(records: Sequence[Record]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def comma_separated(records: Sequence[Record]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def parquet(records: Sequence[Record], **options: Any) -> bytes:
    columns: dict[str, Any] = {name: [record.get(name) for record in records] for name in FIELDS}
    for name in FIELDS[2:]:
        columns[name] = pa.array(columns[name], pa.float64())
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


WRITERS: dict[str, Callable[[Sequence[Record]], bytes]] = {
    "jsonl": jsonl,
    "csv": comma_separated,
    "parquet": parquet,
}


def judge(data: bytes, **rest: Any) -> Verdict:
    return check(io.BytesIO(data), KNOWN, **rest)


def in_rows(answer: Verdict, rows_of: Callable[[int], int] = lambda line: line) -> list[tuple[Any, ...]]:
    return [
        (
            problem.line and rows_of(problem.line),
            problem.key,
            problem.code,
            problem.message.partition("line ")[0],
        )
        for problem in answer.problems
    ]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("packed", [False, True])
def test_right_predictions_are_right_in_every_format_and_give_the_same_answers(
    name: str, packed: bool
) -> None:
    data = WRITERS[name](GOOD)
    data = gzip.compress(data) if packed else data
    answer = judge(data)
    assert answer.ok, answer.problems
    assert (answer.format, answer.gzipped, answer.rows) == (name, packed, 6)
    expected = [
        Row(KNOWN[r["id"]], r["id"], r["output"], *(r.get(name) for name in FIELDS[2:])) for r in GOOD
    ]
    assert list(rows(io.BytesIO(data), KNOWN)) == expected


@pytest.mark.parametrize("packed", [False, True])
def test_faulty_predictions_get_the_same_verdict_in_every_format(packed: bool) -> None:
    limits = Limits(cell=500)
    pack = gzip.compress if packed else bytes
    by_format = {name: judge(pack(write(FAULTY)), limits=limits) for name, write in WRITERS.items()}
    assert by_format["jsonl"].counts == by_format["csv"].counts == by_format["parquet"].counts
    # A CSV row stands one line lower, below the header; a Parquet row has no line but its number.
    assert in_rows(by_format["jsonl"]) == in_rows(by_format["parquet"])
    assert in_rows(by_format["jsonl"]) == in_rows(by_format["csv"], lambda line: line - 1)
    assert by_format["jsonl"].counts == {
        "out_of_range": 2,
        "missing_id": 1,
        "unknown_id": 2,
        "nul_character": 1,
        "oversize_cell": 1,
        "repeated_id": 2,
        "wrong_type": 1,
        "missing_items": 3,
    }


@pytest.mark.parametrize("name", WRITERS)
def test_answers_are_copied_only_from_a_file_without_any_fault(name: str) -> None:
    incomplete = WRITERS[name](GOOD[:-1])
    with pytest.raises(PredictionsError, match="no row answers this item"):
        list(rows(io.BytesIO(incomplete), KNOWN))
    with pytest.raises(PredictionsError, match=r"confidence is 1\.5"):
        list(rows(io.BytesIO(WRITERS[name](FAULTY)), KNOWN))


def test_answers_of_another_version_are_not_copied() -> None:
    data = b"".join(template(KNOWN, "1"))
    assert len(list(rows(io.BytesIO(data), KNOWN, version="1"))) == 6
    with pytest.raises(PredictionsError, match="for version 1 of the benchmark"):
        list(rows(io.BytesIO(data), KNOWN, version="2"))


@pytest.mark.parametrize("made", [template, csv_template])
@pytest.mark.parametrize("version", [None, "2024.1"])
def test_a_template_as_downloaded_is_read_and_has_every_item(
    made: Callable[..., Iterator[bytes]], version: str | None
) -> None:
    known = {f'key, "{i}"': i for i in range(10_000)}
    data = b"".join(made(known, version))
    answer = check(io.BytesIO(data), known, version=version)
    assert answer.ok, answer.problems
    assert answer.rows == 10_000
    assert [row.key for row in rows(io.BytesIO(data), known)] == list(known)


def test_answers_written_are_the_answers_read() -> None:
    first = list(rows(io.BytesIO(jsonl(GOOD)), KNOWN))
    data = b"".join(write_jsonl(first))
    assert list(rows(io.BytesIO(data), KNOWN)) == first
    assert b"null" not in data


def test_the_name_of_a_format_does_not_matter_only_its_content() -> None:
    stream = io.BytesIO(jsonl(GOOD))
    stream.name = "predictions.csv.gz"
    assert check(stream, KNOWN).format == "jsonl"


# CSV


def test_csv_columns_may_come_in_any_order_with_others_between() -> None:
    lines = ["model,output, id ,benchmark_version", *(f"m,B,{key},3" for key in KNOWN)]
    answer = judge("\n".join(lines).encode(), version="3")
    assert answer.ok, answer.problems
    assert answer.notes == ("not used: model",)


def test_csv_takes_byte_order_mark_both_line_ends_and_blank_lines() -> None:
    data = "\ufeff\r\nid,output\r\n" + "\r\n\n".join(f"{key},B" for key in KNOWN)
    assert judge(data.encode()).ok


def test_csv_lines_are_counted_through_line_ends_in_quotes() -> None:
    data = 'id,output\nq-0,"a\n\nb"\n\nq-0,B\n'
    # The header is line 1, the first row begins on 2 and ends on 4, 5 is blank, the second begins on 6.
    problem = judge(data.encode()).problems[0]
    assert (problem.line, problem.code) == (6, "repeated_id")
    assert "line 2:" in problem.message


@pytest.mark.parametrize(
    ("header", "code", "advice"),
    [
        ("output", "missing_column", "no column id"),
        ("id,answer", "missing_column", "no column output"),
        ("ID,output", "missing_column", 'not "ID"'),
        ("id;output", "missing_column", "commas, not semicolons"),
        ("id\toutput", "missing_column", "commas, not tabs"),
        ("q-0,B", "missing_column", "must be a header"),
        ("id,output,id", "duplicate_column", "two columns are called id"),
        ('id,"output', "not_csv", "never closed"),
        ("id,output" + ",x" * 1000, "not_csv", "more than 1,000 columns"),
        ("id,output,\udcff", "not_utf8", "save the file as UTF-8"),
    ],
)
def test_a_csv_header_that_does_not_do_is_the_only_thing_told(header: str, code: str, advice: str) -> None:
    answer = judge(f"{header}\nq-0,B\n".encode(errors="surrogateescape"))
    assert answer.counts == {code: 1}
    assert answer.problems[0].line == 1
    assert advice in answer.problems[0].message


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"q-1,B,C", "not_csv"),
        (b"q-1", "not_csv"),
        (b'q-1,"B"C', "not_csv"),
        (b"q-1,B\rq-2,C", "not_csv"),
        (b"q-1,\xff", "not_utf8"),
        (b"q-1,\xed\xa0\x80", "not_utf8"),
        (b"q-1,a\0b", "nul_character"),
    ],
)
def test_a_csv_row_that_cannot_be_read_is_told_and_the_next_ones_are_read(line: bytes, code: str) -> None:
    good = [f"{key},B".encode() for key in KNOWN if key != "q-1"]
    answer = judge(b"\n".join([b"id,output", good[0], line, *good[1:]]))
    assert (answer.problems[0].line, answer.problems[0].code) == (3, code)
    assert answer.counts[code] == 1
    assert answer.rows == 6
    assert answer.complete


def test_a_csv_quote_left_open_is_told_on_the_line_it_was_opened() -> None:
    answer = judge(b'id,output\nq-0,B\nq-1,"B\nq-2,B\n')
    assert (answer.problems[0].line, answer.problems[0].code) == (3, "not_csv")
    assert "never closed" in answer.problems[0].message


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("high", "wrong_type"),
        ("1_0", "wrong_type"),
        ("0x1", "wrong_type"),
        ("nan", "wrong_type"),
        ("٣", "wrong_type"),
        ("1e999", "out_of_range"),
        ("9" * 5000, "out_of_range"),
        ("-1", "out_of_range"),
        ("", None),
        (" .5 ", None),
        ("1", None),
        ("+5e-1", None),
    ],
)
def test_csv_numbers_are_read_as_json_reads_them_and_a_blank_cell_is_none(
    cell: str, code: str | None
) -> None:
    answer = judge(f"id,output,confidence\nq-0,B,{cell}\n".encode())
    assert set(answer.counts) - {"missing_items"} == ({code} if code else set())


# Parquet


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
        {"use_byte_stream_split": ["confidence"], "use_dictionary": ["id"]},
        {"column_encoding": {"output": "DELTA_LENGTH_BYTE_ARRAY"}, "use_dictionary": False},
    ],
)
def test_parquet_is_read_however_it_was_written(options: dict[str, Any]) -> None:
    answer = judge(parquet(GOOD, **options))
    assert answer.ok, answer.problems


def written(**columns: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"id": list(KNOWN), "output": ["B"] * 6} | columns), file)
    return file.getvalue()


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())])
def test_parquet_texts_may_be_of_any_text_type(kind: pa.DataType) -> None:
    outputs = pa.array(["A", "B", "A", "", "C", "A"]).cast(kind)
    data = written(output=outputs)
    assert judge(data).ok
    assert [row.output for row in rows(io.BytesIO(data), KNOWN)] == ["A", "B", "A", "", "C", "A"]


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.float64(), pa.null()])
def test_parquet_numbers_may_be_of_any_plain_number_type(kind: pa.DataType) -> None:
    counts = pa.array([None] * 6 if kind == pa.null() else [0, 1, None, 3, 4, 5]).cast(kind)
    answer = judge(written(tokens_in=counts, benchmark_version=pa.array([4] * 6), x=[[1]] * 6), version="4")
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
def test_a_parquet_column_of_the_wrong_type_is_told_once(columns: Record, advice: str) -> None:
    answer = judge(written(**columns))
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
    answer = judge(written(output=outputs, confidence=confidence))
    assert [(problem.line, problem.code) for problem in answer.problems] == [
        (2, "wrong_type"),
        (3, "out_of_range"),
        (4, "out_of_range"),
    ]


def test_parquet_text_that_is_not_utf8_is_told_by_row() -> None:
    raw = pa.array([b"B", b"B", b"\xff", b"B", b"B", b"B"], pa.binary())
    answer = judge(written(output=pa.Array.from_buffers(pa.string(), 6, raw.buffers())))
    assert [(problem.line, problem.code) for problem in answer.problems] == [
        (3, "not_utf8"),
        (None, "missing_items"),
    ]


def test_parquet_for_another_version_is_told() -> None:
    answer = judge(written(benchmark_version=["2", "2", "1", "2", "2", "2"]), version="2")
    assert [(problem.line, problem.code) for problem in answer.problems] == [(3, "wrong_version")]


def test_parquet_whose_texts_need_what_went_before_is_refused_with_the_way_out() -> None:
    data = parquet(GOOD, column_encoding={"output": "DELTA_BYTE_ARRAY"}, use_dictionary=False)
    answer = judge(data)
    assert answer.counts == {"not_parquet": 1}
    assert "default encoding" in answer.problems[0].message


def test_parquet_from_a_stream_that_cannot_seek_is_read_from_a_copy() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    assert check(Pipe(parquet(GOOD)), KNOWN).ok
