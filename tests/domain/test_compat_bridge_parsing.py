"""How BRIDGE reads an answer: the marks it looks for, in the published order, and what they leave."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import compat_bridge_parsing as parsing
from evaluation.domain.metrics import metric

YES_NO = {"prefix": "AIS", "labels": ["Yes", "No"]}
OPTIONS: dict[str, Any] = {
    "bridge.classification": YES_NO,
    "bridge.multilabel": {"prefix": "topics", "labels": ["lab", "imaging", "other"]},
    "bridge.extraction": {"fields": ["drug", "dosage"]},
}


def read(name: str, answer: str, options: Any = None) -> Any:
    asked = Question("task", "1", "public", {}, {})
    return metric(name).read(answer, asked, OPTIONS[name] if options is None else options)


def test_text_is_lowered_and_its_full_width_marks_made_plain() -> None:
    assert parsing.plain(" ＡＩＳ：Ｙｅｓ，“ok”。　") == 'ais:yes,"ok".'
    assert parsing.plain("痛？！、") == "痛？！、"  # not in the published table


def test_what_follows_the_first_end_of_thought_is_the_answer() -> None:
    assert parsing.response("no </think> yes </think> no") == "yes </think> no"


def test_a_result_mark_counts_only_where_an_analysis_was_asked_for() -> None:
    answer = "Analysis: no\nResult: AIS: yes"
    assert parsing.response(answer) == answer.lower()
    assert parsing.response(answer, analysis_first=True) == "ais: yes"
    assert (
        read("bridge.classification", "ais: no. result: ais: yes", {**YES_NO, "analysis_first": True})
        == "yes"
    )


def test_the_marks_are_looked_for_in_the_published_order() -> None:
    answer = "a assistantfinal b result: c</think>d result: e assistantfinal f result: g"
    assert parsing.response(answer, analysis_first=True) == "f result: g"
    assert parsing.response(answer) == "f result: g"


def test_a_label_after_its_prefix_goes_before_one_anywhere() -> None:
    assert read("bridge.classification", "No. That is, AIS: Yes") == "yes"
    assert read("bridge.classification", "no ais") == "no"
    assert read("bridge.classification", "AIS:\nyes, not no") == "yes"  # any space after the colon
    assert read("bridge.classification", "yesterday") is None  # whole words only


def test_the_longest_label_is_tried_first() -> None:
    labels = ["history", "past history"]
    assert parsing.single_label("topic: past history", "topic", labels) == "past history"


def test_listed_labels_are_found_inside_their_pieces() -> None:
    assert read("bridge.multilabel", "Topics: 'Lab' results, imaging,") == ["lab", "imaging"]
    assert read("bridge.multilabel", "none of them") is None


def test_pieces_of_an_open_set_are_the_labels() -> None:
    options = {"prefix": "codes", "open_set": True}
    assert read("bridge.multilabel", 'codes: "A01", b02.1', options) == ["a01", "b02.1"]
    assert read("bridge.multilabel", "", options) is None


def test_records_are_read_line_by_line() -> None:
    text = "Drug: Aspirin, dosage: 5 mg;\n\nMedicine: ibuprofen, amount: 400 mg\nnothing here"
    assert read("bridge.extraction", text) == [
        {"drug": "aspirin", "dosage": "5 mg"},
        {"drug": "ibuprofen", "dosage": "400 mg"},
    ]


def test_several_records_on_one_line_are_split_at_semicolons() -> None:
    text = "drug: a, dosage: 1; drug: b, dosage: 2;"
    assert [record["drug"] for record in read("bridge.extraction", text)] == ["a", "b"]


FRAGMENTS = st.lists(
    st.sampled_from(["a: ", ", b: ", ", c: ", ":", ",", ";", " ", "x", "\t"]), max_size=14
).map("".join)


@given(line=FRAGMENTS, count=st.integers(1, 3))
@settings(deadline=None, max_examples=400)
def test_values_are_those_of_the_published_expressions(line: str, count: int) -> None:
    fields = ["a", "b", "c"][:count]
    strict = re.search(", ".join(f"{field}: (.+)" for field in fields) + ";", line)
    loose = re.search(r",\s*".join([r".*:\s*(.+)"] * (count - 1) + [r".*:\s*([^;]+)"]), line)
    for found, expected in (
        (parsing.strict_values(line, fields), strict),
        (parsing.loose_values(line, count), loose),
    ):
        assert found == (expected and [value.strip() for value in expected.groups()])


@given(st.lists(st.sampled_from(["answer: ", "answer", ":", " ", "x", "\n", "y"]), max_size=9).map("".join))
@settings(deadline=None, max_examples=300)
def test_an_extracted_answer_is_that_of_the_published_expressions(text: str) -> None:
    text = text.strip()
    patterns = (r"answer: (.+)", r".+:\s*(.+)", r"(.+)")
    expected = next((found for pattern in patterns if (found := re.search(pattern, text))), None)
    assert parsing.extracted_answer(text, "answer") == (expected.group(1).strip() if expected else "")


def test_a_looping_answer_is_read_in_one_pass() -> None:
    # the published expression tries every colon with every comma with every later colon: 10^15 steps here
    assert parsing.records(":" * 100_000 + ", " * 100_000, ["a", "b", "c"]) == []
