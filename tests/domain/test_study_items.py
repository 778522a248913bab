"""Files of items: whatever they hold is read or named, and nothing half is taken."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.domain import study_items
from raters.domain.rubric import Rubric, read_rubric, shipped
from raters.domain.rubric.case import ShownAnswer
from raters.domain.sample_studies import sample_studies
from raters.domain.shown_answers import masked_answer
from raters.domain.study_items import read_items
from raters.domain.study_items_template import template_lines

CLINICIAN = read_rubric(shipped()["medpalm_lay"])
RUBRICS = {slug: read_rubric(toml) for slug, toml in shipped().items()}
GOOD: dict[str, Any] = {"key": "q1", "case": {"question": "Why?"}, "answers": {"A": "Because."}}


def read(*lines: Any, rubric: Rubric = CLINICIAN, known: tuple[str, ...] = ()) -> study_items.ItemsRead:
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return read_items(content.encode(), rubric, known)


def said(*lines: Any, rubric: Rubric = CLINICIAN) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.code) for problem in read(*lines, rubric=rubric).problems]


@pytest.mark.parametrize("slug", sorted(RUBRICS))
def test_the_template_of_every_rubric_is_a_file_that_is_taken(slug: str) -> None:
    found = read_items(template_lines(RUBRICS[slug]), RUBRICS[slug])
    assert not found.problems
    assert [item.kind for item in found.items] == ["live", "training"]


@pytest.mark.parametrize("sample", sample_studies(), ids=lambda sample: sample.slug)
def test_the_sample_studies_written_as_a_file_are_read_as_they_were(sample: Any) -> None:
    lines = []
    for item in sample.items:
        line = {"key": item.key, "kind": item.kind, "case": msgspec.to_builtins(item.case)}
        line |= {
            "answers": msgspec.to_builtins(item.answers),
            "wrong_twins": msgspec.to_builtins(item.wrong_twins),
        }
        if item.expected is not None:
            line["expected"] = {
                "systems": list(item.shown),
                "payload": item.expected,
                "explanation": item.explanation,
            }
        lines.append(line)
    found = read(*lines, rubric=RUBRICS[sample.rubric])
    assert not found.problems
    assert [(item.key, item.case, item.answers) for item in found.items] == [
        (item.key, item.case, item.answers) for item in sample.items
    ]


def test_every_fault_of_a_line_is_named_with_the_line() -> None:
    bad = GOOD | {
        "kind": "lif",
        "language": "Englisch",
        "specialty": "heart",
        "expcted": 1,
        "answers": {"A": ""},
    }
    assert sorted(said(GOOD, bad | {"key": "q2"})) == [
        (2, "case"), (2, "kind"), (2, "language"), (2, "specialty"), (2, "unknown_field"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("not json", "not_json"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "not_an_object"),
        ("12", "not_an_object"),
        ({**GOOD, "key": ""}, "key"),
        ({**GOOD, "key": "x" * 201}, "key"),
        ({**GOOD, "key": "a\nb"}, "key"),
        ({**GOOD, "key": None}, "key"),
        ({**GOOD, "case": None}, "case"),
        ({**GOOD, "case": {"question": 5}}, "case"),
        ({**GOOD, "case": {"question": "x", "qestion": "y"}}, "case"),
        ({**GOOD, "case": {"context": "not shown by this rubric"}}, "case"),
        ({**GOOD, "answers": {}}, "answers"),
        ({**GOOD, "answers": []}, "answers"),
        ({**GOOD, "answers": {"": "x"}}, "answers"),
        ({**GOOD, "answers": {"A\u202eB": "x"}}, "answers"),
        ({**GOOD, "answers": {"A" * 121: "x"}}, "answers"),
        ({**GOOD, "answers": {"A": 3}}, "answers"),
        ({**GOOD, "answers": {"A": {"txt": "x"}}}, "answers"),
        ({**GOOD, "answers": {"A": "x" * 200_001}}, "answers"),
        ({**GOOD, "answers": {"A": "nul \u0000"}}, "characters"),
        ({**GOOD, "case": {"question": "half \ud800"}}, "not_json"),
        ({**GOOD, "wrong_twins": {"B": "x"}}, "wrong_twins"),
        ({**GOOD, "expected": {"payload": {}}}, "expected"),
        ({**GOOD, "kind": "training"}, "expected"),
        ({**GOOD, "kind": "gold", "expected": {"payload": {"mp1_lay_intent": "nonsense"}}}, "expected"),
        ({**GOOD, "kind": "gold", "expected": {"payload": {"zzz": 1}}}, "expected"),
        ({**GOOD, "kind": "gold", "expected": {"payload": {}}}, "expected"),
        ({**GOOD, "kind": "gold", "expected": {"systems": ["Z"], "payload": {"a": 1}}}, "expected"),
        ({**GOOD, "kind": "gold", "expected": 3}, "expected"),
        ({**GOOD, "cluster": 3}, "cluster"),
    ],
)
def test_a_line_that_cannot_be_rated_is_refused_by_name(line: Any, code: str) -> None:
    found = read(line)
    assert [(problem.line, problem.code) for problem in found.problems] == [(1, code)]
    assert found.problems[0].message.endswith((".", "?"))


def test_a_key_that_comes_again_names_the_line_it_came_in() -> None:
    found = read(GOOD, "", GOOD)
    assert [(problem.line, problem.code) for problem in found.problems] == [(3, "repeated_key")]
    assert "Line 1 " in found.problems[0].message


def test_a_thousand_faults_are_counted_and_a_hundred_are_listed() -> None:
    found = read(*["x"] * 1000)
    assert (len(found.problems), found.counts["not_json"]) == (100, 1000)


def test_reading_ends_at_ten_thousand_items() -> None:
    found = read(*({**GOOD, "key": str(n)} for n in range(10_001)))
    assert [(problem.line, problem.code) for problem in found.problems] == [(10_001, "too_many_items")]


def test_a_file_larger_than_the_limit_is_not_read_at_all() -> None:
    found = read_items(b" " * (study_items.MOST_BYTES + 1), CLINICIAN)
    assert [problem.code for problem in found.problems] == ["too_large"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf\n  \n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert [problem.code for problem in read_items(content, CLINICIAN).problems] == ["empty"]


def test_a_byte_order_mark_and_line_ends_of_another_system_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n"
    assert not read_items(content, CLINICIAN).problems


def test_specialties_and_languages_are_known_by_code_and_by_name() -> None:
    item = read(GOOD | {"specialty": "Cardiology", "language": "Spanish"}).items[0]
    assert (item.specialty, item.language) == ("cardiology", "es")


def test_answers_that_are_missing_are_told_and_taken() -> None:
    found = read(GOOD | {"answers": {"A": "x", "B": "y"}}, GOOD | {"key": "q2"})
    assert not found.problems
    assert found.notes == ['"B" has no answer to 1 of 2 live items: they are not rated for it.']


def test_a_quoted_span_is_placed_in_the_text_as_raters_see_it() -> None:
    # "As GPT-4" is masked, and the text behind it moves: the place counts in the masked text
    line = {
        "key": "t", "kind": "training", "case": {"instruction": "Sum up.", "source": "Take 10 mg."},
        "answers": {"A": "I am GPT-4. Take 100 mg daily."},
        "expected": {"payload": {
            "mv_errors": [{"side": "output", "quote": "100 mg", "category": "detail", "severity": "serious"}]}},
    }  # fmt: skip
    rubric = RUBRICS["medval"]
    spans = next(axis for axis in rubric.axes if axis.type == "spans")
    mark = {"side": "output", "quote": "100 mg", "category": spans.options[0].value}
    if spans.severities:
        mark["severity"] = spans.severities[0].value
    line["expected"] = {"payload": {spans.id: [mark]}}
    found = read(line, rubric=rubric)
    assert not found.problems
    placed = found.items[0].expected["payload"][spans.id][0]  # type: ignore[index]
    shown, taken = masked_answer(ShownAnswer(text="I am GPT-4. Take 100 mg daily."), ["A"])
    assert taken == ["GPT-4"]
    assert shown.text[placed["start"] : placed["end"]] == "100 mg"


def test_a_quote_that_stands_twice_is_refused() -> None:
    rubric = RUBRICS["medval"]
    spans = next(axis for axis in rubric.axes if axis.type == "spans")
    line = {
        "key": "t", "kind": "training", "case": {"source": "x"}, "answers": {"A": "no no"},
        "expected": {"payload": {spans.id: [{"side": "output", "quote": "no"}]}},
    }  # fmt: skip
    assert said(line, rubric=rubric) == [(1, "expected")]


@pytest.mark.parametrize("quote", [None, 5, ["x"], {"a": 1}])
def test_a_quote_that_is_no_text_is_refused(quote: Any) -> None:
    rubric = RUBRICS["medval"]
    spans = next(axis for axis in rubric.axes if axis.type == "spans")
    line = {
        "key": "t", "kind": "training", "case": {"source": "x"}, "answers": {"A": "y"},
        "expected": {"payload": {spans.id: [{"side": "output", "quote": quote}]}},
    }  # fmt: skip
    assert said(line, rubric=rubric) == [(1, "expected")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("key", "kind", "case", "answers", "wrong_twins", "expected", "specialty", "language", "cluster"),
        JSON,
    ),
)


@given(line=FIELDS | JSON, slug=st.sampled_from(sorted(RUBRICS)))
@settings(max_examples=300, deadline=None)
def test_any_json_is_read_or_refused_and_never_breaks_the_reader(line: Any, slug: str) -> None:
    found = read_items(json.dumps(line).encode(), RUBRICS[slug])
    assert bool(found.items) != bool(found.problems) or found.problems


@given(field=st.sampled_from(["kind", "case", "answers", "wrong_twins", "expected", "specialty"]), value=JSON)
@settings(max_examples=300, deadline=None)
def test_one_field_gone_wrong_in_a_good_line_never_breaks_the_reader(field: str, value: Any) -> None:
    line = {**GOOD, "kind": "training", "expected": {"payload": {CLINICIAN.axes[0].id: "x"}}, field: value}
    found = read_items(json.dumps(line).encode(), CLINICIAN)
    assert found.items or found.problems


@given(content=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused_with_a_line_or_read(content: bytes) -> None:
    found = read_items(content, CLINICIAN)
    assert found.problems or found.items
