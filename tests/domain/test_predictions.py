"""What the checker says of an uploaded JSONL file, fault by fault."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import pytest

from evaluation.domain.predictions import Limits, Verdict, check

KNOWN = {"q-1": 0, "q-2": 1, "q-3": 2}


def verdict(*lines: str | bytes, known: Mapping[str, int] = KNOWN, **rest: object) -> Verdict:
    data = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    return check(io.BytesIO(data), known, **rest)  # type: ignore[arg-type]


def row(key: str, output: str = "B", **rest: object) -> str:
    return json.dumps({"id": key, "output": output, **rest})


def found(answer: Verdict) -> list[tuple[int | None, str | None, str]]:
    return [(problem.line, problem.key, problem.code) for problem in answer.problems]


GOOD = (row("q-1"), row("q-2"), row("q-3"))


def test_a_right_file_is_ok_and_nothing_is_said_of_it() -> None:
    answer = verdict(*GOOD)
    assert answer.ok
    assert answer.as_dict() == {
        "ok": True,
        "format": "jsonl",
        "gzipped": False,
        "rows": 3,
        "complete": True,
        "counts": {},
        "problems": [],
        "notes": [],
    }


def test_all_six_fields_may_be_given_and_null_is_the_same_as_left_out() -> None:
    full = {"confidence": 0.5, "tokens_in": 10, "tokens_out": 0, "latency_ms": 12.25}
    assert verdict(row("q-1", **full), row("q-2", **dict.fromkeys(full)), row("q-3", confidence=1)).ok


def test_an_order_other_than_the_benchmarks_is_as_good() -> None:
    assert verdict(*reversed(GOOD)).ok
    assert verdict(*GOOD, known={"q-3": 0, "q-1": 2, "q-2": 1}).ok


def test_a_blank_output_is_an_answer_but_a_file_of_nothing_else_gets_a_remark() -> None:
    assert verdict(row("q-1", ""), *GOOD[1:]).notes == ()
    blank = verdict(*(row(key, "") for key in KNOWN))
    assert blank.ok
    assert "template" in blank.notes[0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"id": "q-2", "output": "\xff"}', (2, None, "not_utf8")),
        ('{"id": "q-2", "output": "B"', (2, None, "not_json")),
        ('{"id": "q-2", "output": NaN}', (2, None, "not_json")),
        ('{"id": "q-2", "output": "B", "confidence": Infinity}', (2, None, "not_json")),
        ('{"id": "q-2", "output": "B"} {"id": "q-3", "output": "B"}', (2, None, "not_json")),
        ('\ufeff{"id": "q-2", "output": "B"}', (2, None, "not_json")),
        ('["q-2", "B"]', (2, None, "not_an_object")),
        ("null", (2, None, "not_an_object")),
        ('{"output": "B"}', (2, None, "missing_id")),
        ('{"id": null, "output": "B"}', (2, None, "missing_id")),
        ('{"id": "", "output": "B"}', (2, None, "missing_id")),
        ('{"id": "q-2"}', (2, "q-2", "missing_output")),
        ('{"id": "q-2", "output": null}', (2, "q-2", "wrong_type")),
        ('{"id": "q-2", "output": 2}', (2, "q-2", "wrong_type")),
        ('{"id": "q-2", "output": ["B"]}', (2, "q-2", "wrong_type")),
        ('{"id": ["q-2"], "output": "B"}', (2, None, "wrong_type")),
        ('{"id": true, "output": "B"}', (2, None, "wrong_type")),
        (row("q-2", confidence="high"), (2, "q-2", "wrong_type")),
        (row("q-2", confidence=True), (2, "q-2", "wrong_type")),
        (row("q-2", confidence=1.01), (2, "q-2", "out_of_range")),
        (row("q-2", confidence=-0.01), (2, "q-2", "out_of_range")),
        ('{"id": "q-2", "output": "B", "confidence": 1e999}', (2, "q-2", "out_of_range")),
        ('{"id": "q-2", "output": "B", "latency_ms": 1e999}', (2, "q-2", "out_of_range")),
        ('{"id": "q-2", "output": "B", "latency_ms": -1e999}', (2, "q-2", "out_of_range")),
        (row("q-2", tokens_in=1.5), (2, "q-2", "wrong_type")),
        (row("q-2", tokens_in=-1), (2, "q-2", "out_of_range")),
        (row("q-2", tokens_out=2**31), (2, "q-2", "out_of_range")),
        ('{"id": "q-2", "output": "B", "tokens_out": %s}' % ("9" * 6000), (2, "q-2", "out_of_range")),
        (row("q-2", latency_ms=-0.5), (2, "q-2", "out_of_range")),
        (row("q-2", "x" * 1_000_001), (2, "q-2", "oversize_cell")),
        ('{"id": "q-2", "output": "a\\u0000b"}', (2, "q-2", "nul_character")),
        ('{"id": "q-2", "output": "a\\ud800b"}', (2, "q-2", "lone_surrogate")),
        ('{"id": "q-2\\udfff", "output": "B"}', (2, None, "lone_surrogate")),
        (row("q-4"), (2, "q-4", "unknown_id")),
        (row("q-1"), (2, "q-1", "repeated_id")),
    ],
)
def test_each_fault_of_a_row_is_named_with_its_line_and_item(
    line: str | bytes, expected: tuple[int, str | None, str]
) -> None:
    answer = verdict(row("q-1"), line, row("q-3"))
    assert found(answer)[0] == expected
    assert answer.counts[expected[2]] == 1
    # An item whose row could not be read, or was another's, has no answer either.
    unanswered = expected[1] != "q-2"
    assert answer.counts.get("missing_items", 0) == unanswered
    assert not answer.ok
    assert answer.complete


def test_every_fault_of_one_row_is_told() -> None:
    answer = verdict(*GOOD[:2], '{"id": "q-3", "output": 1, "confidence": 2, "tokens_in": "x"}')
    assert found(answer) == [(3, "q-3", "wrong_type"), (3, "q-3", "out_of_range"), (3, "q-3", "wrong_type")]
    assert answer.counts == {"wrong_type": 2, "out_of_range": 1}


def test_an_output_of_exactly_the_limit_is_allowed_whatever_its_bytes() -> None:
    # A million characters beyond the basic plane: 4 bytes each in UTF-8, 12 as two escapes.
    assert verdict(row("q-1", "\U0001f600" * 1_000_000), *GOOD[1:]).ok
    plain = json.dumps({"id": "q-1", "output": "\U0001f600" * 1_000_000}, ensure_ascii=False)
    assert verdict(plain, *GOOD[1:]).ok


def test_a_repeated_id_names_the_line_of_its_first_row_even_when_that_was_faulty() -> None:
    answer = verdict('{"id": "q-1", "output": 5}', row("q-2"), "", row("q-1"), row("q-3"), row("q-1"))
    assert found(answer) == [(1, "q-1", "wrong_type"), (4, "q-1", "repeated_id"), (6, "q-1", "repeated_id")]
    assert all("line 1:" in problem.message for problem in answer.problems[1:])


def test_missing_items_come_last_one_by_one_up_to_the_limit_and_are_all_counted() -> None:
    known = {f"q-{i:03d}": i for i in range(250)}
    answer = verdict(row("q-003"), row("q-000"), known=known)
    # 248 are missing, 100 are listed, in the benchmark's order: q-001, q-002, q-004 …
    assert answer.counts == {"missing_items": 248}
    assert len(answer.problems) == 100
    assert found(answer)[:3] == [(None, f"q-{i:03d}", "missing_items") for i in (1, 2, 4)]


def test_problems_are_in_file_order_and_only_the_first_are_listed() -> None:
    known = {f"q-{i}": i for i in range(500)}
    lines = [row("nobody") if i % 2 else "{}" for i in range(300)]
    answer = verdict(*lines, known=known, limits=Limits(problems=7))
    # 150 rows with an unknown id, 150 with neither id nor output: lines 1, 1, 2, 3, 3, 4, 5, …
    assert [problem.line for problem in answer.problems] == [1, 1, 2, 3, 3, 4, 5]
    assert answer.counts == {
        "unknown_id": 150,
        "missing_id": 150,
        "missing_output": 150,
        "missing_items": 500,
    }


def test_an_id_written_as_a_number_is_told_to_be_quoted_and_its_item_is_not_missing() -> None:
    answer = verdict('{"id": 17, "output": "B"}', row("18"), known={"17": 0, "18": 1})
    assert found(answer) == [(1, "17", "wrong_type")]
    assert '"17"' in answer.problems[0].message
    assert "quotes" in answer.problems[0].message


def test_blanks_around_an_id_are_pointed_out() -> None:
    answer = verdict(row(" q-1"), *GOOD[1:])
    assert found(answer)[0] == (1, " q-1", "unknown_id")
    assert "without the blanks" in answer.problems[0].message


def test_a_whole_number_written_with_a_point_is_one() -> None:
    assert verdict('{"id": "q-1", "output": "B", "tokens_in": 12.0, "tokens_out": 1e2}', *GOOD[1:]).ok


def test_ignored_fields_are_named_once_whatever_they_hold() -> None:
    strange = '{"id": "q-2", "output": "B", "model": "\\ud800", "note": [{"a": 1e999}], "a\\"b": 1}'
    answer = verdict(row("q-1", model="m", note=1), strange, row("q-3", model="m"))
    assert answer.ok
    assert answer.notes == ('not used: model, note, a"b',)


def test_of_many_ignored_fields_some_are_named() -> None:
    answer = verdict(row("q-1", **{f"field{i}": i for i in range(40)}), *GOOD[1:])
    assert answer.ok
    assert answer.notes[0].startswith("not used: field0, field1")
    assert answer.notes[0].endswith("and more")


def test_a_line_that_is_not_utf8_in_an_ignored_field_is_a_fault_on_every_path() -> None:
    bad = b'{"id": "q-2", "output": "B", "model": "\xff"}'
    # The second file has learnt to pass over `model` before it meets the bad line, in a later block.
    many = {f"k-{i}": i for i in range(10_000)} | {"q-2": 10_000}
    lines = [row(f"k-{i}", model="a longer name, to fill several blocks") for i in range(10_000)]
    assert found(verdict(row("q-1"), bad, row("q-3")))[0] == (2, None, "not_utf8")
    assert found(verdict(*lines, bad, known=many))[0] == (10_001, None, "not_utf8")


def test_a_byte_order_mark_windows_line_ends_and_blank_lines_do_no_harm() -> None:
    data = b"\xef\xbb\xbf\r\n\n" + "\r\n  \r\n\t\n".join(GOOD).encode()
    answer = check(io.BytesIO(data), KNOWN)
    assert answer.ok
    assert answer.rows == 3


def test_lines_are_counted_with_blank_ones_and_either_line_end() -> None:
    answer = verdict("", row("q-1"), " \r", row("q-2") + "\r", "\t", "{", row("q-3"))
    assert found(answer) == [(6, None, "not_json")]


def test_objects_spread_over_lines_are_refused_even_where_the_line_count_comes_out_right() -> None:
    # Two objects on the first line and one over the next two: three objects, three lines.
    answer = verdict(GOOD[0] + GOOD[1], '{"id": "q-3",', '"output": "B"}')
    assert [(problem.line, problem.code) for problem in answer.problems[:3]] == [
        (1, "not_json"),
        (2, "not_json"),
        (3, "not_json"),
    ]
    assert "own line" in answer.problems[0].message


@pytest.mark.parametrize(
    "data", [b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", b"id,output\n"]
)
def test_a_file_without_rows_is_empty_and_not_also_incomplete(data: bytes) -> None:
    answer = check(io.BytesIO(data), KNOWN)
    assert answer.counts == {"empty_file": 1}
    assert "template" in answer.problems[0].message


def test_a_json_array_is_told_to_be_written_line_by_line() -> None:
    answer = check(io.BytesIO(b'[\n{"id": "q-1", "output": "B"}\n]'), KNOWN)
    assert answer.counts == {"not_an_object": 1}
    assert "one object a line" in answer.problems[0].message


def test_messages_are_safe_to_show_and_to_store() -> None:
    key = "\u202e\x1b[31m\u0000" + "x" * 500
    answer = verdict(json.dumps({"id": key, "output": key, "tokens_in": key, "\x07\ud800": 1}))
    text = json.dumps(answer.as_dict(), ensure_ascii=False)
    assert text.isprintable()
    assert text.encode()
    assert max(len(problem.key or "") for problem in answer.problems) < 200
    assert max(len(problem.message) for problem in answer.problems) < 300


def test_every_message_says_what_to_do() -> None:
    lines = ["{", "[]", "{}", '{"id": 1, "output": 1, "confidence": 7}', row("q-9"), row("q-1"), row("q-1")]
    for problem in verdict(*lines).problems:
        assert ":" in problem.message
