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
