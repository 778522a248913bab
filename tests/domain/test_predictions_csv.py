"""Predictions as CSV: what a spreadsheet may do to them, and what it may not."""

from __future__ import annotations

import io
from typing import Any

import pytest

from evaluation.domain.predictions import Limits, Verdict, check

KNOWN = {f"q-{i}": i for i in range(6)}


def judge(data: bytes, **rest: Any) -> Verdict:
    return check(io.BytesIO(data), KNOWN, **rest)


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


def test_a_csv_cell_without_end_is_refused_and_not_read_to_the_end() -> None:
    stream = io.BytesIO(b'id,output\nq-1,A\nq-2,"' + b"no end\n" * 5_000_000)
    answer = check(stream, KNOWN)
    assert [(problem.line, problem.code) for problem in answer.problems] == [(3, "oversize_cell")]
    assert "quote" in answer.problems[0].message


def test_a_csv_line_without_end_is_refused() -> None:
    assert judge(b"id,output\nq-1," + b"x" * (17 * 2**20)).counts == {"line_too_long": 1}


def test_a_csv_file_of_blank_lines_is_refused_after_many() -> None:
    answer = judge(b"id,output\n" + b"\n" * 5000, limits=Limits(blank_lines=1000))
    assert [(problem.line, problem.code) for problem in answer.problems] == [(1002, "not_csv")]
