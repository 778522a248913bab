"""Any bytes get a verdict, and the same one as from a slow reading of the rules."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.predictions import Limits, PredictionsError, Row, Verdict, check, rows, write_jsonl

KNOWN = {key: i for i, key in enumerate(["q-0", "q-1", "q-2", "17", "ключ", 'a"b'])}
CELL = 20
LIMITS = Limits(cell=CELL, problems=1000)
COLUMNS = ("id", "output", "confidence", "tokens_in", "tokens_out", "latency_ms")
NUMBERS = {
    "confidence": 1.0,
    "tokens_in": 2**31 - 1,
    "tokens_out": 2**31 - 1,
    "latency_ms": sys.float_info.max,
}


unhurried = settings(deadline=None)


# The rules, as slow and plain as they can be written


class NotJsonError(ValueError):
    pass


def no_constant(_: str) -> None:
    raise NotJsonError


def integer(digits: str) -> float:
    return int(digits) if len(digits) < 400 else float(digits)


def has_surrogate(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)


def text_faults(record: dict[str, Any]) -> list[str]:
    if "output" not in record:
        return ["missing_output"]
    output = record["output"]
    if not isinstance(output, str):
        return ["wrong_type"]
    faults = {"oversize_cell": len(output) > CELL, "nul_character": "\0" in output}
    return [*(code for code, wrong in faults.items() if wrong), *["lone_surrogate"] * has_surrogate(output)]


def number_faults(record: dict[str, Any]) -> list[str]:
    faults = [number_fault(name, record[name]) for name in NUMBERS if record.get(name) is not None]
    return [fault for fault in faults if fault]


def number_fault(name: str, value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "wrong_type"
    if abs(value) == float("inf"):
        return "out_of_range"
    if name.startswith("tokens") and value != int(value):
        return "wrong_type"
    return None if 0 <= value <= NUMBERS[name] else "out_of_range"


def id_faults(record: dict[str, Any]) -> tuple[str | None, list[str]]:
    key = record.get("id")
    if key is None or key == "":
        return None, ["missing_id"]
    if isinstance(key, str):
        return (None, ["lone_surrogate"]) if has_surrogate(key) else (key, [])
    if isinstance(key, int) and not isinstance(key, bool) and abs(key) < 10**18:
        return str(key), ["wrong_type"]
    return None, ["wrong_type"]


def line_faults(line: bytes, first: dict[str, int], number: int) -> list[str]:
    try:
        record = json.loads(line.decode(), parse_int=integer, parse_constant=no_constant)
    except UnicodeDecodeError:
        return ["not_utf8"]
    except (ValueError, RecursionError):
        return ["not_json"]
    if not isinstance(record, dict):
        return ["not_an_object"]
    key, faults = id_faults(record)
    faults += text_faults(record) + number_faults(record)
    if key is not None and key not in KNOWN:
        faults.append("unknown_id")
    elif key is not None and first.setdefault(key, number) != number:
        faults.append("repeated_id")
    return faults


def reference(data: bytes) -> list[tuple[int | None, str]]:
    """Every fault of a JSONL file: line and code."""
    first: dict[str, int] = {}
    faults: list[tuple[int | None, str]] = []
    numbered = [(i, line) for i, line in enumerate(data.split(b"\n"), 1) if line.strip(b" \t\r")]
    for number, line in numbered:
        faults += [(number, code) for code in line_faults(line, first, number)]
    if not numbered:
        return [(None, "empty_file")]
    return faults + [(None, "missing_items")] * (len(KNOWN) - len(first))


def judge(data: bytes) -> Verdict:
    verdict = check(io.BytesIO(data), KNOWN, limits=LIMITS)
    described = json.dumps(verdict.as_dict(), ensure_ascii=False)
    assert "\0" not in described
    assert described.encode()
    assert len(verdict.problems) == min(1000, sum(verdict.counts.values()))
    assert verdict.counts == Counter(problem.code for problem in verdict.problems)
    assert verdict.ok == (verdict.complete and not verdict.problems)
    return verdict


def assert_as_the_reference(data: bytes) -> Verdict:
    verdict = judge(data)
    assert verdict.format == "jsonl"
    assert [(problem.line, problem.code) for problem in verdict.problems] == reference(data)
    return verdict


# Values, rows and files, most of them nearly right

keys = st.sampled_from([*KNOWN, *KNOWN, "q-9", "", "q-1 ", "q-1\0", "\ud800"])
scalars: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, -1, 0.0, 2.0, 2**31 - 1, 2**31, 10**18, 17, 10**400, 1.5, -0.0, 1e308])
    | st.floats()
    | st.text(max_size=25)
    | st.text(st.characters(), max_size=4)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)
plain_rows = st.fixed_dictionaries({"id": st.sampled_from(list(KNOWN)), "output": st.text(max_size=CELL)})
odd_rows = st.fixed_dictionaries(
    {},
    optional={
        "id": keys | scalars,
        "output": st.text(max_size=25) | values,
        **dict.fromkeys(NUMBERS, scalars),
        "model": values,
        'n"ote': values,
        "benchmark_version": values,
    },
)


@st.composite
def lines(draw: st.DrawFn, row: st.SearchStrategy[Any]) -> bytes:
    value = draw(row)
    text = json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (" , ", " : ")])),
    )
    padding = st.sampled_from([b"", b" ", b"\t", b"\r"])
    return draw(padding) + text.encode(errors="surrogatepass") + draw(padding)


ends = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \t\n"])
# Without this first line a file might be taken for CSV.
FIRST = b'{"id":"q-0","output":"A"}'


@unhurried
@given(st.lists(lines(plain_rows | odd_rows), max_size=12), ends)
def test_rows_of_any_values_get_the_verdict_of_the_plain_rules(file: list[bytes], end: bytes) -> None:
    assert_as_the_reference(end.join([FIRST, *file]))


@unhurried
@given(st.lists(lines(values | odd_rows), max_size=8), st.data())
def test_a_damaged_file_gets_the_verdict_of_the_plain_rules(file: list[bytes], data: st.DataObject) -> None:
    content = bytearray(b"\n".join([*file, b'{"id":"q-1","output":"B","confidence":0.5}', b""]))
    pieces = [
        b'"',
        b"{",
        b"}",
        b"\n",
        b"\\",
        b"\xff",
        b"\\u0000",
        b"\\ud800",
        b"1e999",
        b"NaN",
        b"\xef\xbb\xbf",
        b"\0",
    ]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        width = data.draw(st.integers(0, 3))
        content[at : at + width] = data.draw(st.sampled_from(pieces) | st.binary(max_size=3))
    assert_as_the_reference(FIRST + b"\n" + bytes(content))


@given(st.lists(plain_rows, max_size=30), lines(odd_rows), st.integers(0, 40), st.booleans())
@settings(max_examples=20, deadline=None)
def test_one_odd_row_among_thousands_is_found_where_it_stands(
    some: list[dict[str, Any]], odd: bytes, at: int, learnt: bool
) -> None:
    # Long enough for several blocks: before, around and after the odd one all is decoded at once.
    field = ', "model": 1' if learnt else ""
    filler = [f'{{"id": "q-{i % 3}", "output": "{"x" * CELL}"{field}}}'.encode() for i in range(9000)]
    filler[at * 200 : at * 200] = [odd, *(json.dumps(row).encode() for row in some)]
    content = b"\n".join([FIRST, *filler])
    verdict = check(io.BytesIO(content), KNOWN, limits=Limits(cell=CELL, problems=20_000))
    assert [(problem.line, problem.code) for problem in verdict.problems] == reference(content)


@unhurried
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"{", b"id,output\n", b"PAR1", b"\x1f\x8b\x08\0", b"\xef\xbb\xbf"]),
)
def test_any_bytes_get_a_verdict(content: bytes, head: bytes) -> None:
    judge(head + content)
    judge(gzip.compress(head + content))


@unhurried
@given(
    st.lists(st.lists(st.text(max_size=6), max_size=4), max_size=6),
    st.sampled_from(["id,output", "output,x,id", "id"]),
)
def test_any_table_gets_a_verdict(table: list[list[str]], header: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    judge(f"{header}\n{text.getvalue()}".encode(errors="surrogatepass"))
    judge((header + "\n" + "\n".join(",".join(row) for row in table)).encode(errors="surrogatepass"))


@unhurried
@given(st.data())
def test_a_damaged_gzip_file_gets_a_verdict_and_never_a_wrong_answer(data: st.DataObject) -> None:
    good = b"".join(write_jsonl(Row(i, key, "B", None, None, None, None) for key, i in KNOWN.items()))
    packed = bytearray(gzip.compress(good))
    at = data.draw(st.integers(2, len(packed) - 1))
    packed[at] ^= data.draw(st.integers(1, 255))
    verdict = judge(bytes(packed))
    # Name, time and system in the header are not part of the content, nor checked.
    assert verdict.ok or verdict.counts["bad_gzip"] == 1 or "not_utf8" in verdict.counts or at < 10


@unhurried
@given(st.data())
def test_a_damaged_parquet_file_gets_a_verdict(data: st.DataObject) -> None:
    file = io.BytesIO()
    table = pa.table({"id": list(KNOWN), "output": ["B"] * len(KNOWN), "confidence": [0.5] * len(KNOWN)})
    pq.write_table(table, file, compression=data.draw(st.sampled_from(["none", "snappy", "zstd", "gzip"])))
    content = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    judge(bytes(content))


@unhurried
@given(st.lists(lines(plain_rows | odd_rows), max_size=8))
def test_answers_are_handed_out_of_a_file_exactly_when_it_is_found_right(file: list[bytes]) -> None:
    content = b"\n".join([FIRST, *file])
    try:
        count = len(list(rows(io.BytesIO(content), KNOWN, limits=LIMITS)))
    except PredictionsError as error:
        assert error.problem == judge(content).problems[0]
    else:
        assert judge(content).ok
        assert count == len(KNOWN)
